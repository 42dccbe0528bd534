"""Decisions that were put off, as the project's documents say them, and which of them a change of files touches."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from specflow.accounts.models import Project
from specflow.specs.formats.spec_workflow.deferrals import DeferralItem, read_deferral
from specflow.specs.models import Document, Spec

_CLOSED = ("resolved", "superseded")
_PATH = re.compile(r"[\w.@+-]+(?:/[\w.@+-]+)+|[\w@+-]+\.\w+")


def open_deferrals(project: Project) -> Iterator[tuple[Document, DeferralItem]]:
    """The deferrals of the project that nobody has resolved, with their documents."""
    rows = Document.objects.filter(project=project, path__contains="/deferrals/", path__endswith=".md")
    for row in rows.select_related("current").order_by("path"):
        said = read_deferral(row.current.text) if row.current else DeferralItem()
        if said.id and said.status.lower() not in _CLOSED:
            yield row, said


def deferrals_touched(project: Project, *, specs: Iterable[int], paths: Sequence[str]) -> list[dict[str, Any]]:
    """Those that come from one of the specs (row ids), or name one of the files:
    `{id, title, path, spec, trigger, files}`."""
    found = list(open_deferrals(project))
    if not found:
        return []
    rows = Spec.objects.filter(pk__in=list(specs)).order_by().values_list("slug", "folder")
    names = {name for slug, folder in rows for name in (slug, folder.rpartition("/")[2])}
    wanted = set(paths)
    shown = []
    for row, said in found:
        named = set(_PATH.findall("\n".join((said.title, said.context, said.decision, said.revisit, said.trigger))))
        files = sorted(named & wanted)
        if files or said.origin_spec in names:
            shown.append(
                {
                    "id": said.id,
                    "title": said.title[:300],
                    "path": row.path,
                    "spec": said.origin_spec or None,
                    "trigger": said.trigger[:300],
                    "files": files,
                }
            )
    return shown
