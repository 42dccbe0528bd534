"""DomainErrors on pages: a page that says what is wrong and how to go on, or a note on the page that asked."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from specflow.accounts.rest import STATUS
from specflow.errors import DomainError

_HEADINGS = {
    400: "That cannot be taken",
    401: "Please log in",
    403: "You may not do this",
    404: "There is nothing here",
    409: "Not in this state",
    412: "It has changed meanwhile",
    413: "That is too large",
}
_ICONS = {401: "lock", 403: "lock", 404: "travel_explore", 409: "sync_problem", 412: "sync_problem"}


class PageErrors:
    """Middleware: shows what the views of pages raise. REST shows its errors itself, before they come here."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The response; one that is no fragment is never put into a page."""
        response = self.get_response(request)
        if request.htmx and response.status_code >= 400 and "HX-Retarget" not in response:  # type: ignore[attr-defined]
            response["HX-Reswap"] = "none"
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """The page or the note for a DomainError; None for anything else."""
        if not isinstance(error, DomainError) or request.path.startswith("/api/"):
            return None
        return shown(request, error)


def shown(request: HttpRequest, error: DomainError) -> HttpResponse:
    """The error as a page, or as a note where a part of a page was asked for."""
    status = STATUS.get(error.kind, 400)
    if request.htmx:  # type: ignore[attr-defined]
        response = render(request, "specflow/note.html", {"error": error}, status=status)
        response["HX-Retarget"] = "#notes"
        response["HX-Reswap"] = "beforeend"
        return response
    context = {
        "error": error,
        "status": status,
        "heading": _HEADINGS.get(status, "That did not work"),
        "icon": _ICONS.get(status, "error"),
    }
    return render(request, "specflow/error.html", context, status=status)
