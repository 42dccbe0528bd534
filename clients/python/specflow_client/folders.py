"""Documents of a folder on disk: read into a zip, written from one, never outside the folder.

Each step is taken from an open directory and refuses symlinks, so that no path can be swapped while we look.
"""

import contextlib
import hashlib
import io
import os
import re
import secrets
import stat
import zipfile
import zlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from specflow_client.errors import ClientError

LARGEST = 16 * 1024 * 1024  # bytes of a file; the server takes less
_ALL = 256 * 1024 * 1024  # bytes of everything that an archive unpacks to
_NAME = 255  # bytes
_NOT_IN_A_PATH = re.compile(r"[\x00-\x1f\x7f\\]")
_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
_FIRST_DAY = (1980, 1, 1, 0, 0, 0)
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError)


@dataclass(slots=True)
class Listing:
    """The files below a folder, by their paths from there, and a sentence for each that cannot be sent."""

    paths: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Written:
    """How many files were written, and how many said the same before."""

    written: int
    unchanged: int


def files_below(root: Path, names: Collection[str]) -> Listing:
    """The ordinary files below those entries of the folder that have one of these names. Raises ClientError
    `folder_not_found`."""
    found = Listing()
    with _opened(root) as top:
        for name in sorted(set(names) & set(os.listdir(top))):
            _list(top, name, name, found)
    found.paths.sort()
    return found


def read(root: Path, path: str) -> bytes:
    """A file's bytes. Raises ClientError `file_not_found`, `symlink_refused`, `not_a_file`, `too_large`,
    `invalid_path`."""
    *folders, name = parts_of(path)
    with _opened(root, folders) as handle:
        data = _read_at(handle, name, path)
    if data is None:
        raise ClientError("file_not_found", f"There is no file {path[:200]}.")
    return data


def packed(files: Mapping[str, bytes]) -> bytes:
    """A zip of the files by their paths; the same files give the same bytes."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in sorted(files.items()):
            entry = zipfile.ZipInfo(path, _FIRST_DAY)
            entry.create_system, entry.external_attr = 3, 0o644 << 16
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED)
    return data.getvalue()


def unpacked(data: bytes) -> dict[str, bytes]:
    """The files of a zip, by paths that stay inside a folder. Raises ClientError `invalid_archive`, `invalid_path`."""
    files: dict[str, bytes] = {}
    room = _ALL
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for entry in archive.infolist():
                parts_of(entry.filename)
                with archive.open(entry) as file:
                    files[entry.filename] = file.read(room + 1)
                room -= len(files[entry.filename])
                if room < 0:
                    raise ClientError("invalid_archive", f"The archive unpacks to over {_ALL} bytes.")
    except _BROKEN as error:
        raise ClientError("invalid_archive", f"The answer is no archive that can be read: {error}.") from error
    return files


def write(root: Path, files: Mapping[str, bytes], known: Mapping[str, str], *, force: bool = False) -> Written:
    """Writes each file atomically. One that says something else, and not what `known` (SHA-256 by path) has of it, was
    changed by somebody: without `force` nothing at all is written.

    Raises ClientError `files_changed`, `symlink_refused`, `not_a_file`, `not_writable`.
    """
    root.mkdir(parents=True, exist_ok=True)
    there = {path: _there(root, path) for path in files}
    changed = [
        path
        for path, data in there.items()
        if data is not None and data != files[path] and sha256(data) != known.get(path)
    ]
    if changed and not force:
        more = f" and {len(changed) - 10} more" if len(changed) > 10 else ""
        raise ClientError(
            "files_changed",
            f"These files say something else than the project, and were changed here: {', '.join(changed[:10])}{more}.",
            ("Import them first, or write over them with --force.",),
        )
    different = [path for path, data in there.items() if data != files[path]]
    for path in different:
        _write(root, path, files[path], there[path])
    return Written(len(different), len(files) - len(different))


def sha256(data: bytes) -> str:
    """The SHA-256 in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def parts_of(path: str) -> list[str]:
    """The names along a path that stays inside its folder. Raises ClientError `invalid_path`."""
    parts = path.split("/")
    if (
        _NOT_IN_A_PATH.search(path)
        or any(part in ("", ".", "..") for part in parts)
        or any(len(os.fsencode(part)) > _NAME for part in parts)
    ):
        raise ClientError("invalid_path", f"'{path[:200]}' leads out of its folder, or is no name of a file.")
    return parts


def _list(handle: int, name: str, path: str, found: Listing) -> None:
    mode = os.stat(name, dir_fd=handle, follow_symlinks=False).st_mode
    if stat.S_ISDIR(mode):
        with _inside(handle, name, path) as inner:
            for entry in os.listdir(inner):
                _list(inner, entry, f"{path}/{entry}", found)
    elif stat.S_ISLNK(mode):
        found.warnings.append(f"{path}: left out: a symlink.")
    elif stat.S_ISREG(mode) and not _is_utf8(path):
        found.warnings.append(f"{path}: left out: its name is not UTF-8.")
    elif stat.S_ISREG(mode):
        found.paths.append(path)


def _is_utf8(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True


def _there(root: Path, path: str) -> bytes | None:
    """What stands under the path now, if anything."""
    *folders, name = parts_of(path)
    try:
        with _opened(root, folders) as handle:
            return _read_at(handle, name, path)
    except ClientError as error:
        if error.code == "folder_not_found":
            return None
        raise


def _write(root: Path, path: str, data: bytes, before: bytes | None) -> None:
    *folders, name = parts_of(path)
    draft = f".{secrets.token_hex(8)}.specflow"
    try:
        with _opened(root, folders, make=True) as handle:
            if _read_at(handle, name, path) != before:
                raise ClientError("files_changed", f"{path} was changed just now.", ("Export again.",))
            mode = 0o666 if before is None else stat.S_IMODE(os.stat(name, dir_fd=handle).st_mode)
            file = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode, dir_fd=handle)
            try:
                with os.fdopen(file, "wb") as opened:
                    opened.write(data)
                os.replace(draft, name, src_dir_fd=handle, dst_dir_fd=handle)
            finally:
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(draft, dir_fd=handle)
    except OSError as error:
        raise ClientError("not_writable", f"{path} cannot be written: {error.strerror}.") from error


def _read_at(handle: int, name: str, path: str) -> bytes | None:
    """The bytes of an ordinary file in an open folder; None where nothing has the name."""
    try:
        file = os.open(name, _FILE, dir_fd=handle)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _refused(handle, name, path, error) from error
    with os.fdopen(file, "rb", closefd=True) as opened:
        if not stat.S_ISREG(os.fstat(opened.fileno()).st_mode):
            raise ClientError("not_a_file", f"{path} is no ordinary file.")
        data = opened.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise ClientError("too_large", f"{path} is over {LARGEST} bytes.")
    return data


@contextlib.contextmanager
def _opened(root: Path, folders: Collection[str] = (), *, make: bool = False) -> Iterator[int]:
    """An open handle of a folder below `root`, walked step by step; made where it is missing and `make`."""
    try:
        handle = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise ClientError("folder_not_found", f"There is no folder {root}: {error.strerror}.") from error
    with contextlib.ExitStack() as stack:
        stack.callback(os.close, handle)
        path = ""
        for name in folders:
            path = f"{path}/{name}".lstrip("/")
            if make:
                with contextlib.suppress(FileExistsError):
                    os.mkdir(name, dir_fd=handle)
            handle = stack.enter_context(_inside(handle, name, path))
        yield handle


@contextlib.contextmanager
def _inside(handle: int, name: str, path: str) -> Iterator[int]:
    try:
        inner = os.open(name, _DIRECTORY, dir_fd=handle)
    except FileNotFoundError as error:
        raise ClientError("folder_not_found", f"There is no folder {path}.") from error
    except OSError as error:
        raise _refused(handle, name, path, error) from error
    try:
        yield inner
    finally:
        os.close(inner)


def _refused(handle: int, name: str, path: str, error: OSError) -> ClientError:
    with contextlib.suppress(OSError):
        if stat.S_ISLNK(os.stat(name, dir_fd=handle, follow_symlinks=False).st_mode):
            return ClientError("symlink_refused", f"{path} leads through a symlink.")
    return ClientError("not_a_file", f"{path} cannot be opened: {error.strerror}.")
