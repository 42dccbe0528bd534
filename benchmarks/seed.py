"""A project of the size that the measures name: 1,000 specs, each with a requirement and a criterion; of the second
half people have approved everything, and each has a released task."""

import os
import secrets
import sys

import django


def seed(project: str, specs: int) -> str:
    """Fills the project through the actions; gives the id of one spec in the middle."""
    from approvals import actions as approvals
    from specflow.accounts import actions as accounts
    from specflow.accounts import actors
    from specflow.accounts.models import Project
    from specflow.specs import actions
    from specflow.specs.models import Spec
    from tasks import actions as tasks

    owner = actors.system(door="cli")
    row = Project.objects.filter(slug=project).first() or accounts.create_project(project, actor=owner)
    person = accounts.create_person("reviewer", actor=owner, password=secrets.token_urlsafe())
    accounts.add_member(row, person, actor=owner, role="maintainer")
    reviewer = actors.from_session(person, door="page")
    runner = {"provider": "command", "options": {"argv": ["true"]}, "timeout": 30}
    accounts.change_policy(row, actor=reviewer, policy={"runner": runner})

    def agree(spec: Spec, kind: str) -> None:
        asked = approvals.request_approval(spec.documents.get(kind=kind), actor=owner)
        approvals.approve(asked, actor=reviewer, digest=asked.digest)

    for number in range(specs):
        spec = actions.create_spec(row, actor=owner, title=f"Spec {number}", description="One of many.")
        requirement = actions.add_requirement(
            spec, actor=owner, title="Lock", condition="five logins fail", action="lock the account"
        )
        actions.add_criterion(requirement, actor=owner, text="The sixth attempt is refused")
        if number >= specs // 2:
            agree(spec, "requirements")
            actions.update_design(spec, actor=owner, architecture="A counter for each account.")
            agree(spec, "design")
            tasks.add_task(spec, actor=owner, title="Count failures", description="In the session's store.")
            agree(spec, "tasks")
    return Spec.objects.filter(project=row).order_by("id")[specs // 2].public_id


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "specflow.settings")
    django.setup()
    print(seed(sys.argv[1], int(sys.argv[2])))
