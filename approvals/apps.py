from django.apps import AppConfig


class ApprovalsConfig(AppConfig):
    name = "approvals"
    verbose_name = "Decisions"

    def ready(self) -> None:
        from django.conf import settings

        from approvals import payloads, reviewing, staleness, traced
        from approvals.reviews import traced as traced_reviews
        from specflow.specs import hooks
        from tasks import hooks as task_hooks

        traced.register()
        traced_reviews.register()
        task_hooks.completing.append(reviewing.require_passing_review)
        hooks.revision_saved.append(staleness.text_changed)
        hooks.spec_sections["approvals"] = payloads.approvals_of_spec
        if not settings.LEAN:
            from approvals import pages
            from approvals.proposals import pages as proposal_pages
            from approvals.reviews import pages as review_pages

            pages.register()
            proposal_pages.register()
            review_pages.register()
