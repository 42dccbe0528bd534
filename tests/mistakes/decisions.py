"""Decisions that are not to be taken: not now, not on this text, not by this one."""

from __future__ import annotations

from approvals import actions as approvals
from approvals.asking import ask_for
from approvals.models import Approval
from specflow.specs import actions as specs
from tests.doors import Doors
from tests.factories import Team, approve, make_spec
from tests.mistakes import Ways, case


def asked(team: Team) -> Approval:
    """The robot's request for the requirements of a new spec."""
    return ask_for(make_spec(team), "requirements", actor=team.agent)


@case("wrong_state", "approve", "request-changes", "reject", "withdraw")
def a_decided_approval(doors: Doors, verdict: str) -> Ways:
    row = approve(doors.team, make_spec(doors.team).documents.get())
    said = {} if verdict == "withdraw" else {"digest": row.digest, "comment": "Why"}
    by = "robot" if verdict == "withdraw" else "bob"
    ways: Ways = {
        "rest": lambda: doors.rest("POST", f"approvals/{row.public_id}/{verdict}", said, by=by),
        "admin": lambda: doors.admin(Approval, row.pk, verdict, by="bob" if said else "alice", **said),
    }
    if verdict == "withdraw":
        ways["mcp"] = lambda: doors.mcp("approvals", action="cancel", approvalId=row.public_id)
    if verdict == "approve":
        address, agreement = f"specs/{row.document.spec.public_id}/approve-requirements", {"digest": row.digest}
        ways["rest, by spec"] = lambda: doors.rest("POST", address, agreement, by="bob")
    return ways


@case("stale_digest", "of-other-text", "of-older-text")
def a_digest(doors: Doors, which: str) -> Ways:
    row = asked(doors.team)
    digest = "0" * 64
    if which == "of-older-text":
        digest = row.digest
        specs.add_criterion(row.document.spec.requirements.get(), actor=doors.team.agent, text="Another")
        row = ask_for(row.document.spec, "requirements", actor=doors.team.agent)
    said, by_id = {"digest": digest}, f"approvals/{row.public_id}/approve"
    by_spec = f"specs/{row.document.spec.public_id}/approve-requirements"
    return {
        "rest": lambda: doors.rest("POST", by_id, said, by="bob"),
        "rest, by spec": lambda: doors.rest("POST", by_spec, said, by="bob"),
        "admin": lambda: doors.admin(Approval, row.pk, "approve", by="bob", **said),
    }


@case("comment_missing", "request-changes", "reject")
def a_refusal_without_a_reason(doors: Doors, verdict: str) -> Ways:
    row = asked(doors.team)
    said = {"digest": row.digest, "comment": " "}
    return {
        "rest": lambda: doors.rest("POST", f"approvals/{row.public_id}/{verdict}", said, by="bob"),
        "admin": lambda: doors.admin(Approval, row.pk, verdict, by="bob", **said),
    }


@case("self_approval", "requested", "wrote")
def an_approval_by_who(doors: Doors, part: str) -> Ways:
    team, spec = doors.team, make_spec(doors.team)
    if part == "wrote":
        specs.add_criterion(spec.requirements.get(), actor=team.maintainer, text="By alice")
    row = ask_for(spec, "requirements", actor=team.agent if part == "wrote" else team.maintainer)
    said = {"digest": row.digest}
    return {
        "rest": lambda: doors.rest("POST", f"approvals/{row.public_id}/approve", said, by="alice"),
        "rest, by spec": lambda: doors.rest("POST", f"specs/{spec.public_id}/approve-requirements", said, by="alice"),
        "admin": lambda: doors.admin(Approval, row.pk, "approve", by="alice", **said),
    }


@case("agent_may_not", "approve", "request-changes", "reject")
def an_agent_that_decides(doors: Doors, verdict: str) -> Ways:
    row = asked(doors.team)
    said = {"digest": row.digest, "comment": "Why"}
    return {"rest": lambda: doors.rest("POST", f"approvals/{row.public_id}/{verdict}", said)}


@case("approval_required", "requirements", "design")
def an_agent_that_approves(doors: Doors, kind: str) -> Ways:
    """It has asked before, so that nothing is left to write."""
    team, row = doors.team, asked(doors.team)
    spec = row.document.spec
    if kind == "design":
        approvals.approve(row, actor=team.reviewer, digest=row.digest)
        specs.update_design(spec, actor=team.agent, architecture="A counter", data_model="", api_spec=[])
        row = ask_for(spec, "design", actor=team.agent)
    address = f"specs/{spec.public_id}/approve-{kind}"
    return {
        "rest": lambda: doors.rest("POST", address, {}),
        "rest, with the digest": lambda: doors.rest("POST", address, {"digest": row.digest}),
        "mcp": lambda: doors.mcp(f"approve_{kind}", spec_id=spec.public_id),
    }
