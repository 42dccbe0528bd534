"""A project's policy: how many approvals, from which roles (DESIGN, Who may do what); unset keys have defaults."""

from dataclasses import asdict, dataclass, field, fields
from typing import Any

from specflow.accounts.capabilities import CAPABILITIES, Role, Verb
from specflow.accounts.origins import origin_of
from specflow.errors import Invalid
from specflow.text import checked_json

MAX_VECTOR_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Policy:
    """What an approval needs, and how runs go.

    `approvals_needed` distinct people of `deciding_roles`; `self_approval` lets the author count; `comments_resolved`
    refuses approval while a comment is open; `proposals_only` lets a text that people agreed on change by proposal
    alone (approvals/proposals); `review_required` lets a task be completed only with another's passing review of the
    work; `runner` is `{"provider", "options", "timeout"}`, what carries out tasks;
    `vectors` is `{"command", "addresses", "timeout"}`, what test vectors may be run against, and for how many seconds.
    """

    approvals_needed: int = 1
    deciding_roles: tuple[str, ...] = tuple(role.value for role in Role if Verb.DECIDE in CAPABILITIES[role])
    self_approval: bool = False
    comments_resolved: bool = False
    proposals_only: bool = False
    review_required: bool = False
    runner: dict[str, Any] = field(default_factory=dict)
    vectors: dict[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """JSON values, for a snapshot."""
        return {**asdict(self), "deciding_roles": list(self.deciding_roles)}


def policy_of(stored: dict[str, Any]) -> Policy:
    """The policy in force: what is stored over the defaults."""
    known = {field.name for field in fields(Policy)}
    values = {name: value for name, value in stored.items() if name in known}
    if "deciding_roles" in values:
        values["deciding_roles"] = tuple(values["deciding_roles"])
    return Policy(**values)


def checked_policy(policy: dict[str, Any]) -> dict[str, Any]:
    """The policy as it may be stored. Raises Invalid `invalid_policy` naming the key, or as `checked_json`."""
    checked_json(policy, field="policy")
    defaults = Policy()
    known = {field.name for field in fields(Policy)}
    for name, value in policy.items():
        if name not in known:
            raise Invalid("invalid_policy", f"There is no policy key '{name[:60]}'.", {"key": name[:60]})
        if isinstance(getattr(defaults, name), bool) and not isinstance(value, bool):
            raise Invalid("invalid_policy", f"{name} must be true or false.", {"key": name})
    needed = policy.get("approvals_needed", 1)
    if not isinstance(needed, int) or isinstance(needed, bool) or not 1 <= needed <= 20:
        raise Invalid("invalid_policy", "approvals_needed must be 1 to 20.", {"key": "approvals_needed"})
    roles = policy.get("deciding_roles", list(defaults.deciding_roles))
    if not isinstance(roles, list) or not roles or any(role not in defaults.deciding_roles for role in roles):
        raise Invalid(
            "invalid_policy",
            "deciding_roles must be some of the roles that decide.",
            {"key": "deciding_roles", "known": list(defaults.deciding_roles)},
        )
    runner = policy.get("runner", {})
    if not isinstance(runner, dict) or (runner and not isinstance(runner.get("provider"), str)):
        raise Invalid("invalid_policy", "runner must name a provider.", {"key": "runner"})
    _check_vectors(policy.get("vectors", {}))
    return dict(policy)


def _check_vectors(vectors: Any) -> None:
    """Raises Invalid `invalid_policy` for what test vectors cannot be run against."""
    problem = "" if isinstance(vectors, dict) else "must be an object"
    if not problem and (unknown := sorted(set(vectors) - {"command", "addresses", "timeout"})):
        problem = f"has no key '{unknown[0][:60]}'; known are command, addresses and timeout"
    if not problem:
        problem = _vectors_problem(**{"command": [], "addresses": [], "timeout": 60, **vectors})
    if problem:
        raise Invalid("invalid_policy", f"vectors {problem}.", {"key": "vectors"})


def _vectors_problem(command: Any, addresses: Any, timeout: Any) -> str:
    if not _texts(command) or (command and not command[0]):
        return "must have as its command a list of texts, the program first"
    if not _texts(addresses):
        return "must have as its addresses a list of texts"
    for one in addresses:
        try:
            whole = origin_of(one)
        except Invalid as error:
            return f"cannot have the address '{one[:100]}': {error.message}"
        if not whole.is_all_of(one):
            return f"must name scheme, host and port alone, such as {whole}"
    if isinstance(timeout, bool) or not isinstance(timeout, int | float) or not 1 <= timeout <= MAX_VECTOR_SECONDS:
        return f"must have a timeout of 1 to {MAX_VECTOR_SECONDS} seconds"
    return ""


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)
