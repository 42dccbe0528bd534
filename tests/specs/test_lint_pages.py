"""The linter's findings on the pages: of a project, a spec, and a document."""

import re
from collections import Counter
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from approvals import actions as approvals
from specflow.specs.imports import import_folder
from specflow.specs.lint.queries import findings_of, findings_of_document, findings_of_spec
from specflow.specs.models import Spec
from tests.dashboard.test_pages import PAYLOADS
from tests.dashboard.visits import as_, costs, inert
from tests.factories import Team
from tests.specs.lint.test_rules import ONE, TASKS, spec
from tests.specs.test_lint_doors import POOR, WEAK, approval_page, on_page, poor, said, team, weak, written

__all__ = ["poor", "team", "weak"]
pytestmark = pytest.mark.django_db


def shown(team: Team, address: str) -> str:
    answer = as_(team.bob).get(address)
    assert answer.status_code == 200, answer.content.decode()
    return unescape(answer.content.decode())


def pages_of(row: Spec) -> list[str]:
    """Every address that shows findings."""
    base, queries = "/p/demo/lint", ("", "?severity=error", "?code=placeholder", f"?spec={row.slug}", "?page=2")
    documents = [f"/p/demo/documents/{one.public_id}/findings" for one in row.documents.all()]
    tabs = [f"/p/demo/specs/{row.slug}/?tab=findings", f"/p/demo/specs/{row.slug}/panels/findings"]
    return [*(base + one for one in queries), *documents, *tabs, counts_of(row)]


def counts_of(row: Spec) -> str:
    """The address of what stands on the tab of a spec."""
    return f"/p/demo/specs/{row.slug}/findings-count"


def test_a_finding_leads_to_its_line_in_the_text_of_its_document(team: Team, poor: Spec) -> None:
    document = poor.documents.get()
    text = shown(team, "/p/demo/lint")
    for one in findings_of(team.project):
        assert f'href="/p/demo/documents/{document.public_id}?view=text#L{one.line}">line {one.line}<' in text
    assert f'id="L{findings_of(team.project)[0].line}"' in shown(
        team, f"/p/demo/documents/{document.public_id}?view=text"
    )


def test_findings_are_grouped_by_spec_and_document(team: Team) -> None:
    files = {**spec(POOR, TASKS + "TBD\n"), ".spec-workflow/steering/product.md": "TBD\n"}
    import_folder(team.project, actor=team.agent, files=files)
    titles = re.findall(r'group-title">(.*?)</h3>', shown(team, "/p/demo/lint"))
    words = [re.sub(r"<[^>]+>", "", one) for one in titles]
    title = Spec.objects.get().title
    assert words == [".spec-workflow/steering/product.md", f"{title} · requirements.md", f"{title} · tasks.md"]


def test_specs_with_errors_come_first(team: Team) -> None:
    vague = "### Requirement 1: A\n#### Acceptance Criteria\n1. The page SHALL be fast\n"
    import_folder(team.project, actor=team.agent, files={**spec(vague, None, name="a"), **spec(POOR, None, name="b")})
    titles = re.findall(r'tab=findings">(.*?)</a> ·', shown(team, "/p/demo/lint"))
    assert titles == [Spec.objects.get(slug="b").title, Spec.objects.get(slug="a").title]


def test_findings_are_chosen_by_severity_rule_and_spec(team: Team, poor: Spec) -> None:
    written(team, spec("TBD\n", None, name="other"))
    errors = Counter(said(one for one in findings_of(team.project) if one.severity == "error"))
    assert on_page(shown(team, "/p/demo/lint?severity=error")) == errors
    codes = {code for code, _ in on_page(shown(team, "/p/demo/lint?code=placeholder"))}
    assert codes == {"placeholder"}
    assert on_page(shown(team, f"/p/demo/lint?spec={poor.slug}")) == Counter(said(findings_of_spec(poor)))
    assert "No finding fits" in shown(team, "/p/demo/lint?code=cyclic-dependency")


@pytest.mark.parametrize(
    "query", ["severity=x", "code=x", "spec=none", "page=0", "page=x", "severity=%00", "code=" * 99]
)
def test_a_choice_that_is_none_is_no_choice(team: Team, poor: Spec, query: str) -> None:
    assert on_page(shown(team, f"/p/demo/lint?{query}")) == Counter(said(findings_of(team.project)))


def test_the_navigation_leads_to_the_findings(team: Team) -> None:
    text = shown(team, "/p/demo/lint")
    assert '<a href="/p/demo/lint" aria-current="page">' in text
    assert "No documents yet" in text


def test_where_nothing_is_to_mend_the_pages_say_so(team: Team) -> None:
    row = written(team, spec())
    assert "Nothing to mend" in shown(team, "/p/demo/lint")
    assert "Nothing to mend" in shown(team, f"/p/demo/specs/{row.slug}/?tab=findings")
    assert shown(team, f"/p/demo/documents/{row.documents.first().public_id}/findings").strip() == ""


def test_a_spec_with_many_findings_shows_the_heaviest_and_leads_to_the_rest(team: Team) -> None:
    vague = "".join(f"{number}. The page SHALL be fast\n" for number in range(1, 151))
    row = written(team, spec(f"### Requirement 1: A\n#### Acceptance Criteria\n{vague}\nTBD\n", None))
    found = on_page(shown(team, f"/p/demo/specs/{row.slug}/?tab=findings"))
    assert found.total() == 100
    assert ("placeholder", 154) in found
    left = len(findings_of_spec(row)) - 100
    assert f'href="/p/demo/lint?spec={row.slug}">{left} more under Findings' in shown(
        team, f"/p/demo/specs/{row.slug}/panels/findings"
    )


def test_the_tab_of_a_spec_has_its_errors_and_warnings(team: Team, poor: Spec) -> None:
    address = counts_of(poor)
    tab = re.search(r'<a href="\?tab=findings">.*?</a>', shown(team, f"/p/demo/specs/{poor.slug}/?tab=history"))
    assert tab
    assert f'hx-get="{address}"' in tab[0]
    errors, warnings = (sum(one.severity == name for one in findings_of_spec(poor)) for name in ("error", "warning"))
    assert errors > 1
    assert plain(shown(team, address)) == f"error {errors} errors warning {warnings} warnings"
    written(team, spec(WEAK, None))
    assert plain(shown(team, address)).startswith("warning ")
    written(team, spec(ONE, None))
    assert plain(shown(team, address)) == ""


def plain(html: str) -> str:
    """The words of a page, icons among them."""
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_a_document_shows_its_own_findings(team: Team, poor: Spec) -> None:
    document = poor.documents.get()
    text = shown(team, f"/p/demo/documents/{document.public_id}/findings")
    assert on_page(text) == Counter(said(findings_of_document(document)))


def test_a_stranger_sees_no_findings(team: Team, poor: Spec) -> None:
    for address in pages_of(poor):
        assert as_(team.charlie).get(address).status_code == 404, address
        assert Client().get(address).status_code == 302
    document = poor.documents.get().public_id
    answer = as_(team.charlie).get(f"/p/demo-foreign/documents/{document}/findings")
    assert answer.status_code == 404
    assert "document_not_found" in answer.content.decode()


@pytest.mark.parametrize("payload", PAYLOADS)
def test_what_is_written_in_a_document_never_runs(team: Team, payload: str) -> None:
    text = (
        f"# {payload}\n\nTBD {payload}\n\n### Requirement 1: {payload}\n#### Acceptance Criteria\n1. {payload} fast\n"
    )
    text += f"### Requirement {payload}: {payload}\n"
    tasks = f"- [ ] 1. {payload}\n  - _Requirements: {payload}, 9.9_\n- [ ] 1. {payload}\n"
    row = written(team, spec(text, tasks, name="bad"))
    assert findings_of_spec(row)
    bob = as_(team.bob)
    for address in pages_of(row):
        inert(bob.get(address), payload, address)
    fit = (
        ONE
        + f"3. {payload} SHALL be fast\n\n### Requirement 2: {payload}\n#### Acceptance Criteria\n1. {payload} nice\n"
    )
    html = approval_page(team, written(team, spec(fit, None, name="fit")).documents.get())
    section = html[html.index("sf-findings") : html.index("</details>", html.index("sf-findings"))]
    assert not re.search(r"<(?!/?(?:details|summary|h2|span|p|ul|li|strong|div|a|code)\b)", section)


def test_every_door_costs_the_same_for_one_finding_and_for_hundreds(team: Team, weak: Spec) -> None:
    bob = as_(team.bob)
    asked = approvals.request_approval(weak.documents.get(), actor=team.agent)
    addresses = ["/p/demo/lint", f"/p/demo/specs/{weak.slug}/?tab=findings", "/api/v1/projects/demo/lint"]
    addresses += [f"/api/v1/specs/{weak.public_id}/lint", "/api/v1/projects/demo/lint.sarif"]
    addresses += [reverse("admin:approvals_approval_change", args=[asked.pk])]

    def measured() -> list[int]:
        bob.get("/p/demo/lint")
        return [costs(bob, one) for one in addresses]

    before = measured()
    files: dict[str, str] = {}
    for number in range(100):
        files |= spec(POOR, TASKS, name=f"copy-{number}")
    import_folder(team.project, actor=team.agent, files=files)
    assert len(findings_of(team.project)) > 400
    assert measured() == before
