from django.apps import AppConfig


class SpecsConfig(AppConfig):
    name = "specflow.specs"
    label = "specs"
    verbose_name = "Specs"

    def ready(self) -> None:
        from django.conf import settings

        if not settings.LEAN:
            from specflow.specs import pages

            pages.register()
