"""Edits of SpecMan's documents by tools: constraints, and the first text of each kind."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specflow.errors import Invalid, NotFound
from specflow.specs.formats.lines import Page
from specflow.specs.formats.specman import artifact
from specflow.specs.formats.specman.headings import slug
from tests.specs.formats.nasty import titles, unless_refused, values
from tests.specs.formats.test_specman import CLOCK, DIALECT, concepts, documents_of_specman


def test_a_constraint_is_added_after_the_last_one_of_its_concept():
    new, key = DIALECT.add_criterion(CLOCK, requirement_key="concept-night-mode", ordinal=0, value="- It MUST glow.")
    assert key == "concept-night-mode.requirements"
    assert new == CLOCK.replace(
        "from five metres at night.\n", f"from five metres at night.\n\n!{key}:\n\n- It MUST glow.\n"
    )
    again, second = DIALECT.add_criterion(new, requirement_key="concept-night-mode", ordinal=0, value="# odd")
    assert second == f"{key}-2"
    assert f'!{second}:\n\n"# odd"\n' in again


def test_a_first_constraint_stands_in_the_head_of_its_concept():
    text = "# X\r\n\r\n## Concept: A\r\nIt is.\r\n### Notes\r\nMore.\r\n"
    new, key = DIALECT.add_criterion(text, requirement_key="concept-a", ordinal=0, value="It MUST.")
    assert new == text.replace("It is.\r\n", f"It is.\r\n\r\n!{key}:\r\n\r\nIt MUST.\r\n\r\n")


def test_a_constraint_of_the_document_itself_stands_beside_those_there():
    new, key = DIALECT.add_criterion(CLOCK, requirement_key="", ordinal=0, value="It MUST be cheap.")
    assert key == "tide-clock.requirements"
    assert concepts(new)[0].criteria[1].text == "It MUST be cheap."


def test_a_concept_that_is_not_there_takes_no_constraint():
    with pytest.raises(NotFound):
        DIALECT.add_criterion(CLOCK, requirement_key="concept-rain", ordinal=0, value="x")
    with pytest.raises(NotFound):
        DIALECT.add_criterion(CLOCK, requirement_key="concept-night-mode", ordinal=1, value="x")


def test_what_has_no_form_in_specman_is_refused():
    with pytest.raises(Invalid) as refused:
        DIALECT.add_requirement(CLOCK, title="A", condition="b", action="c")
    assert refused.value.code == "not_editable"


@settings(max_examples=150, deadline=None)
@given(documents_of_specman, values, st.integers(0, 5))
def test_a_constraint_reads_back_exactly_or_is_refused_and_only_its_own_lines_are_new(text, value, place):
    text += "\n## Concept: Last\n"
    there = concepts(text)
    chosen = there[place % len(there)]
    given_ = {"requirement_key": chosen.key, "ordinal": chosen.ordinal, "value": value}
    added = unless_refused(DIALECT.add_criterion, text, **given_)
    if added is None:
        return
    new, key = added
    after = next(item for item in concepts(new) if (item.key, item.ordinal) == (chosen.key, chosen.ordinal))
    one = next(one for one in after.criteria if one.key == key)
    assert one.text == value
    old_lines, new_lines = Page(text).lines, Page(new).lines
    count = len(new_lines) - len(old_lines)
    assert any(new_lines[:at] + new_lines[at + count :] == old_lines for at in range(len(old_lines) + 1))


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(["specification", "implementation", "scratch"]), titles, values)
def test_a_first_text_has_no_concept_and_its_front_matter_reads(kind, title, description):
    text = DIALECT.skeleton(kind, title=title, description=description)
    assert concepts(text) == ()
    assert artifact(text).kind == kind
    assert artifact(text).name == (slug(title) or "unnamed")
