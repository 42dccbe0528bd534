"""`specflow vectors`: the test vectors of a machine-readable spec."""

import json
from collections.abc import Iterator
from typing import Any

import click

from specflow_client.commands.finding import spec_id
from specflow_client.commands.session import Group, Row, Session, pass_session
from specflow_client.showing import plain

_VERDICTS = ("passed", "failed", "error", "skipped", "untried")
_SHOWN = 400  # characters of a value


@click.group(cls=Group)
def vectors() -> None:
    """Test vectors of machine-readable specs."""


@vectors.command("list")
@click.argument("spec")
@click.option("--state", help="untried, passed, failed.")
@click.option("--kind", help="example, boundary, criterion.")
@pass_session
def list_vectors(session: Session, spec: str, state: str | None, kind: str | None) -> None:
    """Those of SPEC, in the order of its text."""
    rows = session.client.vectors(spec_id(session, spec), state=state, kind=kind)
    session.show_table(
        rows,
        ("TARGET", "KIND", "RULE", "VALID", "STATE", "TITLE", "ID"),
        lambda one: (
            *(one[name] for name in ("target", "kind", "rule")),
            "yes" if one["valid"] else "no",
            *(one[name] for name in ("state", "title", "id")),
        ),
    )


@vectors.command("run")
@click.argument("spec")
@click.option("--address", help="Of a server that the project's policy allows; else what the policy names.")
@pass_session
def run_vectors(session: Session, spec: str, address: str | None) -> int:
    """Run those of SPEC, and say what failed. Exit code 1 where the run is not good."""
    report = session.client.run_vectors(spec_id(session, spec), address=address)
    session.show(report, _told(report))
    return 0 if report["good"] else 1


def _told(report: Row) -> Iterator[str]:
    counts = report["counts"]
    told = ", ".join(f"{counts[name]} {name}" for name in _VERDICTS if counts[name])
    yield f"{counts['total']} test vectors against {plain(report['target'])}: {told or 'nothing tried'}."
    for one in report["failures"]:
        place = f"{plain(one['path'])}:{one['lines'][0]}, {plain(one['pointer'])}"
        demanded = _short(one["expected"]) if one["expects"] else "taken" if one["valid"] else "refused"
        yield ""
        yield f"{plain(one['verdict']).upper()} {plain(one['title'])} ({place})"
        yield f"  {plain(one['message'])}"
        yield f"  input:    {_short(one['input'])}"
        yield f"  expected: {demanded}"
        if one["got"] is not None:
            yield f"  got:      {_short(one['got'])}"
    if report["more"]:
        yield f"{report['more']} more."


def _short(value: Any) -> str:
    text = plain(json.dumps(value, ensure_ascii=False))
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def register(root: click.Group) -> None:
    """Adds these commands."""
    root.add_command(vectors)
