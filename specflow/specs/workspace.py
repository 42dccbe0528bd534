"""A folder of documents on disk, read and written without ever leaving it (QUALITY 43).

Every step is taken relative to an open directory and refuses symlinks, so that a path cannot be swapped while we look.
"""

import contextlib
import os
import re
import secrets
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from specflow.errors import Conflict, DomainError, Invalid, NotFound, TooLarge
from specflow.specs.formats import registry
from specflow.specs.formats.dialect import Dialect
from specflow.text import MAX_DOCUMENT_BYTES, checked_document, decoded

MAX_FILES = 20_000
MAX_NAME_BYTES = 255
_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
_NOT_IN_A_PATH = re.compile(r"[\x00-\x1f\x7f\\]")
NO_TEXT = ("invalid_utf8", "invalid_text", "too_large")
TEXTS = (".md", ".json", ".yaml", ".yml", ".toml")
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK


@dataclass(slots=True)
class Folder:
    """What a folder holds: texts by path, and a sentence for each file that is not text. `refused` are the paths of
    files that would refuse the folder, where it is asked to be lenient."""

    texts: dict[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    dialects: tuple[Dialect, ...] = ()
    lenient: bool = False

    def takes(self, path: str) -> bool:
        """Whether a dialect has a place for the path."""
        return any(one.place(path) is not None for one in self.dialects)


def read_folder(root: Path, dialects: Sequence[Dialect] | None = None, *, lenient: bool = False) -> Folder:
    """All texts below `root` that stand where a dialect (one of these, or of all) has a place for them, by their path
    from `root` with forward slashes.

    A Markdown, JSON, YAML or TOML file that is no text is refused (`invalid_utf8`, `invalid_text`, `too_large`); other
    such files are named in `warnings`.
    Raises NotFound `folder_not_found`, also where no dialect has anything there, Invalid `symlink_refused`,
    `not_a_file`, TooLarge `too_large`.
    """
    known = registry.dialects() if dialects is None else dialects
    folder, roots = Folder(dialects=tuple(known), lenient=lenient), {name for one in known for name in one.roots}
    try:
        top = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise NotFound("folder_not_found", f"There is no folder to read: {error.strerror}.") from error
    try:
        there = [name for name in sorted(os.listdir(top)) if name in roots]
        for name in there:
            _read_entry(top, name, name, folder)
    finally:
        os.close(top)
    if not there:
        raise NotFound("folder_not_found", "There is no folder of specs here.", {"known": sorted(roots)})
    return folder


def read_file(root: Path, path: str) -> bytes:
    """The bytes of one file below `root`. Raises as `read_folder`, and NotFound `file_not_found`."""
    *folders, name = path_parts(path)
    with open_folder(root, folders, path, make=False) as handle:
        return read_at(handle, name, path)


def write_folder(root: Path, texts: Mapping[str, str]) -> int:
    """Writes each text to its path below `root`, atomically and through no symlink; gives how many files changed.

    Raises as `read_folder`, and Conflict `not_writable`.
    """
    changed = 0
    for path, text in texts.items():
        *folders, name = path_parts(path)
        try:
            with open_folder(root, folders, path, make=True) as handle:
                changed += _write_at(handle, name, path, text.encode())
        except OSError as error:
            raise Conflict(
                "not_writable",
                f"{_shown(path)} cannot be written: {error.strerror}.",
                {"path": _shown(path), "reason": error.strerror},
                ("Mend the folder's rights or make room, and write again.",),
            ) from error
    return changed


def path_parts(path: str) -> list[str]:
    """The names along a path that stays inside its folder and that every file system takes.

    Raises Invalid `invalid_path` for `..`, an absolute path, a backslash, a control character, a name over 255 bytes.
    """
    parts = path.split("/")
    if (
        _NOT_IN_A_PATH.search(path)
        or any(part in ("", ".", "..") for part in parts)
        or any(len(part.encode(errors="surrogatepass")) > MAX_NAME_BYTES for part in parts)
    ):
        raise Invalid("invalid_path", "A path stays inside its folder: no '..', not absolute.", {"path": path[:200]})
    return parts


def _read_directory(parent: int, name: str, path: str, folder: Folder) -> None:
    handle = _open_at(parent, name, _DIRECTORY, path, noun="folder")
    try:
        for entry in sorted(os.listdir(handle)):
            _read_entry(handle, entry, f"{path}/{entry}", folder)
    finally:
        os.close(handle)


def _read_entry(handle: int, name: str, path: str, folder: Folder) -> None:
    mode = _mode(handle, name, path, noun="file")
    if stat.S_ISDIR(mode):
        _read_directory(handle, name, path, folder)
    # A symlink may stand for a folder; where it could hide a document, taking it is refused below.
    elif folder.takes(path) or (stat.S_ISLNK(mode) and folder.takes(f"{path}/requirements.md")):
        _take_file(handle, name, path, folder)


def _take_file(handle: int, name: str, path: str, folder: Folder) -> None:
    if len(folder.texts) >= MAX_FILES:
        raise TooLarge("too_large", f"The folder holds over {MAX_FILES} files.", {"limit": MAX_FILES})
    try:
        data = read_at(handle, name, path)
        folder.texts[_named(path)] = checked_document(decoded(data, field=path), field=path)
    except DomainError as error:
        if path.endswith(TEXTS) or error.code not in NO_TEXT:
            if not folder.lenient or error.code == "invalid_path":
                raise
            folder.refused.append(path)
            return
        folder.warnings.append(f"{path}: left out: {error.message}")


def _named(path: str) -> str:
    """The path as text: a file name that is not UTF-8 is refused."""
    try:
        path.encode()
    except UnicodeEncodeError as error:
        raise Invalid("invalid_path", "A file's name is not UTF-8.", {"path": ascii(path)[:200]}) from error
    return path


def read_at(handle: int, name: str, path: str) -> bytes:
    file = _open_at(handle, name, _FILE, path, noun="file")
    with os.fdopen(file, "rb") as opened:
        status = os.fstat(opened.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise Invalid("not_a_file", f"{ascii(path)[:200]} is no ordinary file.", {"path": ascii(path)[:200]})
        data = opened.read(MAX_DOCUMENT_BYTES + 1)
    if len(data) > MAX_DOCUMENT_BYTES:
        raise TooLarge(
            "too_large",
            f"{ascii(path)[:200]} is over the limit of {MAX_DOCUMENT_BYTES} bytes.",
            {"path": ascii(path)[:200], "size": status.st_size, "limit": MAX_DOCUMENT_BYTES},
        )
    return data


@contextlib.contextmanager
def open_folder(root: Path, folders: list[str], path: str, *, make: bool) -> Iterator[int]:
    """An open handle of a folder below `root`, walked step by step; made where it is missing and `make`."""
    if make:
        root.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise NotFound("folder_not_found", f"There is no folder to read: {error.strerror}.") from error
    try:
        for name in folders:
            if make:
                with contextlib.suppress(FileExistsError):
                    os.mkdir(name, dir_fd=handle)
            inner = _open_at(handle, name, _DIRECTORY, path, noun="folder")
            os.close(handle)
            handle = inner
        yield handle
    finally:
        os.close(handle)


def _open_at(handle: int, name: str, flags: int, path: str, *, noun: str) -> int:
    shown = _shown(path)
    try:
        return os.open(name, flags, dir_fd=handle)
    except FileNotFoundError as error:
        raise _missing(noun, shown) from error
    except OSError as error:
        if stat.S_ISLNK(_mode(handle, name, path, noun=noun)):
            raise Invalid("symlink_refused", f"{shown} leads through a symlink.", {"path": shown}) from error
        raise Invalid("not_a_file", f"{shown} cannot be opened: {error.strerror}.", {"path": shown}) from error


def _mode(handle: int, name: str, path: str, *, noun: str) -> int:
    """What stands under the name itself; it may be gone since it was listed or tried."""
    try:
        return os.stat(name, dir_fd=handle, follow_symlinks=False).st_mode
    except FileNotFoundError as error:
        raise _missing(noun, _shown(path)) from error


def _shown(path: str) -> str:
    return ascii(path)[1:-1][:200] if not path.isascii() else path[:200]


def _missing(noun: str, shown: str) -> NotFound:
    return NotFound(f"{noun}_not_found", f"There is no {noun} {shown}.", {"path": shown})


def _write_at(handle: int, name: str, path: str, data: bytes) -> bool:
    try:
        if read_at(handle, name, path) == data:
            return False
    except NotFound:
        pass  # a new file
    with draft(handle, path, data) as drafted:
        os.replace(drafted, name, src_dir_fd=handle, dst_dir_fd=handle)
    return True


@contextlib.contextmanager
def draft(handle: int, path: str, data: bytes) -> Iterator[str]:
    """The name of a new file with the data in an open folder, for `path`; gone afterwards where nobody moved it."""
    name = beside()
    try:
        file = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o644, dir_fd=handle)
    except FileNotFoundError as error:  # the folder was removed since it was opened
        raise _missing("folder", _shown(path)) from error
    try:
        with os.fdopen(file, "wb") as opened:
            opened.write(data)
            opened.flush()
            os.fsync(opened.fileno())
        yield name
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name, dir_fd=handle)


def beside() -> str:
    """A name for a file of ours beside others, for a moment."""
    return f".{secrets.token_hex(8)}.specflow"
