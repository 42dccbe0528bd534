"""Many writers at once: every entry has the next number of its chain (QUALITY 22)."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from specflow.accounts.models import Project
from specflow.audit import log
from specflow.audit.log import action
from specflow.audit.models import AuditEntry, Chain
from specflow.audit.verification import Report, verify
from tests.audit.acting import VERB, make_project, owner, say, sequences
from tests.together import at_once

pytestmark = pytest.mark.django_db(transaction=True)
WRITERS = 8
WRITES = 30


def writing(project: Project, times: int = WRITES) -> Callable[[], None]:
    actor = owner()

    def write() -> None:
        for _ in range(times):
            say(project, actor=actor)

    return write


def test_eight_writers_leave_no_gap_and_no_double():
    project = make_project()

    ended = at_once([writing(project)] * WRITERS)

    assert ended.errors == []
    assert sequences(project) == list(range(1, WRITERS * WRITES + 2))
    assert verify() == Report(chains=1, entries=WRITERS * WRITES + 1, faults=())


def test_a_chain_that_eight_writers_begin_at_once_begins_once():
    project = Project.objects.create(slug="unheard-of", name="Unheard of")

    ended = at_once([writing(project, 1)] * WRITERS)

    assert ended.errors == []
    assert Chain.objects.count() == 1
    assert sequences(project) == list(range(1, WRITERS + 1))
    assert verify().faults == ()


def test_actions_on_the_same_chains_in_another_order_do_not_lock_each_other_out():
    one, other = make_project("one"), make_project("other")
    actor = owner()

    @action
    def link(first: Project, second: Project, *, actor: Any) -> None:
        log.entry(VERB, first, project=first)
        log.entry(VERB, second, project=second)

    def forth() -> None:
        for _ in range(WRITES):
            link(one, other, actor=actor)

    def back() -> None:
        for _ in range(WRITES):
            link(other, one, actor=actor)

    ended = at_once([forth, back] * 3)

    assert ended.errors == []
    assert sequences(one) == sequences(other) == list(range(1, 6 * WRITES + 2))
    assert verify().faults == ()


def test_a_failed_act_takes_no_number():
    project, actor = make_project(), owner()

    @action
    def fail(*, actor: Any) -> None:
        log.entry(VERB, project, project=project)
        raise ValueError("no")

    def failing() -> None:
        for _ in range(WRITES):
            with pytest.raises(ValueError, match="no"):
                fail(actor=actor)

    ended = at_once([failing, writing(project)] * 3)

    assert ended.errors == []
    assert sequences(project) == list(range(1, 3 * WRITES + 2))


def test_a_log_that_is_written_while_it_is_walked_is_whole():
    project = make_project()
    written = threading.Event()

    def write() -> None:
        try:
            writing(project, 4 * WRITES)()
        finally:
            written.set()

    def walk() -> list[Report]:
        reports = [verify()]
        while not written.is_set():
            reports.append(verify())
        return reports

    ended = at_once([write, walk])

    assert ended.errors == []
    assert [report.faults for report in ended.results[1] if report.faults] == []
    assert AuditEntry.objects.count() == 4 * WRITES + 1
