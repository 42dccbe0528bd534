from django.apps import AppConfig


class SpecsConfig(AppConfig):
    name = "specflow.specs"
    label = "specs"
    verbose_name = "Specs"

    def ready(self) -> None:
        from django.conf import settings

        from specflow.specs.tracing import items

        items.register()
        if not settings.LEAN:
            from specflow.specs import pages
            from specflow.specs.lint import pages as lint_pages
            from specflow.specs.sync import pages as conflict_pages
            from specflow.specs.tracing import pages as trace_pages

            pages.register()
            conflict_pages.register()
            trace_pages.register()
            lint_pages.register()
