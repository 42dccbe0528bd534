"""The linter's findings at every door: command, REST, SARIF, the agents' tool, the page of an approval."""

import json
import re
from collections import Counter
from html import unescape
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.urls import reverse

from approvals import actions as approvals
from mcp_bridge.identity import Session
from mcp_bridge.registry import Offer
from mcp_bridge.server import call
from specflow.accounts import actions as accounts
from specflow.accounts.capabilities import Scope
from specflow.specs import lint
from specflow.specs.imports import exported, import_folder
from specflow.specs.lint.queries import findings_of, findings_of_document, findings_of_spec
from specflow.specs.models import Document, Spec
from tasks.actions import set_status
from tasks.models import Task
from tests.calling import caller, operation
from tests.dashboard.visits import as_
from tests.factories import Team, make_team
from tests.specs.lint.test_rules import ONE, TASKS, spec

pytestmark = pytest.mark.django_db
POOR = ONE + "3. The page SHALL be fast\n\nTBD\n\n### Requirement 1: Again\n"
# What people can be asked about: warnings do not stand in the way.
WEAK = ONE + "3. The page SHALL be fast\n4. The page is nice\n"
Said = list[tuple[str, int]]


@pytest.fixture
def team() -> Team:
    return make_team()


@pytest.fixture
def poor(team: Team) -> Spec:
    """A spec of requirements alone, in which several rules find something; the project has no other."""
    return written(team, spec(POOR, None))


@pytest.fixture
def weak(team: Team) -> Spec:
    """The same without errors."""
    return written(team, spec(WEAK, None))


def written(team: Team, files: dict[str, str]) -> Spec:
    import_folder(team.project, actor=team.agent, files=files)
    return Spec.objects.order_by("id").last()


def said(findings: Any) -> Said:
    return [(one.code, one.line) for one in findings]


def use(team: Team, **arguments: object) -> tuple[str, dict]:
    """The text and the data of validate_spec as the robot calls it; a refusal's code instead of the text."""
    result = call(lambda: Session(team.agent, team.project, None), "validate_spec", arguments, Offer())
    if result.is_error:
        return result.meta["specflow/error"]["code"], {}
    return result.content[0].text, result.structured_content


def on_page(html: str) -> Counter[tuple[str, int]]:
    """Codes and lines of the findings that a page shows, as a person reads them."""
    words = unescape(re.sub(r"<[^>]+>", " ", html))
    shown = re.findall(r"line (\d+)\s+column \d+\s+([a-z-]+)\b", words)
    return Counter((code, int(line)) for line, code in shown)


def approval_page(team: Team, document: Document, user: Any = None) -> str:
    asked = approvals.request_approval(document, actor=team.agent)
    answer = as_(user or team.bob).get(reverse("admin:approvals_approval_change", args=[asked.pk]))
    assert answer.status_code == 200
    return answer.content.decode()


def test_every_door_says_the_same_of_a_spec(team: Team, poor: Spec) -> None:
    expected = said(lint.lint(spec(POOR, None)))
    assert len(expected) >= 4
    command = StringIO()
    call_command("spec_lint", "--project", "demo", "--format", "json", "--fail-on", "never", stdout=command)
    rest = caller(team, team.alice)("GET", f"specs/{poor.public_id}/lint").body
    _, tool = use(team, spec_id=poor.slug)
    for body in (json.loads(command.getvalue()), rest, tool):
        assert [(one["code"], one["line"]) for one in body["findings"]] == expected
    bob = as_(team.bob)
    for address in ("/p/demo/lint", f"/p/demo/specs/{poor.slug}/?tab=findings"):
        assert on_page(bob.get(address).content.decode()) == Counter(expected), address


def test_the_page_of_an_approval_says_the_same(team: Team, weak: Spec) -> None:
    expected = said(lint.lint(spec(WEAK, None)))
    assert len(expected) >= 2
    assert on_page(approval_page(team, weak.documents.get())) == Counter(expected)


def test_every_door_has_the_same_words(team: Team, weak: Spec) -> None:
    first = findings_of(team.project)[0]
    bob = as_(team.bob)
    pages = [bob.get("/p/demo/lint").content.decode(), approval_page(team, weak.documents.get())]
    for text in (use(team, spec_id=weak.slug)[0], *map(unescape, pages)):
        assert first.message in text
        assert first.mend in text


# What is linted, and when


def test_a_project_is_linted_once_for_each_state_of_its_texts(
    team: Team, poor: Spec, django_assert_num_queries: Any
) -> None:
    first = findings_of(team.project)
    with django_assert_num_queries(1):
        assert findings_of(team.project) is first
    accounts.change_policy(team.project, actor=team.maintainer, policy={})
    assert findings_of(team.project) is first
    written(team, spec(ONE, None))
    assert said(findings_of(team.project)) == []


def test_findings_follow_the_progress_of_tasks(team: Team) -> None:
    blocked = TASKS.replace("[ ]", "[-]") + "- [ ] 2. Rest\n  - _Requirements: 1.1_\n"
    written(team, spec(ONE, blocked))
    assert said(findings_of(team.project)) == []
    task = Task.objects.get(key="2")
    Task.objects.filter(pk=task.pk).update(released_at=task.document.created_at)
    task.refresh_from_db()
    set_status(task, actor=team.maintainer, status="blocked", reason="Waits for Bob")
    assert findings_of(team.project) == tuple(lint.lint(exported(team.project)))


def test_a_spec_has_the_findings_of_its_documents_and_a_document_its_own(team: Team, poor: Spec) -> None:
    other = written(team, {**spec(ONE, TASKS + "TBD\n", name="other"), ".spec-workflow/steering/product.md": "TBD\n"})
    assert {one.path for one in findings_of_spec(poor)} == {".spec-workflow/specs/login/requirements.md"}
    assert {one.path for one in findings_of_spec(other)} <= {
        ".spec-workflow/specs/other/requirements.md", ".spec-workflow/specs/other/tasks.md",
    }  # fmt: skip
    document = other.documents.get(kind="tasks")
    assert "placeholder" in {one.code for one in findings_of_document(document)}
    assert {one.path for one in findings_of_document(document)} == {document.path}
    assert len(findings_of(team.project)) > len(findings_of_spec(poor)) + len(findings_of_spec(other))


def test_overlap_with_another_spec_is_told_in_a_spec(team: Team) -> None:
    tasks = TASKS + "  - File: src/login.py\n"
    import_folder(team.project, actor=team.agent, files={**spec(ONE, tasks), **spec(ONE, tasks, name="logout")})
    for one in Spec.objects.all():
        assert "overlap" in {found.code for found in findings_of_spec(one)}


def test_documents_of_a_spec_are_found_wherever_they_stand(team: Team) -> None:
    paths = [f".omoi_os/{kind}/login.md" for kind in ("requirements", "designs")]
    row = written(team, {path: "# Login\n\nTBD\n" for path in paths})
    assert {one.path for one in findings_of_spec(row)} == set(paths)


# REST


def test_a_project_over_rest_has_all_findings_and_a_tag(team: Team, poor: Spec) -> None:
    read = caller(team, team.alice)
    answer = read("GET", "projects/demo/lint")
    assert read("GET", "projects/demo/lint", If_None_Match=answer.headers["ETag"]).status == 304
    body = answer.body
    assert body == lint.payload(findings_of(team.project))
    assert body["fit"] is False
    assert body["counts"]["error"] >= 2


def test_sarif_comes_as_a_file_with_a_tag(team: Team, poor: Spec) -> None:
    bob = as_(team.bob)
    for address, name in ((f"specs/{poor.public_id}", poor.slug), ("projects/demo", "demo")):
        answer = bob.get(f"/api/v1/{address}/lint.sarif")
        assert answer["Content-Type"] == "application/sarif+json"
        assert answer["Content-Disposition"] == f'attachment; filename="{name}.sarif"'
        results = answer.json()["runs"][0]["results"]
        assert [one["ruleId"] for one in results] == [one.code for one in findings_of(team.project)]
        again = bob.get(f"/api/v1/{address}/lint.sarif", headers={"If-None-Match": answer["ETag"]})
        assert (again.status_code, again.content) == (304, b"")


ROUTES = ["specs/{spec}/lint", "specs/{spec}/lint.sarif", "projects/demo/lint", "projects/demo/lint.sarif"]


@pytest.mark.parametrize("path", ROUTES)
def test_a_stranger_learns_nothing(team: Team, poor: Spec, path: str) -> None:
    other = make_team("other")
    answer = caller(other, other.alice)("GET", path.format(spec=poor.public_id))
    assert (answer.status, answer.code) == (404, f"{'spec' if 'specs' in path else 'project'}_not_found")


@pytest.mark.parametrize("path", ROUTES)
def test_a_key_needs_the_scope_for_reading(team: Team, poor: Spec, path: str) -> None:
    answer = caller(team, team.alice, Scope.TASKS_RUN)("GET", path.format(spec=poor.public_id))
    assert (answer.status, answer.code) == (403, "scope_missing")


@pytest.mark.parametrize("path", ROUTES)
def test_nothing_is_written_there(team: Team, poor: Spec, path: str) -> None:
    read = caller(team, team.alice)
    codes = [read(method, path.format(spec=poor.public_id), {}).code for method in ("POST", "PUT", "DELETE")]
    assert codes == ["method_not_allowed"] * 3


def test_the_schema_describes_the_four_reads() -> None:
    for path, name in (("specs/spec-1", "lint_spec"), ("projects/demo", "lint_project")):
        assert operation("get", f"/api/v1/{path}/lint")["operationId"] == name
        said_of = operation("get", f"/api/v1/{path}/lint.sarif")
        assert said_of["operationId"] == f"{name}_sarif"
        assert "application/sarif+json" in said_of["responses"]["200"]["content"]


# The agents' tool


def test_an_agent_is_told_whether_a_spec_is_fit(team: Team, poor: Spec) -> None:
    text, data = use(team, spec_id=poor.public_id)
    assert text.startswith(f"The spec '{poor.title}' (ID: {poor.public_id}) is not fit to be approved: ")
    assert data["fit"] is False
    assert data["spec_id"] == poor.public_id
    assert text.count("\n") == len(data["findings"])
    written(team, spec())
    text, data = use(team, spec_id=poor.slug)
    assert text.endswith("is fit to be approved: nothing to mend.")
    assert (data["fit"], data["findings"]) == (True, [])


def test_an_agent_meets_the_refusals_of_the_other_doors(team: Team, poor: Spec) -> None:
    assert use(make_team("other"), spec_id=poor.public_id)[0] == "spec_not_found"
    assert use(team, spec_id="nothing")[0] == "spec_not_found"


def test_what_is_too_much_for_an_agent_is_shortened(team: Team) -> None:
    row = written(team, spec("# R\n\n" + "TBD\n" * 2000, None))
    text, data = use(team, spec_id=row.slug)
    assert len(text) < 21_000
    assert "[Shortened: " in text.splitlines()[-1]
    assert data["shortened"]["items_left_out"] > 0
    assert data["counts"]["error"] >= 2000
