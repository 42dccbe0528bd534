"""The scripted provider: plays what is written, in its time, and refuses what it does not know."""

import re
import time
from pathlib import Path

import pytest

from specflow import yaml
from specflow.errors import Invalid, TooLarge
from tasks.providers import get
from tasks.providers.base import OutputItem
from tasks.providers.scripted import Scripted, ScriptedError

DOCUMENT = Path(__file__).parents[3] / "docs" / "scripted-provider.md"


@pytest.fixture
def play(running):
    def played(*steps, provider=None, speed=1, **more):
        options = {"script": {"speed": speed, "steps": list(steps)}}
        return running(options, provider=provider or get("scripted"), **more)

    return played


def test_a_script_plays_its_steps_in_order(play, running):
    outcome = play(
        {"log": "start"},
        {"model_call": {"model": "recorded", "tokens": 3}},
        {"tool_call": {"name": "write", "arguments": {"path": "a"}}},
        {"tool_result": {"ok": True}},
        {"progress": {"done": 1}},
        {"output": {"name": "a.md", "text": "A"}},
    )

    assert outcome.status == "succeeded"
    assert outcome.exit_code is None
    assert outcome.outputs == (OutputItem("a.md", "A"),)
    assert [(event.kind, event.data) for event in running.events] == [
        ("log", {"text": "start"}),
        ("model_call", {"model": "recorded", "tokens": 3}),
        ("tool_call", {"name": "write", "arguments": {"path": "a"}}),
        ("tool_result", {"ok": True}),
        ("progress", {"done": 1}),
        ("output", {"name": "a.md", "text": "A"}),
    ]


def test_the_waits_are_kept_and_speed_shortens_them(play, running):
    play({"after": 0.3, "log": "a"}, {"after": 0.2})
    assert running.seconds >= 0.5

    play({"after": 100, "log": "a"}, speed=1000)
    assert 0.1 <= running.seconds < 5


def test_the_speed_of_the_options_takes_the_scripts_place(running):
    running({"script": {"speed": 0.01, "steps": [{"after": 3}]}, "speed": 1000}, provider=get("scripted"))

    assert running.seconds < 2


def test_placeholders_of_the_closed_list_are_filled_once_and_nothing_else(running):
    script = {
        "steps": [{"tool_call": {"name": "n", "arguments": {"${task.id}": ["${task.prompt} ${HOME} ${task.x}"]}}}]
    }
    work = running.work({"script": script})
    object.__setattr__(work, "prompt", "${task.title} $(id)")

    get("scripted").execute(work, running.events.append, lambda: None)

    assert running.events[0].data["arguments"] == {"${task.id}": ["${task.title} $(id) ${HOME} ${task.x}"]}


def test_a_step_that_grows_too_large_by_its_placeholders_fails_the_run(play, running):
    outcome = play({"tool_result": {"parts": ["${task.prompt}" * 10_000 for _ in range(100)]}})

    assert outcome.status == "failed"
    assert "over the limit" in outcome.summary
    assert running.events == []


def test_fail_ends_the_run_with_its_words_and_what_it_made(play):
    outcome = play({"output": {"name": "a", "text": "A"}}, {"fail": "No luck with ${task.title}"}, {"log": "never"})

    assert (outcome.status, outcome.summary) == ("failed", "No luck with Lock the account")
    assert outcome.outputs == (OutputItem("a", "A"),)


def test_crash_raises_as_a_defect_would(play):
    with pytest.raises(ScriptedError, match="broken"):
        play({"crash": "broken"})


def test_a_long_wait_is_left_for_a_reason_to_stop(play, running):
    asked = []

    def stop():
        asked.append(time.monotonic())
        return "cancelled" if len(asked) == 6 else None

    outcome = play({"after": 600}, stop=stop)

    assert outcome.status == "cancelled"
    assert "cancelled" in outcome.summary
    assert running.seconds < 5


def test_the_time_limit_holds(play, running):
    assert play({"after": 600}, timeout=0.2).status == "timed_out"
    assert running.seconds < 5


def test_what_emit_raises_goes_on(play):
    def emit(event):
        raise LookupError

    with pytest.raises(LookupError):
        play({"log": "a"}, emit=emit)


def test_a_script_is_found_by_its_name_in_the_folder_only(running, tmp_path):
    scripts = tmp_path / "scripts"
    scripts.mkdir()
    (scripts / "one.yaml").write_text("steps: [{log: hello}]")
    (tmp_path / "secret.yaml").write_text("steps: []")
    (scripts / "link.yaml").symlink_to(tmp_path / "secret.yaml")
    provider = Scripted(scripts)

    assert running({"script": "one.yaml"}, provider=provider).status == "succeeded"
    assert running.text("log") == "hello"
    for name in ("../secret.yaml", str(tmp_path / "secret.yaml"), "link.yaml", "none.yaml", ".", "x/../one.yaml"):
        with pytest.raises(Invalid) as refusal:
            provider.check({"script": name})
        assert refusal.value.code == "invalid_provider_options"
    for name in ("", "a\0b", "a\nb"):
        with pytest.raises(Invalid):
            provider.check({"script": name})


def test_a_script_that_is_not_good_yaml_says_where(tmp_path):
    (tmp_path / "a.yaml").write_text("steps:\n  - log: *x\n")
    (tmp_path / "b.yaml").write_bytes(b"steps: \xff")
    (tmp_path / "c.yaml").write_text("# " + "x" * yaml.MAX_BYTES)

    with pytest.raises(Invalid) as refusal:
        Scripted(tmp_path).check({"script": "a.yaml"})
    assert refusal.value.code == "invalid_yaml"
    assert refusal.value.details["line"] == 2
    with pytest.raises(Invalid, match="UTF-8"):
        Scripted(tmp_path).check({"script": "b.yaml"})
    with pytest.raises(TooLarge):
        Scripted(tmp_path).check({"script": "c.yaml"})


@pytest.mark.parametrize(
    ("script", "option"),
    [
        (None, "script"),
        ({}, "script.steps"),
        ({"steps": {}}, "script.steps"),
        ({"steps": [], "loop": True}, "script.loop"),
        ({"steps": [], "speed": 0}, "script.speed"),
        ({"steps": ["log"]}, "script.steps[0]"),
        ({"steps": [{"log": "a", "fail": "b"}]}, "script.steps[0]"),
        ({"steps": [{"shell": "ls"}]}, "script.steps[0]"),
        ({"steps": [{"after": -1}]}, "script.steps[0].after"),
        ({"steps": [{"after": float("nan")}]}, "script.steps[0].after"),
        ({"steps": [{"after": "1"}]}, "script.steps[0].after"),
        ({"steps": [{"log": 1}]}, "script.steps[0].log"),
        ({"steps": [{"tool_call": {"arguments": {}}}]}, "script.steps[0].tool_call"),
        ({"steps": [{"tool_result": "text"}]}, "script.steps[0].tool_result"),
        ({"steps": [{"tool_result": {"a": float("inf")}}]}, "script.steps[0].tool_result"),
        ({"steps": [{"tool_result": {1: 2}}]}, "script.steps[0].tool_result"),
        ({"steps": [{"tool_result": {"a": object()}}]}, "script.steps[0].tool_result"),
        ({"steps": [{"output": {"name": "a"}}]}, "script.steps[0].output"),
        ({"steps": [{"output": {"name": "a", "text": "b"}}] * 2}, "script.steps"),
        ({"steps": [{}] * 10_001}, "script.steps"),
    ],
)
def test_a_script_that_cannot_be_played_is_refused_with_its_place(script, option):
    with pytest.raises(Invalid) as refusal:
        get("scripted").check({"script": script})

    assert refusal.value.code == "invalid_provider_options"
    assert refusal.value.details == {"option": option}


def test_an_inline_script_nested_too_deep_is_refused():
    value: dict = {}
    for _ in range(60):
        value = {"a": value}

    with pytest.raises(Invalid, match="50 deep"):
        get("scripted").check({"script": {"steps": [{"tool_result": value}]}})


def test_text_that_cannot_be_stored_is_refused():
    with pytest.raises(Invalid) as refusal:
        get("scripted").check({"script": {"steps": [{"log": "a\0b"}]}})

    assert refusal.value.code == "invalid_text"


def test_the_script_in_the_documentation_plays(running):
    example = re.search(r"```yaml\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)[1]

    outcome = running({"script": yaml.load(example, field="example"), "speed": 1000}, provider=get("scripted"))

    assert outcome.outputs == (OutputItem("notes.md", "Notes on Lock the account\n"),)
    assert running.events[1].data["prompt"] == "Do it."
