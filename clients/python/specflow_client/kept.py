"""What the command keeps for its user: the login, and what it last saw of each folder's files."""

import contextlib
import json
import os
import secrets
import stat
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from specflow_client.errors import ClientError
from specflow_client.folders import sha256


@dataclass(frozen=True, slots=True)
class Login:
    """A server's address, an API key for it, and the project that commands are about unless they say another."""

    url: str
    key: str
    project: str = ""


def login_file() -> Path:
    """Where the login is kept: `specflow/login.json` below XDG_CONFIG_HOME."""
    return _below("XDG_CONFIG_HOME", ".config") / "login.json"


def read_login() -> Login | None:
    """The login; None where there is none. Raises ClientError `unsafe_login` where others could read it,
    `broken_login` where it cannot be read."""
    path = login_file()
    try:
        file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ClientError("broken_login", f"{path} cannot be read: {error.strerror}.") from error
    with os.fdopen(file, encoding="utf-8") as opened:
        if stat.S_IMODE(os.fstat(opened.fileno()).st_mode) & 0o077:
            raise ClientError("unsafe_login", f"Others can read {path}.", (f"chmod 600 {path}, and make a new key.",))
        try:
            return Login(**json.load(opened))
        except (ValueError, TypeError) as error:
            raise ClientError("broken_login", f"{path} cannot be read.", ("Run: specflow auth login",)) from error


def write_login(login: Login) -> Path:
    """Keeps the login in a file that only its owner reads; gives its place."""
    path = login_file()
    _write(path, asdict(login))
    return path


def forget_login() -> bool:
    """Removes the login; whether there was one."""
    try:
        login_file().unlink()
    except FileNotFoundError:
        return False
    return True


def seen(url: str, project: str, folder: Path) -> dict[str, str]:
    """SHA-256 by path of what a folder's files said when they were last the same as the project's documents."""
    try:
        known = json.loads(_seen_file(url, project, folder).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}


def remember(url: str, project: str, folder: Path, files: Mapping[str, bytes]) -> None:
    """Notes that these files say what the project's documents say. Without a place to write nothing is noted, and the
    next export asks for --force."""
    known = {**seen(url, project, folder), **{path: sha256(data) for path, data in files.items()}}
    with contextlib.suppress(OSError):
        _write(_seen_file(url, project, folder), known)


def _seen_file(url: str, project: str, folder: Path) -> Path:
    name = sha256(os.fsencode("\0".join((url, project, str(folder.resolve())))))[:32]
    return _below("XDG_STATE_HOME", ".local/state") / f"{name}.json"


def _below(variable: str, otherwise: str) -> Path:
    """Our folder below the one that the variable names; a relative one is ignored (XDG Base Directory)."""
    named = os.environ.get(variable, "")
    return (Path(named) if os.path.isabs(named) else Path.home() / otherwise) / "specflow"


def _write(path: Path, value: Mapping[str, Any]) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as opened:
            json.dump(value, opened)
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)
