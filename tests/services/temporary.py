"""One folder per test process, gone when the process is, however it ended."""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import functools
import os
import shutil
import tempfile
import time
from pathlib import Path

PREFIX = "specflow-tests-"
LOCK = "owner.lock"


@functools.cache
def scratch() -> Path:
    """This process's folder: mode 711, so that servers under another user can reach what is theirs in it."""
    parent = _reachable_parent()
    _sweep(parent)
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
    folder.chmod(0o711)
    _hold(folder / LOCK)
    atexit.register(_remove_own, folder, os.getpid())
    return folder


def _reachable_parent() -> Path:
    """The temporary folder; for root one that the user `nobody` can walk into."""
    if os.geteuid() != 0:
        return Path(tempfile.gettempdir())
    for name in (tempfile.gettempdir(), "/tmp", "/var/tmp"):
        folder = Path(name).resolve()
        if folder.is_dir() and all(step.stat().st_mode & 0o001 for step in (folder, *folder.parents)):
            return folder
    raise RuntimeError(f"No temporary folder that the user nobody can enter ({tempfile.gettempdir()} is closed).")


def _hold(lock: Path) -> None:
    """Keep the lock as long as the process lives: the descriptor is never closed and not inherited.

    It gets its name when it is already held, so that no sweep finds it free.
    """
    unnamed = lock.with_suffix(".new")
    descriptor = os.open(unnamed, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    unnamed.rename(lock)


def _sweep(parent: Path) -> None:
    """Remove what killed runs of this user left: a folder whose lock is free has no owner any more."""
    for folder in parent.glob(f"{PREFIX}*"):
        with contextlib.suppress(FileNotFoundError):  # another run was faster
            if folder.lstat().st_uid == os.geteuid() and _is_ownerless(folder):
                shutil.rmtree(folder, ignore_errors=True)


def _is_ownerless(folder: Path) -> bool:
    try:
        descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:  # about to be locked, or its owner was killed while it removed it
        return time.time() - folder.lstat().st_mtime > 3600
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
    return True


def _remove_own(folder: Path, owner: int) -> None:
    if os.getpid() == owner:  # not in a fork of it
        shutil.rmtree(folder, ignore_errors=True)
