"""A server as the target of test vectors: the input goes to it over HTTP, and its answer is judged.

The address is one that the project allows, by scheme, host and port. Its name is resolved once and the run keeps to
that address, so that a name which changes meanwhile leads nowhere else. No redirect is followed, no proxy is asked, and
nothing of SpecFlow's own (no key, no cookie) is sent.
"""

import http.client
import ipaddress
import json
import re
import socket
import ssl
import threading
from collections.abc import Sequence
from contextlib import closing
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from specflow.accounts.origins import Origin, origin_of
from specflow.errors import Conflict, Invalid, PermissionDenied
from tasks.vector_models import TestVector
from tasks.vectors.judging import Judgement, error, of_answer, skipped, value_of

MAX_ANSWER = 1024 * 1024
_READING = ("GET", "HEAD", "OPTIONS")
_WITHOUT_BODY = (*_READING, "DELETE")
_METHODS = (*_WITHOUT_BODY, "POST", "PUT", "PATCH")
_PLACE = re.compile(r"\{([^{}]*)\}")
_SAFE = "/:@!$&'()*+,;=-._~%"  # of a path, RFC 3986 section 3.3; a percent sign is one of an escape already


class ServerTarget:
    """The server at an address whose origin is one of `allowed`.

    Raises Invalid `invalid_address`, PermissionDenied `address_not_allowed`, Conflict `address_unreachable`.
    """

    def __init__(self, address: str, allowed: Sequence[str]) -> None:
        self._origin = origin_of(address)
        parts = urlsplit(address)
        if self._origin not in [origin_of(one) for one in allowed]:
            raise _not_allowed(f"The project does not allow the address {self._origin}.", list(allowed))
        if parts.query or "#" in address:
            raise Invalid("invalid_address", "The address of a server has no query.", {"address": address[:200]})
        self._address, self._base = address, parts.path
        self._pinned = _resolved(self._origin)

    def __str__(self) -> str:
        return self._address

    def ask(self, vector: TestVector, *, run: str, seconds: float) -> Judgement:
        """What the server answers to the vector within so many seconds."""
        call = _call(vector)
        if isinstance(call, str):
            return skipped(call)
        method, path, body = call
        target = f"{self._base.rstrip('/')}/{path.lstrip('/')}" if path else self._base or "/"
        try:
            status, answer = self._answer(method, target, body, seconds)
        except (OSError, http.client.HTTPException) as failure:
            return error(f"The server did not answer: {_reason(failure)}.")
        return of_answer(vector, status, answer)

    def _answer(self, method: str, target: str, body: bytes | None, seconds: float) -> tuple[int, Any]:
        connection = _Pinned(self._origin, self._pinned, seconds)
        # Whoever sends a byte now and then stays within every timeout of a socket, so that a clock ends it all.
        clock = threading.Timer(seconds, connection.cut)
        clock.daemon = True
        clock.start()
        try:
            with closing(connection):
                headers = {"Accept": "application/json", "User-Agent": "SpecFlow"}
                if body is not None:
                    headers["Content-Type"] = "application/json"
                connection.request(method, target, body, headers)
                response = connection.getresponse()
                data = response.read(MAX_ANSWER + 1)
        finally:
            clock.cancel()
        if connection.is_cut:
            raise TimeoutError(f"it took over {seconds:.3g} seconds")
        if len(data) > MAX_ANSWER:
            raise http.client.HTTPException(f"its answer is over {MAX_ANSWER} bytes")
        return response.status, _read(data)


class _Pinned(http.client.HTTPConnection):
    """A connection to one address of the network, whatever the name says by now."""

    def __init__(self, origin: Origin, pinned: tuple[Any, ...], seconds: float) -> None:
        super().__init__(origin.host, origin.port, timeout=seconds)
        self._pinned, self._secure, self.is_cut = pinned, origin.scheme == "https", False
        if self._secure:
            self.default_port = 443  # so that the header Host names no port that is the scheme's own

    def connect(self) -> None:
        family, address = self._pinned
        made = socket.socket(family, socket.SOCK_STREAM)
        self.sock = made
        made.settimeout(self.timeout)
        made.connect(address)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._secure:
            self.sock = ssl.create_default_context().wrap_socket(made, server_hostname=self.host)

    def cut(self) -> None:
        """Ends the connection, from another thread: what waits for it wakes up."""
        self.is_cut = True
        made: socket.socket | None = self.sock
        if made is not None:
            try:
                made.shutdown(socket.SHUT_RDWR)
            except OSError:  # it is closed already, or not connected yet, which has a timeout of its own
                return


def _resolved(origin: Origin) -> tuple[Any, ...]:
    """(family, socket address) of the origin's host, once."""
    try:
        found = socket.getaddrinfo(origin.host, origin.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as failure:
        raise Conflict(
            "address_unreachable", f"Nobody knows the host {origin.host}.", {"address": str(origin)}
        ) from failure
    family, _, _, _, address = found[0]
    number = ipaddress.ip_address(str(address[0]).partition("%")[0])
    number = getattr(number, "ipv4_mapped", None) or number
    # Link-local addresses hold the metadata of clouds, with their credentials.
    if number.is_link_local or number.is_multicast or number.is_unspecified:
        raise _not_allowed(f"The host {origin.host} leads to {number}, where no server of yours is.", [])
    return family, address


def _not_allowed(message: str, allowed: list[str]) -> PermissionDenied:
    return PermissionDenied(
        "address_not_allowed",
        message,
        {"allowed": allowed, "who": "a maintainer of the project"},
        ("A maintainer lists the addresses of servers under `vectors` in the project's policy.",),
    )


def _call(vector: TestVector) -> tuple[str, str, bytes | None] | str:
    """(method, path with its query, body) of the vector, or why there is none."""
    method, path = vector.method.upper() or "POST", vector.path
    said = None if vector.kind == "criterion" else vector.input
    if isinstance(said, dict):
        path, said = _filled(path, said)
    if obstacle := _obstacle(vector, method, path, said):
        return obstacle
    path = quote(path, safe=_SAFE)
    if method not in _WITHOUT_BODY:
        return method, path, json.dumps(said).encode()
    return method, f"{path}?{urlencode(said, doseq=True)}" if said else path, None


def _obstacle(vector: TestVector, method: str, path: str, said: Any) -> str:
    """Why the vector cannot be sent, "" where it can."""
    if vector.is_sentence:
        return "A sentence is judged by the project's command; a server cannot be asked."
    if vector.kind == "criterion" and not _comes_about(method, vector.expected):
        return "The spec does not say with which input this answer comes about."
    if method not in _METHODS:
        return f"Nothing is sent by the method {method[:20]}."
    if missing := _PLACE.search(path):
        return f"The input does not say what stands in the path for {missing[0][:60]}."
    if method in _WITHOUT_BODY and not isinstance(said, dict | None):
        return f"A {method} has no body, and this input is no object that could be its query."
    return ""


def _comes_about(method: str, expected: Any) -> bool:
    """Whether the answer of an operation is the one that it gives by itself: the good one to a reading call."""
    status = str(expected.get("status", "")) if isinstance(expected, dict) else ""
    return method in _READING and re.fullmatch(r"2(\d\d|XX)", status.upper()) is not None


def _filled(path: str, said: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The path with the members of the input that it names, and the other members."""
    names = {one for one in _PLACE.findall(path) if isinstance(said.get(one), str | int | float) and said[one] != ""}
    filled = _PLACE.sub(lambda one: quote(str(said[one[1]]), safe="") if one[1] in names else one[0], path)
    return filled, {name: one for name, one in said.items() if name not in names}


def _read(data: bytes) -> Any:
    """JSON as its value, anything else as text."""
    text = data.decode(errors="replace")
    try:
        return value_of(text)
    except ValueError:
        return text


def _reason(failure: Exception) -> str:
    said = failure.strerror if isinstance(failure, OSError) and failure.strerror else str(failure)
    return (said or type(failure).__name__)[:200].rstrip(".")
