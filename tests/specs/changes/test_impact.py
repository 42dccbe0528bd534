from specflow.specs.changes.impact import citing, touched
from specflow.specs.changes.items import item_diff
from specflow.specs.formats.items import Items
from specflow.specs.formats.spec_workflow import read_requirements, read_tasks
from tests.specs.formats.corpus import REQUIREMENTS

TASKS = read_tasks(
    "- [ ] 1. Form\n  - _Requirements: 1.1_\n"
    "- [ ] 2. Lock\n  - _Requirements: 1.2_\n"
    "- [ ] 3. All of it\n  - _Requirements: Requirement 1_\n"
    "- [ ] 4. Out\n  - _Requirements: 2_\n"
    "- [ ] 5. Range\n  - _Requirements: 1.1-1.2_\n"
    "- [ ] 6. Words\n  - _Requirements: whatever is needed_\n"
)


def impact(before, after):
    found = touched(
        item_diff(Items(requirements=read_requirements(before)), Items(requirements=read_requirements(after)))
    )
    return found, [one.key for one in citing(TASKS, found)]


def test_a_reworded_criterion_touches_what_cites_it_or_its_requirement():
    found, cited = impact(REQUIREMENTS, REQUIREMENTS.replace("password is right", "password is correct"))
    assert found.as_dict() == {"requirements": ["1"], "criteria": ["1.1"]}
    assert cited == ["1", "3", "5"]


def test_nothing_is_touched_where_nothing_changed():
    found, cited = impact(REQUIREMENTS, REQUIREMENTS.replace("I want to sign in,\nso", "I want to sign in, so"))
    assert not found
    assert cited == []


def test_a_requirement_that_went_touches_what_cited_it():
    start, end = REQUIREMENTS.index("### Requirement 2"), REQUIREMENTS.index("## Non-Functional")
    found, cited = impact(REQUIREMENTS, REQUIREMENTS[:start] + REQUIREMENTS[end:])
    assert found.requirements == ("2",)
    assert cited == ["4"]


def test_a_number_that_names_something_else_now_touches_what_cites_it():
    after = REQUIREMENTS.replace(
        "1. WHEN the password", "1. The system SHALL ask for a name\n2. WHEN the password"
    ).replace("2. IF it is", "3. IF it is")
    found, cited = impact(REQUIREMENTS, after)
    assert found.criteria == ("1.1", "1.2", "1.3")
    assert cited == ["1", "2", "3", "5"]


def test_a_requirement_that_only_moved_touches_nothing():
    start, end = REQUIREMENTS.index("### Requirement 1"), REQUIREMENTS.index("### Requirement 2")
    stop = REQUIREMENTS.index("## Non-Functional")
    after = REQUIREMENTS[:start] + REQUIREMENTS[end:stop] + REQUIREMENTS[start:end] + REQUIREMENTS[stop:]
    found, cited = impact(REQUIREMENTS, after)
    assert not found
    assert cited == []


def test_what_cannot_be_told_apart_is_touched():
    found, cited = impact(
        "### Requirement 2: Lock the account after five failed logins\n",
        "### Requirement 3: Lock the account after six failed logins\n"
        "### Requirement 4: Lock the account after nine failed logins\n",
    )
    assert found.requirements == ("2", "3", "4")
    assert cited == ["4"]
