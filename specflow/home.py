"""The data folder, and the sentences that a wrong setting gets."""

import contextlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured


@contextlib.contextmanager
def settings_error(name: str) -> Iterator[None]:
    """Turns whatever a bad value raises into one sentence that names the variable (CONTRACT, Settings)."""
    try:
        yield
    except ImproperlyConfigured:
        raise
    except Exception as error:
        raise ImproperlyConfigured(f"The environment variable {name} cannot be used: {error}") from error


def writable_folder(folder: Path) -> Path:
    """The folder, made if missing and closed to others; ImproperlyConfigured where it cannot be."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name in ("broker", "broker-control", "runs"):
            (folder / name).mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise ImproperlyConfigured(f"SPECFLOW_HOME is {folder}, which cannot be used: {error.strerror}") from error
    return folder


def secret_key(folder: Path) -> str:
    """The key kept in the data folder; made once, readable by its owner only. Two first starts agree on one key."""
    path = folder / "secret-key"
    with contextlib.suppress(FileExistsError):
        draft = folder / f".secret-key-{secrets.token_hex(8)}"
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(64))
        try:
            os.link(draft, path)  # fails where another start was first; its key is then the key
        finally:
            draft.unlink()
    return path.read_text()


def served_address(folder: Path) -> str:
    """The address that `manage.py serve` wrote down when it last began, or its default."""
    try:
        return (folder / "address").read_text().strip()
    except FileNotFoundError:
        return "http://127.0.0.1:8000"
