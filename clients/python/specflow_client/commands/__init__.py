"""The command `specflow`: reads its words, calls the server, shows what it says (docs/client.md).

Exit codes: 0 done, 1 something was found or failed, 2 bad use or a refusal.
"""

import sys
from collections.abc import Sequence
from io import TextIOWrapper

import click

from specflow_client.commands import approvals, auth, documents, folders, proposals, specs, tasks, vectors
from specflow_client.commands.session import Group, Session
from specflow_client.errors import ClientError
from specflow_client.showing import as_json, refusal

REFUSED = 2
INTERRUPTED = 130


@click.command("specflow", cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="specflow-client", prog_name="specflow")
def specflow() -> None:
    """Specs that a team and its agents agree on: import, lint, change, approve, run, export.

    Exit code 0: done. 1: something was found or failed. 2: bad use, or a refusal.
    """


for commands in (auth, specs, folders, documents, tasks, vectors, approvals, proposals):
    commands.register(specflow)


def run(words: Sequence[str] | None = None) -> int:
    """Carries out a command line; gives its exit code."""
    session = Session()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal that knows only ASCII
    try:
        code = specflow.main(words, prog_name="specflow", standalone_mode=False, obj=session)
    except ClientError as error:
        told = as_json(error.as_dict()) if session.wants_json else "\n".join(refusal(error))
        click.echo(told, err=True)
        return REFUSED
    except click.ClickException as error:
        error.show()
        return REFUSED
    except (click.Abort, KeyboardInterrupt):
        click.echo("Stopped.", err=True)
        return INTERRUPTED
    return code if isinstance(code, int) else 0


def main() -> None:
    """The program's entry."""
    sys.exit(run())
