"""`specflow task`: what is to be done, and doing it."""

import json
import time
from collections.abc import Iterator

import click

from specflow_client.commands.finding import spec_id
from specflow_client.commands.session import Group, Row, Session, note, pass_session
from specflow_client.showing import plain, table

_ENDED = ("succeeded", "failed", "cancelled")
_PAUSE = 0.5  # seconds between two looks at a run
_HEAD = ("KEY", "STATUS", "RELEASED", "TITLE", "ID")


@click.group(cls=Group)
def task() -> None:
    """Tasks and their runs."""


@task.command("list")
@click.option("--spec", metavar="SPEC", help="Of this spec, by its slug or id, in the order of its text.")
@click.option("--status", help="pending, in_progress, blocked, completed.")
@pass_session
def list_tasks(session: Session, spec: str | None, status: str | None) -> None:
    """The project's tasks, newest first."""
    if spec is None:
        rows: Iterator[Row] = session.client.tasks(project=session.project, status=status)
    else:
        found = session.client.tasks_of(spec_id(session, spec))
        rows = (one for one in found if status in (None, one["status"]))
    session.show_table(rows, _HEAD, _cells)


@task.command("show")
@click.argument("id")
@pass_session
def show_task(session: Session, id: str) -> None:
    """A task with its runs."""
    row, runs = session.client.task(id), list(session.client.runs_of(id))
    facts = [
        ("Task", f"{row['key']} ({row['id']})"),
        ("Title", row["title"]),
        ("Status", row["status"] + (f": {row['blocked_reason']}" if row["blocked_reason"] else "")),
        ("Released", "yes" if row["released"] else "no: its document waits for approval"),
        ("Requirements", ", ".join(row["requirements"]) or "none"),
        ("Files", ", ".join(row["files"]) or "none"),
    ]
    told = table([*facts, *(("Run", f"{one['status']} ({one['id']})") for one in runs)])
    session.show({**row, "runs": runs}, told)


@task.command("run")
@click.argument("id")
@click.option("--follow", is_flag=True, help="Show what its agent does until it ends; exit code 1 if it fails.")
@pass_session
def run_task(session: Session, id: str, follow: bool) -> int:
    """Queue a run of the task."""
    run = session.client.run_task(id)
    if not follow:
        session.show(run, [f"{run['id']}: {run['status']}."])
        return 0
    note(f"{run['id']}: {run['status']}. Ctrl-C stops looking, not the run.")
    ended = _followed(session, run["id"])
    session.show(ended, [f"{ended['id']}: {ended['status']}. {plain(ended['summary'])}".rstrip()])
    return 0 if ended["status"] == "succeeded" else 1


def _followed(session: Session, run: str) -> Row:
    """Shows the run's events as they come; gives the run when it has ended."""
    after = 0
    while True:
        row = session.client.run(run)  # before its events, so that none after the last look is missed
        for event in session.client.run_events(run, after=after):
            after = event["seq"]
            if not session.wants_json:
                click.echo(f"{plain(event['at'])}  {plain(event['kind'])}  {plain(_said(event['data']))}")
        if row["status"] in _ENDED:
            return row
        time.sleep(_PAUSE)


def _said(data: Row) -> str:
    return str(data["text"]) if set(data) == {"text"} else json.dumps(data, ensure_ascii=False) if data else ""


def _cells(one: Row) -> tuple[str, ...]:
    return one["key"], one["status"], "yes" if one["released"] else "no", one["title"], one["id"]


def register(root: click.Group) -> None:
    """Adds these commands."""
    root.add_command(task)
