"""`specflow spec list`, `show`, and `specflow audit verify`, `specflow trace show`: reading what is there."""

from collections.abc import Iterator

import click

from specflow_client.commands.finding import spec_id
from specflow_client.commands.session import Group, Row, Session, pass_session
from specflow_client.showing import plain, table

Rows = list[tuple[object, ...]]


@click.group(cls=Group)
def spec() -> None:
    """Specs and their folders."""


@click.group(cls=Group)
def audit() -> None:
    """The log."""


@click.group(cls=Group)
def trace() -> None:
    """What stands above and below a thing."""


@spec.command("list")
@click.option("--phase", help="requirements, design, tasks, implementation, completed.")
@pass_session
def list_specs(session: Session, phase: str | None) -> None:
    """The project's specs, newest first."""
    rows = session.client.specs(project=session.project, phase=phase)
    session.show_table(
        rows, ("SPEC", "PHASE", "TITLE", "ID"), lambda one: (one["slug"], one["phase"], one["title"], one["id"])
    )


@spec.command("show")
@click.argument("spec")
@pass_session
def show_spec(session: Session, spec: str) -> None:
    """A spec, by its slug or id: documents, requirements, tasks, approvals."""
    row = session.client.spec(spec_id(session, spec))
    session.show(row, _told(row))


@audit.command()
@pass_session
def verify(session: Session) -> int:
    """Ask the server whether the project's log is whole. Exit code 1 where it is not."""
    said = session.client.verify_log(session.project)
    name, fault = plain(said["project"]), said["fault"]
    if said["whole"]:
        told = f"The server has walked the log of {name}: it is whole, {said['entries']} entries."
    else:
        where = f"entry {fault['sequence']}: {plain(fault['reason'])}" if fault else "it has no entries"
        told = f"The log of {name} was touched: {where}."
    session.show(said, [told])
    return 0 if said["whole"] else 1


@trace.command("show")
@click.argument("id")
@pass_session
def show_trace(session: Session, id: str) -> None:
    """A requirement, criterion, task, log, run, output, vector or approval, by its id."""
    said = session.client.trace(id)
    session.show(said, _traced(said))


def _told(row: Row) -> Iterator[str]:
    facts = [("Spec", f"{row['slug']} ({row['id']})"), ("Title", row["title"])]
    facts += [("Phase", f"{row['phase']}, {row['progress']} % done")]
    yield from table(facts)
    documents: Rows = [
        ("", one["path"], f"revision {one['revision']}", "approved" if one["approved"] else "draft")
        for one in row["documents"].values()
    ]
    requirements: Rows = [
        line
        for one in row["requirements"]
        for line in (
            ("", one["key"], one["title"], one["status"]),
            *(("", f"  {each['key']}", each["text"], "") for each in one["criteria"]),
        )
    ]
    tasks: Rows = [("", one["key"], one["title"], one["status"], one["id"]) for one in row.get("tasks", ())]
    asked: Rows = [
        ("", one["kind"], f"revision {one['revision']}", one["state"], one["id"]) for one in row["approvals"]
    ]
    named = {"Documents": documents, "Requirements": requirements, "Tasks": tasks, "Approvals": asked}
    for name, rows in named.items():
        if rows:
            yield ""
            yield name
            yield from table(rows)


def _traced(said: Row) -> Iterator[str]:
    for name, nodes in (("Above", said["above"]), ("", [said["node"]]), ("Below", said["below"])):
        if nodes:
            yield from [name] if name else []
            yield from table([_node(one, "  " if name else "") for one in nodes])
    if not said["complete"]:
        yield "There is more than an answer holds."


def _node(one: Row, indent: str) -> tuple[str, ...]:
    lines = f":{one['lines'][0]}" if one["lines"] else ""
    place = f"{one['path']}{lines}" + (f" (revision {one['revision']})" if one["revision"] else "")
    return f"{indent}{one['kind']}", one["key"], one["title"], one["state"], place, one["id"]


def register(root: click.Group) -> None:
    """Adds these commands."""
    for one in (spec, audit, trace):
        root.add_command(one)
