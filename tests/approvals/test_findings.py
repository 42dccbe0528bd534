"""The linter's findings on the page of an approval in the admin."""

import pytest
from django.urls import reverse

from approvals import actions as approvals
from specflow.specs.models import Spec
from tests.dashboard.visits import as_
from tests.factories import Team
from tests.specs.test_lint_doors import WEAK, approval_page, spec, team, weak, written

__all__ = ["team", "weak"]
pytestmark = pytest.mark.django_db


def test_the_findings_stand_above_the_text_that_is_decided_on(team: Team, weak: Spec) -> None:
    html = approval_page(team, weak.documents.get())
    assert html.index("sf-findings") < html.index("sf-document")
    assert '<details class="sf-card sf-findings" open>' in html
    assert "specflow/findings.css" in html
    assert 'href="#L9" data-goes-to="9"' in html


def test_where_nothing_is_to_mend_the_findings_are_folded_up(team: Team) -> None:
    row = written(team, spec())
    html = approval_page(team, row.documents.get(kind="requirements"))
    assert '<details class="sf-card sf-findings">' in html
    assert "Nothing to mend" in html


def test_a_text_that_is_no_longer_the_one_to_decide_on_has_no_findings(team: Team, weak: Spec) -> None:
    asked = approvals.request_approval(weak.documents.get(), actor=team.agent)
    written(team, spec(WEAK + "More.\n", None))
    html = as_(team.bob).get(reverse("admin:approvals_approval_change", args=[asked.pk])).content.decode()
    assert "sf-findings" not in html
