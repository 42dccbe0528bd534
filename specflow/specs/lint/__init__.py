"""The linter of specs: pure, on texts. Every door shows what it finds (`payload`); `docs/lint.md` lists its rules."""

from collections.abc import Iterable, Mapping

from specflow.specs.lint.findings import SEVERITIES, Finding, Rule
from specflow.specs.lint.output import as_json, as_sarif, as_text, at_least, payload
from specflow.specs.lint.references import Resolution, Resolved, resolve
from specflow.specs.lint.rules import RULES
from specflow.specs.lint.workspace import Workspace

__all__ = [
    "RULES", "SEVERITIES", "Finding", "Resolution", "Resolved", "Rule", "Workspace", "as_json", "as_sarif", "as_text",
    "at_least", "errors", "lint", "payload", "resolve",
]  # fmt: skip


def lint(documents: Mapping[str, str]) -> list[Finding]:
    """What is to mend in the documents of a workspace, given by path; sorted by path, line, column and code.

    Archived documents, and files that are of no dialect or of no kind that is read, are passed over. Reads any text.
    """
    return _found(Workspace(documents), RULES)


def errors(workspace: Workspace) -> list[Finding]:
    """Those of weight in what the workspace holds, in the same order. None looks further than a spec's documents."""
    found = _found(workspace, [rule for rule in RULES if rule.severity == "error"])
    return [one for one in found if one.severity == "error"]


def _found(workspace: Workspace, rules: Iterable[Rule]) -> list[Finding]:
    found = [finding for rule in rules for finding in rule.findings(workspace)]
    return sorted(found, key=lambda one: (one.path, one.line, one.column, one.code, one.message))
