from django.apps import AppConfig


class SpecsConfig(AppConfig):
    name = "specflow.specs"
    label = "specs"
    verbose_name = "Specs"
