"""Whatever is proposed: nothing of a task is lost, and what stands afterwards is what was proposed."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from approvals.proposals.actions import propose
from specflow.errors import Conflict
from specflow.specs.formats import registry
from specflow.specs.hooks import full_text
from specflow.specs.models import Document
from tasks import actions as work
from tasks.models import ImplementationLog, Status, Task
from tests.approvals.test_proposals import TASKS, fresh, released, yes
from tests.factories import Team, make_team

pytestmark = pytest.mark.django_db(transaction=True)
WORDS = ("index", "list", "sorting", "search page", "cache of words", "reader", "export", "first start")
LINES = [f"- [ ] {number}. Build the {word}\n" for number, word in enumerate(WORDS, 1)]
edits = st.lists(
    st.tuples(st.sampled_from(("drop", "move", "reword", "twice", "renumber", "tick", "new")), st.integers(0, 7)),
    min_size=1,
    max_size=6,
)


@pytest.fixture
def story() -> tuple[Team, Document]:
    team = make_team()
    document = released(team, "".join(LINES))
    for row in Task.objects.order_by("position")[::2]:
        work.set_status(row, actor=team.agent, status=Status.IN_PROGRESS)
        work.log_implementation(row, actor=team.agent, summary="Some of it", artifacts={"classes": [{"name": "A"}]})
    return team, document


def changed(text: str, what: list[tuple[str, int]]) -> str:
    lines = text.splitlines(keepends=True)
    for name, at in what:
        place = at % max(len(lines), 1)
        if name == "drop" and len(lines) > 1:
            del lines[place]
        elif name == "move":
            lines.insert(0, lines.pop(place))
        elif name == "reword":
            lines[place] = lines[place].replace("Build the", "Build and try the")
        elif name == "twice":
            lines.insert(place, lines[place])
        elif name == "renumber":
            lines = [f"- [ ] {n}.{line.partition('.')[2]}" for n, line in enumerate(lines, 1)]
        elif name == "tick":
            lines[place] = lines[place].replace("[ ]", "[x]").replace("[-]", "[x]")
        else:
            lines.insert(place, f"- [ ] 9{at}. Something else, {at} times\n")
    return "".join(lines)


def proposed(team: Team, document: Document, text: str, **more: Any) -> tuple[Any, Conflict | None]:
    try:
        return propose(document, actor=team.agent, text=text, **more), None
    except Conflict as error:
        return None, error


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edits)
def test_whatever_is_proposed_tasks_keep_their_rows_status_and_logs(story, what):
    team, document = story
    document = fresh(document)
    before = {row.pk: (row.status, row.public_id) for row in Task.objects.filter(document=document)}
    logs = ImplementationLog.objects.count()
    text = changed(document.current.text, what)

    answers: dict[str, int] = {}
    asked, refused = proposed(team, document, text)
    if refused is not None and refused.code == "ambiguous_match":
        for question in refused.details["questions"]:
            lines = [one["line"] for one in question["after"]]
            answers |= {row["id"]: line for row, line in zip(question["before"], [*lines, *[0] * 9], strict=False)}
        asked, refused = proposed(team, document, text, matches=answers)
    if refused is not None:
        assert refused.code in ("nothing_changed", "lint_errors", "nothing_to_approve")
        return
    yes(team, asked)

    rows = {row.pk: row for row in Task.objects.filter(document=document)}
    assert {pk: (row.status, row.public_id) for pk, row in rows.items() if pk in before} == before
    assert ImplementationLog.objects.count() == logs
    items = registry.of(TASKS).read("tasks", text).tasks
    shown = sorted((row for row in rows.values() if row.present), key=lambda row: row.position)
    assert [(row.key, row.title, row.start) for row in shown] == [(one.key, one.title, one.start) for one in items]
    assert {rows[pk].start for pk, (_, name) in before.items() if answers.get(name)} == {
        line for line in answers.values() if line
    }
    neutral = registry.of(TASKS).neutral
    assert neutral("tasks", full_text(fresh(document))) == neutral("tasks", text)
    assert fresh(document).is_approved
