"""Texts, files and paths that cannot be taken."""

from __future__ import annotations

from approvals.models import Approval
from tests.doors import Doors
from tests.factories import make_released_task, make_spec
from tests.mistakes import DRAFT, Ways, case
from tests.mistakes.decisions import asked

HUGE = "A" * 5 * 1024 * 1024
LONG = "# Tasks\n\n" + "".join(f"- [ ] {number}. Piece {number}\n" for number in range(1, 20_001))


def writes(doors: Doors, text: str) -> Ways:
    """The text wherever a door takes one."""
    team = doors.team
    row = asked(team)
    spec, document = row.document.spec.public_id, row.document.public_id
    requirement = {"title": "T", "condition": "c", "action": text}
    said = {"digest": row.digest, "comment": text}
    return {
        "rest, a document": lambda: doors.rest("PUT", f"documents/{document}", {"text": text}),
        "rest, a requirement": lambda: doors.rest("POST", f"specs/{spec}/requirements", requirement),
        "rest, a spec": lambda: doors.rest("POST", "specs", {"project_id": "demo", "title": "T", "description": text}),
        "rest, a comment": lambda: doors.rest("POST", f"approvals/{row.public_id}/comments", {"text": text}, by="bob"),
        "rest, a reason": lambda: doors.rest("POST", f"approvals/{row.public_id}/reject", said, by="bob"),
        "mcp, a requirement": lambda: doors.mcp("add_requirement", spec_id=spec, **requirement),
        "mcp, a spec": lambda: doors.mcp("create_spec", project_id="demo", title="T", description=text),
        "admin, a comment": lambda: doors.admin(Approval, row.pk, "comment", by="bob", text=text),
        "admin, a reason": lambda: doors.admin(Approval, row.pk, "reject", by="bob", **said),
    }


def files(doors: Doors, data: bytes, name: str = "tasks.md") -> Ways:
    """The bytes as a file in a folder."""
    path = doors.write(f"{DRAFT}/{name}", data)
    return {"mcp, a file": lambda: doors.ask(path), "command": doors.take}


@case("too_large")
def five_megabytes(doors: Doors) -> Ways:
    return {**writes(doors, HUGE), **files(doors, HUGE.encode())}


@case("too_large")
def twenty_thousand_lines(doors: Doors) -> Ways:
    row = make_released_task(doors.team).document
    return {
        "rest": lambda: doors.rest("PUT", f"documents/{row.public_id}", {"text": LONG}),
        **files(doors, LONG.encode()),
        "mcp, the status of a spec": lambda: doors.mcp("spec-status", specName="draft"),
    }


@case("invalid_text")
def a_nul(doors: Doors) -> Ways:
    names: Ways = {
        "rest, a name": lambda: doors.rest("GET", "specs/a%00b"),
        "mcp, a name": lambda: doors.mcp("get_spec", spec_id="a\0b"),
        "page, a name": lambda: doors.page("demo/specs/a%00b/"),
    }
    return {**writes(doors, "a\0b"), **files(doors, b"# Tasks\n\n- [ ] 1. a\0b\n"), **names}


@case("invalid_text")
def half_a_surrogate(doors: Doors) -> Ways:
    """A form cannot carry one, and in a file it is bytes that are not UTF-8; a command has one for each such byte of
    its arguments."""
    doors.write(f"{DRAFT}/tasks.md", b"# Tasks\n")
    folder, name = str(doors.folder), "a\udcffb"
    commands: Ways = {
        "command, in": lambda: doors.command("spec_import", folder, "--project", name),
        "command, in anew": lambda: doors.command("spec_import", folder, "--project", name, "--create-project"),
        "command, out": lambda: doors.command("spec_export", folder, "--project", name),
        "command, a key": lambda: doors.command(
            "key_create", "--project", "demo", "--user", name, "--scopes", "specs:read"
        ),
        "command, a key's project": lambda: doors.command(
            "key_create", "--project", name, "--user", "robot", "--scopes", "specs:read"
        ),
    }
    texts = writes(doors, "a\ud800b")
    return {**{way: send for way, send in texts.items() if not way.startswith("admin")}, **commands}


@case("invalid_utf8", "ff", "eda080")
def bytes_that_are_no_text(doors: Doors, code: str) -> Ways:
    bad = bytes.fromhex(code)
    document = make_spec(doors.team).documents.get().public_id
    return {
        "rest": lambda: doors.rest("PUT", f"documents/{document}", b'{"text": "' + bad + b'"}'),
        **files(doors, b"# Tasks\n\n- [ ] 1. " + bad + b"\n"),
    }


@case("invalid_path", "../x.md", ".spec-workflow/../../x.md", ".spec-workflow/specs/../../x/tasks.md", "/etc/passwd")
def a_path_that_leads_out(doors: Doors, path: str) -> Ways:
    return {"mcp": lambda: doors.ask(path)}


@case("invalid_path")
def a_file_with_a_backslash_in_its_name(doors: Doors) -> Ways:
    """The only name of a file on a disk that could lead out elsewhere."""
    return files(doors, b"# Tasks\n", "..\\tasks.md")


@case("symlink_refused", "file", "folder")
def a_symlink(doors: Doors, what: str) -> Ways:
    outside = doors.folder / "outside"
    outside.mkdir()
    (outside / "tasks.md").write_text("# Tasks\n\n- [ ] 1. Secret\n")
    place = doors.folder / DRAFT
    (place if what == "file" else place.parent).mkdir(parents=True)
    link = place / "tasks.md" if what == "file" else place
    link.symlink_to(outside / "tasks.md" if what == "file" else outside)
    make_spec(doors.team, "Draft")
    return {
        "mcp": lambda: doors.ask(f"{DRAFT}/tasks.md"),
        "mcp, the status of a spec": lambda: doors.mcp("spec-status", specName="draft"),
        "command, in": doors.take,
    }
