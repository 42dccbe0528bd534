"""What is taken from the outputs of an agent, and what is not."""

import os

import pytest

from tasks.providers import outputs


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "outputs").mkdir()
    return tmp_path


def taken(folder):
    return {item.name: item.text for item in outputs.collect(folder).items}


def test_files_written_by_an_agent_are_outputs_by_name(running):
    code = (
        "import os; os.makedirs('outputs/src'); print('done')\n"
        "open(os.environ['SPECFLOW_OUTPUTS'] + '/src/lock.py', 'w').write('x = 1\\r\\n')\n"
        "open('outputs/report.md', 'w').write('ü')\n"
        "open('outputs/stdout', 'w').write('mine')"
    )

    outcome = running.python(code)

    assert [(item.name, item.text) for item in outcome.outputs] == [
        ("stdout", "done\n"),
        ("report.md", "ü"),
        ("src/lock.py", "x = 1\r\n"),
    ]
    assert running.text("log") == "The output 'stdout' was left out: its name is taken."


def test_no_link_is_followed(folder):
    secret = folder / "secret"
    secret.mkdir()
    (secret / "key").write_text("secret")
    (folder / "outputs" / "file").symlink_to(secret / "key")
    (folder / "outputs" / "folder").symlink_to(secret)
    (folder / "outputs" / "plain").write_text("taken")

    found = outputs.collect(folder)

    assert [item.name for item in found.items] == ["plain"]
    assert len(found.left_out) == 2


def test_the_folder_of_outputs_may_be_no_link_itself(tmp_path):
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "key").write_text("secret")
    (tmp_path / "outputs").symlink_to(tmp_path / "secret")

    found = outputs.collect(tmp_path)

    assert found.items == ()
    assert len(found.left_out) == 1


def test_a_named_pipe_is_left_out_without_waiting(folder):
    os.mkfifo(folder / "outputs" / "pipe")

    assert "not a regular file" in outputs.collect(folder).left_out[0]


@pytest.mark.parametrize(
    ("data", "reason"), [(b"x" * (1024 * 1024 + 1), "over 1048576 bytes"), (b"\xff", "UTF-8"), (b"a\0b", "control")]
)
def test_what_cannot_be_kept_is_left_out_and_said(folder, data, reason):
    (folder / "outputs" / "a").write_bytes(data)

    found = outputs.collect(folder)

    assert found.items == ()
    assert reason in found.left_out[0]


def test_a_name_that_is_not_text_is_left_out(folder):
    with open(os.fsencode(folder / "outputs") + b"/\xff\x01", "w") as file:
        file.write("x")

    found = outputs.collect(folder)

    assert found.items == ()
    found.left_out[0].encode()


def test_a_file_of_the_largest_size_is_taken(folder):
    (folder / "outputs" / "a").write_bytes(b"x" * 1024 * 1024)

    assert len(taken(folder)["a"]) == 1024 * 1024


def test_fifty_files_are_taken_and_the_rest_is_said(folder):
    for number in range(52):
        (folder / "outputs" / f"{number:02}").write_text("x")

    found = outputs.collect(folder)

    assert [item.name for item in found.items] == [f"{number:02}" for number in range(50)]
    assert found.left_out == ("Outputs after the first 50 were left out.",)


def test_a_folder_too_deep_is_left_out(folder):
    deep = folder / "outputs" / "/".join(["d"] * 11)
    deep.mkdir(parents=True)
    (deep / "a").write_text("x")
    (deep.parent.parent / "b").write_text("x")

    found = outputs.collect(folder)

    assert list(taken(folder)) == ["d/d/d/d/d/d/d/d/d/b"]
    assert "more than 10 folders down" in found.left_out[0]


def test_a_folder_of_thousands_is_looked_at_in_part(folder):
    for number in range(1100):
        (folder / "outputs" / str(number)).touch()

    assert any("Only the first 1000" in sentence for sentence in outputs.collect(folder).left_out)


def test_no_folder_of_outputs_is_no_outputs(tmp_path):
    assert outputs.collect(tmp_path) == outputs.Found((), ())
