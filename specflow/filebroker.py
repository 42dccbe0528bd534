"""Messages as files in the data folder, each one whole or not there: the broker where there is no Redis.

kombu's own transport opens a file before it locks it, so that a reader can meet an empty one; that ended the worker. It
also moves messages through the machine's temporary folder. Here a message or a table gets its name when it is complete.
"""

import contextlib
import fcntl
import os
import secrets
import time
from collections.abc import Callable
from pathlib import Path
from queue import Empty
from typing import Any

from kombu.transport import filesystem, virtual
from kombu.transport.filesystem import exchange_queue_t
from kombu.utils import json

Bindings = list[tuple[str, str, str]]


def register() -> None:
    """Makes `filesystem://` mean this transport."""
    from kombu.transport import TRANSPORT_ALIASES

    TRANSPORT_ALIASES["filesystem"] = "specflow.filebroker:Transport"


class Channel(filesystem.Channel):
    """kombu's channel with whole files."""

    def get_table(self, exchange: str) -> Bindings:
        """The bindings of an exchange."""
        try:
            return [exchange_queue_t(*row) for row in _read(self._file(exchange).read_text())]
        except FileNotFoundError:
            return []

    def _queue_bind(self, exchange: str, routing_key: str, pattern: str, queue: str) -> None:
        row = exchange_queue_t(routing_key or "", pattern or "", queue or "")
        self._rewrite(exchange, lambda rows: rows if row in rows else [row, *rows])

    def _delete(self, queue: str, exchange: str, routing_key: str, pattern: str, *args: Any, **kwargs: Any) -> None:
        virtual.Channel._delete(self, queue, *args, **kwargs)  # type: ignore[no-untyped-call]  # kombu's is untyped
        row = exchange_queue_t(routing_key or "", pattern or "", queue or "")
        self._rewrite(exchange, lambda rows: [one for one in rows if one != row])

    def _rewrite(self, exchange: str, change: Callable[[Bindings], Bindings]) -> None:
        file = self._file(exchange)
        with (self.control_folder / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            before = self.get_table(exchange)
            after = change(before)
            if after != before:
                _write(file, after)

    def _file(self, exchange: str) -> Path:
        return Path(self._exchange_file(exchange))  # type: ignore[no-untyped-call]

    def _put(self, queue: str, payload: Any, **kwargs: Any) -> None:  # type: ignore[override]  # so does kombu
        # Names sort by age, also after the machine was started anew.
        name = f"{time.time_ns():020d}_{secrets.token_hex(8)}.{queue}.msg"
        _write(Path(self.data_folder_out) / name, payload)

    def _get(self, queue: str, timeout: float | None = None) -> Any:
        for name in sorted(os.listdir(self.data_folder_in)):
            if name.partition(".")[2] != f"{queue}.msg":
                continue
            file = Path(self.data_folder_in) / name
            try:
                text = file.read_text()
                file.unlink()  # it belongs to whoever removes it
            except FileNotFoundError:
                continue
            return _read(text)
        raise Empty


class Transport(filesystem.Transport):
    """kombu's transport with this channel."""

    Channel = Channel


def _read(text: str) -> Any:
    return json.loads(text)  # type: ignore[no-untyped-call]


def _write(file: Path, value: Any) -> None:
    draft = file.with_name(f".{secrets.token_hex(8)}")
    try:
        draft.write_text(json.dumps(value))  # type: ignore[no-untyped-call]
        draft.replace(file)
    finally:
        with contextlib.suppress(FileNotFoundError):
            draft.unlink()
