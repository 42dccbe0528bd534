"""What can go wrong, in one shape: a stable code, a sentence, and how to go on."""

from collections.abc import Mapping, Sequence
from typing import Any


class ClientError(Exception):
    """A refusal. `code` is for programs, `detail` one sentence, `next_steps` sentences that say how to go on."""

    def __init__(self, code: str, detail: str, next_steps: Sequence[str] = ()) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
        self.next_steps = tuple(next_steps)

    def as_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {"code": self.code, "detail": self.detail, "next_steps": list(self.next_steps)}


class ApiError(ClientError):
    """The server's own refusal (`application/problem+json`): `status` as of HTTP, `errors` the details of its code."""

    def __init__(
        self, status: int, code: str, detail: str, errors: Mapping[str, Any] | None = None, steps: Sequence[str] = ()
    ) -> None:
        super().__init__(code, detail, steps)
        self.status = status
        self.errors = dict(errors or {})

    def as_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {"status": self.status, **super().as_dict(), "errors": self.errors}
