import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from specflow.accounts import actors
from specflow.accounts.actions import create_project
from specflow.specs.imports import import_folder
from specflow.specs.workspace import write_folder
from tests.specs.lint.test_rules import ONE, TASKS, spec

BAD = spec(ONE + "\nTBD\n", TASKS.replace("1.1, 1.2", "1.1"))


def run(capsys, *arguments: str) -> tuple[int, str]:
    """The exit code and what was written."""
    code: object = 0
    try:
        call_command("spec_lint", *arguments)
    except SystemExit as stopped:
        code = stopped.code
    assert isinstance(code, int)
    return code, capsys.readouterr().out


def test_a_folder_is_linted_and_errors_fail_the_run(tmp_path: Path, capsys):
    write_folder(tmp_path, BAD)
    code, out = run(capsys, str(tmp_path))
    assert code == 1
    assert out.splitlines()[0].startswith(
        ".spec-workflow/specs/login/requirements.md:8:1: warning unreferenced-criterion"
    )
    assert " error placeholder " in out


def test_what_fails_a_run_is_chosen(tmp_path: Path, capsys):
    write_folder(tmp_path, spec(ONE, TASKS.replace("1.1, 1.2", "1.1")))
    assert run(capsys, str(tmp_path))[0] == 0
    assert run(capsys, str(tmp_path), "--fail-on", "warning")[0] == 1
    write_folder(tmp_path, BAD)
    assert run(capsys, str(tmp_path), "--fail-on", "never")[0] == 0


def test_a_good_folder_has_no_findings(tmp_path: Path, capsys):
    write_folder(tmp_path, spec())
    assert run(capsys, str(tmp_path), "--fail-on", "warning") == (0, "")


@pytest.mark.parametrize(("form", "key"), [("json", "findings"), ("sarif", "runs")])
def test_programs_take_json_and_sarif(tmp_path: Path, capsys, form: str, key: str):
    write_folder(tmp_path, BAD)
    code, out = run(capsys, str(tmp_path), "--format", form)
    assert code == 1
    assert json.loads(out)[key]


@pytest.mark.django_db
def test_a_projects_documents_are_linted_as_they_are_exported(capsys):
    actor = actors.system(door="cli")
    project = create_project("demo", actor=actor)
    import_folder(project, actor=actor, files=BAD)
    code, out = run(capsys, "--project", "demo", "--format", "json")
    assert code == 1
    assert [one["code"] for one in json.loads(out)["findings"]] == ["unreferenced-criterion", "placeholder"]


@pytest.mark.django_db
@pytest.mark.parametrize("arguments", [[], ["/no/such/folder"], ["--project", "nobody"], [".", "--project", "demo"]])
def test_bad_use_has_an_exit_code_of_its_own(arguments: list[str]):
    with pytest.raises(CommandError) as refused:
        call_command("spec_lint", *arguments)
    assert refused.value.returncode == 2
