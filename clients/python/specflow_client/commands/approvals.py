"""`specflow approval`: asking, reading what is asked, deciding on what was read."""

import re
import sys
from collections.abc import Callable

import click

from specflow_client.commands.documents import show_change
from specflow_client.commands.finding import document_id, spec_id
from specflow_client.commands.session import Group, Row, Session, note, on_terminal, pass_session
from specflow_client.errors import ClientError
from specflow_client.showing import plain, table

_LINES = re.compile(r"([1-9]\d{0,8})(?:-([1-9]\d{0,8}))?")
_REFUSED = 2
_DIGEST = click.option("--digest", help="Of the text that you saw; without it, it is shown, and you are asked.")


@click.group(cls=Group)
def approval() -> None:
    """Requests for approval, and decisions."""


@approval.command("list")
@click.option("--state", help="pending, approved, needs_revision, rejected, stale, withdrawn.")
@click.option("--spec", metavar="SPEC", help="Of this spec, by its slug or id.")
@pass_session
def list_approvals(session: Session, state: str | None, spec: str | None) -> None:
    """The project's requests, newest first."""
    within = spec_id(session, spec) if spec else None
    session.show_table(
        session.client.approvals(project=session.project, spec=within, state=state),
        ("STATE", "KIND", "REVISION", "TITLE", "BY", "ID"),
        lambda one: tuple(one[name] for name in ("state", "kind", "revision", "title", "requested_by", "id")),
    )


@approval.command()
@click.argument("id")
@pass_session
def show(session: Session, id: str) -> None:
    """What is asked, what it changes, the decisions, and the digest that a decision names."""
    row, change, remarks = _read(session, id)
    if session.wants_json:
        session.show({**row, "change": change, "comments": remarks}, ())
        return
    _show(row, change, remarks)


@approval.command()
@click.argument("document")
@click.option("--title", default="", help="What people read first.")
@click.option("--summary", default="", help="Why.")
@pass_session
def request(session: Session, document: str, title: str, summary: str) -> None:
    """Ask people to agree on the text of DOCUMENT, by its path or id."""
    named = document_id(session, document)
    show_request(session, session.client.request_approval(named, title=title, summary=summary))


@approval.command()
@click.argument("id")
@_DIGEST
@click.option("--comment", default="", help="For those who read it later.")
@pass_session
def approve(session: Session, id: str, digest: str | None, comment: str) -> int:
    """Agree on the text; for a person.

    On a terminal the change is shown and you are asked. Elsewhere --digest says which text you saw.
    """
    return _decide(
        session, id, digest, "Approve this text?", lambda seen: session.client.approve(id, digest=seen, comment=comment)
    )


@approval.command()
@click.argument("id")
@_DIGEST
@click.option("--comment", required=True, help="Which changes.")
@pass_session
def request_changes(session: Session, id: str, digest: str | None, comment: str) -> int:
    """Ask for changes; for a person."""
    call = session.client.request_changes
    return _decide(session, id, digest, "Ask for changes?", lambda seen: call(id, digest=seen, comment=comment))


@approval.command()
@click.argument("id")
@_DIGEST
@click.option("--comment", required=True, help="Why.")
@pass_session
def reject(session: Session, id: str, digest: str | None, comment: str) -> int:
    """Reject; for a person."""
    call = session.client.reject
    return _decide(session, id, digest, "Reject this?", lambda seen: call(id, digest=seen, comment=comment))


@approval.command()
@click.argument("id")
@pass_session
def withdraw(session: Session, id: str) -> None:
    """Take a request back; for whoever made it, or a maintainer."""
    row = session.client.withdraw(id)
    session.show(row, [f"{row['id']}: {row['state']}."])


@approval.command("comment")
@click.argument("id")
@click.argument("text")
@click.option("--lines", metavar="N-M", help="The lines that it is about.")
@pass_session
def add_comment(session: Session, id: str, text: str, lines: str | None) -> None:
    """Remark on the text; TEXT may be -, for standard input."""
    start, end = _lines(lines) if lines else (None, None)
    said = sys.stdin.read() if text == "-" else text
    row = session.client.add_comment(id, said, start=start, end=end)
    session.show(row, [f"{row['id']}: noted."])


def show_request(session: Session, row: Row) -> None:
    """What was asked, and where people decide."""
    told = f"{row['id']}: {row['state']}: {plain(row['title'])}, revision {row['revision']}."
    session.show(row, [told, f"A person decides at {plain(row['url'])}, or by: specflow approval approve {row['id']}"])


def _decide(session: Session, id: str, digest: str | None, question: str, call: Callable[[str], Row]) -> int:
    """Names the digest that was given, or that of the text which is shown now and a person says yes to."""
    if digest is None:
        if not on_terminal() or session.wants_json:
            raise ClientError(
                "digest_missing",
                "Say which text you saw: nobody can be asked here.",
                (f"Read it by: specflow approval show {id}", "Then decide with --digest DIGEST."),
            )
        row, change, remarks = _read(session, id)
        _show(row, change, remarks)
        if not click.confirm(question):
            note("Nothing was decided.")
            return _REFUSED
        digest = str(change["digest"])
    row = call(digest)
    session.show(row, [f"{row['id']}: {row['state']}."])
    return 0


def _read(session: Session, id: str) -> tuple[Row, Row, list[Row]]:
    """The request, its change and the remarks. What is shown and what is decided on is the change's digest."""
    row, change = session.client.approval(id), session.client.change(id)
    return row, change, list(session.client.comments(id))


def _show(row: Row, change: Row, remarks: list[Row]) -> None:
    given = [one for one in row["decisions"] if one["verdict"] == "approve"]
    facts = [
        ("Approval", f"{row['id']}: {row['state']}"),
        ("Title", row["title"]),
        ("Document", f"{row['path']}, revision {row['revision']}"),
        ("Asked by", row["requested_by"]),
        ("Approvals", f"{len(given)} of {row['approvals_needed']}"),
    ]
    facts += [("Summary", row["summary"])] if row["summary"] else []
    facts += [("Decision", f"{one['by']}: {one['verdict']} {one['comment']}".rstrip()) for one in row["decisions"]]
    facts += [("Remark", _remark(one)) for one in reversed(remarks)]
    for line in table(facts):
        click.echo(line)
    click.echo()
    show_change(change)
    if change["merge"] is not None:
        clean = change["merge"]["clean"]
        click.echo("The document was changed since: " + ("both go together." if clean else "both changed the same."))
    click.echo()
    click.echo(f"Digest    {plain(change['digest'])}")


def _remark(one: Row) -> str:
    lines = f" on lines {one['start']}-{one['end']}" if one["start"] else ""
    return f"{one['author']}{lines}: {one['text']}{' (resolved)' if one['resolved'] else ''}"


def _lines(said: str) -> tuple[int, int]:
    found = _LINES.fullmatch(said)
    if not found:
        raise click.BadParameter("Lines are a number, or two with a dash between them.", param_hint="--lines")
    return int(found[1]), int(found[2] or found[1])


def register(root: click.Group) -> None:
    """Adds these commands."""
    root.add_command(approval)
