"""One system of colours, signs and words for every state that a page shows. A colour never stands alone."""

from typing import Final, NamedTuple


class Chip(NamedTuple):
    """How a state is shown: `tone` names a colour of the style sheet, `icon` a sign of Material Symbols."""

    label: str
    tone: str
    icon: str


CHIPS: Final[dict[str, Chip]] = {
    # approvals
    "approval.pending": Chip("Waiting", "warn", "hourglass_top"),
    "approval.approved": Chip("Approved", "good", "check_circle"),
    "approval.needs_revision": Chip("Changes requested", "warn", "edit_note"),
    "approval.rejected": Chip("Rejected", "bad", "cancel"),
    "approval.stale": Chip("Stale", "neutral", "history"),
    "approval.withdrawn": Chip("Withdrawn", "neutral", "undo"),
    # verdicts
    "verdict.approve": Chip("Approved", "good", "check_circle"),
    "verdict.request_changes": Chip("Asked for changes", "warn", "edit_note"),
    "verdict.reject": Chip("Rejected", "bad", "cancel"),
    # documents
    "document.approved": Chip("Approved", "good", "check_circle"),
    "document.changed": Chip("Changed since approval", "warn", "difference"),
    "document.draft": Chip("Draft", "neutral", "draft"),
    # specs
    "spec.requirements": Chip("Requirements", "info", "checklist"),
    "spec.design": Chip("Design", "info", "architecture"),
    "spec.tasks": Chip("Tasks", "info", "format_list_numbered"),
    "spec.implementation": Chip("Implementation", "accent", "construction"),
    "spec.completed": Chip("Completed", "good", "task_alt"),
    "spec.archived": Chip("Archived", "neutral", "inventory_2"),
    # tasks
    "task.pending": Chip("Pending", "neutral", "radio_button_unchecked"),
    "task.in_progress": Chip("In progress", "accent", "clock_loader_40"),
    "task.blocked": Chip("Blocked", "bad", "block"),
    "task.completed": Chip("Completed", "good", "task_alt"),
    # runs
    "run.queued": Chip("Queued", "neutral", "schedule"),
    "run.leased": Chip("Starting", "info", "bolt"),
    "run.running": Chip("Running", "accent", "play_circle"),
    "run.succeeded": Chip("Succeeded", "good", "check_circle"),
    "run.failed": Chip("Failed", "bad", "error"),
    "run.cancelled": Chip("Cancelled", "neutral", "do_not_disturb_on"),
    # test vectors, and verdicts on them
    "vector.untried": Chip("Untried", "neutral", "radio_button_unchecked"),
    "vector.passed": Chip("Passed", "good", "check_circle"),
    "vector.failed": Chip("Failed", "bad", "error"),
    "vector.error": Chip("Error", "warn", "warning"),
    "vector.skipped": Chip("Skipped", "neutral", "do_not_disturb_on"),
    # reviews of tasks, and what they found
    "review.passed": Chip("Passed", "good", "verified"),
    "review.stale": Chip("Counts no more", "neutral", "history"),
    "review.failed": Chip("Failed", "bad", "error"),
    "review.findings": Chip("Findings", "warn", "rate_review"),
    "severity.critical": Chip("Critical", "bad", "error"),
    "severity.warning": Chip("Warning", "warn", "warning"),
    "severity.info": Chip("Info", "info", "info"),
    # what a run does
    "event.model_call": Chip("Model", "accent", "neurology"),
    "event.tool_call": Chip("Tool", "info", "build"),
    "event.tool_result": Chip("Result", "good", "subdirectory_arrow_right"),
    "event.output": Chip("Output", "good", "output"),
    "event.progress": Chip("Progress", "info", "trending_up"),
    "event.log": Chip("Log", "neutral", "notes"),
    "event.stdout": Chip("Out", "neutral", "terminal"),
    "event.stderr": Chip("Error output", "warn", "terminal"),
}

# The sign and the colour of what stands on the log, by verb, else by what the verb is about.
_VERBS: Final[dict[str, tuple[str, str]]] = {
    "approval.requested": ("warn", "hourglass_top"),
    "approval.approved": ("good", "check_circle"),
    "approval.changes_requested": ("warn", "edit_note"),
    "approval.rejected": ("bad", "cancel"),
    "approval.became_stale": ("neutral", "history"),
    "approval.counted": ("good", "how_to_reg"),
    "run.succeeded": ("good", "check_circle"),
    "run.failed": ("bad", "error"),
    "run.started": ("accent", "play_circle"),
    "run.cancelled": ("neutral", "do_not_disturb_on"),
    "spec.phase_changed": ("info", "moving"),
    "task.released": ("info", "lock_open"),
    "task.reviewed": ("accent", "rate_review"),
}
_NOUNS: Final[dict[str, tuple[str, str]]] = {
    "spec": ("info", "description"),
    "document": ("info", "edit_document"),
    "folder": ("info", "drive_folder_upload"),
    "approval": ("warn", "approval"),
    "comment": ("neutral", "comment"),
    "conflict": ("warn", "difference"),
    "task": ("neutral", "task"),
    "ticket": ("neutral", "confirmation_number"),
    "run": ("accent", "bolt"),
    "vectors": ("accent", "labs"),
    "key": ("neutral", "key"),
    "member": ("neutral", "group"),
    "user": ("neutral", "person"),
    "project": ("neutral", "folder"),
}


def chip_of(kind: str, state: str) -> Chip:
    """The chip of a state, plain where it is not known."""
    return CHIPS.get(f"{kind}.{state}", Chip(state.replace("_", " ").capitalize(), "neutral", "label"))


def sign_of(verb: str) -> tuple[str, str]:
    """(tone, icon) of an entry of the log."""
    return _VERBS.get(verb) or _NOUNS.get(verb.partition(".")[0], ("neutral", "circle"))
