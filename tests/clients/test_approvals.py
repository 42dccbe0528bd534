"""Asking and deciding by the command: a person decides on what was shown to them."""

import re

import pytest

from approvals import actions as approvals
from approvals.models import Approval
from specflow.specs.actions import save_document
from specflow.specs.models import Document, Spec
from tests.clients.conftest import Machines
from tests.clients.shell import Shell
from tests.factories import Team, make_spec

PATH = ".spec-workflow/specs/login-lock/requirements.md"


@pytest.fixture
def spec(team: Team) -> Spec:
    return make_spec(team)


@pytest.fixture
def asked(team: Team, spec: Spec) -> str:
    """The id of a request of the robot's."""
    return approvals.request_approval(spec.documents.get(kind="requirements"), actor=team.agent).public_id


def state(asked: str) -> str:
    return Approval.objects.get(public_id=asked).state


def digest(shell: Shell, asked: str) -> str:
    """The digest as it is shown."""
    found = re.search(r"^Digest +([0-9a-f]{64})$", shell("approval", "show", asked).out, re.MULTILINE)
    assert found
    return found[1]


def test_an_agent_asks_and_a_person_sees_what_is_asked(robot: Shell, bob: Shell, spec: Spec) -> None:
    told = robot("approval", "request", PATH, "--title", "Lock accounts", "--summary", "As agreed.").out
    assert re.match(r"apr-\w+: pending: Lock accounts, revision 3\.\n", told), told
    assert "Lock accounts" in bob("approval", "list", "--state", "pending").out
    assert bob("approval", "list", "--state", "approved").out == "None.\n"
    [row] = bob("approval", "list", "--spec", "login-lock", "--format", "json").json
    shown = bob("approval", "show", row["id"]).out
    assert "+1. The sixth attempt is refused" in shown
    assert "As agreed." in shown
    assert row["digest"] in shown


def test_a_person_approves_the_text_that_they_name(bob: Shell, asked: str) -> None:
    assert bob("approval", "approve", asked, "--digest", digest(bob, asked), "--comment", "Good.").out == (
        f"{asked}: approved.\n"
    )
    assert Approval.objects.get(public_id=asked).decisions.get().comment == "Good."


def test_at_a_terminal_the_change_is_shown_before_one_is_asked(bob: Shell, asked: str) -> None:
    code, screen = bob.at_terminal("approval", "approve", asked, answers={"Approve this text?": "y\n"})
    assert (code, state(asked)) == (0, "approved"), screen
    assert screen.index("The sixth attempt is refused") < screen.index("Approve this text?")
    assert "\x1b[32m+1. The sixth attempt is refused" in screen, "a terminal shows colours"


def test_who_says_no_has_decided_nothing(bob: Shell, asked: str) -> None:
    code, screen = bob.at_terminal("approval", "approve", asked, answers={"Approve this text?": "n\n"})
    assert (code, state(asked)) == (2, "pending")
    assert "Nothing was decided." in screen


def test_without_a_terminal_the_digest_must_be_named(bob: Shell, asked: str) -> None:
    for verdict in (["approve"], ["reject", "--comment", "No"], ["request-changes", "--comment", "No"]):
        assert bob.refusal("approval", verdict[0], asked, *verdict[1:], said="y\n") == "digest_missing"
    assert state(asked) == "pending"


def test_a_text_that_changed_since_is_not_approved(team: Team, bob: Shell, spec: Spec, asked: str) -> None:
    seen = digest(bob, asked)
    document = spec.documents.get(kind="requirements")
    save_document(team.project, actor=team.agent, path=document.path, text="# Another\n")
    done = bob("approval", "approve", asked, "--digest", seen, code=2)
    assert re.match(r"error: (stale_digest|wrong_state): .+ Next: .+\n|error: wrong_state: .+\n", done.err), done
    assert bob.refusal("approval", "approve", asked, "--digest", "0" * 64) in ("stale_digest", "wrong_state")
    assert not Document.objects.get(pk=document.pk).is_approved


def test_an_agents_key_is_refused_with_the_servers_code(robot: Shell, asked: str) -> None:
    done = robot("approval", "approve", asked, "--digest", digest(robot, asked), code=2)
    assert done.err.startswith("error: agent_may_not: ")
    assert state(asked) == "pending"


def test_a_person_asks_for_changes_or_rejects_with_a_reason(team: Team, bob: Shell, spec: Spec, asked: str) -> None:
    assert "Missing option '--comment'" in bob("approval", "reject", asked, "--digest", "x", code=2).err
    bob("approval", "request-changes", asked, "--digest", digest(bob, asked), "--comment", "Say when")
    assert state(asked) == "needs_revision"
    again = approvals.request_approval(spec.documents.get(kind="requirements"), actor=team.agent).public_id
    bob("approval", "reject", again, "--digest", digest(bob, again), "--comment", "Never")
    assert state(again) == "rejected"
    assert "bob: reject Never" in bob("approval", "show", again).out


def test_who_asked_takes_the_request_back(robot: Shell, asked: str) -> None:
    assert robot("approval", "withdraw", asked).out == f"{asked}: withdrawn.\n"
    assert robot.refusal("approval", "withdraw", asked) == "wrong_state"


def test_remarks_stand_beside_the_request(team: Team, machine: Machines, asked: str) -> None:
    alice = machine(team.alice)
    alice("approval", "comment", asked, "Which attempt?", "--lines", "1-3")
    alice("approval", "comment", asked, "-", said="And when?\n")
    shown = alice("approval", "show", asked).out
    assert "alice on lines 1-3: Which attempt?" in shown
    assert shown.index("Which attempt?") < shown.index("And when?")
    assert alice("approval", "comment", asked, "x", "--lines", "a", code=2).err.startswith("Usage: ")
    assert alice.refusal("approval", "comment", asked, "x", "--lines", "9000") == "invalid_lines"


def test_the_answer_is_json_where_that_is_wanted(bob: Shell, asked: str) -> None:
    said = bob("approval", "show", asked, "--format", "json").json
    assert said["digest"] == said["change"]["digest"]
    done = bob("approval", "approve", asked, "--digest", said["digest"], "--format", "json").json
    assert done["state"] == "approved"
