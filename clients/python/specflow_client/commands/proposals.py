"""`specflow propose`: asking people to agree on a change before it is made."""

from pathlib import Path

import click

from specflow_client.commands.approvals import show_request
from specflow_client.commands.finding import document_at, place_of, text_of
from specflow_client.commands.session import Command, Session, pass_session
from specflow_client.errors import ClientError


@click.command(cls=Command)
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--path", help="The document that FILE is to become; else where FILE stands in its folder of specs.")
@click.option(
    "--update", metavar="APPROVAL", help="A proposal that this one replaces; without FILE it is brought to date."
)
@click.option("--base", type=int, help="The number of the revision that you had read.")
@click.option("--title", help="What people read first.")
@click.option("--summary", help="Why.")
@click.option(
    "--match", "matches", multiple=True, metavar="ID=LINE", help="Where an item stands in FILE; 0: it is gone."
)
@pass_session
def propose(
    session: Session,
    *,
    file: Path | None,
    path: str | None,
    update: str | None,
    base: int | None,
    title: str | None,
    summary: str | None,
    matches: tuple[str, ...],
) -> None:
    """Ask people to agree on the text of FILE in place of a document's. That stands until they do."""
    if file is None and update is None:
        raise click.UsageError("Name a FILE, or a proposal with --update.")
    answers = dict(map(_match, matches))
    text = None if file is None else text_of(file)
    document = _document(session, file, path, update)
    row = session.client.propose(
        document, text=text, base_revision=base, title=title, summary=summary, matches=answers, replaces=update
    )
    show_request(session, row)


def _document(session: Session, file: Path | None, path: str | None, update: str | None) -> str:
    """The id of the document that is to change."""
    if path is None and update is not None:
        return str(session.client.approval(update)["document"])
    place = path or place_of(session, file or Path())
    found = document_at(session, place)
    if found is None:
        raise ClientError(
            "document_not_found",
            f"The project has no document {place}.",
            ("A new document needs no proposal: specflow spec upload FILE", "Or say which it is: --path PATH."),
        )
    return str(found["id"])


def _match(said: str) -> tuple[str, int]:
    name, _, line = said.partition("=")
    if not name or not (line.isascii() and line.isdigit() and len(line) < 10):
        raise click.BadParameter("A match is an id and a line: req-…=12", param_hint="--match")
    return name, int(line)


def register(root: click.Group) -> None:
    """Adds this command."""
    root.add_command(propose)
