"""What the linter says: findings, and the rules that make them."""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Any

from specflow.specs.lint.workspace import Document, Workspace

# The heaviest first. An error makes a document unfit to be approved.
SEVERITIES = ("error", "warning", "info")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to mend. Lines and columns count from 1, columns in characters; `end_line` is inclusive. `spec` and
    `key` name the spec and the item that it is about, "" where there is none."""

    code: str
    severity: str
    message: str
    mend: str
    path: str
    line: int
    column: int = 1
    end_line: int = 0
    spec: str = ""
    key: str = ""

    def as_dict(self) -> dict[str, Any]:
        """JSON values."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Found:
    """What a rule saw, and where; `severity` only where it is not the rule's own."""

    document: Document
    message: str
    line: int
    column: int = 1
    end_line: int = 0
    key: str = ""
    severity: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: `says` is one line on what it finds, `mend` on how to mend it; `look` finds it in a workspace."""

    code: str
    severity: str
    says: str
    mend: str
    look: Callable[[Workspace], Iterable[Found]]

    def findings(self, workspace: Workspace) -> list[Finding]:
        """Everything that this rule finds."""
        return [
            Finding(
                self.code, one.severity or self.severity, one.message, self.mend, one.document.path, one.line,
                one.column, max(one.line, one.end_line), one.document.place.spec, one.key,
            )
            for one in self.look(workspace)
        ]  # fmt: skip
