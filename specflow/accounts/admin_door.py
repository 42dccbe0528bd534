"""The admin as a door: who may see and do what comes from `rules`, every write is an action, every refusal is shown.

A `Door` is a model's pages, read-only. What can be done to a row stands there as `acts`: buttons that open a dialog and
post to an address of their own. Django's own change, delete and bulk forms are closed, for superusers too.
"""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied as Forbidden
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from unfold.admin import ModelAdmin
from unfold.decorators import display as unfold_display

from specflow.accounts import actors
from specflow.accounts.actors import Actor
from specflow.accounts.capabilities import CAPABILITIES, Role, Verb
from specflow.accounts.models import Project
from specflow.accounts.queries import projects_visible_to
from specflow.accounts.rules import allows
from specflow.errors import DomainError, Invalid, NotFound
from specflow.text import checked

F = TypeVar("F", bound=Callable[..., Any])
Row = Any  # a row of whichever model the pages are of
INPUT = (
    "border border-base-200 bg-white font-medium placeholder-base-400 rounded-default shadow-xs text-sm w-full px-3 "
    "py-2 text-font-default-light dark:bg-base-900 dark:border-base-700 dark:text-font-default-dark"
)


def actor_of(request: HttpRequest) -> Actor:
    """Who is logged in, acting through the admin."""
    return actors.from_session(request.user, door="admin")  # type: ignore[arg-type]  # a person, or the admin turned them away


def show_error(request: HttpRequest, error: DomainError, *, about: str = "") -> None:
    """The one translation of a refusal into the admin: its sentence, what to do next, and its code."""
    sentence = " ".join((*([f"{about}:"] if about else []), error.message, *error.next_steps))
    messages.error(request, f"{sentence} ({error.code})", extra_tags=error.code)


def display(**options: Any) -> Callable[[F], F]:
    """unfold's `display`, which is not typed: how a column is headed, ordered and coloured."""
    decorator: Callable[[F], F] = unfold_display(**options)
    return decorator


@dataclass(frozen=True, slots=True)
class Shown:
    """An answer that is a page and not a sentence: what can be shown this once only."""

    title: str
    template: str
    context: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Act:
    """Something a person can do on a row (or, with row None, on the list): a button, a form, one call of an action.

    `call(actor, row, data)` gives the sentence that is shown afterwards, or a page. `may(actor, row)` says whether the
    button is shown; the action decides anew. `style` is primary, default or danger.
    """

    name: str
    label: str
    icon: str
    call: Callable[[Actor, Row, dict[str, Any]], str | Shown]
    may: Callable[[Actor, Row], bool]
    form: Callable[[HttpRequest, Row], type[forms.Form]] = lambda _request, _row: forms.Form
    explain: str = ""
    style: str = "default"


@dataclass(frozen=True, slots=True)
class Offer:
    """An act as a page shows it: with its form and the address that it posts to."""

    act: Act
    form: forms.Form
    url: str


def styled(form: forms.Form) -> forms.Form:
    """The form with unfold's look, its fields as tall as they need to be."""
    for field in form.fields.values():
        if isinstance(field.widget, forms.CheckboxSelectMultiple | forms.CheckboxInput | forms.HiddenInput):
            continue
        field.widget.attrs.setdefault("class", INPUT)
        if isinstance(field.widget, forms.Textarea):
            field.widget.attrs["rows"] = 4
    return form


def _check_texts(request: HttpRequest) -> None:
    """Raises Invalid `invalid_text` for a character that cannot be kept, before a form says it in Django's own words;
    limits of size are the actions'."""
    for name, values in request.POST.lists():
        for value in values:
            checked(value, field=name, limit=sys.maxsize)


def _misfit(form: forms.Form) -> Invalid:
    """What a form says of what was sent, as the error that the other doors have for it."""
    errors = {name: [str(text) for text in texts] for name, texts in form.errors.items()}
    sentence = "; ".join(f"{name}: {' '.join(texts)}" for name, texts in errors.items())
    return Invalid("invalid_body", f"The form does not fit: {sentence}", {"errors": errors})


class Door(ModelAdmin):  # type: ignore[misc]  # unfold ships no types
    """A model's pages in the admin: those rows that the person may read, and the acts on them.

    `project_path` leads from a row to its project; `reading` is what one must be allowed to do there to see it.
    """

    project_path: ClassVar[str] = "project"
    reading: ClassVar[Verb] = Verb.VIEW
    acts: ClassVar[tuple[Act, ...]] = ()
    adding: ClassVar[Act | None] = None
    change_form_template = "admin/specflow/change_form.html"
    add_form_template = "admin/specflow/add_form.html"
    actions: Any = None  # Django types neither None nor a tuple here
    list_per_page = 50
    show_full_result_count = False
    compressed_fields = True

    class Media:
        css: ClassVar = {"all": ("specflow/text.css", "specflow/admin.css")}

    # Who may see what: rules, never Django's permission tables.
    def get_queryset(self, request: HttpRequest) -> QuerySet[Row]:
        rows: QuerySet[Row] = super().get_queryset(request)
        return rows.filter(**{f"{self.project_path}__in": readable_projects(actor_of(request), self.reading)})

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        if obj is None or not request.user.is_staff:
            return bool(request.user.is_staff and request.user.is_active)
        return allows(actor_of(request), self.reading, self.project_of(obj))

    def has_add_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        return self.adding is not None and self.adding.may(actor_of(request), None)

    def has_change_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        return False

    def project_of(self, row: Row) -> Project:
        """The row's project."""
        for name in self.project_path.split("__"):
            row = getattr(row, name)
        return row  # type: ignore[no-any-return]

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        raise Forbidden("Rows are written by actions only.")

    def delete_model(self, request: HttpRequest, obj: Model) -> None:
        raise Forbidden("Nothing is deleted here.")

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Row]) -> None:
        raise Forbidden("Nothing is deleted here.")

    # What can be done.
    def get_urls(self) -> list[Any]:
        place = f"{self.opts.app_label}_{self.opts.model_name}_act"
        view = self.admin_site.admin_view(self.act_view)
        return [path("<int:pk>/do/<slug:name>/", view, name=place), *super().get_urls()]

    def act_view(self, request: HttpRequest, pk: int, name: str) -> HttpResponse:
        """Carries out one act, on POST only, and goes back to the row. Raises NotFound `<noun>_not_found`, which the
        pages' middleware shows."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        row = self.get_queryset(request).filter(pk=pk).first()
        if row is None:
            raise NotFound.of(getattr(self.model, "noun", self.opts.model_name), pk)
        act = next((one for one in self.acts if one.name == name), None)
        if act is None:
            raise NotFound.of("act", name)
        form = act.form(request, row)(request.POST)
        try:
            _check_texts(request)
            if not form.is_valid():
                raise _misfit(form)
            result = act.call(actor_of(request), row, form.cleaned_data)
        except DomainError as error:
            show_error(request, error)
            return HttpResponseRedirect(self.address_of(row))
        return self.answer(request, result, self.address_of(row))

    def answer(self, request: HttpRequest, result: str | Shown, address: str) -> HttpResponse:
        """What a person sees after an act: its sentence on the page at `address`, or a page of its own."""
        if isinstance(result, Shown):
            context = {**self.admin_site.each_context(request), "opts": self.opts, "title": result.title}
            return TemplateResponse(request, result.template, {**context, **result.context})
        messages.success(request, result)
        return HttpResponseRedirect(address)

    def address_of(self, row: Row) -> str:
        """The row's page."""
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[row.pk])

    def offers(self, request: HttpRequest, row: Row) -> Iterator[Offer]:
        """The acts that the person may do on the row now."""
        actor = actor_of(request)
        for act in self.acts:
            if act.may(actor, row):
                place = f"admin:{self.opts.app_label}_{self.opts.model_name}_act"
                form = act.form(request, row)(auto_id=f"{act.name}-%s")
                yield Offer(act, styled(form), reverse(place, args=[row.pk, act.name]))

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if object_id is None:
            return self.adding_view(request)
        row = self.get_object(request, object_id)
        context = {
            "offers": list(self.offers(request, row)) if row is not None else [],
            "show_history": False,
            **(self.page(request, row) if row is not None else {}),
        }
        response: HttpResponse = super().changeform_view(
            request, object_id, form_url, {**context, **(extra_context or {})}
        )
        return response

    def page(self, request: HttpRequest, row: Row) -> dict[str, Any]:
        """What the row's page shows beside its fields."""
        return {}

    def adding_view(self, request: HttpRequest) -> HttpResponse:
        """A page with the form of `adding`; posting it calls its action."""
        act = self.adding
        if act is None or not self.has_add_permission(request):
            raise Forbidden
        form_class = act.form(request, None)
        form = form_class(request.POST) if request.method == "POST" else form_class()
        if request.method == "POST":
            try:
                _check_texts(request)
                if form.is_valid():
                    result = act.call(actor_of(request), None, form.cleaned_data)
                    changelist = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")
                    return self.answer(request, result, changelist)
            except DomainError as error:
                form.add_error(None, f"{error.message} ({error.code})")
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": act.label,
            "act": act,
            "form": styled(form),
            "is_popup": False,
        }
        return TemplateResponse(request, self.add_form_template, context)


class OwnProjects(admin.RelatedFieldListFilter):
    """A filter by project that names no project which the person may not know of."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """The person's projects."""
        return [(str(project.pk), str(project)) for project in projects_visible_to(actor_of(request))]


def readable_projects(actor: Actor, verb: Verb) -> QuerySet[Project]:
    """The projects in which the actor may do `verb`, as rules would say for each."""
    projects = projects_visible_to(actor)
    if actor.user.is_superuser:
        return projects
    roles = [role for role in Role if verb in CAPABILITIES[role]]
    return Project.objects.filter(memberships__user=actor.user, memberships__role__in=roles)


def may_somewhere(actor: Actor, verb: Verb) -> bool:
    """Whether there is a project in which the actor may do `verb`."""
    return readable_projects(actor, verb).exists()
