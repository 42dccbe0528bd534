# ruff: noqa: RUF001 - full-width signs and dashes stand in real documents
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specflow.specs.formats.spec_workflow import read_requirements
from specflow.specs.lint import resolve
from tests.specs.formats.nasty import texts

NUMBERED = read_requirements(
    "### Requirement 1: Sign in\n#### Acceptance Criteria\n1. WHEN a THEN b SHALL c\n2. WHEN a THEN b SHALL d\n"
    "3. WHEN a THEN b SHALL e\n### Requirement 2: Sign out\n#### Acceptance Criteria\n1. The system SHALL f\n"
    "### NFR-1: Speed\n"
)
LETTERED = read_requirements(
    "### REQ-1: A\n- FR-1.1: x\n- FR-1.2: y\n- AC-1.1: z\n- AC-1.2: w\n### REQ-002: B\n- FR-2.1: v\n- AC-2.1: u\n"
)


def named(reference: str, requirements=NUMBERED) -> list[str]:
    """The keys of what a reference names."""
    return [
        requirements[place].key if at is None else requirements[place].criteria[at].key
        for one in resolve([reference], requirements).resolved
        for place, at in one.targets
    ]


@pytest.mark.parametrize(
    ("reference", "keys"),
    [
        ("1", ["1"]),
        ("1.2", ["1.2"]),
        ("R1.2", ["1.2"]),
        ("REQ-1", ["1"]),
        ("Requirement 2", ["2"]),
        ("req 2.1", ["2.1"]),
        ("要件 2", ["2"]),
        ("NFR-1", ["NFR-1"]),
        ("nfr-01", ["NFR-1"]),
        ("`1.1`.", ["1.1"]),
        ("1.1-1.3", ["1.1", "1.2", "1.3"]),
        ("1.2 – 2.1", ["1.2", "1.3", "2.1"]),
        ("1.1〜3", ["1.1", "1.2", "1.3"]),
        ("1-2", ["1", "2"]),
        ("R1-AC2", ["1.2"]),
        ("R1-AC1〜AC3", ["1.1", "1.2", "1.3"]),
        ("1.1 and 2.1", ["1.1", "2.1"]),
        ("1 AC1/AC3", ["1.1", "1.3"]),
        ("All", ["1", "2", "NFR-1"]),
        ("all requirements", ["1", "2", "NFR-1"]),
        ("全 REQ", ["1", "2", "NFR-1"]),
        ("sign out", ["2"]),
        ("1.2 (the second)", ["1.2"]),
        ("NFR-1: Speed", ["NFR-1"]),
    ],
)
def test_a_reference_names_what_bears_its_id(reference, keys):
    assert named(reference) == keys


@pytest.mark.parametrize(
    ("reference", "keys"),
    [
        ("FR-1.2", ["FR-1.2"]),
        ("FR-1.1〜1.2", ["FR-1.1", "FR-1.2"]),
        ("AC-1.1-AC-2.1", ["AC-1.1", "AC-1.2", "AC-2.1"]),
        ("REQ-2", ["REQ-002"]),
        ("Requirement 2", ["REQ-002"]),
    ],
)
def test_ids_with_letters_are_told_apart(reference, keys):
    assert named(reference, LETTERED) == keys


@pytest.mark.parametrize("reference", ["1.9", "9", "REQ-7", "1.1-1.9", "1.2-1.1", "FR-3", "R1-AC9"])
def test_an_id_that_nothing_bears_is_unresolved(reference):
    assert resolve([reference], NUMBERED).unresolved == (reference,)


def test_a_number_that_could_be_two_things_is_unresolved():
    assert resolve(["1.1"], LETTERED).unresolved == ("1.1",)


def test_a_bare_number_goes_on_with_the_word_before_it():
    read = resolve(["AC-1.1", "1.2", "2.1"], LETTERED)
    assert [LETTERED[place].criteria[at].key for one in read.resolved for place, at in one.targets] == [
        "AC-1.1", "AC-1.2", "AC-2.1",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "reference", ["good performance", "All testing requirements", "E2E-01", "Task 1.2 completed", ""]
)
def test_free_text_is_listed_and_not_guessed_at(reference):
    assert resolve([reference], NUMBERED).free == (reference,)


def test_a_key_that_stands_twice_names_both():
    twice = read_requirements("### Requirement 1: A\n### Requirement 1: B\n")
    assert resolve(["1"], twice).targets == {(0, None), (1, None)}


@settings(max_examples=200, deadline=None)
@given(st.lists(texts, max_size=6), texts)
def test_every_reference_is_told_once_and_every_target_is_there(references, text):
    requirements = read_requirements(text)
    read = resolve(references, requirements)
    told = [*(one.reference for one in read.resolved), *read.unresolved, *read.free]
    assert sorted(told) == sorted(set(references))
    assert all(at is None or requirements[place].criteria[at] for place, at in read.targets)


def test_thousands_of_references_among_thousands_of_requirements_are_named_at_once():
    many = read_requirements("".join(f"### Requirement {at}: T\n" for at in range(1, 2001)))
    began = time.process_time()
    read = resolve([str(at) for at in range(1, 2001)], many)
    assert len(read.targets) == 2000
    assert time.process_time() - began < 1
