"""The files that an agent left in the `outputs/` of its folder, read as what they are: written by a stranger."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from specflow.errors import DomainError
from specflow.text import checked, decoded
from tasks.providers.base import OutputItem

FOLDER = "outputs"
MAX_FILES = 50
MAX_BYTES = 1024 * 1024
MAX_DEPTH = 10
MAX_ENTRIES = 1000  # looked at, so that a folder of a million files costs little


@dataclass(frozen=True, slots=True)
class Found:
    """The taken files by name relative to the folder, sorted, and one sentence for each thing that was left out."""

    items: tuple[OutputItem, ...]
    left_out: tuple[str, ...]


class _UnfitError(Exception):
    """The reason why one file is not taken, as the end of a sentence."""


def collect(folder: Path, *, taken: tuple[str, ...] = ()) -> Found:
    """The outputs below `folder/outputs`: up to 50 regular files of UTF-8 text up to 1 MiB; no link is followed.

    A name in `taken` belongs to another output of the run already.
    """
    root = folder / FOLDER
    items: list[OutputItem] = []
    left_out: list[str] = []
    if not os.path.lexists(root):
        return Found((), ())
    for name in sorted(_files(root, left_out)):
        if len(items) == MAX_FILES:
            left_out.append(f"Outputs after the first {MAX_FILES} were left out.")
            break
        try:
            if name in taken:
                raise _UnfitError("its name is taken")
            items.append(OutputItem(_name(name), _text(root, name)))
        except _UnfitError as reason:
            left_out.append(f"The output {name!a} was left out: {reason}.")
    return Found(tuple(items), tuple(left_out))


def _files(root: Path, left_out: list[str]) -> Iterator[str]:
    """The names below `root` of all that is not a folder, each to be opened with care."""
    seen = 0
    waiting = [""]
    while waiting:
        below = waiting.pop()
        try:
            for name, is_folder in _entries(root, below):
                seen += 1
                if seen > MAX_ENTRIES:
                    left_out.append(f"Only the first {MAX_ENTRIES} files and folders of the outputs were looked at.")
                    return
                if is_folder:
                    waiting.append(name)
                else:
                    yield name
        except _UnfitError as reason:
            left_out.append(f"The folder {FOLDER + '/' + below!a} was left out: {reason}.")


def _entries(root: Path, below: str) -> Iterator[tuple[str, bool]]:
    if below.count("/") >= MAX_DEPTH:
        raise _UnfitError(f"it is more than {MAX_DEPTH} folders down")
    with _opened(root, below, os.O_DIRECTORY) as descriptor, os.scandir(descriptor) as entries:
        for entry in entries:
            yield (f"{below}/{entry.name}" if below else entry.name), entry.is_dir(follow_symlinks=False)


def _name(name: str) -> str:
    try:
        return checked(name, field="name")
    except DomainError as error:
        raise _UnfitError("its name is not plain UTF-8 text") from error


def _text(root: Path, name: str) -> str:
    # O_NONBLOCK: opening a named pipe must not wait for its other end.
    with _opened(root, name, os.O_NONBLOCK) as descriptor:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise _UnfitError("it is not a regular file")
        with open(descriptor, "rb", closefd=False) as file:
            data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise _UnfitError(f"it is over {MAX_BYTES} bytes")
    try:
        return checked(decoded(data), field="file", limit=MAX_BYTES)
    except DomainError as error:
        raise _UnfitError("it is not UTF-8 text without control characters") from error


@contextmanager
def _opened(root: Path, name: str, flags: int) -> Iterator[int]:
    """A descriptor of `name`, come to part by part: a link anywhere on the way from `root` is refused."""
    parts = name.split("/") if name else []
    descriptor = -1
    try:
        try:
            descriptor = os.open(root, os.O_RDONLY | os.O_NOFOLLOW | (os.O_DIRECTORY if parts else flags))
            for number, part in enumerate(parts, 1):
                kind = flags if number == len(parts) else os.O_DIRECTORY
                outer, descriptor = descriptor, os.open(part, os.O_RDONLY | os.O_NOFOLLOW | kind, dir_fd=descriptor)
                os.close(outer)
        except OSError as error:
            raise _UnfitError(f"it cannot be opened without following a link ({error.strerror})") from error
        yield descriptor
    finally:
        if descriptor >= 0:
            os.close(descriptor)
