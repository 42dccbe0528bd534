"""Logging in by the command: where the key comes from, where it is kept, and where it never goes."""

import stat
from pathlib import Path
from typing import Any

import pytest

from tests.clients.conftest import Machines
from tests.clients.shell import Shell
from tests.factories import Team


@pytest.fixture
def key(robot: Shell) -> str:
    """The robot's key, which its environment does not name any more."""
    return robot.settings.pop("SPECFLOW_API_KEY")


def kept(shell: Shell) -> Path:
    return shell.folder / "home/.config/specflow/login.json"


def test_a_login_is_kept_for_its_owner_alone(robot: Shell, key: str, live_server: Any) -> None:
    done = robot("auth", "login", "--url", live_server.url, said=f"{key}\n")
    assert done.out == f"Logged in to {live_server.url} as robot; kept in {kept(robot)}.\n"
    assert stat.S_IMODE(kept(robot).stat().st_mode) == 0o600
    assert stat.S_IMODE(kept(robot).parent.stat().st_mode) == 0o700

    del robot.settings["SPECFLOW_URL"]
    said = robot("auth", "status").out
    assert "robot (agent)" in said
    assert "demo (engineer)" in said
    assert key not in said
    assert robot("spec", "list").out == "None.\n"


def test_a_login_is_forgotten(robot: Shell, key: str) -> None:
    robot("auth", "login", said=key)
    assert robot("auth", "logout").out == "Logged out.\n"
    assert robot("auth", "logout").out == "There was no login.\n"
    assert robot.refusal("auth", "status") == "no_key"


def test_a_person_types_the_key_and_nobody_sees_it(robot: Shell, key: str) -> None:
    code, screen = robot.at_terminal("auth", "login", answers={"API key for": f"{key}\n"})
    assert (code, key in screen) == (0, False)
    assert "Logged in to" in screen


def test_the_key_may_stand_in_a_file_or_in_the_environment(robot: Shell, key: str) -> None:
    (robot.folder / "key").write_text(f"{key}\n")
    assert "robot" in robot("auth", "status", "--key-file", "key").out
    assert robot.refusal("auth", "status", "--key-file", "none") == "no_key"
    robot.settings["SPECFLOW_API_KEY"] = key
    assert "robot" in robot("auth", "status").out


@pytest.mark.parametrize("words", [["--key", "sf_x"], ["--api-key", "sf_x"], ["sf_x"]])
def test_no_argument_takes_a_key(robot: Shell, words: list[str]) -> None:
    assert robot("auth", "login", *words, code=2).err.startswith("Usage: ")


def test_a_key_that_the_server_does_not_know_is_not_kept(robot: Shell, key: str) -> None:
    assert robot.refusal("auth", "login", said="sf_wrong\n") == "key_unknown"
    assert robot.refusal("auth", "login", said="\n") == "no_key"
    assert robot.refusal("auth", "login", said="sf_a b\n") == "unusable_key"
    assert not kept(robot).exists()


def test_a_login_that_others_can_read_is_not_used(robot: Shell, key: str) -> None:
    robot("auth", "login", said=key)
    kept(robot).chmod(0o644)
    assert robot.refusal("spec", "list") == "unsafe_login"


def test_a_login_that_is_broken_says_so(robot: Shell, key: str) -> None:
    kept(robot).parent.mkdir(parents=True)
    kept(robot).touch(0o600)
    assert robot.refusal("spec", "list") == "broken_login"


def test_the_key_of_a_login_goes_to_no_other_server(robot: Shell, key: str, live_server: Any) -> None:
    robot("auth", "login", said=key)
    other = live_server.url.replace("localhost", "127.0.0.1")
    assert robot.refusal("spec", "list", "--url", other) == "no_key"


@pytest.mark.parametrize("name", ["SPECFLOW_URL", "OMOIOS_API_URL"])
@pytest.mark.parametrize("end", ["", "/", "/api", "/api/v1/"])
def test_the_address_may_be_that_of_the_api(robot: Shell, name: str, end: str) -> None:
    robot.settings[name] = robot.settings.pop("SPECFLOW_URL") + end
    assert robot("spec", "list").out == "None.\n"


@pytest.mark.parametrize("url", ["ftp://x", "x", "http://", "http://name:pass@x", "http://x/?key=y", "http://[x"])
def test_what_is_no_address_is_refused(robot: Shell, url: str) -> None:
    assert robot.refusal("spec", "list", "--url", url) == "unusable_url"


def test_without_a_server_the_next_step_is_said(robot: Shell) -> None:
    del robot.settings["SPECFLOW_URL"]
    done = robot("spec", "list", code=2)
    assert done.err == "error: no_server: No server is known. Next: Run: specflow auth login --url ADDRESS\n"


def test_a_server_that_is_not_there_is_said(robot: Shell) -> None:
    assert robot.refusal("spec", "list", "--url", "http://127.0.0.1:9") == "unreachable"


def test_a_server_that_is_something_else_is_said(robot: Shell, live_server: Any) -> None:
    assert robot.refusal("spec", "list", "--url", f"{live_server.url}/admin") in ("no_api", "redirected")


def test_the_project_is_the_keys_own_or_the_one_that_is_named(team: Team, machine: Machines) -> None:
    robot = machine(team.robot)
    assert robot("spec", "list", "--project", "demo").out == "None.\n"
    assert robot.refusal("--project", "demo-foreign", "spec", "list") == "project_not_found"
    robot.settings["SPECFLOW_PROJECT"] = "demo-foreign"
    assert robot.refusal("spec", "list") == "project_not_found"
