"""The admin's sidebar (settings.UNFOLD): the inbox first, then everything by what it is about."""

from typing import Any, Final

from django.http import HttpRequest
from django.urls import reverse

from specflow.accounts.admin_log import may_read

_PLACES: Final = {
    "Specs": (
        ("Specs", "description", "specs_spec"),
        ("Documents", "article", "specs_document"),
        ("Revisions", "history", "specs_revision"),
        ("Requirements", "checklist", "specs_requirement"),
        ("Criteria", "rule", "specs_criterion"),
        ("Designs", "architecture", "specs_design"),
    ),
    "Work": (
        ("Tasks", "task_alt", "tasks_task"),
        ("Runs", "play_circle", "tasks_run"),
        ("Outputs", "output", "tasks_output"),
        ("Implementation logs", "receipt_long", "tasks_implementationlog"),
        ("Reviews", "rate_review", "approvals_review"),
        ("Tickets", "confirmation_number", "tasks_ticket"),
        ("Test vectors", "labs", "tasks_testvector"),
        ("Vector runs", "science", "tasks_vectorrun"),
        ("Vector results", "fact_check", "tasks_vectorresult"),
    ),
    "People": (
        ("Projects", "folder", "accounts_project"),
        ("Users", "group", "accounts_user"),
        ("API keys", "key", "accounts_apikey"),
    ),
    "Proof": (
        ("Decisions", "gavel", "approvals_decision"),
        ("Comments", "comment", "approvals_comment"),
        ("Log", "verified", "audit_auditentry"),
        ("Chains", "link", "audit_chain"),
    ),
}


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The sidebar's groups; the log's pages only for those who may read it."""
    approvals = reverse("admin:approvals_approval_changelist")
    among = request.path.startswith(approvals)
    pending = request.GET.get("state__exact") == "pending"
    first = [
        {
            "title": "Inbox",
            "icon": "inbox",
            "link": f"{approvals}?state__exact=pending",
            "badge": "approvals.admin.waiting",
            "active": among and pending,
        },
        {"title": "All approvals", "icon": "fact_check", "link": approvals, "active": among and not pending},
        {"title": "Live pages", "icon": "monitoring", "link": "/", "active": False},
    ]
    readable = may_read(request)
    groups = [
        {
            "title": title,
            "separator": True,
            "items": [
                {"title": name, "icon": icon, "link": reverse(f"admin:{place}_changelist")}
                for name, icon, place in places
                if readable or not place.startswith("audit_")
            ],
        }
        for title, places in _PLACES.items()
    ]
    return [{"items": first}, *groups]
