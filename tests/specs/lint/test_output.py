import json
from urllib.parse import unquote

from specflow.specs.lint import RULES, as_json, as_sarif, as_text, at_least, lint, payload
from tests.specs.lint.test_rules import ONE, TASKS, spec

FOUND = lint(
    {**spec(ONE + "\nTBD\n", TASKS.replace("1.2", "1.2, good looks")), **spec("\x1b[31m TBD", None, name="ä b")}
)


def test_text_has_a_line_for_each_finding_that_an_editor_can_follow():
    lines = as_text(FOUND).splitlines()
    assert len(lines) == len(FOUND) == 3
    assert lines[0] == (
        ".spec-workflow/specs/login/requirements.md:10:1: error placeholder 'TBD' waits to be filled in. "
        "Say what is meant, or take the line out."
    )
    assert as_text([]) == ""


def test_text_writes_nothing_to_a_terminal_that_a_document_says():
    odd = lint({".spec-workflow/specs/a\x1b[31m/tasks.md": "- [~] \x1b[2Jx\n"})
    assert odd
    assert "\x1b" not in as_text(odd)
    assert as_text(odd).count("\n") == len(odd)


def test_json_says_whether_the_documents_are_fit_to_be_approved():
    read = json.loads(as_json(FOUND))
    assert read == payload(FOUND)
    assert (read["fit"], read["counts"]) == (False, {"error": 2, "warning": 0, "info": 1})
    assert read["findings"][0] == FOUND[0].as_dict()
    assert payload(lint(spec()))["fit"]


def test_the_weight_of_findings_is_that_or_more():
    assert [one.severity for one in at_least(FOUND, "warning")] == ["error", "error"]
    assert at_least(FOUND, "info") == FOUND


def test_sarif_has_the_shape_that_code_scanners_take():
    log = json.loads(as_sarif(FOUND))
    assert log["version"] == "2.1.0"
    assert log["$schema"].endswith("sarif-2.1.0.json")
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == [rule.code for rule in RULES]
    assert all(rule["shortDescription"]["text"] and rule["help"]["text"] for rule in rules)
    assert {rule["defaultConfiguration"]["level"] for rule in rules} <= {"error", "warning", "note"}
    assert run["columnKind"] == "unicodeCodePoints"
    assert len(run["results"]) == len(FOUND)
    for result, one in zip(run["results"], FOUND, strict=True):
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"] == one.code
        assert result["level"] == {"error": "error", "warning": "warning", "info": "note"}[one.severity]
        assert one.message in result["message"]["text"]
        (location,) = result["locations"]
        place = location["physicalLocation"]
        assert unquote(place["artifactLocation"]["uri"]) == one.path
        assert place["artifactLocation"]["uri"].isascii()
        assert place["artifactLocation"]["uriBaseId"] in run["originalUriBaseIds"]
        assert (place["region"]["startLine"], place["region"]["startColumn"]) == (one.line, one.column)


def test_a_finding_is_the_same_one_when_its_line_moves():
    def prints(text: str) -> list[str]:
        results = json.loads(as_sarif(lint(spec(text, None))))["runs"][0]["results"]
        return [result["partialFingerprints"]["specflow/v1"] for result in results]

    assert prints(ONE + "TBD\n") == prints(ONE + "\n\nTBD\n")
