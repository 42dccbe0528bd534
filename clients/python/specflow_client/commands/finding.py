"""How people name things: a spec by its slug, a document by its path, a file by where it stands."""

from pathlib import Path

from specflow_client.commands.session import Row, Session
from specflow_client.errors import ClientError
from specflow_client.folders import Listing, files_below, packed, read

_SPEC_FILES = (".yaml", ".yml", ".json")
_SHOWN = 20


def spec_id(session: Session, name: str) -> str:
    """The id of a spec by its slug; what is no slug of the project is taken as an id."""
    found = next(session.client.specs(project=session.project, slug=name), None)
    return str(found["id"]) if found else name


def document_id(session: Session, name: str) -> str:
    """The id of a document by its path; what is no path of the project is taken as an id. Raises ClientError
    `document_not_found`."""
    found = document_at(session, name)
    if found is None and "/" in name:
        raise ClientError("document_not_found", f"The project has no document {name}.")
    return str(found["id"]) if found else name


def document_at(session: Session, path: str) -> Row | None:
    """The project's document at a path."""
    return next(session.client.documents(project=session.project, path=path), None)


def documents_in(session: Session, folder: Path) -> tuple[dict[str, bytes], list[str]]:
    """The documents of a folder, by path, and what could not be sent. Only paths are told until the server has said
    which of them are documents: nothing else leaves the folder. Raises ClientError `folder_not_found`."""
    roots = {root for one in session.client.dialects() for root in one["roots"]}
    listed: Listing = files_below(folder, roots)
    places = session.client.places(listed.paths) if listed.paths else []
    if not places:
        raise ClientError(
            "folder_not_found", f"There is no folder of specs in {folder}.", (f"Known are {', '.join(sorted(roots))}.",)
        )
    warnings = listed.warnings[:_SHOWN]
    if len(listed.warnings) > _SHOWN:
        warnings.append(f"{len(listed.warnings) - _SHOWN} more were left out.")
    return {str(one["path"]): read(folder, str(one["path"])) for one in places}, warnings


def archive_of(session: Session, folder: Path) -> tuple[bytes, list[str]]:
    """The same as a zip."""
    files, warnings = documents_in(session, folder)
    return packed(files), warnings


def place_of(session: Session, file: Path) -> str:
    """Where a file stands in its workspace: its path from here, or from the topmost folder above it in which it is a
    document. A spec file in none stands in `specflow/`. Raises ClientError `no_document`."""
    whole = file.resolve()
    bases = [base for base in (Path.cwd(), *reversed(whole.parents)) if whole.is_relative_to(base)]
    paths = [whole.relative_to(base).as_posix() for base in bases]
    known = {str(one["path"]) for one in session.client.places(list(dict.fromkeys(paths)))}
    found = next((path for path in paths if path in known), None)
    if found:
        return found
    if is_spec_file(file):
        return f"specflow/{file.name}"
    raise ClientError(
        "no_document",
        f"{file} stands in no folder of specs.",
        ("Move it into the folder of its spec, such as .kiro/specs/login/.",),
    )


def is_spec_file(file: Path) -> bool:
    """Whether it may be a machine-readable spec."""
    return file.suffix.lower() in _SPEC_FILES


def bytes_of(file: Path) -> bytes:
    """The bytes of a file that a person named. Raises ClientError `file_not_found`, `not_a_file`, `too_large`."""
    return read(file.parent, file.name)


def text_of(file: Path) -> str:
    """The same as text. Raises ClientError `invalid_utf8`."""
    try:
        return bytes_of(file).decode()
    except UnicodeDecodeError as error:
        raise ClientError("invalid_utf8", f"{file} is not UTF-8 at byte {error.start}.") from error
