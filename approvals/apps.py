from django.apps import AppConfig


class ApprovalsConfig(AppConfig):
    name = "approvals"
    verbose_name = "Decisions"

    def ready(self) -> None:
        from django.conf import settings

        from approvals import payloads, staleness, traced
        from specflow.specs import hooks

        traced.register()
        hooks.revision_saved.append(staleness.text_changed)
        hooks.spec_sections["approvals"] = payloads.approvals_of_spec
        if not settings.LEAN:
            from approvals import pages

            pages.register()
