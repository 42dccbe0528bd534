"""The errors of the domain: one class a kind, one stable snake_case `code` a case, the same on every door.

Doors translate a kind into their own terms (an HTTP status, an MCP tool error, a message) in one file each; nothing
below a door knows of them. `details` says what is missing and who can give it (DESIGN, "Gates refuse").
"""

from typing import Any, ClassVar, Self


class DomainError(Exception):
    """A refusal that the caller could have avoided or can mend.

    `code` is stable and meant for programs, `message` is one readable sentence, `details` holds JSON values,
    `next_steps` are sentences that say how to go on.
    """

    kind: ClassVar[str] = "error"

    def __init__(
        self, code: str, message: str, details: dict[str, Any] | None = None, next_steps: tuple[str, ...] = ()
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.details = details or {}
        self.next_steps = next_steps

    def at(self, path: str) -> Self:
        """The same refusal, saying in which of several files it was met."""
        return type(self)(
            self.code, f"{path[:200]}: {self.message}", {**self.details, "path": path[:200]}, self.next_steps
        )

    def as_dict(self) -> dict[str, Any]:
        """`{code, message, details, next_steps}`, the shape that every door shows (CONTRACT, MCP tools)."""
        return {
            "code": self.code,
            "message": self.message,
            "details": self.details,
            "next_steps": list(self.next_steps),
        }


class Invalid(DomainError):
    """What was sent cannot be taken in any state."""

    kind = "invalid"


class TooLarge(Invalid):
    """What was sent is over a limit; `details` has the limit and the size."""

    kind = "too_large"


class Unauthenticated(DomainError):
    """Nobody known stands behind the call."""

    kind = "unauthenticated"


class PermissionDenied(DomainError):
    """The actor may not do this."""

    kind = "permission_denied"


class NotFound(DomainError):
    """There is no such object, or none that this actor may know of."""

    kind = "not_found"

    @classmethod
    def of(cls, noun: str, name: object) -> "NotFound":
        """The error for an unknown `noun`; code `<noun>_not_found`, the same for a foreign project's object."""
        return cls(f"{noun}_not_found", f"There is no {noun} '{str(name)[:100]}' here.", {noun: str(name)[:100]})


class Conflict(DomainError):
    """The state does not allow it now; `details` has the current state and the allowed moves."""

    kind = "conflict"


class PreconditionFailed(Conflict):
    """The caller named the state that it knows, and the object has another by now."""

    kind = "precondition_failed"


class Reused(DomainError):
    """An idempotency key came back with another request."""

    kind = "reused"
