"""`specflow spec diff` and `specflow preflight`: what a change of a text, or of code, is about."""

import subprocess
import sys
from pathlib import Path

import click

from specflow_client.commands.finding import document_id, text_of
from specflow_client.commands.session import Command, Row, Session, pass_session
from specflow_client.commands.specs import spec
from specflow_client.errors import ClientError
from specflow_client.showing import difference, plain


@spec.command()
@click.argument("document")
@click.option("--from", "old", type=int, help="A revision's number; else the one before --to.")
@click.option("--to", "new", type=int, help="A revision's number; else the newest.")
@pass_session
def diff(session: Session, document: str, old: int | None, new: int | None) -> None:
    """What changed between two revisions of DOCUMENT, by its path or id."""
    said = session.client.diff(document_id(session, document), old=old, new=new)
    if session.wants_json:
        session.show(said, ())
        return
    show_change(said)


@click.command(cls=Command)
@click.argument("paths", nargs=-1)
@click.option("--base", metavar="REF", help="What git has committed since REF, such as origin/main.")
@click.option("--staged", is_flag=True, help="What git is about to commit.")
@click.option("--diff", "patch", metavar="FILE", help="A unified diff; - reads standard input.")
@pass_session
def preflight(session: Session, paths: tuple[str, ...], base: str | None, staged: bool, patch: str | None) -> int:
    """Say whether the specs allow a change: of PATHS, of a diff, or of what git has changed here.

    Exit code 1 where they refuse a file.
    """
    if sum((bool(paths), base is not None, staged, patch is not None)) > 1:
        raise click.UsageError("Name paths, or one of --base, --staged, --diff.")
    if patch is not None:
        said = session.client.preflight(session.project, diff=_patch(patch))
    else:
        files = list(paths) or _changed([f"{_ref(base)}...HEAD"] if base else ["--cached"] if staged else ["HEAD"])
        said = session.client.preflight(session.project, files=files)
    told = [_checked(one) for one in said["files"]]
    told += [f"waits for a decision: {plain(one['title'])} ({one['id']})" for one in said["approvals"]]
    told += [f"put off: {plain(one['title'] or one['id'])} ({plain(one['path'])})" for one in said["deferrals"]]
    told.append("The specs allow this change." if said["allowed"] else "The specs refuse this change.")
    session.show(said, told)
    return 0 if said["allowed"] else 1


def show_change(said: Row) -> None:
    """The sentence, the difference, and what it touches."""
    if said["summary"]:
        click.echo(plain(said["summary"]))
    for line, colour in difference(said["unified"]):
        click.secho(line, fg=colour)
    impact = said["impact"]
    for one in impact["tasks"]:
        click.echo(f"touches task {plain(one['key'])} {plain(one['title'])} ({one['status']}, {one['id']})")
    for one in impact["runs"]:
        click.echo(f"touches run {one['id']} ({one['status']}, {plain(one['provider'])})")
    for one in impact["citations"]:
        click.echo(f"cited at {plain(one['path'])}:{one['line']}: {plain(one['text'].strip())}")


def _checked(one: Row) -> str:
    refusal = one["refusal"]
    verdict = f"refused: {plain(refusal['code'])}: {plain(refusal['message'])}" if refusal else "allowed"
    tasks = ", ".join(f"{task['spec']} {task['key'] or task['id']}" for task in one["tasks"])
    return f"{plain(one['path'])}: {verdict} ({plain(tasks) or 'no task names it'})"


def _patch(name: str) -> str:
    if name != "-":
        return text_of(Path(name))
    return sys.stdin.buffer.read().decode(errors="replace").replace("\0", "")


def _ref(name: str) -> str:
    if name.startswith("-"):
        raise click.UsageError(f"{name} is no name of a commit.")
    return name


def _changed(compared: list[str]) -> list[str]:
    """The paths that git says were changed, old and new names of what was moved."""
    words = ["git", "diff", "--name-only", "--no-renames", "--no-ext-diff", "-z", *compared, "--"]
    try:
        done = subprocess.run(words, capture_output=True, check=False)  # noqa: S603  # a list, and no shell
    except OSError as error:
        raise ClientError(
            "no_git", f"git cannot be asked: {error.strerror}.", ("Name the paths, or --diff -.",)
        ) from error
    if done.returncode:
        reason = done.stderr.decode(errors="replace").strip().partition("\n")[0]
        raise ClientError("no_git", f"git cannot say what was changed: {reason}", ("Name the paths, or --diff -.",))
    return [one.decode(errors="replace") for one in done.stdout.split(b"\0") if one]


def register(root: click.Group) -> None:
    """Adds these commands; `diff` stands below `spec`."""
    root.add_command(preflight)
