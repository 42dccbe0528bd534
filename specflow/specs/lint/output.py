"""Findings as people and programs take them: text, JSON, SARIF 2.1.0."""

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from specflow.specs.lint.findings import SEVERITIES, Finding
from specflow.specs.lint.rules import RULES

_LEVELS = {"error": "error", "warning": "warning", "info": "note"}


def at_least(findings: Sequence[Finding], severity: str) -> list[Finding]:
    """Those that weigh as much as `severity`, or more."""
    wanted = SEVERITIES[: SEVERITIES.index(severity) + 1]
    return [one for one in findings if one.severity in wanted]


def payload(findings: Sequence[Finding]) -> dict[str, Any]:
    """`{fit, counts: {error, warning, info}, findings: [...]}`; fit to be approved is what has no error."""
    counted = Counter(one.severity for one in findings)
    return {
        "fit": not counted["error"],
        "counts": {severity: counted[severity] for severity in SEVERITIES},
        "findings": [one.as_dict() for one in findings],
    }


def as_text(findings: Sequence[Finding]) -> str:
    """A line each, `path:line:column: severity code message`, with how to mend it; "" for none."""
    return "".join(
        f"{_printable(one.path)}:{one.line}:{one.column}: {one.severity} {one.code} "
        f"{_printable(one.message)} {one.mend}\n"
        for one in findings
    )


def as_json(findings: Sequence[Finding]) -> str:
    """`payload` as JSON."""
    return json.dumps(payload(findings), ensure_ascii=False, indent=2)


def as_sarif(findings: Sequence[Finding]) -> str:
    """One run with all rules; columns count code points, and paths are relative to the workspace."""
    places = {rule.code: place for place, rule in enumerate(RULES)}
    run = {
        "tool": {"driver": {"name": "SpecFlow", "rules": [_sarif_rule(place) for place in range(len(RULES))]}},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"WORKSPACE": {"description": {"text": "The folder that holds the specs."}}},
        "results": [_sarif_result(one, places[one.code]) for one in findings],
    }
    log = {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]}
    return json.dumps(log, ensure_ascii=False, indent=2)


def _sarif_rule(place: int) -> dict[str, Any]:
    rule = RULES[place]
    return {
        "id": rule.code,
        "name": "".join(part.capitalize() for part in rule.code.split("-")),
        "shortDescription": {"text": rule.says},
        "help": {"text": rule.mend},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
    }


def _sarif_result(one: Finding, place: int) -> dict[str, Any]:
    return {
        "ruleId": one.code,
        "ruleIndex": place,
        "level": _LEVELS[one.severity],
        "message": {"text": f"{one.message} {one.mend}"},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": quote(one.path), "uriBaseId": "WORKSPACE"},
                    "region": {"startLine": one.line, "startColumn": one.column},
                }
            }
        ],
        # Stays the same when lines move: what is found about which item.
        "partialFingerprints": {"specflow/v1": _fingerprint(one)},
    }


def _fingerprint(one: Finding) -> str:
    return hashlib.sha256("\0".join((one.code, one.path, one.key, one.message)).encode()).hexdigest()[:32]


def _printable(text: str) -> str:
    """One line without control characters: nothing in a document may write to a terminal."""
    return "".join(sign if sign.isprintable() else " " for sign in text)
