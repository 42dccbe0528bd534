from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "specflow.audit"
    label = "audit"
    verbose_name = "Audit log"
