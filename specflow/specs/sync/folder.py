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
            raise _not_writable(path, error) from error

    def remove(self, path: str, *, said: str) -> bool:
        """Removes the file with this text, and the folders that are empty then; False where it says something else by
        now, which then stays. Raises Conflict `not_writable`."""
        *folders, name = workspace.path_parts(path)
        try:
            with workspace.open_folder(self.root, folders, path, make=False) as handle:
                if not _removed(handle, name, said.encode()):
                    return False
            self._remove_empty(folders, path)
        except NotFound:
            return True
        except OSError as error:
            raise _not_writable(path, error) from error
        return True

    def _remove_empty(self, folders: list[str], path: str) -> None:
        """A dialect's own folder stays."""
        for depth in range(len(folders), 1, -1):
            with workspace.open_folder(self.root, folders[: depth - 1], path, make=False) as handle:
                try:
                    os.rmdir(folders[depth - 1], dir_fd=handle)
                except OSError:
                    return  # something stands there


def _removed(handle: int, name: str, data: bytes) -> bool:
    """Takes the file away under another name first: what is written to the old one meanwhile is another file."""
    kept = workspace.beside()
    try:
        os.rename(name, kept, src_dir_fd=handle, dst_dir_fd=handle)
    except FileNotFoundError:
        return True
    if _text(handle, kept) != data:
        with contextlib.suppress(FileExistsError):  # then both stand, this one under the name of a moment
            os.link(kept, name, src_dir_fd=handle, dst_dir_fd=handle, follow_symlinks=False)
            os.unlink(kept, dir_fd=handle)
        return False
    os.unlink(kept, dir_fd=handle)
    return True


def _not_writable(path: str, error: OSError) -> Conflict:
    return Conflict(
        "not_writable",
        f"{path[:200]} cannot be written: {error.strerror}.",
        {"path": path[:200], "reason": error.strerror},
        ("Mend the folder's rights or make room; the watch tries again.",),
    )


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
