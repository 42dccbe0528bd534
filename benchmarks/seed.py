"""A project of the size that the measures name: 1,000 specs, each with a requirement and a criterion."""

import os
import sys

import django


def seed(project: str, specs: int) -> str:
    """Fills the project through the actions; gives the id of one spec in the middle."""
    from specflow.accounts import actions as accounts
    from specflow.accounts import actors
    from specflow.accounts.models import Project
    from specflow.specs import actions
    from specflow.specs.models import Spec

    owner = actors.system(door="cli")
    row = Project.objects.filter(slug=project).first() or accounts.create_project(project, actor=owner)
    for number in range(Spec.objects.filter(project=row).count(), specs):
        spec = actions.create_spec(row, actor=owner, title=f"Spec {number}", description="One of many.")
        requirement = actions.add_requirement(
            spec, actor=owner, title="Lock", condition="five logins fail", action="lock the account"
        )
        actions.add_criterion(requirement, actor=owner, text="The sixth attempt is refused")
    return Spec.objects.filter(project=row).order_by("id")[specs // 2].public_id


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "specflow.settings")
    django.setup()
    print(seed(sys.argv[1], int(sys.argv[2])))
