from django.apps import AppConfig


class DashboardConfig(AppConfig):
    name = "specflow.dashboard"
    label = "dashboard"
    verbose_name = "Dashboard"

    def ready(self) -> None:
        from django.conf import settings

        if not settings.LEAN:
            from specflow.dashboard import pages

            pages.register()
