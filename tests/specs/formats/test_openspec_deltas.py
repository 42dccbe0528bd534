"""A change of OpenSpec, applied to its capability: whole and exact, or a conflict that says why."""

import pytest

from specflow.errors import Conflict, Invalid
from specflow.specs.formats.openspec.deltas import apply_delta
from tests.specs.formats.test_openspec import CAPABILITY, example, requirements


def test_a_change_is_applied_to_its_capability():
    base = example("specs/loan-desk/spec.md")
    new = apply_delta(base, example("changes/add-reservations/specs/loan-desk/spec.md"))
    assert [one.key for one in requirements(new)] == ["Lend a book", "Take back a book", "Reserve a book"]
    assert new.startswith(base[: base.index("### Requirement: Take a book back")])
    assert "letter" not in new
    assert new.endswith("- **THEN** the member is first in its queue\n")
    assert new.count("\n\n\n") == 0


def test_a_new_capability_begins_with_the_delta_s_title_and_purpose():
    new = apply_delta("", example("changes/add-reservations/specs/notices/spec.md"))
    assert new.startswith(
        "# Notices Specification\n\n## Purpose\n\nMembers hear of what concerns their loans.\n\n"
        "## Requirements\n\n### Requirement: Tell of a held book\n\nThe system"
    )


def test_only_what_the_delta_names_is_touched():
    base = (
        "\ufeff# X\r\n\r\n## Requirements\r\n\r\n### Requirement: A  \r\nOld.\r\n\r\n\r\n### Notes\r\nKept.\r\n\r\n"
        "### Requirement: B\r\nb\r\n\r\n---\r\n\r\n## Later\r\nend"
    )
    assert apply_delta(base, "## MODIFIED Requirements\n### Requirement: A\nNew.\n") == base.replace(
        "  \r\nOld", "\r\nNew"
    )
    assert apply_delta(base, "## REMOVED Requirements\n### Requirement: B\n") == base.replace(
        "### Requirement: B\r\nb\r\n\r\n", ""
    )
    assert apply_delta(base, "## RENAMED Requirements\nFROM: A\nTO: C\n") == base.replace(
        "Requirement: A", "Requirement: C"
    )
    assert apply_delta(base, "## ADDED Requirements\n### Requirement: C\nc") == base.replace(
        "b\r\n", "b\r\n\r\n### Requirement: C\r\nc\r\n"
    )


def test_what_stands_already_is_added_without_a_conflict():
    delta = "## ADDED Requirements\n### Requirement: C\nIt SHALL.\n"
    once = apply_delta(CAPABILITY, delta)
    assert apply_delta(once, delta) == once


@pytest.mark.parametrize(
    ("delta", "code"),
    [
        ("## ADDED Requirements\n### Requirement: Open\nother\n", "requirement_exists"),
        ("## MODIFIED Requirements\n### Requirement: open\n", "requirement_missing"),
        ("## REMOVED Requirements\n### Requirement: Nothing\n", "requirement_missing"),
        ("## RENAMED Requirements\nFROM: Nothing\nTO: New\n", "requirement_missing"),
        ("## RENAMED Requirements\nFROM: Open\nTO: Shut\n", "requirement_exists"),
        (
            "## MODIFIED Requirements\n### Requirement: Open\n## REMOVED Requirements\n### Requirement: Open\n",
            "delta_contradicts_itself",
        ),
        ("## ADDED Requirements\n### Requirement: N\n### Requirement: N\n", "delta_contradicts_itself"),
        (
            "## RENAMED Requirements\nFROM: Open\nTO: New\n## MODIFIED Requirements\n### Requirement: Open\nx\n",
            "delta_contradicts_itself",
        ),
    ],
)
def test_a_delta_that_does_not_fit_is_a_conflict(delta, code):
    with pytest.raises(Conflict) as refused:
        apply_delta(CAPABILITY, delta)
    assert refused.value.code == code
    assert refused.value.details["requirement"]


def test_a_name_that_is_nearly_right_is_told():
    with pytest.raises(Conflict) as refused:
        apply_delta(CAPABILITY, "## MODIFIED Requirements\n### Requirement: OPEN\n")
    assert refused.value.details["like"] == ["Open"]


def test_a_name_that_two_requirements_have_is_a_conflict():
    with pytest.raises(Conflict) as refused:
        apply_delta("### Requirement: A\n### Requirement: A\n", "## REMOVED Requirements\n### Requirement: A\n")
    assert refused.value.code == "requirement_ambiguous"


def test_a_delta_without_any_change_is_refused():
    with pytest.raises(Invalid) as refused:
        apply_delta(CAPABILITY, "## ADDED Requirements\n\nNothing yet.\n")
    assert refused.value.code == "nothing_to_apply"
