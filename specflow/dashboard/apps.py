from django.apps import AppConfig


class DashboardConfig(AppConfig):
    name = "specflow.dashboard"
    label = "dashboard"
    verbose_name = "Dashboard"
