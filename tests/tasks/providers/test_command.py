"""The command provider with real programs: what they see, what is kept of them, how they end."""

import os
import threading
from pathlib import Path

import pytest

from specflow.errors import Invalid
from specflow.text import checked
from tasks.providers import get
from tests.tasks.providers.running import Running


def test_a_program_that_ends_well_is_a_success_with_its_output(running):
    outcome = running.python("print('one'); print('two')")

    assert (outcome.status, outcome.exit_code) == ("succeeded", 0)
    assert [(item.name, item.text) for item in outcome.outputs] == [("stdout", "one\ntwo\n")]
    assert running.text("stdout") == "one\ntwo\n"


def test_a_program_that_ends_badly_is_a_failure_with_its_code_and_last_words(running):
    outcome = running.python("import sys; print('no such spec', file=sys.stderr); sys.exit(3)")

    assert (outcome.status, outcome.exit_code) == ("failed", 3)
    assert "exit code 3" in outcome.summary
    assert "no such spec" in outcome.summary
    assert running.text("stderr") == "no such spec\n"


def test_a_program_that_dies_by_a_signal_is_a_failure_that_says_so(running):
    outcome = running.python("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")

    assert (outcome.status, outcome.exit_code) == ("failed", -11)
    assert "signal 11" in outcome.summary


def test_a_missing_program_is_a_failure_and_no_exception(running):
    outcome = running({"argv": ["no-such-program-here"]})

    assert (outcome.status, outcome.exit_code) == ("failed", None)
    assert "'no-such-program-here' could not be started: No such file or directory" in outcome.summary


def test_a_missing_folder_is_a_failure_and_no_exception(running):
    running.folder.rmdir()

    outcome = running({"argv": ["true"]})

    assert outcome.status == "failed"
    assert "No such file or directory" in outcome.summary


def test_arguments_are_taken_literally(running):
    words = ["$HOME", "; touch broken", "`id`", "*", "a b", "'\"", "-c", "--", "", "${task.title}", "zwölf"]

    outcome = running.python("import sys; print(ascii(sys.argv[1:]))", *words)

    assert outcome.outputs[0].text == ascii(words) + "\n"
    assert not (running.folder / "broken").exists()


def test_stdin_is_given_with_the_task_filled_in(running):
    outcome = running({"argv": ["cat"], "stdin": "${task.title}: ${task.prompt} ${HOME}"})

    assert outcome.outputs[0].text == "Lock the account: Do it. ${HOME}"


def test_a_program_need_not_read_its_stdin(running):
    assert running({"argv": ["true"], "stdin": "x" * 1_000_000}).status == "succeeded"


def test_without_stdin_a_program_that_reads_finds_the_end(running):
    assert running({"argv": ["cat"]}).status == "succeeded"


def test_the_agent_sees_only_what_is_allowed_of_the_environment(running, monkeypatch):
    for name in ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "GITHUB_TOKEN", "ANTHROPIC_API_KEY", "PYTHONPATH"):
        monkeypatch.setenv(name, "secret")
    monkeypatch.setenv("EDITOR", "ed")
    monkeypatch.setenv("PAGER", "cat")

    outcome = running(
        {"argv": ["env"], "env": ["EDITOR", "NOT_SET"]}, environment={"AGENT_MODE": "careful", "HOME": "/elsewhere"}
    )

    seen = dict(line.split("=", 1) for line in outcome.outputs[0].text.splitlines())
    assert seen.pop("PATH") == os.environ["PATH"]
    for name in ("LANG", "LC_ALL", "TZ", "LC_CTYPE"):  # a Python may set the last one for the guard
        seen.pop(name, None)
    assert seen == {
        "EDITOR": "ed",
        "AGENT_MODE": "careful",
        "HOME": str(running.folder),
        "TMPDIR": str(running.folder / "tmp"),
        "SPECFLOW_OUTPUTS": str(running.folder / "outputs"),
        "SPECFLOW_RUN": running.run,
    }


@pytest.mark.parametrize("name", ["DATABASE_URL", "REDIS_URL", "SECRET_KEY"])
def test_not_even_the_caller_hands_the_systems_secrets_to_an_agent(running, name):
    with pytest.raises(Invalid) as refusal:
        running({"argv": ["true"]}, environment={name: "secret"})

    assert refusal.value.code == "invalid_provider_options"


def test_the_agent_works_in_its_folder_and_can_gain_no_rights(running):
    outcome = running.python("import os; print(os.getcwd()); print(open('/proc/self/status').read())")

    assert outcome.outputs[0].text.startswith(f"{running.folder.resolve()}\n")
    assert "NoNewPrivs:\t1" in outcome.outputs[0].text


def test_binary_output_is_made_visible_and_can_be_stored(running):
    outcome = running.python(
        "import sys; sys.stdout.buffer.write(b'a\\x00\\x1b[31m\\xff\\xc3\\xbc\\r\\n\\x7f\\xe2\\x82')"
    )

    assert outcome.outputs[0].text == "a\u2400\u241b[31m\ufffdü\r\n\u2421\ufffd"
    assert checked(outcome.outputs[0].text, field="stdout")
    assert running.text("stdout") == outcome.outputs[0].text


def test_a_character_that_comes_in_two_pieces_is_one_character(running):
    code = (
        "import os, sys\n"
        "os.write(1, b'\\xc3')\n"
        "sys.stdin.buffer.readline()\n"  # the end of stdin: no more than a system call between the two
        "os.write(1, b'\\xbc')"
    )

    assert running.python(code).outputs[0].text == "ü"


def test_output_comes_while_the_agent_still_runs(running):
    """The agent waits for a file that is only written once its first line was heard."""
    code = "import os\nprint('first', flush=True)\nwhile not os.path.exists('heard'): pass\nprint('second')"

    def emit(event):
        running.events.append(event)
        if "first" in event.data.get("text", ""):
            (running.folder / "heard").touch()

    assert running.python(code, emit=emit).status == "succeeded"
    assert running.text("stdout") == "first\nsecond\n"


def test_many_lines_come_in_few_events_and_whole_lines(running):
    outcome = running.python("for number in range(20000): print('line', number)")

    texts = [event.data["text"] for event in running.events]
    assert "".join(texts) == outcome.outputs[0].text
    assert len(texts) < 200
    assert max(map(len, texts)) <= 4096
    assert all(text.endswith("\n") for text in texts)


def test_output_over_the_limit_is_counted_and_said_and_not_kept(running):
    outcome = running.python("print('x' * 999 + 'ü' * 5, end='')", options={"max_output": 1000})

    assert outcome.status == "succeeded"
    assert outcome.outputs[0].text == "x" * 999
    assert "10 bytes of stdout" in outcome.summary
    assert [e.data["truncated"] for e in running.events if "truncated" in e.data] == [{"stdout": 10}]
    assert running.text("stdout") == "x" * 999


def test_200_megabytes_without_a_line_end_cost_little_memory(running):
    before = peak = _resident()

    def watched():
        nonlocal peak
        peak = max(peak, _resident())

    code = "import os\nblock = b'x' * 1048576\nfor _ in range(200): os.write(1, block)"
    outcome = running.python(code, stop=watched, timeout=60)

    assert outcome.status == "succeeded"
    assert len(outcome.outputs[0].text) == 1024 * 1024
    assert f"{199 * 1024 * 1024} bytes of stdout" in outcome.summary
    assert max(peak, _resident()) - before < 64 * 1024 * 1024


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_runs_in_several_threads_do_not_mix(tmp_path):
    def one(number):
        folder = tmp_path / str(number)
        folder.mkdir()
        runs[number] = Running(folder, f"run-thread{number}-{os.getpid()}")
        outcomes[number] = runs[number].python(f"print({number})")

    runs, outcomes = {}, {}
    threads = [threading.Thread(target=one, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert {number: outcome.outputs[0].text for number, outcome in outcomes.items()} == {n: f"{n}\n" for n in range(4)}


def test_a_run_leaves_no_descriptor_open(running):
    running.python("print(1)")
    before = os.listdir("/proc/self/fd")
    running.python("print(1)")
    running({"argv": ["no-such-program-here"]})

    assert len(os.listdir("/proc/self/fd")) == len(before)


@pytest.mark.parametrize(
    ("options", "option"),
    [
        ({}, "argv"),
        ({"argv": []}, "argv"),
        ({"argv": "ls -l"}, "argv"),
        ({"argv": ["ls", 1]}, "argv"),
        ({"argv": [""]}, "argv"),
        ({"argv": ["ls", "a\0b"]}, "argv"),
        ({"argv": ["ls", "\ud800"]}, "argv"),
        ({"argv": ["ls", "x" * 100_001]}, "argv"),
        ({"argv": ["ls"], "shell": True}, "shell"),
        ({"argv": ["ls"], "stdin": 3}, "stdin"),
        ({"argv": ["ls"], "stdin": "\ud800"}, "stdin"),
        ({"argv": ["ls"], "env": {"A": "b"}}, "env"),
        ({"argv": ["ls"], "env": ["A=b"]}, "env"),
        ({"argv": ["ls"], "env": ["DATABASE_URL"]}, "env"),
        ({"argv": ["ls"], "env": ["GITHUB_TOKEN"]}, "env"),
        ({"argv": ["ls"], "env": ["SPECFLOW_API_KEY"]}, "env"),
        ({"argv": ["ls"], "env": ["LD_PRELOAD"]}, "env"),
        ({"argv": ["ls"], "max_output": -1}, "max_output"),
        ({"argv": ["ls"], "max_output": True}, "max_output"),
        ({"argv": ["ls"], "max_output": float("nan")}, "max_output"),
        ({"argv": ["ls"], "max_output": 10**9}, "max_output"),
    ],
)
def test_options_that_cannot_be_taken_are_refused_by_name(options, option):
    with pytest.raises(Invalid) as refusal:
        get("command").check(options)

    assert refusal.value.code == "invalid_provider_options"
    assert refusal.value.details == {"option": option}
