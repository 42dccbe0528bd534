from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "specflow.accounts"
    label = "accounts"
    verbose_name = "Accounts"
