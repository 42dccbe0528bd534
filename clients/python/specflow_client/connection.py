"""One HTTP connection to a server: the key, the address, errors, what is tried again."""

import time
import uuid
from collections.abc import Iterator, Mapping
from typing import Any, Self
from urllib.parse import parse_qs, quote, urlsplit

import httpx2

from specflow_client.errors import ApiError, ClientError

TRIES = 3
_PAUSE = 0.2  # seconds, doubled with each try
_SHOWN = 300
Parameters = Mapping[str, str | int | bool | None]


class Connection:
    """A server's address (`http://host:8000`; `/api` and `/api/v1` behind it are taken off) and an API key."""

    def __init__(self, url: str, key: str, *, timeout: float = 60) -> None:
        self.url = server_of(url)
        if not (key.isascii() and key.isprintable() and key and " " not in key):
            raise ClientError("unusable_key", "This is no API key.", ("Look for a line that begins with sf_.",))
        self._http = httpx2.Client(
            base_url=f"{self.url}/api/v1/", headers={"Authorization": f"Bearer {key}"}, timeout=timeout
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connection."""
        self._http.close()

    def get(self, *path: str, **asked: str | int | bool | None) -> dict[str, Any]:
        """Reads an object. Raises ApiError, ClientError `unreachable`, `no_api`."""
        return _object(self.send("GET", *path, asked=asked))

    def post(self, *path: str, body: Mapping[str, Any] | None = None, timeout: float | None = None) -> dict[str, Any]:
        """Writes; the same call under the same idempotency key is tried again where the connection was lost."""
        return _object(self.send("POST", *path, json=dict(body or {}), timeout=timeout))

    def pages(self, *path: str, **asked: str | int | bool | None) -> Iterator[dict[str, Any]]:
        """The rows of a list, page after page. Of `next` only its cursor is taken: a key follows no foreign address."""
        cursor: str | None = None
        while True:
            page = self.get(*path, **{"limit": 200, **asked, "cursor": cursor})
            yield from page["results"]
            following = parse_qs(urlsplit(page["next"] or "").query).get("cursor")
            if not following:
                return
            cursor = following[0]

    def send(
        self,
        method: str,
        *path: str,
        asked: Parameters | None = None,
        json: Any = None,
        content: bytes | None = None,
        kind: str = "",
        timeout: float | None = None,
    ) -> httpx2.Response:
        """A call as it is answered. Raises ApiError, ClientError `unreachable`, `redirected`, `no_api`."""
        headers = {"Content-Type": kind} if kind else {}
        if method != "GET":
            headers["Idempotency-Key"] = uuid.uuid4().hex
        request = self._http.build_request(
            method,
            "/".join(map(_part, path)),
            params={name: _parameter(value) for name, value in (asked or {}).items() if value is not None},
            json=json,
            content=content,
            headers=headers,
            timeout=self._http.timeout if timeout is None else timeout,
        )
        for attempt in range(1, TRIES + 1):
            answer = self._answer(request, last=attempt == TRIES)
            if answer is not None:
                return _checked(answer)
            time.sleep(_PAUSE * 2 ** (attempt - 1))
        raise AssertionError("the last attempt answers or raises")

    def _answer(self, request: httpx2.Request, *, last: bool) -> httpx2.Response | None:
        """The answer; None where another attempt may do better: nothing was heard, or another call was in the way."""
        try:
            answer = self._http.send(request)
        except httpx2.TransportError as error:
            if last or isinstance(error, httpx2.TimeoutException):
                raise self._unreachable(error) from error
            return None
        busy = answer.status_code == 409 and _problem(answer).get("code") == "busy"
        return None if busy and not last else answer

    def _unreachable(self, error: Exception) -> ClientError:
        reason = str(error) or type(error).__name__
        return ClientError(
            "unreachable",
            f"{self.url} cannot be reached: {reason[:_SHOWN]}.",
            ("Look whether the server runs, and whether this is its address.",),
        )


def server_of(url: str) -> str:
    """The address of a server, without a path of its API. Raises ClientError `unusable_url`."""
    try:
        parts = urlsplit(url.strip())
        host, _ = parts.hostname, parts.port
    except ValueError:
        parts, host = urlsplit(""), None
    path = parts.path.rstrip("/").removesuffix("/v1").removesuffix("/api")
    if parts.scheme not in ("http", "https") or not host or "@" in parts.netloc or parts.query or parts.fragment:
        raise ClientError(
            "unusable_url",
            "This is no address of a server.",
            ("Give it as https://specflow.example or http://127.0.0.1:8000, without a name, a key or a question.",),
        )
    return f"{parts.scheme}://{parts.netloc}{path}"


def _part(name: str) -> str:
    """One name of a path. An id that would make it another path is none."""
    if "/" in name or name.strip(".") == "":
        raise ClientError("unusable_id", f"'{name}' is no id.")
    return quote(name, safe="", errors="surrogatepass")


def _parameter(value: str | int | bool | None) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _checked(answer: httpx2.Response) -> httpx2.Response:
    if answer.is_success:
        return answer
    if answer.is_redirect:
        raise ClientError(
            "redirected",
            f"The server sends us on to {answer.headers.get('Location', 'nowhere')[:_SHOWN]}.",
            ("Where that is right, give that address.",),
        )
    said = _problem(answer)
    if not said:
        raise _no_api(answer)
    errors, steps = said.get("errors"), said.get("next_steps")
    raise ApiError(
        answer.status_code,
        str(said["code"]),
        str(said.get("detail", "")),
        errors if isinstance(errors, dict) else {},
        [str(step) for step in steps] if isinstance(steps, list) else (),
    )


def _problem(answer: httpx2.Response) -> dict[str, Any]:
    """The body of an error of ours; empty for any other."""
    if not answer.headers.get("Content-Type", "").startswith("application/problem+json"):
        return {}
    try:
        said = answer.json()
    except ValueError:
        return {}
    return said if isinstance(said, dict) and "code" in said else {}


def _object(answer: httpx2.Response) -> dict[str, Any]:
    try:
        value = answer.json()
    except ValueError as error:
        raise _no_api(answer) from error
    if not isinstance(value, dict):
        raise _no_api(answer)
    return value


def _no_api(answer: httpx2.Response) -> ClientError:
    return ClientError(
        "no_api",
        f"{answer.request.url.host} answered {answer.status_code}, but not as SpecFlow does.",
        ("Look whether this is the address of a SpecFlow server.",),
    )
