"""Reviews of tasks: what one says, who may give it, and how long a pass counts."""

from collections.abc import Callable

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from approvals.models import Finding, MetCriterion, Review
from approvals.reviewing import MOST_FINDINGS, Found, prepare, record_review
from approvals.reviews.queries import review_of, reviews_of, state_of, states
from specflow.accounts import actions as accounts
from specflow.accounts import actors
from specflow.accounts.actors import Actor
from specflow.accounts.capabilities import Role
from specflow.accounts.models import User
from specflow.audit.models import AuditEntry
from specflow.errors import DomainError
from specflow.specs import actions as specs
from specflow.specs.models import Criterion
from tasks import actions as tasks
from tasks.models import ImplementationLog, Output, Reference, Task
from tests.factories import PASSWORD, Team, make_released_task
from tests.specs.traced import Work, make_run, make_task, refer

CRITICAL = Found("critical", "The counter is never reset", file="lock.py", line=12)
WARNING = Found("warning", "No test for the sixth attempt")
INFO = Found("info", "A name could say more")


def refusal(call: Callable[[], object]) -> DomainError:
    with pytest.raises(DomainError) as caught:
        call()
    return caught.value


def passing(task: Task, by: Actor, summary: str = "All of it works") -> Review:
    return record_review(task, actor=by, verdict="pass", summary=summary)


# What a review says


def test_a_pass_has_met_all_that_the_task_names_and_says_what_it_saw(team: Team, work: Work, ada: Actor) -> None:
    row = passing(work.task, ada)

    assert (row.version, row.verdict, row.summary, row.reviewer) == (1, "pass", "All of it works", ada.user)
    assert [(one.criterion, one.text) for one in row.met.all()] == [(work.criterion, work.criterion.text)]
    assert (row.log, row.output) == (work.log, work.output)
    assert row.revision == work.criterion.document.current
    assert state_of(row) == "passed"


def test_findings_come_back_as_they_were_said(team: Team, work: Work, ada: Actor) -> None:
    said = Found(
        severity="critical",
        title="The counter is never reset",
        description="After a good login the count stays.\n\n```\n- [ ] <b>x</b>\n```",
        file="src/lock.py",
        line=12,
        task_requirement="WHEN a login succeeds THEN the count is zero",
        category="hygiene",
        classification="recurring",
        criterion=work.criterion.key,
    )
    row = record_review(work.task, actor=ada, verdict="fail", summary="Not yet", findings=[said, WARNING])

    first, second = row.findings.all()
    assert first.criterion == work.criterion
    for name in ("severity", "title", "description", "file", "line", "task_requirement", "category", "classification"):
        assert getattr(first, name) == getattr(said, name)
    assert (second.severity, second.category, second.line, second.criterion) == (
        "warning",
        "spec-compliance",
        None,
        None,
    )
    assert row.met.count() == 0


def test_reviews_of_a_task_are_numbered_and_the_log_has_each(team: Team, work: Work, ada: Actor) -> None:
    record_review(work.task, actor=ada, verdict="findings", summary="Small things", findings=[INFO])
    row = passing(work.task, team.reviewer)

    assert [one.version for one in reviews_of(work.task)] == [2, 1]
    assert (review_of(work.task), review_of(work.task, 1).summary) == (row, "Small things")
    entry = AuditEntry.objects.filter(verb="task.reviewed").latest("id")
    told = entry.content["data"]
    assert (entry.object_id, told["review"], told["version"], told["verdict"]) == (
        work.task.public_id, row.public_id, 2, "pass",
    )  # fmt: skip


def test_a_criterion_of_a_requirement_that_is_named_as_a_whole_is_met_where_the_reviewer_says_so(
    team: Team, work: Work, ada: Actor
) -> None:
    Reference.objects.all().delete()
    refer(work.task, work.requirement)

    first = passing(work.task, ada)
    second = record_review(
        work.task, actor=ada, verdict="pass", summary="Met", criteria=[work.criterion.public_id, work.criterion.key]
    )

    assert first.met.count() == 0
    assert [(one.criterion, one.named) for one in second.met.all()] == [(work.criterion, False)]


# What is no review


@pytest.mark.parametrize(
    ("verdict", "findings", "fitting"),
    [
        ("pass", [INFO], "findings"),
        ("pass", [CRITICAL], "fail"),
        ("fail", [], "pass"),
        ("fail", [WARNING], "findings"),
        ("findings", [], "pass"),
        ("findings", [WARNING, CRITICAL], "fail"),
    ],
)
def test_a_verdict_that_its_findings_deny_is_refused(
    team: Team, work: Work, ada: Actor, verdict: str, findings: list[Found], fitting: str
) -> None:
    refused = refusal(lambda: record_review(work.task, actor=ada, verdict=verdict, summary="S", findings=findings))
    assert (refused.code, refused.details["fitting"]) == ("verdict_mismatch", fitting)
    assert not Review.objects.exists()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"verdict": "approve"}, "unknown_verdict"),
        ({"summary": " \n"}, "missing_value"),
        ({"summary": "a\0b"}, "invalid_text"),
        ({"summary": "x" * 300_000}, "too_large"),
        ({"findings": [Found("blocker", "T")]}, "invalid_finding"),
        ({"findings": [Found("info", "T", category="style")]}, "invalid_finding"),
        ({"findings": [Found("info", "T", classification="old")]}, "invalid_finding"),
        ({"findings": [Found("info", "T", line=0)]}, "invalid_finding"),
        ({"findings": [Found("info", "T", line=2**31)]}, "invalid_finding"),
        ({"findings": [Found("info", " ")]}, "invalid_title"),
        ({"findings": [Found("info", "T", description="\ud800")]}, "invalid_text"),
        ({"findings": [Found("info", "T", criterion="9.9")]}, "criterion_not_cited"),
        ({"findings": [INFO] * (MOST_FINDINGS + 1)}, "too_large"),
        ({"criteria": ["crit-nope"], "verdict": "pass"}, "criterion_not_cited"),
        ({"digest": "0" * 64, "verdict": "pass"}, "stale_digest"),
    ],
)
def test_what_cannot_be_kept_is_refused_and_leaves_nothing(
    team: Team, work: Work, ada: Actor, change: dict[str, object], code: str
) -> None:
    given = {"verdict": "findings" if change.get("findings") else "pass", "summary": "S", **change}
    assert refusal(lambda: record_review(work.task, actor=ada, **given)).code == code
    assert not Review.objects.exists()


def test_without_a_log_and_an_output_there_is_nothing_to_review(team: Team, ada: Actor) -> None:
    task = make_released_task(team)
    make_run(team, task)
    for call in (lambda: prepare(task, actor=ada), lambda: passing(task, ada)):
        refused = refusal(call)
        assert (refused.code, refused.details["missing"]) == ("nothing_to_review", ["implementation_log", "output"])


@pytest.mark.parametrize("kept", ["log", "output"])
def test_a_log_or_an_output_is_enough(team: Team, work: Work, ada: Actor, kept: str) -> None:
    (Output if kept == "log" else ImplementationLog).objects.all().delete()
    row = passing(work.task, ada)
    assert (row.log is None, row.output is None) == (kept == "output", kept == "log")


def test_a_reviewer_who_says_what_they_prepared_for_does_not_pass_other_work(
    team: Team, work: Work, ada: Actor
) -> None:
    seen = prepare(work.task, actor=ada).digest
    ImplementationLog.objects.create(project=team.project, task=work.task, summary="More", author=team.robot)

    refused = refusal(lambda: record_review(work.task, actor=ada, verdict="pass", summary="S", digest=seen))

    assert (refused.code, refused.details["digest"]) == ("stale_digest", prepare(work.task, actor=ada).digest)


# Who may


def test_whoever_logged_or_ran_the_work_does_not_review_it(team: Team, work: Work) -> None:
    for call in (lambda: prepare(work.task, actor=team.agent), lambda: passing(work.task, team.agent)):
        refused = refusal(call)
        assert (refused.code, refused.details["part"]) == ("self_review", "an author of it")
    ImplementationLog.objects.update(author=team.bob)
    assert refusal(lambda: passing(work.task, team.agent)).code == "self_review"
    assert refusal(lambda: passing(work.task, team.reviewer)).code == "self_review"


def test_a_run_that_made_nothing_has_no_author(team: Team, work: Work) -> None:
    Output.objects.all().delete()
    type(work.run).objects.update(status="failed", requested_by=team.bob)
    assert passing(work.task, team.reviewer).version == 1


@pytest.mark.parametrize(
    ("author_of", "owner_of", "part"),
    [
        ("robot", {"robot": "alice"}, "the owner of the agent that did it"),
        ("alice", {"ada": "alice"}, "an agent of the person who did it"),
        ("robot", {"robot": "alice", "ada": "alice"}, "an agent of the same owner as the one that did it"),
    ],
)
def test_an_agent_its_owner_and_its_siblings_are_one(
    team: Team, work: Work, ada: Actor, author_of: str, owner_of: dict[str, str], part: str
) -> None:
    for agent, owner in owner_of.items():
        User.objects.filter(username=agent).update(owner=User.objects.get(username=owner))
    ImplementationLog.objects.update(author=User.objects.get(username=author_of))
    type(work.run).objects.update(requested_by=User.objects.get(username=author_of))
    alone = actors.local_agent(User.objects.get(username="ada"), team.project)
    who = alone if "ada" in owner_of else team.maintainer

    assert refusal(lambda: passing(work.task, who)).details["part"] == part
    assert passing(work.task, team.reviewer).version == 1


def test_a_viewer_and_a_stranger_review_nothing(team: Team, work: Work) -> None:
    owner = actors.system(door="cli")
    vera = accounts.create_person("vera", actor=owner, password=PASSWORD)
    accounts.add_member(team.project, vera, actor=owner, role=Role.VIEWER)
    assert refusal(lambda: passing(work.task, team.session(vera))).code == "role_may_not"
    assert refusal(lambda: passing(work.task, team.stranger)).code == "project_not_found"


# How long a pass counts


def _reword(team: Team, work: Work, ada: Actor) -> None:
    Criterion.objects.filter(pk=work.criterion.pk).update(text="The seventh attempt is refused")


def _another_criterion(team: Team, work: Work, ada: Actor) -> None:
    made = specs.add_criterion(work.requirement, actor=team.agent, text="The owner is told")
    refer(work.task, work.requirement, made)


def _another_task_text(team: Team, work: Work, ada: Actor) -> None:
    Task.objects.filter(pk=work.task.pk).update(description="Count failed logins by address.")


def _a_new_log(team: Team, work: Work, ada: Actor) -> None:
    tasks.log_implementation(work.task, actor=team.agent, summary="More", artifacts={"functions": ["count"]})


def _a_new_output(team: Team, work: Work, ada: Actor) -> None:
    Output.objects.create(run=make_run(team, work.task), name="stdout", text="done", sha256="0" * 64)


def _a_later_finding(team: Team, work: Work, ada: Actor) -> None:
    record_review(work.task, actor=team.reviewer, verdict="findings", summary="But", findings=[WARNING])


@pytest.mark.parametrize(
    "change", [_reword, _another_criterion, _another_task_text, _a_new_log, _a_new_output, _a_later_finding]
)
def test_a_pass_counts_until_task_criteria_or_work_change_or_someone_finds_something(
    team: Team, work: Work, ada: Actor, change: Callable[[Team, Work, Actor], None]
) -> None:
    row = passing(work.task, ada)
    change(team, work, ada)
    assert state_of(row) == "stale"
    assert state_of(passing(work.task, ada)) == "passed"


def _another_task(team: Team, work: Work, ada: Actor) -> None:
    make_task(work.task, 7)


def _progress(team: Team, work: Work, ada: Actor) -> None:
    tasks.set_status(work.task, actor=team.agent, status="in_progress")


def _a_later_pass(team: Team, work: Work, ada: Actor) -> None:
    passing(work.task, team.reviewer)


def _a_run_that_fails(team: Team, work: Work, ada: Actor) -> None:
    make_run(team, work.task, status="failed")


def _another_requirement(team: Team, work: Work, ada: Actor) -> None:
    specs.add_requirement(work.spec, actor=team.agent, title="Tell", condition="locked", action="tell the user")


@pytest.mark.parametrize("change", [_another_task, _progress, _a_later_pass, _a_run_that_fails, _another_requirement])
def test_what_else_happens_leaves_a_pass_as_it_is(
    team: Team, work: Work, ada: Actor, change: Callable[[Team, Work, Actor], None]
) -> None:
    Reference.objects.all().delete()
    Task.objects.filter(pk=work.task.pk).update(requirements=[work.criterion.key])
    refer(work.task, work.requirement, work.criterion)
    row = passing(work.task, ada)
    change(team, work, ada)
    assert state_of(row) == "passed"


def test_a_requirement_that_is_named_as_a_whole_counts_with_its_words_and_its_criteria(
    team: Team, work: Work, ada: Actor
) -> None:
    Reference.objects.all().delete()
    Task.objects.filter(pk=work.task.pk).update(requirements=[work.requirement.key])
    refer(work.task, work.requirement)
    first = passing(work.task, ada)
    specs.add_criterion(work.requirement, actor=team.agent, text="The owner is told")
    second = passing(work.task, ada)
    type(work.requirement).objects.filter(pk=work.requirement.pk).update(title="Lock it")
    assert states([first, second]) == {first.pk: "stale", second.pk: "stale"}


def test_many_reviews_stand_or_fall_in_as_many_queries_as_one(team: Team, work: Work, ada: Actor) -> None:
    def cost() -> int:
        rows = list(Review.objects.all())
        with CaptureQueriesContext(connection) as asked:
            assert set(states(rows).values()) == {"passed"}
        return len(asked)

    passing(work.task, ada)
    before = cost()
    for number in range(2, 12):
        task = make_task(work.task, number)
        refer(task, work.requirement, work.criterion)
        ImplementationLog.objects.create(project=team.project, task=task, summary="S", author=team.robot)
        passing(task, ada)
    assert cost() == before == 5


# Written once


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("model", [Review, Finding, MetCriterion])
def test_nothing_of_a_review_is_changed_or_deleted(team: Team, work: Work, ada: Actor, model: type) -> None:
    record_review(work.task, actor=ada, verdict="findings", summary="S", findings=[INFO], criteria=[work.criterion.key])
    row = model.objects.get()
    for change in (row.save, row.delete):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    assert model.objects.count() == 1


# The policy's gate


def completing(team: Team, task: Task) -> str:
    try:
        tasks.set_status(task, actor=team.agent, status="completed")
    except DomainError as error:
        return error.code
    return ""


def test_where_the_policy_asks_for_it_a_task_is_completed_only_with_a_pass_that_counts(
    team: Team, work: Work, ada: Actor
) -> None:
    accounts.change_policy(team.project, actor=team.maintainer, policy={"review_required": True})
    tasks.set_status(work.task, actor=team.agent, status="in_progress")
    assert completing(team, work.task) == "review_missing"
    record_review(work.task, actor=ada, verdict="findings", summary="Small things", findings=[WARNING])
    assert completing(team, work.task) == "review_missing"
    passing(work.task, ada)
    _a_new_log(team, work, ada)
    refused = refusal(lambda: tasks.set_status(work.task, actor=team.agent, status="completed"))
    assert (refused.code, refused.details["missing"]) == ("review_missing", ["review"])
    assert "no part in the work" in refused.details["who"]
    passing(work.task, ada)
    assert completing(team, work.task) == ""


def test_without_that_policy_no_review_is_asked_for(team: Team, work: Work) -> None:
    tasks.set_status(work.task, actor=team.agent, status="in_progress")
    assert completing(team, work.task) == ""


def test_a_task_that_only_holds_others_together_needs_no_review(team: Team, work: Work) -> None:
    accounts.change_policy(team.project, actor=team.maintainer, policy={"review_required": True})
    Task.objects.filter(pk=work.task.pk).update(status="completed")
    group = make_task(work.task, 9)
    Task.objects.filter(pk=work.task.pk).update(parent=group)
    Task.objects.filter(pk=group.pk).update(status="in_progress")
    assert completing(team, group) == ""
