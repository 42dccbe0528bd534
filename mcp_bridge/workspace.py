"""Files that an agent writes with its own tools, taken into the project before they are spoken of (003: the agent
writes `.spec-workflow/specs/<name>/*.md` and then asks for approval). The only place of this door that reads files."""

from contextlib import suppress

from mcp_bridge.identity import Session
from specflow.accounts.capabilities import Verb
from specflow.accounts.rules import allows
from specflow.errors import Conflict, Invalid, NotFound
from specflow.specs import actions, documents, queries, workspace
from specflow.specs.formats import registry
from specflow.specs.formats.dialect import Dialect
from specflow.specs.models import Document
from specflow.text import decoded

KINDS = ("requirements", "design", "tasks")


def checked_path(path: str) -> str:
    """A path relative to the project's root, where a dialect has documents. Raises Invalid `invalid_path`."""
    path = path.removeprefix("./")
    parts = path.split("/")
    if "\\" in path or "\0" in path or {"", ".", ".."} & set(parts) or registry.at(path) is None:
        raise Invalid(
            "invalid_path",
            "filePath is relative to the project's root, in a folder of specs such as .spec-workflow/, without '..'.",
            {"path": path[:200]},
            ("Give a path such as .spec-workflow/specs/user-login/requirements.md.",),
        )
    return path


def take_document(session: Session, path: str) -> tuple[Document, list[str]]:
    """The document at `path` and what could not be taken of it. Where the session has a folder that holds the file, its
    text is saved first.

    Raises NotFound `document_not_found`, Invalid `invalid_path`, `symlink_refused`, `invalid_utf8`, Conflict
    `file_behind` for a file that holds an older revision than the document.
    """
    refusals: list[str] = []
    if session.workspace is not None:
        # A document that was written by tools has no file yet.
        with suppress(NotFound):
            refusals = _take(session, path)
    return queries.document_at(session.project, path), refusals


def take_spec(session: Session, name: str) -> list[str]:
    """Takes the three files of a spec from the session's folder, where they are; gives a sentence for each thing that
    could not be taken. Nothing happens without a folder or for who may not write."""
    if session.workspace is None or not is_folder_name(name):
        return []
    if not allows(session.actor, Verb.WRITE_SPECS, session.project):
        return []
    dialect, folder = _home_of(session, name)
    said: list[str] = []
    for kind in KINDS:
        path = dialect.path_in(folder, kind)
        try:
            said += _take(session, path)
        except NotFound:
            continue  # this file is not written yet
        except Conflict as error:
            said.append(f"{path}: {error.message}")
    return said


def _home_of(session: Session, name: str) -> tuple[Dialect, str]:
    """Where the spec of this name stands, or would be begun."""
    try:
        return documents.home_of(queries.spec_named(session.project, name))
    except NotFound:
        begun = registry.begun()
        return begun, begun.folder_for(name)


def is_folder_name(name: str) -> bool:
    """Whether the name can be the name of a spec's folder."""
    return bool(name) and not {"/", "\\", "\0"} & set(name) and name not in (".", "..")


def _take(session: Session, path: str) -> list[str]:
    assert session.workspace is not None  # noqa: S101  # both callers asked
    text = decoded(workspace.read_file(session.workspace, path), field=path)
    known = _known(session, path)
    if known is not None and _is_behind(known, text):
        raise Conflict(
            "file_behind",
            "The file holds an older revision than SpecFlow does.",
            {"path": path, "revision": known.current.number if known.current else None},
            ("Write the current text to the file (spec_export), or make your change on that.",),
        )
    saved = actions.save_document(session.project, actor=session.actor, path=path, text=text, adopt=known is None)
    return [f"{path}: {one}" for one in saved.refusals]


def _known(session: Session, path: str) -> Document | None:
    try:
        return queries.document_at(session.project, path)
    except NotFound:
        return None


def _is_behind(document: Document, text: str) -> bool:
    """Whether the text is an earlier revision's and not the current one's: saving it would undo what came since."""
    digest = documents.digest_of(document, text)
    if document.current is None or digest == document.current.digest:
        return False
    return queries.revisions_of(document).filter(digest=digest).exists()
