from django.apps import AppConfig


class SpecsConfig(AppConfig):
    name = "specflow.specs"
    label = "specs"
    verbose_name = "Specs"

    def ready(self) -> None:
        from django.conf import settings

        from specflow.specs import traced

        traced.register()
        if not settings.LEAN:
            from specflow.specs import conflict_pages, lint_pages, pages, trace_pages

            pages.register()
            conflict_pages.register()
            trace_pages.register()
            lint_pages.register()
