"""The files of a project's folder: read as they are, written only over the text that was decided on."""

import contextlib
import os
from pathlib import Path

from specflow.errors import Conflict, DomainError, NotFound
from specflow.specs import workspace
from specflow.text import checked_document, decoded


class Workspace:
    """A folder on disk. No path leaves it, whatever symlinks say (workspace.py)."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def read(self, path: str) -> str | None:
        """The file's text, None where there is none. Raises what `workspace.read_file` raises, and Invalid
        `invalid_utf8`, `invalid_text`."""
        try:
            return checked_document(decoded(workspace.read_file(self.root, path), field=path), field=path)
        except NotFound:
            return None

    def write(self, path: str, text: str, *, over: str | None) -> bool:
        """Puts `text` in the place of the file's text `over` (None for a new file), atomically; False where the file
        says something else by now, which then stays. Raises Conflict `not_writable`."""
        *folders, _ = workspace.path_parts(path)
        try:
            with workspace.open_folder(self.root, folders, path, make=True) as handle:
                return _replaced(handle, path, text.encode(), None if over is None else over.encode())
        except OSError as error:
            raise Conflict(
                "not_writable",
                f"{path[:200]} cannot be written: {error.strerror}.",
                {"path": path[:200], "reason": error.strerror},
                ("Mend the folder's rights or make room; the watch tries again.",),
            ) from error


def _replaced(handle: int, path: str, data: bytes, over: bytes | None) -> bool:
    name, kept = path.rpartition("/")[2], workspace.beside()
    with workspace.draft(handle, path, data) as drafted:
        if over is None:
            return _placed(handle, drafted, name)
        try:
            # The old file keeps a second name until it is known that it said what we decided on.
            with contextlib.suppress(FileNotFoundError):
                os.link(name, kept, src_dir_fd=handle, dst_dir_fd=handle, follow_symlinks=False)
            if _text(handle, kept) != over:
                return False
            os.replace(drafted, name, src_dir_fd=handle, dst_dir_fd=handle)
            if _text(handle, kept) == over:
                return True
            os.replace(kept, name, src_dir_fd=handle, dst_dir_fd=handle)  # it was written to in that moment
            return False
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(kept, dir_fd=handle)


def _placed(handle: int, drafted: str, name: str) -> bool:
    """A new file under its name, unless somebody made one."""
    try:
        os.link(drafted, name, src_dir_fd=handle, dst_dir_fd=handle, follow_symlinks=False)
    except FileExistsError:
        return False
    return True


def _text(handle: int, name: str) -> bytes | None:
    with contextlib.suppress(FileNotFoundError, DomainError):
        return workspace.read_at(handle, name, name)
    return None
