"""Watching both sides of a project's folder: the operating system tells of files, the log of documents."""

import logging
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from watchfiles import watch

from specflow.accounts.actors import Actor
from specflow.accounts.models import Project
from specflow.audit import feed
from specflow.errors import DomainError
from specflow.specs import hooks, workspace
from specflow.specs.formats import registry
from specflow.specs.models import Document, WorkspaceFile
from specflow.specs.sync.actions import Outcome, look_over, reconcile
from specflow.specs.sync.folder import Workspace

logger = logging.getLogger("specflow.sync")
LOOK = 200  # milliseconds between two looks at the log
_SETTLE = 50  # milliseconds without a change before a file counts as written
_TRIES = 3  # times that a file may change under our hands before it waits for the next look
Say = Callable[[Outcome], None]


class Watch:
    """Keeps a folder and its project in step. `actor` is asked anew each time: what was taken away is gone."""

    def __init__(self, project: Project, root: Path, *, actor: Callable[[], Actor], say: Say) -> None:
        self.project, self.actor, self._say = project, actor, say
        self.folder = Workspace(root)
        self._seen = 0

    def step_all(self) -> list[Outcome]:
        """One look at every file and every document. Raises what `workspace.read_folder` raises."""
        self._seen = feed.position(self.project.public_id)
        known = self._known()
        if not self._roots():
            return self._step(known)
        found = workspace.read_folder(self.folder.root, lenient=True)
        return self._step((*found.texts, *found.refused, *known))

    def run(self, stop: threading.Event) -> None:
        """Goes on until `stop` is set."""
        while not stop.is_set():
            roots = self._roots()
            self.step_all()
            if not roots:
                stop.wait(LOOK / 1000)
                continue
            for changed in watch(
                *(self.folder.root / one for one in roots),
                stop_event=stop,
                debounce=_SETTLE,
                step=_SETTLE,
                rust_timeout=LOOK,
                yield_on_timeout=True,
                raise_interrupt=False,
            ):
                self._step((*self._named(path for _, path in changed), *self._told()))
                if self._roots() != roots:
                    break  # another dialect's folder: listen there as well

    def _step(self, paths: Iterable[str]) -> list[Outcome]:
        outcomes = []
        for path in sorted(set(paths)):  # a log before the tasks.md in which its box is ticked
            try:
                outcome = self._one(path)
            except DomainError as error:
                logger.warning("%s: %s: %s", path, error.code, error.message)
                outcome = Outcome(path, "refused", refusals=(f"{error.code}: {error.message}",))
            outcomes.append(self._said(outcome))
        return [*outcomes, *map(self._said, self._looked_over([one.path for one in outcomes]))]

    def _said(self, outcome: Outcome) -> Outcome:
        if outcome.step not in ("same", "none", "missing") or outcome.refusals:
            self._say(outcome)
        return outcome

    def _looked_over(self, paths: list[str]) -> list[Outcome]:
        try:
            return look_over(self.project, actor=self.actor(), paths=paths) if paths else []
        except DomainError as error:
            logger.warning("%s: %s", error.code, error.message)
            return []

    def _one(self, path: str) -> Outcome:
        """Decides and carries it out; looks again where the file changed meanwhile."""
        for _ in range(_TRIES):
            file = self.folder.read(path)
            outcome = reconcile(self.project, actor=self.actor(), path=path, file=file)
            if outcome.step == "remove" and file is not None:
                done, left = self.folder.remove(path, said=file), None
            elif outcome.step == "write":
                done, left = self.folder.write(path, outcome.text, over=file), outcome.text
            else:
                return outcome
            if done:
                reconcile(self.project, actor=self.actor(), path=path, file=left)
                return outcome
        return outcome

    def _roots(self) -> list[str]:
        wanted = {name for one in registry.dialects() for name in one.roots}
        return sorted(one.name for one in self.folder.root.iterdir() if one.name in wanted and not one.is_symlink())

    def _named(self, changed: Iterable[str]) -> Iterator[str]:
        """Paths of documents among changed files, as documents have them."""
        for name in changed:
            path = Path(name).relative_to(self.folder.root).as_posix()
            if registry.at(path) is not None and not path.endswith(".specflow"):
                yield path

    def _known(self, folder: str = "") -> Iterator[str]:
        """Paths of all documents and their files, also of a file whose document was moved away; or of those below a
        folder."""
        for rows in (Document.objects, WorkspaceFile.objects):
            here = rows.filter(project=self.project, path__startswith=f"{folder}/" if folder else "")
            yield from here.values_list("path", flat=True)

    def _told(self) -> list[str]:
        """Paths of the documents that changed by the log since the last look."""
        events = feed.log_after(self.project.public_id, self._seen, feed.BATCH)
        if not events:
            return []
        self._seen = events[-1]["seq"]
        paths = {event["data"]["path"] for event in events if event["verb"] in ("document.revised", "conflict.settled")}
        specs = {str(event["data"].get("spec")) for event in events if event["verb"].startswith("task.")}
        rows = Document.objects.filter(project=self.project, spec__public_id__in=specs, kind__in=hooks.keepers)
        archived = [event["data"] for event in events if event["verb"] == "spec.archived"]
        moved = [path for data in archived for name in ("was", "folder") for path in self._known(data[name])]
        return [*paths, *rows.values_list("path", flat=True), *moved]
