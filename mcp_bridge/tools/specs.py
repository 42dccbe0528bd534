"""The nine tools of 002, with its names, arguments and sentences, and the lists beside them."""

from pydantic import Field

from approvals import asking
from approvals.models import Approval, State
from approvals.payloads import approval as approval_payload
from mcp_bridge import shapes
from mcp_bridge.bounds import bounded, bounded_text
from mcp_bridge.identity import Session
from mcp_bridge.paging import DEFAULT, MOST, page
from mcp_bridge.registry import Answer, Arguments, tool
from mcp_bridge.remembered import remembered
from mcp_bridge.tools import readable
from mcp_bridge.tools.reading import choices, project_of, requirement_of, spec_of, whole_spec_of
from specflow.accounts.capabilities import Verb
from specflow.errors import Conflict
from specflow.specs import actions, payloads, queries
from specflow.specs.formats.items import EndpointItem
from specflow.specs.models import DocumentKind, Phase, Spec
from tasks import actions as task_actions
from tasks import payloads as task_payloads
from tasks.models import Ticket

SPEC_ID = "The spec's id (spec-…) or its slug."


class CreateSpec(Arguments):
    project_id: str = Field(description="The project's slug or id.")
    title: str = Field(description="One line that names what is to be built.")
    description: str | None = Field(None, description="What the spec covers, in Markdown.")


@tool("create_spec", toolset="specs", title="Create a spec", output=shapes.SpecLine)
def create_spec(session: Session, arguments: CreateSpec) -> Answer:
    """Begins a spec for something that is to be built. Gives the spec with its id and slug, in the phase
    requirements, with an empty requirements document to fill by add_requirement."""
    project = project_of(session, arguments.project_id, Verb.WRITE_SPECS)
    spec = actions.create_spec(
        project, actor=session.actor, title=arguments.title, description=arguments.description or ""
    )
    return Answer(f"Created spec '{spec.title}' (ID: {spec.public_id})", payloads.spec_line(queries.at_hand(spec)))


class GetSpec(Arguments):
    spec_id: str = Field(description=SPEC_ID)
    full: bool = Field(False, description="True gives everything, however long; otherwise a long spec is shortened.")


@tool("get_spec", toolset="specs", title="Read a spec", output=shapes.Spec, read_only=True)
@remembered
def get_spec(session: Session, arguments: GetSpec) -> Answer:
    """Reads a spec as it stands: phase, requirements with their criteria, design, tasks and approvals. Call it before
    changing a spec and to see whether people have approved."""
    spec = payloads.spec(whole_spec_of(session, arguments.spec_id))
    text = readable.spec(spec)
    if arguments.full:
        return Answer(text, spec)
    rest = "Call get_spec with full=true for all of it."
    return Answer(bounded_text(text, rest=rest), bounded(spec, rest=rest))


class ListSpecs(Arguments):
    project_id: str | None = Field(None, description="A project's slug or id; the session's own if left out.")
    phase: str | None = Field(
        None, description="Only specs in this phase.", json_schema_extra={"enum": [*Phase.values, None]}
    )
    limit: int = Field(DEFAULT, ge=1, le=MOST, description="How many at most.")
    cursor: str | None = Field(None, description="next_cursor of the page before.")


@tool("list_specs", toolset="specs", title="List specs", output=shapes.Specs, read_only=True)
@remembered
def list_specs(session: Session, arguments: ListSpecs) -> Answer:
    """Lists the project's specs, newest first, with phase and state of approval, and the cursor of the next page."""
    rows = queries.specs_of(project_of(session, arguments.project_id))
    if arguments.phase is not None:
        rows = rows.filter(phase=arguments.phase)
    found, cursor = page(rows, order=("-id",), limit=arguments.limit, cursor=arguments.cursor)
    return _listed(found, cursor)


class SearchSpecs(Arguments):
    query: str = Field(min_length=1, max_length=200, description="Words to find in title, slug or description.")
    limit: int = Field(DEFAULT, ge=1, le=MOST, description="How many at most.")
    cursor: str | None = Field(None, description="next_cursor of the page before.")


@tool("search_specs", toolset="specs", title="Search specs", output=shapes.Specs, read_only=True)
@remembered
def search_specs(session: Session, arguments: SearchSpecs) -> Answer:
    """Finds specs of the project whose title, slug or description contains the words, newest first. Look here before
    creating a spec that may exist."""
    rows = queries.specs_matching(queries.specs_of(project_of(session, None)), arguments.query)
    found, cursor = page(rows, order=("-id",), limit=arguments.limit, cursor=arguments.cursor)
    return _listed(found, cursor)


class AddRequirement(Arguments):
    spec_id: str = Field(description=SPEC_ID)
    title: str = Field(description="One line that names the requirement.")
    condition: str = Field(description="What follows WHEN: the trigger.")
    action: str = Field(description="What follows THE SYSTEM SHALL.")


@tool("add_requirement", toolset="specs", title="Add a requirement", output=shapes.Requirement)
def add_requirement(session: Session, arguments: AddRequirement) -> Answer:
    """Adds an EARS requirement (WHEN condition, THE SYSTEM SHALL action) to a spec and gives it with its id. Changed
    requirements need approval anew."""
    spec = spec_of(session, arguments.spec_id)
    row = actions.add_requirement(
        spec, actor=session.actor, title=arguments.title, condition=arguments.condition, action=arguments.action
    )
    return Answer(f"Added requirement '{row.title}' (ID: {row.public_id})", payloads.requirement(row, ()))


class AddCriterion(Arguments):
    spec_id: str = Field(description=SPEC_ID)
    requirement_id: str = Field(description="The requirement's id (req-…).")
    text: str = Field(description="How one can see that the requirement is met.")


@tool("add_acceptance_criterion", toolset="specs", title="Add an acceptance criterion", output=shapes.Criterion)
def add_acceptance_criterion(session: Session, arguments: AddCriterion) -> Answer:
    """Adds an acceptance criterion to a requirement and gives it with its id. Changed requirements need approval
    anew."""
    requirement = requirement_of(session, arguments.spec_id, arguments.requirement_id)
    row = actions.add_criterion(requirement, actor=session.actor, text=arguments.text)
    return Answer(f"Added criterion (ID: {row.public_id}): {row.text}", payloads.criterion(row))


class Endpoint(Arguments):
    method: str = Field(description="GET, POST, …")
    endpoint: str = Field(description="The path, such as /users/{id}.")
    description: str = Field("", description="What it does.")


class UpdateDesign(Arguments):
    spec_id: str = Field(description=SPEC_ID)
    architecture: str | None = Field(None, description="The parts and how they work together, in Markdown.")
    data_model: str | None = Field(None, description="The data and its rules, in Markdown.")
    api_spec: list[Endpoint] | None = Field(None, description="The endpoints.")


@tool("update_design", toolset="specs", title="Write the design", output=shapes.DesignOfSpec, idempotent=True)
def update_design(session: Session, arguments: UpdateDesign) -> Answer:
    """Writes the parts of the design that are given and leaves the others. Refused (phase_gate) until people have
    approved the requirements."""
    spec = spec_of(session, arguments.spec_id)
    endpoints = None
    if arguments.api_spec is not None:
        endpoints = [EndpointItem(one.method, one.endpoint, one.description) for one in arguments.api_spec]
    row = actions.update_design(
        spec,
        actor=session.actor,
        architecture=arguments.architecture,
        data_model=arguments.data_model,
        api_spec=endpoints,
    )
    data = {"spec_id": spec.public_id, "design": payloads.design(row)}
    return Answer(f"Updated design for spec {spec.public_id}", data)


class AddSpecTask(Arguments):
    spec_id: str = Field(description=SPEC_ID)
    title: str = Field(description="One line that names the piece of work.")
    description: str | None = Field(None, description="What is to be done, in Markdown.")
    phase: str | None = Field(None, description="Implementation (the default), Testing, Integration, …")
    priority: str | None = Field(
        None,
        description="medium if left out.",
        json_schema_extra={"enum": [*task_actions.PRIORITIES, None]},
    )


@tool("add_spec_task", toolset="specs", title="Add a task", output=shapes.TaskOfSpec)
def add_spec_task(session: Session, arguments: AddSpecTask) -> Answer:
    """Adds a task to a spec and gives it with its id. Refused (phase_gate) until people have approved requirements and
    design; work on it begins when they have approved the tasks."""
    spec = spec_of(session, arguments.spec_id)
    row = task_actions.add_task(
        spec,
        actor=session.actor,
        title=arguments.title,
        description=arguments.description or "",
        phase=arguments.phase or "Implementation",
        priority=arguments.priority or "medium",
    )
    data = {**task_payloads.task(row), "spec_id": spec.public_id}
    return Answer(f"Added task '{row.title}' (ID: {row.public_id})", data)


class CreateTicket(Arguments):
    title: str = Field(description="One line that names the work item.")
    description: str | None = Field(None, description="More about it.")
    priority: str = Field("MEDIUM", description="How urgent it is.", json_schema_extra=choices(*Ticket.Priority.values))
    phase_id: str = Field("PHASE_REQUIREMENTS", description="The first phase: upper case, begins with PHASE_.")
    project_id: str | None = Field(None, description="A project's slug or id; the session's own if left out.")


@tool("create_ticket", toolset="specs", title="Create a ticket", output=shapes.Ticket)
def create_ticket(session: Session, arguments: CreateTicket) -> Answer:
    """Creates a ticket, a work item beside the specs, and gives it with its id."""
    row = task_actions.create_ticket(
        project_of(session, arguments.project_id, Verb.WRITE_TASKS),
        actor=session.actor,
        title=arguments.title,
        description=arguments.description or "",
        priority=arguments.priority,
        phase_id=arguments.phase_id,
    )
    return Answer(f"Created ticket '{row.title}' (ID: {row.public_id})", task_payloads.ticket(row))


class Approve(Arguments):
    spec_id: str = Field(description=SPEC_ID)


@tool("approve_requirements", toolset="specs", title="Ask for approval of the requirements", output=shapes.Moved)
def approve_requirements(session: Session, arguments: Approve) -> Answer:
    """Asks people to approve a spec's requirements; call it when they are complete. It never approves by itself: until
    a person has decided it fails with approval_required and the address where people decide; afterwards it says which
    phase the spec is in."""
    return _approved(session, spec_of(session, arguments.spec_id), DocumentKind.REQUIREMENTS, "Requirements")


@tool("approve_design", toolset="specs", title="Ask for approval of the design", output=shapes.Moved)
def approve_design(session: Session, arguments: Approve) -> Answer:
    """Asks people to approve a spec's design; call it when the design is complete and the requirements are approved. It
    never approves by itself: until a person has decided it fails with approval_required and the address where people
    decide; afterwards it says which phase the spec is in."""
    return _approved(session, spec_of(session, arguments.spec_id), DocumentKind.DESIGN, "Design")


def _approved(session: Session, spec: Spec, kind: DocumentKind, noun: str) -> Answer:
    """The sentence of 002 where people have approved the document as it stands; else the request and a refusal."""
    approval = asking.ask_for(spec, kind, actor=session.actor)
    if approval.state != State.APPROVED:
        raise _approval_required(approval, noun)
    text = f"{noun} approved for spec {spec.public_id}. Now in {spec.get_phase_display()} phase."
    shape = approval_payload(approval)
    return Answer(text, {"spec_id": spec.public_id, "document": kind.value, "phase": spec.phase, "approval": shape})


def _approval_required(approval: Approval, noun: str) -> Conflict:
    """Agents never decide, and over MCP nobody does (DESIGN, Who may do what)."""
    shape = approval_payload(approval)
    return Conflict(
        "approval_required",
        f"A person must decide: approval of the {noun.lower()} was asked for and is {shape['state']}.",
        {"approval": shape["id"], "url": shape["url"], "state": shape["state"], "kind": shape["kind"]},
        (
            f"Tell a person to decide at {shape['url']}.",
            f'Wait, and look with the tool approvals, action "status", approvalId "{shape["id"]}".',
            "Change the text only if the decision asks for it: new text makes the request stale.",
        ),
    )


def _listed(found: list[Spec], cursor: str | None) -> Answer:
    specs = [payloads.spec_line(one) for one in found]
    return Answer(readable.specs(specs, cursor), {"specs": specs, "next_cursor": cursor})
