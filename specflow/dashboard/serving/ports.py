"""The address that is served: taken before anything else starts, so that a busy port ends with one sentence."""

import errno
import os
import socket
from pathlib import Path

from django.core.management.base import CommandError

_REASONS = {
    errno.EADDRINUSE: "it is in use. Stop what listens there, or choose another with PORT= or --port",
    errno.EACCES: "this user may not. Choose a port over 1023 with PORT= or --port",
    errno.EADDRNOTAVAIL: "this machine has no such address. Choose another with HOST= or --host",
}


def bound_socket(host: str, port: int) -> socket.socket:
    """A socket that holds `host`:`port` (0: any free port) and does not listen yet.

    Raises CommandError, which ends the command with exit code 1, where the address cannot be had.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except (socket.gaierror, OverflowError) as error:
        raise CommandError(f"SpecFlow cannot serve on {host}:{port}: this is no address of a machine.") from error
    taken = socket.socket(family, kind, protocol)
    try:
        # Without it a port stays busy for a minute after a stop; it takes no port that another process listens on.
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(address)
        taken.listen(128)
    except OSError as error:
        taken.close()
        reason = _REASONS.get(error.errno or 0, f"{error.strerror}")
        raise CommandError(f"SpecFlow cannot serve on {host}:{port}: {reason}.") from error
    return taken


def address_of(taken: socket.socket, host: str) -> str:
    """Where people open it: `http://host:port`; an address that means every interface is shown as the local one."""
    shown = "127.0.0.1" if host in ("0.0.0.0", "::", "") else host  # noqa: S104 - compared, not bound
    return f"http://{f'[{shown}]' if ':' in shown else shown}:{taken.getsockname()[1]}"


def write_address(home: Path, address: str) -> None:
    """Notes the address in the data folder, for commands and agents that start later (settings.SPECFLOW_URL)."""
    draft = home / f".address-{os.getpid()}"
    draft.write_text(address)
    draft.replace(home / "address")
