"""The archive at its doors: REST, the agents' tool, the command, and the page with its preview."""

from __future__ import annotations

import json
from html import unescape
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from mcp_bridge.identity import Session
from mcp_bridge.registry import Offer
from mcp_bridge.server import call
from specflow.accounts.capabilities import Scope
from specflow.specs.imports import exported
from specflow.specs.models import Spec
from tests.calling import caller
from tests.dashboard.test_pages import PAYLOADS
from tests.dashboard.visits import as_, costs, inert
from tests.factories import Team, make_team
from tests.specs.archiving.changes import AFTER, DELTA, DESK, HERE, NOTICES, opened, take, text_at

pytestmark = pytest.mark.django_db
PAGE = "/p/demo/specs/add-holds/archive"


def said(answer: Any) -> str:
    return unescape(answer.content.decode())


def use(team: Team, **arguments: Any) -> Any:
    return call(lambda: Session(team.agent, team.project, None), "archive_change", arguments, Offer())


def run(*arguments: str, **options: Any) -> dict[str, Any]:
    out = StringIO()
    call_command("spec_archive", *arguments, project="demo", format="json", stdout=out, **options)
    return json.loads(out.getvalue())


def is_archived(change: Spec) -> bool:
    return Spec.objects.get(pk=change.pk).archived


# REST


def test_rest_shows_what_it_would_do_and_does_it(team: Team, change: Spec) -> None:
    send, path = caller(team, team.alice), f"specs/{change.public_id}/archive"
    before = send("GET", path).body
    assert (before["allowed"], before["folder"], is_archived(change)) == (True, HERE, False)
    assert [(one["path"], one["new"], one["refusal"]) for one in before["capabilities"]] == [
        (DESK, False, None),
        (NOTICES, True, None),
    ]
    assert "+The system SHALL lend for 21 days." in before["capabilities"][0]["unified"]
    change_of_desk = "Requirement Letter renamed to Note; Requirement Lend reworded; requirement Hold added"
    assert before["capabilities"][0]["change"].startswith(change_of_desk)
    assert send("POST", path, {}).body == before
    assert (is_archived(change), text_at(DESK)) == (True, AFTER)
    assert send("GET", f"specs/{change.public_id}").body["status"] == "archived"


def test_rest_refuses_by_the_same_codes(team: Team, change: Spec) -> None:
    opened(team, change)
    other = make_team("other")
    path, alice, robot = f"specs/{change.public_id}/archive", caller(team, team.alice), caller(team, team.robot)
    [task] = alice("GET", path).body["open_tasks"]
    assert (task["key"], alice("GET", path).body["allowed"]) == ("1.3", False)
    refused = [
        alice("POST", path, {}),
        robot("POST", path, {"force": True, "reason": "x"}),
        caller(team, team.alice, Scope.ADMIN)("POST", path, {"force": True}),
        alice("POST", path, {"force": "yes"}),
        alice("POST", path, {"date": "2026-01-01"}),
        alice("POST", path, {}, If_Match='"other"'),
        caller(team, team.alice, Scope.SPECS_READ)("POST", path, {}),
        caller(other, other.alice)("POST", path, {}),
    ]
    assert [(one.status, one.code) for one in refused] == [
        (409, "tasks_open"),
        (403, "agent_may_not"),
        (400, "reason_missing"),
        (400, "invalid_body"),
        (400, "unknown_field"),
        (412, "precondition_failed"),
        (403, "scope_missing"),
        (404, "spec_not_found"),
    ]
    assert not is_archived(change)


# Agents


def test_an_agent_looks_and_archives(team: Team, change: Spec) -> None:
    looked = use(team, spec_id="add-holds", dry_run=True)
    assert (looked.structured_content["allowed"], is_archived(change)) == (True, False)
    assert f"- {NOTICES} (new): Requirement Tell added" in looked.content[0].text
    done = use(team, spec_id="add-holds")
    assert done.structured_content["dry_run"] is False
    assert done.content[0].text.startswith(f"{HERE} went to openspec/changes/archive/")
    assert is_archived(change)


def test_an_agent_is_told_what_stands_against_it(team: Team, change: Spec) -> None:
    opened(team, change)
    take(team, {f"{HERE}/specs/desk/spec.md": DELTA.replace("Requirement: Lend", "Requirement: Borrow")})
    looked = use(team, spec_id="add-holds", dry_run=True)
    assert "requirement_missing" in looked.content[0].text
    assert "- open: 1.3 Show it" in looked.content[0].text
    assert use(team, spec_id="add-holds").meta["specflow/error"]["code"] == "tasks_open"


# The command


def test_the_command_looks_archives_and_refuses(team: Team, change: Spec) -> None:
    looked = run("add-holds", dry_run=True)
    assert (looked["dry_run"], looked["allowed"], is_archived(change)) == (True, True, False)
    opened(team, change)
    with pytest.raises(CommandError, match=r"^tasks_open: 1 task is not completed: 1.3"):
        run("add-holds")
    with pytest.raises(CommandError, match=r"^reason_missing: "):
        run("add-holds", force=True)
    assert run(change.public_id, force=True, reason="Dropped")["open_tasks"][0]["key"] == "1.3"
    assert is_archived(change)
    with pytest.raises(CommandError, match=r"^spec_not_found: "):
        run("nothing")


def test_the_command_says_it_in_words(team: Team, change: Spec) -> None:
    out = StringIO()
    call_command("spec_archive", "add-holds", project="demo", dry_run=True, stdout=out)
    assert f"{HERE} would go to openspec/changes/archive/" in out.getvalue()
    assert f"{NOTICES} (new): Requirement Tell added" in out.getvalue()


# The page


def test_the_spec_s_page_leads_to_the_preview_for_who_may(team: Team, change: Spec) -> None:
    assert PAGE in said(as_(team.alice).get("/p/demo/specs/add-holds/"))
    assert PAGE not in said(as_(team.bob).get("/p/demo/specs/add-holds/"))
    assert "/archive" not in said(as_(team.alice).get("/p/demo/specs/desk/"))


def test_the_page_shows_what_it_would_do_and_does_it(team: Team, change: Spec) -> None:
    alice = as_(team.alice)
    page = said(alice.get(PAGE))
    assert f"{DESK}: Requirement Letter renamed to Note; Requirement Lend reworded" in page
    assert "for 21 days" in page
    assert "Archive it</button>" in page
    assert not is_archived(change)

    answer = alice.post(PAGE, follow=True)
    assert "is archived. 2 capabilities say what it changed." in said(answer)
    assert (is_archived(change), text_at(DESK)) == (True, AFTER)
    again = alice.get(PAGE)
    assert "wrong_state" in said(again)
    assert "/archive" not in said(alice.get("/p/demo/specs/add-holds/"))


def test_the_page_names_open_tasks_and_asks_a_maintainer_why(team: Team, change: Spec) -> None:
    alice = as_(team.alice)
    page = said(opened(team, change) and alice.get(PAGE))
    assert "Show it</a>" in page
    assert "Why it is archived with open tasks" in page
    refused = alice.post(PAGE, {"force": "1", "reason": " "})
    assert (refused.status_code, "reason_missing" in said(refused)) == (400, True)
    assert alice.post(PAGE, {"reason": "x"}).status_code == 409
    assert alice.post(PAGE, {"force": "1", "reason": "Dropped"}).status_code == 303
    assert is_archived(change)


def test_the_page_says_which_delta_does_not_fit(team: Team, change: Spec) -> None:
    take(team, {f"{HERE}/specs/desk/spec.md": DELTA.replace("Requirement: Lend", "Requirement: Borrow")})
    alice = as_(team.alice)
    page = said(alice.get(PAGE))
    assert "There is no requirement 'Borrow' to change." in page
    assert "Archive it</button>" not in page
    before = exported(team.project)
    assert alice.post(PAGE).status_code == 409
    assert exported(team.project) == before


def test_archiving_on_the_page_is_posted_with_a_token_by_who_may(team: Team, change: Spec) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(team.alice)
    assert strict.post(PAGE).status_code == 403
    assert [as_(team.bob).get(PAGE).status_code, as_(team.bob).post(PAGE).status_code] == [403, 403]
    assert as_(team.charlie).get(PAGE).status_code == 404
    assert not is_archived(change)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_nothing_in_a_change_runs_on_the_page(team: Team, change: Spec, payload: str) -> None:
    delta = DELTA.replace("Requirement: Hold", f"Requirement: {payload}").replace("lend for", f"lend {payload}")
    take(team, {f"{HERE}/specs/desk/spec.md": delta, f"{HERE}/tasks.md": f"- [ ] 1. {payload}\n"})
    inert(as_(team.alice).get(PAGE), payload, PAGE)
    take(team, {f"{HERE}/specs/desk/spec.md": DELTA.replace("Requirement: Lend", f"Requirement: {payload}")})
    inert(as_(team.alice).get(PAGE), payload, PAGE)


def test_the_page_costs_the_same_for_few_tasks_and_for_many(team: Team, change: Spec) -> None:
    opened(team, change)
    alice = as_(team.alice)
    alice.get("/")
    before = costs(alice, PAGE)
    take(team, {f"{HERE}/tasks.md": "".join(f"- [ ] {number}. Task\n" for number in range(1, 60))})
    assert costs(alice, PAGE) == before
