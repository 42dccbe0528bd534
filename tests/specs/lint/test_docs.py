from pathlib import Path

from specflow.specs.lint import RULES

PAGE = Path(__file__).resolve().parents[3] / "docs" / "lint.md"


def test_the_page_lists_every_rule_as_it_is():
    listed = PAGE.read_text().partition("## Rules")[2]
    rows = [line for line in listed.splitlines() if line.startswith("| `")]
    assert rows == [f"| `{rule.code}` | {rule.severity} | {rule.says} | {rule.mend} |" for rule in RULES]
