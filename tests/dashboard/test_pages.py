"""The pages: who sees what, what they say when something is wrong, and that nothing stored runs in them."""

import json
import re

import pytest
from django.test import Client
from django.urls import reverse

from approvals import actions as approvals
from specflow.accounts import actions as accounts
from specflow.accounts import actors
from specflow.accounts.capabilities import Role
from specflow.accounts.models import Membership
from specflow.specs import actions as specs
from tasks import runs
from tests import factories
from tests.dashboard.visits import as_, costs, inert
from tests.factories import Team

pytestmark = pytest.mark.django_db
PAYLOADS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "' onmouseover='alert(1)",
    "javascript:alert(1)",
    "[x](javascript:alert(1))",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "{{ 7*7 }}{% load x %}",
    "</title><script>alert(1)</script>",
    "</style><script>alert(1)</script>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "<!--><script>alert(1)</script>-->",
    "\u202e<b>x</b>",
)


@pytest.fixture
def team() -> Team:
    return factories.make_team()


def everywhere(team: Team) -> list[str]:
    """The address of every page and fragment of the project, as the database stands."""
    from specflow.specs.models import Document
    from tasks.models import Run, Task

    base, spec = f"/p/{team.project.slug}", team.project.specs.first()
    found = ["/", "/home/waiting", f"{base}/", f"{base}/inbox", f"{base}/specs/", f"{base}/tasks/", f"{base}/runs/"]
    found += [f"{base}/lint", f"{base}/conflicts/", f"{base}/audit", f"{base}/navigation", f"{base}/facts"]
    found += [f"{base}/widgets/{name}" for name in ("activity", "approvals", "phases", "runs", "throughput")]
    if spec:
        tabs = ("requirements", "design", "tasks", "approvals", "history", "requirements&view=text", "tasks&view=text")
        tabs += ("trace", "documents", "findings")
        found += [f"{base}/specs/{spec.slug}/?tab={tab}" for tab in tabs]
        found += [f"{base}/specs/{spec.slug}/panels/{name}" for name in ("tasks", "approvals", "pending")]
        found += [f"{base}/specs/{spec.slug}/requirements/difference?from=0&to=1"]
    found += [f"{base}/documents/", *(f"{base}/documents/{one.public_id}" for one in Document.objects.all()[:3])]
    found += [f"{base}/tasks/{one.public_id}/" for one in Task.objects.all()[:2]]
    for run in Run.objects.all()[:2]:
        found += [f"{base}/runs/{run.public_id}/", f"{base}/runs/{run.public_id}/events?after=0"]
        found += [f"{base}/runs/{run.public_id}/state"]
    return found


def test_every_page_is_shown_in_an_empty_project(team: Team) -> None:
    for address in everywhere(team):
        assert as_(team.bob).get(address).status_code == 200, address


def test_every_page_is_shown_in_a_project_at_work(team: Team) -> None:
    run_of(team)
    for address in everywhere(team):
        assert as_(team.bob).get(address).status_code == 200, address


def run_of(team: Team, text: str = "hello", title: str = "Count failures") -> None:
    from tasks import leases
    from tasks.providers.base import Event, Outcome, OutputItem

    runs.request_run(factories.make_released_task(team, title=title), actor=team.maintainer)
    job = actors.system(door="job")
    run = leases.start(leases.claim_next(actor=job, worker="w"), actor=job)
    data = {"text": text, "name": text, "arguments": {text: text}, "prompt": text, "model": text, "other": text * 20}
    kinds = ("log", "stdout", "stderr", "tool_call", "tool_result", "model_call", "progress", "output")
    leases.append_events(run, [Event(kind, data) for kind in kinds])
    leases.finish(run, actor=job, outcome=Outcome("succeeded", text, 0, (OutputItem("out", text),)))


def test_a_stranger_sees_no_page_of_the_project_and_cannot_tell_it_from_none(team: Team) -> None:
    run_of(team)
    stranger = as_(team.charlie)
    for address in everywhere(team):
        if address.startswith("/p/"):
            answer = stranger.get(address)
            assert answer.status_code == 404, address
            unknown = stranger.get(address.replace("/p/demo/", "/p/nonesuch/"))
            assert answer.content.decode().replace("demo", "nonesuch").count("project_not_found") == 1
            assert unknown.status_code == 404


def test_who_is_not_logged_in_is_led_to_the_login_and_back(team: Team) -> None:
    answer = Client().get("/p/demo/inbox")
    assert (answer.status_code, answer["Location"]) == (302, "/admin/login/?next=/p/demo/inbox")
    part = Client().get("/p/demo/widgets/runs", headers={"HX-Request": "true"})
    assert (part.status_code, part["HX-Redirect"]) == (204, "/admin/login/")


def test_a_things_address_in_another_project_leads_nowhere(team: Team) -> None:
    from tasks.models import Run, Task

    run_of(team)
    charlie = as_(team.charlie)
    for address in (f"tasks/{Task.objects.first().public_id}/", f"runs/{Run.objects.first().public_id}/"):
        assert charlie.get(f"/p/demo-foreign/{address}").status_code == 404


@pytest.mark.parametrize("payload", PAYLOADS)
def test_what_is_stored_never_runs(team: Team, payload: str) -> None:
    title = payload[:290]
    spec = specs.create_spec(team.project, actor=team.agent, title=title, description=payload, slug="bad")
    requirement = specs.add_requirement(spec, actor=team.agent, title=title, condition=payload, action=payload)
    specs.add_criterion(requirement, actor=team.agent, text=payload)
    asked = approvals.request_approval(
        spec.documents.get(kind="requirements"), actor=team.agent, title=title, summary=payload
    )
    approvals.approve(asked, actor=team.reviewer, digest=asked.digest, comment=payload)
    specs.update_design(spec, actor=team.agent, architecture=payload, data_model=payload, api_spec=[])
    factories.approve(team, spec.documents.get(kind="design"))
    bob = as_(team.bob)
    for address in everywhere(team):
        inert(bob.get(address), payload, address)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_what_a_run_says_never_runs(team: Team, payload: str) -> None:
    run_of(team, payload, title=payload)
    bob = as_(team.bob)
    for address in everywhere(team):
        inert(bob.get(address), payload, address)


def ask(team: Team, title: str) -> None:
    approvals.request_approval(factories.make_spec(team, title).documents.get(kind="requirements"), actor=team.agent)


def test_every_page_costs_the_same_for_1_row_and_for_100(team: Team) -> None:
    run_of(team)
    addresses = [address for address in everywhere(team) if "/runs/run-" not in address]
    ask(team, "First")
    bob = as_(team.bob)
    bob.get("/")
    few = {address: costs(bob, address) for address in addresses}
    for number in range(99):
        ask(team, f"Spec {number}")
    for task in factories.make_released_tasks(team, 99):
        runs.request_run(task, actor=team.agent)
    other = accounts.create_project("other", actor=team.maintainer)
    accounts.add_member(other, team.bob, actor=team.maintainer, role=Role.VIEWER)
    many = {address: costs(bob, address) for address in addresses}
    assert {address: many[address] - few[address] for address in addresses if many[address] > few[address]} == {}


def test_a_page_has_a_strict_policy_and_a_nonce_of_its_own(team: Team) -> None:
    bob = as_(team.bob)
    first, second = bob.get("/"), bob.get("/")
    policy = first["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert policy != second["Content-Security-Policy"]
    nonce = re.search(r"'nonce-([^']+)'", policy)[1]
    assert f'nonce="{nonce}"' in first.content.decode()


def test_the_admin_alone_may_evaluate_what_its_theme_needs(team: Team) -> None:
    assert "'unsafe-eval'" in as_(team.bob).get("/admin/")["Content-Security-Policy"]
    assert "unsafe-eval" not in as_(team.bob).get("/api/docs/")["Content-Security-Policy"]


def test_pages_ask_no_other_host_for_anything(team: Team) -> None:
    run_of(team)
    bob = as_(team.bob)
    for address in everywhere(team):
        text = bob.get(address).content.decode()
        assert not re.findall(r"(?:src|href|action|hx-get|hx-post)=\"(?:https?:)?//", text), address


def test_an_error_is_a_page_that_says_what_and_how_to_go_on(team: Team) -> None:
    accounts.change_policy(team.project, actor=team.maintainer, policy={})
    spec = factories.make_spec(team)
    answer = as_(team.bob).get(f"/p/demo/specs/{spec.slug}/requirements/difference?from=1&to=999")
    assert answer.status_code == 404
    assert "revision_not_found" in answer.content.decode()


def test_an_error_of_a_fragment_is_a_note_on_the_page(team: Team) -> None:
    answer = as_(team.bob).get("/p/demo/specs/none/", headers={"HX-Request": "true"})
    assert (answer.status_code, answer["HX-Retarget"]) == (404, "#notes")
    assert "<html" not in answer.content.decode()


def test_an_unknown_address_is_a_page_of_ours(team: Team) -> None:
    answer = as_(team.bob).get("/nothing/here")
    assert answer.status_code == 404
    assert "There is nothing here" in answer.content.decode()
    assert Client().get("/nothing/here").status_code == 404


@pytest.mark.parametrize(
    "query", ["page=0", "page=-1", "page=x", "page=999999999999", "page=٣", "phase=nonsense", "q="]
)
@pytest.mark.parametrize("where", ["specs/", "tasks/", "runs/", "inbox", "audit"])
def test_odd_queries_are_taken_as_none(team: Team, where: str, query: str) -> None:
    assert as_(team.bob).get(f"/p/demo/{where}?{query}").status_code == 200


@pytest.mark.parametrize("query", ["q=%00", "q=" + "x" * 2000, "q=%ff%fe", "q=%ED%A0%80"])
@pytest.mark.parametrize("where", ["specs/", "tasks/"])
def test_a_search_that_cannot_be_is_refused(team: Team, where: str, query: str) -> None:
    assert as_(team.bob).get(f"/p/demo/{where}?{query}").status_code in (200, 400, 413)


@pytest.mark.parametrize("name", ["..%2f..%2fetc", "%0a", "x" * 3000, "%F0%9F%92%A9"])
def test_an_odd_address_is_not_found(team: Team, name: str) -> None:
    bob = as_(team.bob)
    for address in (f"/p/{name}/", f"/p/demo/specs/{name}/", f"/p/demo/runs/{name}/", f"/p/demo/tasks/{name}/"):
        assert bob.get(address).status_code == 404, address


@pytest.mark.parametrize("name", ["%00", "a%00b", "%1b"])
def test_an_address_that_no_name_can_have_is_refused_as_on_every_door(team: Team, name: str) -> None:
    bob = as_(team.bob)
    for address in (f"/p/{name}/", f"/p/demo/specs/{name}/", f"/p/demo/runs/{name}/", f"/p/demo/tasks/{name}/"):
        answer = bob.get(address)
        assert answer.status_code == 400, address
        assert "<code>invalid_text</code>" in answer.content.decode(), address


def test_the_log_is_read_by_who_may(team: Team) -> None:
    Membership.objects.filter(user=team.bob).update(role=Role.VIEWER)
    bob = as_(team.bob)
    assert bob.get("/p/demo/audit").status_code == 403
    assert reverse("audit", args=("demo",)) not in bob.get("/p/demo/").content.decode()
    assert as_(team.alice).get("/p/demo/audit").status_code == 200


def test_the_process_says_that_it_is_alive_and_ready(client: Client, db: None) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    ready = client.get("/readyz")
    assert (ready.status_code, ready.json()["checks"]) == (200, {"database": "ok", "broker": "ok"})


def test_a_process_without_its_broker_is_not_ready(client: Client, db: None, settings: object) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"  # type: ignore[attr-defined]
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["database"] == "ok"


def test_the_page_says_from_where_it_listens(team: Team) -> None:
    from specflow.audit import feed

    text = as_(team.bob).get("/p/demo/").content.decode()
    found = json.loads(re.search(r'id="live-subscriptions" type="application/json">([^<]*)<', text)[1])
    assert found == [{"project": "demo", "after": feed.position(team.project.public_id)}]
