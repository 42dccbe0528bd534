"""`specflow spec import`, `export`, `upload`, `lint`: folders and files of documents."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from specflow_client import kept
from specflow_client.commands.finding import archive_of, bytes_of, documents_in, is_spec_file, place_of
from specflow_client.commands.session import Row, Session, note, pass_session
from specflow_client.commands.specs import spec
from specflow_client.folders import packed, unpacked, write
from specflow_client.showing import plain

_COUNTS = ("documents", "revised", "specs", "requirements", "criteria", "tasks", "checkboxes")
_SEVERITIES = ("error", "warning", "info")
_FOLDER = click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
_DIALECT = click.option("--dialect", help="Only documents of this dialect, such as kiro.")


@spec.command("import")
@_FOLDER
@_DIALECT
@click.option("--dry-run", is_flag=True, help="Say what would be taken, and take nothing.")
@pass_session
def import_folder(session: Session, folder: Path, dialect: str | None, dry_run: bool) -> None:
    """Take the documents of FOLDER, which holds .spec-workflow/, .kiro/, openspec/ and the like: all of it or nothing.

    Only documents are sent.
    """
    files, warnings = documents_in(session, folder)
    said = session.client.import_folder(session.project, packed(files), dialect=dialect, dry_run=dry_run)
    if not dry_run:
        kept.remember(session.url, session.project, folder, files)
    said["warnings"] = [*warnings, *said["warnings"]]
    counted = ", ".join(f"{said[name]} {name}" for name in _COUNTS)
    begin = "Would take" if dry_run else "Taken"
    session.show(said, [f"{begin}: {counted}.", *(f"warning: {plain(one)}" for one in said["warnings"])])


@spec.command("export")
@_FOLDER
@_DIALECT
@click.option("--spec", "only", metavar="SPEC", help="Only documents of this spec, by its slug or id.")
@click.option("--force", is_flag=True, help="Write over files that were changed here.")
@pass_session
def export_folder(session: Session, folder: Path, dialect: str | None, only: str | None, force: bool) -> None:
    """Write the project's documents to FOLDER, byte for byte, with today's progress in their markers.

    Nothing is written where that would lose a change of a file: see --force.
    """
    files = unpacked(session.client.export_folder(session.project, spec=only, dialect=dialect))
    known = kept.seen(session.url, session.project, folder)
    done = write(folder, files, known, force=force)
    kept.remember(session.url, session.project, folder, files)
    said = {"folder": str(folder), "written": done.written, "unchanged": done.unchanged, "paths": sorted(files)}
    session.show(said, [f"{plain(folder)}: {done.written} files written, {done.unchanged} said the same before."])


@spec.command()
@click.argument("file", type=click.Path(path_type=Path))
@pass_session
def upload(session: Session, file: Path) -> None:
    """Take one FILE: a machine-readable spec (YAML or JSON) makes or changes the spec of its slug; a document in a
    folder of specs becomes its next revision."""
    data, place = bytes_of(file), place_of(session, file)
    if is_spec_file(file) and place.startswith("specflow/"):
        json = file.suffix.lower() == ".json"
        row = session.client.upload_spec(data, project=session.project, json=json)
        told = f"{plain(row['slug'])} ({row['id']}): {len(row['requirements'])} requirements, phase {row['phase']}."
        session.show(row, [told])
        return
    said = session.client.import_folder(session.project, packed({place: data}))
    changed = "a new revision" if said["revised"] else "the text that stands"
    session.show(said, [f"{plain(place)}: {changed}.", *(f"warning: {plain(one)}" for one in said["warnings"])])


@spec.command()
@click.argument("path", type=click.Path(path_type=Path), required=False)
@_DIALECT
@click.option("--format", type=click.Choice(["text", "json", "sarif"]), help="How findings are shown.")
@click.option("--fail-on", type=click.Choice(["error", "warning", "never"]), default="error", show_default=True)
@pass_session
def lint(session: Session, path: Path | None, dialect: str | None, format: str | None, fail_on: str) -> int:
    """Say what is to mend in the file or folder PATH, or in the project where there is none.

    Exit code 1 where something of the weight of --fail-on was found. Nothing of PATH is kept by the server.
    """
    if format:
        session.given["format"] = format
    archive, warnings = _lintable(session, path)
    if format == "sarif":
        text = session.client.lint_sarif(session.project, archive, dialect=dialect)
        click.echo(text)
        return _code(_weights(text), fail_on)
    said = session.client.lint(session.project, archive, dialect=dialect)
    for one in (*warnings, *said.get("warnings", ())):
        note(f"warning: {plain(one)}")
    session.show(said, _found(said))
    if not session.wants_json:
        note(", ".join(f"{said['counts'][one]} {one}" for one in _SEVERITIES))
    return _code({name for name, count in said["counts"].items() if count}, fail_on)


def _lintable(session: Session, path: Path | None) -> tuple[bytes | None, list[str]]:
    if path is None:
        return None, []
    if path.is_dir():
        return archive_of(session, path)
    data = bytes_of(path)
    return packed({place_of(session, path): data}), []


def _found(said: Row) -> Iterator[str]:
    for one in said["findings"]:
        place = f"{plain(one['path'])}:{one['line']}:{one['column']}"
        yield f"{place}: {one['severity']} {plain(one['code'])} {plain(one['message'])} {plain(one['mend'])}"


def _weights(sarif: str) -> set[str]:
    """The severities in a SARIF log; its `note` is our info."""
    from json import loads

    log: dict[str, Any] = loads(sarif)
    return {one["level"] for run in log["runs"] for one in run["results"]}


def _code(found: set[str], fail_on: str) -> int:
    if fail_on == "never":
        return 0
    return 1 if found & set(_SEVERITIES[: _SEVERITIES.index(fail_on) + 1]) else 0


def register(root: click.Group) -> None:
    """These commands stand below `spec`."""
