"""Visits of pages in tests: as whom, at what cost, and whether what came back is inert."""

from html.parser import HTMLParser
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from specflow.accounts.models import User


def as_(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def costs(client: Client, address: str) -> int:
    """How many queries the page costs."""
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert client.get(address).status_code == 200, address
    return len(asked)


_FOREIGN = ("iframe", "object", "embed", "img", "base", "math")


class _Danger(HTMLParser):
    """What a browser would run or fetch that is none of ours."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: (value or "").strip().lower() for name, value in attrs}
        ours = values.get("src", "").startswith("/static/") or values.get("type") == "application/json"
        if tag in _FOREIGN or (tag == "script" and not ours):
            self.found.append(f"<{tag} {values}>")
        for name, value in values.items():
            leads = name in ("href", "src", "action") and value.startswith(("javascript:", "data:", "vbscript:"))
            if leads or name.startswith("on") or name in ("srcdoc", "formaction"):
                self.found.append(f"{tag} {name}={value}")


def inert(answer: Any, payload: str, address: str) -> None:
    """The page is shown, and nothing in it that was stored would run."""
    assert answer.status_code == 200, address
    parser = _Danger()
    parser.feed(answer.content.decode())
    assert parser.found == [], f"{address}: {payload}"
