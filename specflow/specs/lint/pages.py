"""Pages of the linter: what is to mend in a project, by spec and document; in a spec, as its tab; in a document."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.template.loader import render_to_string
from django.urls import path, reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from specflow.accounts.models import Project
from specflow.dashboard import registry
from specflow.dashboard.chips import Chip
from specflow.dashboard.lists import chosen, paged
from specflow.dashboard.registry import Context, Entry, Fragment
from specflow.dashboard.showing import show
from specflow.dashboard.visit import ProjectVisit, project_page
from specflow.errors import NotFound
from specflow.specs import lint
from specflow.specs.lint import Finding
from specflow.specs.lint.queries import findings_of, findings_of_document, findings_of_spec
from specflow.specs.models import Document, Spec
from specflow.specs.queries import document_for, spec_named

_ICON = "spellcheck"
_TOPICS = ("specs", "documents", "tasks")
_SHOWN = 100  # findings of a spec's tab
_CODES = frozenset(rule.code for rule in lint.RULES)
_CHIPS = {
    "error": Chip("Error", "bad", "error"),
    "warning": Chip("Warning", "warn", "warning"),
    "info": Chip("Info", "info", "info"),
}
_MANY = {"": "All", "error": "Errors", "warning": "Warnings", "info": "Info"}


@dataclass(frozen=True, slots=True)
class Place:
    """A document that has findings: its page as text (empty where it is gone), and its spec where it has one. `name` is
    its path below the spec's folder."""

    path: str
    name: str
    text_url: str = ""
    spec: str = ""
    spec_title: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """A finding with its severity as a chip, and the way to its line."""

    finding: Finding
    place: Place

    @property
    def chip(self) -> Chip:
        """The severity in its colour."""
        return _CHIPS[self.finding.severity]

    @property
    def url(self) -> str:
        """The line in the document's text; empty where the document is gone."""
        return f"{self.place.text_url}#L{self.finding.line}" if self.place.text_url else ""


@require_safe
@project_page
def lint_page(visit: ProjectVisit) -> HttpResponse:
    """What is to mend in the project, by spec and document; `severity`, `code` and `spec` choose from it."""
    places = _places(visit.project)
    asked = {
        "spec": chosen(visit.request, "spec", {one.spec for one in places.values()}),
        "severity": chosen(visit.request, "severity", lint.SEVERITIES),
        "code": chosen(visit.request, "code", _CODES),
    }
    every = [Shown(one, places.get(one.path, Place(one.path, one.path))) for one in findings_of(visit.project)]
    here = [one for one in every if asked["spec"] in ("", one.place.spec)]
    weighed = [one for one in here if asked["severity"] in ("", one.finding.severity)]
    found = [one for one in weighed if asked["code"] in ("", one.finding.code)]
    page = paged(_in_order(found), visit.request)  # type: ignore[arg-type]  # it takes a slice of it, of a list as of rows
    return show(
        visit,
        "lint/page.html",
        title="Findings",
        at="findings",
        topics=_TOPICS,
        paged=page,
        groups=_groups(page.rows),
        has_documents=bool(places),
        any=bool(every),
        spec=next((one.place for one in here), None) if asked["spec"] else None,
        without_spec=_address({**asked, "spec": ""}),
        severities=_severities(here, asked),
        codes=_codes(weighed, asked),
        sarif=reverse("api:lint-sarif", args=(visit.project.slug,)),
    )


@require_safe
@project_page
def document_findings(visit: ProjectVisit, document: str) -> HttpResponse:
    """What is to mend in one document, for its page. Raises NotFound `document_not_found`."""
    row = document_for(visit.actor, document)
    if row.project_id != visit.project.pk:
        raise NotFound.of("document", document)
    context = _shown_in(findings_of_document(row), _places(visit.project, path=row.path))
    return HttpResponse(render_to_string("lint/document.html", context, request=visit.request))


@require_safe
@project_page
def spec_findings_count(visit: ProjectVisit, spec: str) -> HttpResponse:
    """How many errors and warnings a spec has, for its tab; asked for beside the page, which does not wait for the
    linter. Raises NotFound `spec_not_found`."""
    weighty = lint.at_least(findings_of_spec(spec_named(visit.project, spec)), "warning")
    return HttpResponse(render_to_string("lint/tab.html", {"counts": _counts(weighty)}, request=visit.request))


def _of_spec(visit: ProjectVisit, spec: Spec) -> Context:
    """The tab of a spec."""
    findings = findings_of_spec(spec)
    return {"spec": spec, "project": visit.project, **_shown_in(findings, _places(visit.project, spec=spec))}


def _shown_in(findings: Sequence[Finding], places: Mapping[str, Place]) -> Context:
    """The first of the findings by document, the errors before all others, and how many there are of each severity."""
    heaviest = sorted(findings, key=lambda one: lint.SEVERITIES.index(one.severity))[:_SHOWN]
    kept = sorted(heaviest, key=lambda one: (one.path, one.line, one.column))
    return {
        "groups": _groups([Shown(one, places.get(one.path, Place(one.path, one.path))) for one in kept]),
        "fit": not any(one.severity == "error" for one in findings),
        "counts": _counts(findings),
        "more": len(findings) - len(kept),
    }


def _counts(findings: Sequence[Finding]) -> list[tuple[Chip, int]]:
    """How many there are of each severity that there is, the heaviest first."""
    counted = Counter(one.severity for one in findings)
    return [(_CHIPS[one], counted[one]) for one in lint.SEVERITIES if counted[one]]


def _places(project: Project, **only: Any) -> dict[str, Place]:
    """The project's documents by path (or those of `only`), in one query."""
    rows = Document.objects.filter(project=project, **only).order_by()
    values = rows.values_list("path", "public_id", "spec__folder", "spec__slug", "spec__title")
    return {
        path: Place(
            path,
            path.removeprefix(f"{folder}/") if folder else path,
            f"{reverse('document', args=(project.slug, public_id))}?view=text",
            slug or "",
            title or "",
        )
        for path, public_id, folder, slug, title in values
    }


def _in_order(shown: Sequence[Shown]) -> list[Shown]:
    """By spec, those with errors first; then by document and line."""
    heaviest: dict[str, int] = {}
    for one in shown:
        weight = lint.SEVERITIES.index(one.finding.severity)
        heaviest[one.place.spec] = min(weight, heaviest.get(one.place.spec, weight))
    return sorted(
        shown,
        key=lambda one: (heaviest[one.place.spec], one.place.spec_title, one.place.spec, one.finding.path),
    )


def _groups(shown: Sequence[Shown]) -> list[dict[str, Any]]:
    """The findings of each document together."""
    groups: list[dict[str, Any]] = []
    for one in shown:
        if not groups or groups[-1]["place"] != one.place:
            groups.append({"place": one.place, "lines": []})
        groups[-1]["lines"].append(one)
    return groups


def _severities(here: Sequence[Shown], asked: Mapping[str, str]) -> list[dict[str, Any]]:
    """The choices of severity. Most rules have one, so choosing another lets go of the code."""
    counted = Counter(one.finding.severity for one in here)
    counted[""] = len(here)
    return [
        _choice(label, counted[one], {**asked, "severity": one, "code": ""}, asked["severity"] == one)
        for one, label in _MANY.items()
    ]


def _codes(weighed: Sequence[Shown], asked: Mapping[str, str]) -> list[dict[str, Any]]:
    """The choices of code, in the order of the rules; none where there is nothing to choose."""
    counted = Counter(one.finding.code for one in weighed)
    codes = [rule.code for rule in lint.RULES if counted[rule.code] or rule.code == asked["code"]]
    if len(codes) < 2 and not asked["code"]:
        return []
    counted[""] = len(weighed)
    return [
        _choice(one or "Every rule", counted[one], {**asked, "code": one}, asked["code"] == one) for one in ("", *codes)
    ]


def _choice(label: str, count: int, wanted: Mapping[str, str], is_chosen: bool) -> dict[str, Any]:
    return {"label": label, "count": count, "url": _address(wanted), "is_chosen": is_chosen}


def _address(wanted: Mapping[str, str]) -> str:
    return f"?{urlencode({name: value for name, value in wanted.items() if value})}"


def register() -> None:
    """What the linter puts on the pages; called once, when the apps are ready."""
    registry.add(registry.navigation, Entry("findings", "Findings", _ICON, 27, "findings"))
    registry.add(
        registry.spec_panels,
        Fragment("findings", "Findings", _ICON, 55, _TOPICS, "lint/panel.html", _of_spec),
    )


urlpatterns = [
    path("p/<str:project>/lint", lint_page, name="findings"),
    path("p/<str:project>/specs/<str:spec>/findings-count", spec_findings_count, name="spec-findings-count"),
    path("p/<str:project>/documents/<str:document>/findings", document_findings, name="document-findings"),
]
