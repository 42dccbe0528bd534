"""The Content-Security-Policy: what a page may load and run (QUALITY 42). Nothing of another host, no script without
the nonce of the very response or a file of ours."""

import secrets
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

_PAGES = {
    "default-src": "'self'",
    "script-src": "'self' 'nonce-{nonce}'",
    "style-src": "'self' 'nonce-{nonce}'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
# The admin's theme evaluates the expressions of its own templates (Alpine) and styles elements where they stand.
_ADMIN = {
    **_PAGES,
    "script-src": "'self' 'nonce-{nonce}' 'unsafe-eval'",
    "style-src": "'self' 'unsafe-inline'",
}
# The API's documentation (Swagger UI) styles elements where they stand.
_DOCS = {**_PAGES, "style-src": "'self' 'unsafe-inline'"}


class ContentSecurityPolicy:
    """Gives each request a nonce, and its response the policy."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The response with its policy."""
        request.csp_nonce = secrets.token_urlsafe(16)  # type: ignore[attr-defined]
        response = self.get_response(request)
        if "Content-Security-Policy" not in response:
            response["Content-Security-Policy"] = policy(request.path, request.csp_nonce)  # type: ignore[attr-defined]
        return response


def policy(path: str, nonce: str) -> str:
    """The header's value for an address."""
    rules = _ADMIN if path.startswith("/admin/") else _DOCS if path.startswith("/api/docs") else _PAGES
    return "; ".join(f"{name} {value.format(nonce=nonce)}" for name, value in rules.items())
