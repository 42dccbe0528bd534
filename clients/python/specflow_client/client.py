"""The calls of SpecFlow's REST API that people and their scripts need, one method each.

Objects are dicts as the server gives them (its schema is at /api/schema/), lists are iterators that follow the pages.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from specflow_client.connection import Connection

Row = dict[str, Any]
Rows = Iterator[Row]
_ZIP = "application/zip"
_VECTORS = 660.0  # seconds: a run of test vectors has up to 600


class Client(Connection):
    """A SpecFlow server as the owner of an API key sees it.

    Each method raises ApiError where the server refuses, and ClientError `unreachable` where it does not answer.
    `project` is a slug or an id; where it may be left out, it is the key's own.
    """

    def me(self) -> Row:
        """Who the key belongs to, its scopes, and its projects."""
        return self.get("me")

    # Specs and documents

    def specs(self, *, project: str | None = None, slug: str | None = None, phase: str | None = None) -> Rows:
        """Specs, newest first."""
        return self.pages("specs", project=project, slug=slug, phase=phase)

    def spec(self, spec: str) -> Row:
        """A spec with its requirements, design, tasks and approvals."""
        return self.get("specs", spec)

    def upload_spec(self, text: bytes, *, project: str | None = None, json: bool = False) -> Row:
        """Makes a machine-readable spec, or changes the one of its slug; gives the spec."""
        kind = "application/json" if json else "application/yaml"
        row: Row = self.send("POST", "specs", asked={"project": project}, content=text, kind=kind).json()
        return row

    def documents(
        self, *, project: str | None = None, spec: str | None = None, path: str | None = None, kind: str | None = None
    ) -> Rows:
        """Documents, without their texts."""
        return self.pages("documents", project=project, spec=spec, path=path, kind=kind)

    def document(self, document: str) -> Row:
        """A document with its text."""
        return self.get("documents", document)

    def revision(self, document: str, number: int) -> Row:
        """A revision with its text."""
        return self.get("documents", document, "revisions", str(number))

    def diff(self, document: str, *, old: int | None = None, new: int | None = None) -> Row:
        """What changed between two revisions: the newest and the one before it, unless said."""
        return self.get("documents", document, "diff", **{"from": old, "to": new})

    # Folders

    def dialects(self) -> list[Row]:
        """The dialects with the names of their top folders."""
        return list(self.pages("dialects"))

    def places(self, paths: Sequence[str]) -> list[Row]:
        """Which of these paths are documents: their `path`, `dialect` and `kind`."""
        found: list[Row] = self.post("dialects", "places", body={"paths": list(paths)})["places"]
        return found

    def import_folder(self, project: str, archive: bytes, *, dialect: str | None = None, dry_run: bool = False) -> Row:
        """Takes the documents of a zip, all or none; gives what was read. With `dry_run` nothing of it stays."""
        asked = {"dialect": dialect, "dry_run": dry_run or None}
        row: Row = self.send("POST", "projects", project, "import", asked=asked, content=archive, kind=_ZIP).json()
        return row

    def export_folder(self, project: str, *, spec: str | None = None, dialect: str | None = None) -> bytes:
        """A zip of the project's documents, byte for byte, with today's progress in their markers."""
        return self.send("GET", "projects", project, "export", asked={"spec": spec, "dialect": dialect}).content

    def lint(self, project: str, archive: bytes | None = None, *, dialect: str | None = None) -> Row:
        """What is to mend in the documents of a zip, or where there is none in those of the project."""
        if archive is None:
            return self.get("projects", project, "lint")
        asked = {"dialect": dialect}
        row: Row = self.send("POST", "projects", project, "lint-texts", asked=asked, content=archive, kind=_ZIP).json()
        return row

    def lint_sarif(self, project: str, archive: bytes | None = None, *, dialect: str | None = None) -> str:
        """The same as SARIF 2.1.0, the text of a file."""
        if archive is None:
            return self.send("GET", "projects", project, "lint.sarif").text
        asked = {"dialect": dialect}
        return self.send("POST", "projects", project, "lint-texts.sarif", asked=asked, content=archive, kind=_ZIP).text

    # Tasks and runs

    def tasks(self, *, project: str | None = None, spec: str | None = None, status: str | None = None) -> Rows:
        """Tasks, newest first."""
        return self.pages("tasks", project=project, spec=spec, status=status)

    def tasks_of(self, spec: str) -> Rows:
        """A spec's tasks in the order of its text."""
        return self.pages("specs", spec, "tasks")

    def task(self, task: str) -> Row:
        """A task."""
        return self.get("tasks", task)

    def run_task(self, task: str) -> Row:
        """Queues a run of the task."""
        return self.post("tasks", task, "runs")

    def runs_of(self, task: str) -> Rows:
        """A task's runs, newest first."""
        return self.pages("tasks", task, "runs")

    def run(self, run: str) -> Row:
        """A run with its outputs."""
        return self.get("runs", run)

    def run_events(self, run: str, *, after: int = 0) -> Rows:
        """What the run's agent did after a sequence, in order."""
        return self.pages("runs", run, "events", after=after)

    def cancel_run(self, run: str) -> Row:
        """Ends a run, or asks it to stop."""
        return self.post("runs", run, "cancel")

    def trace(self, thing: str) -> Row:
        """What is above and below a thing, by its id."""
        return self.get("trace", thing)

    def vectors(self, spec: str, *, state: str | None = None, kind: str | None = None) -> Rows:
        """A spec's test vectors in the order of its text."""
        return self.pages("specs", spec, "vectors", state=state, kind=kind)

    def run_vectors(self, spec: str, *, address: str | None = None) -> Row:
        """Runs them against what the project allows; comes back with the report when they have ended."""
        return self.post("specs", spec, "vectors", "run", body=_said(address=address), timeout=_VECTORS)

    # Approvals

    def approvals(self, *, project: str | None = None, spec: str | None = None, state: str | None = None) -> Rows:
        """Approvals, newest first."""
        return self.pages("approvals", project=project, spec=spec, state=state)

    def approval(self, approval: str) -> Row:
        """An approval with its decisions; `digest` is what a decision must name."""
        return self.get("approvals", approval)

    def change(self, approval: str) -> Row:
        """What an approval changes, by item and line, and what it touches."""
        return self.get("approvals", approval, "change")

    def request_approval(self, document: str, *, title: str = "", summary: str = "") -> Row:
        """Asks people to agree on a document's text as it stands."""
        return self.post("approvals", body={"document": document, "title": title, "summary": summary})

    def propose(
        self,
        document: str,
        *,
        text: str | None = None,
        base_revision: int | None = None,
        title: str | None = None,
        summary: str | None = None,
        matches: Mapping[str, int] | None = None,
        replaces: str | None = None,
    ) -> Row:
        """Asks people to agree on a change; the text that stands stays until they do. `matches` answers
        `ambiguous_match`: the line of each id's item in the new text, 0 if it is gone."""
        pairs = [{"id": name, "line": line} for name, line in (matches or {}).items()]
        body = _said(text=text, base_revision=base_revision, title=title, summary=summary, replaces=replaces)
        return self.post("documents", document, "proposals", body={**body, "matches": pairs})

    def approve(self, approval: str, *, digest: str, comment: str = "") -> Row:
        """Agrees on the text with this digest."""
        return self._decide(approval, "approve", digest, comment)

    def request_changes(self, approval: str, *, digest: str, comment: str) -> Row:
        """Asks for changes; the comment says which."""
        return self._decide(approval, "request-changes", digest, comment)

    def reject(self, approval: str, *, digest: str, comment: str) -> Row:
        """Rejects; the comment says why."""
        return self._decide(approval, "reject", digest, comment)

    def withdraw(self, approval: str) -> Row:
        """Takes a request back."""
        return self.post("approvals", approval, "withdraw")

    def comments(self, approval: str) -> Rows:
        """Remarks on an approval, newest first."""
        return self.pages("approvals", approval, "comments")

    def add_comment(self, approval: str, text: str, *, start: int | None = None, end: int | None = None) -> Row:
        """Remarks on some lines, or on the whole."""
        return self.post("approvals", approval, "comments", body={"text": text, **_said(start=start, end=end)})

    # The log, and changes of code

    def verify_log(self, project: str | None = None) -> Row:
        """Whether the project's log is whole, as the server finds it."""
        return self.get("audit", "verification", project=project)

    def preflight(self, project: str, *, files: Sequence[str] = (), diff: str = "") -> Row:
        """Which specs a change of these files, or this diff, touches, and whether they allow it."""
        return self.post("projects", project, "preflight", body={"files": list(files), "diff": diff})

    def _decide(self, approval: str, verdict: str, digest: str, comment: str) -> Row:
        return self.post("approvals", approval, verdict, body={"digest": digest, "comment": comment})


def _said(**values: Any) -> Row:
    """Those that were given."""
    return {name: value for name, value in values.items() if value is not None}
