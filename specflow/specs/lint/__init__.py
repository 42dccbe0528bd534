"""The linter of specs: pure, on texts. Every door shows what it finds (`payload`); `docs/lint.md` lists its rules."""

from collections.abc import Mapping

from specflow.specs.lint.findings import SEVERITIES, Finding, Rule
from specflow.specs.lint.output import as_json, as_sarif, as_text, at_least, payload
from specflow.specs.lint.references import Resolution, Resolved, resolve
from specflow.specs.lint.rules import RULES
from specflow.specs.lint.workspace import Workspace

__all__ = [
    "RULES", "SEVERITIES", "Finding", "Resolution", "Resolved", "Rule", "as_json", "as_sarif", "as_text", "at_least",
    "lint", "payload", "resolve",
]  # fmt: skip


def lint(documents: Mapping[str, str]) -> list[Finding]:
    """What is to mend in the documents of a workspace, given by path; sorted by path, line, column and code.

    Archived documents, and files that are of no dialect or of no kind that is read, are passed over. Reads any text.
    """
    workspace = Workspace(documents)
    found = [finding for rule in RULES for finding in rule.findings(workspace)]
    return sorted(found, key=lambda one: (one.path, one.line, one.column, one.code, one.message))
