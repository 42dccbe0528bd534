"""What the client does with texts and archives of others: it shows them as data, and writes nothing outside."""

import io
import os
import stat
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specflow_client import ClientError, folders, kept
from specflow_client.showing import lines, plain, table

PATH = ".kiro/specs/login/requirements.md"


@given(st.text())
def test_whatever_is_shown_is_printable(text: str) -> None:
    assert plain(text).isprintable()
    assert all(one.isprintable() or one == "\t" for line in lines(text) for one in line)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred", r"\x1b[31mred"),
        ("a\x9b2J", r"a\x9b2J"),
        ("\u202egnp.exe", r"\u202egnp.exe"),
        ("one\ntwo", r"one\ntwo"),
        ("Grüße 漢字", "Grüße 漢字"),
    ],
)
def test_what_is_not_printable_is_shown_escaped(text: str, shown: str) -> None:
    assert plain(text) == shown


def test_lines_keep_tabs_and_lose_no_carriage_return_within_a_line() -> None:
    assert lines("a\tb\r\nc\rd\n\n") == ["a\tb", r"c\rd", ""]


def test_wide_characters_take_two_columns() -> None:
    assert table([("漢字", "x"), ("abcd", "y"), ("e\u0301e", "z")]) == ["漢字  x", "abcd  y", "e\u0301e    z"]


# Archives


def archive(**files: bytes) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as made:
        for path, content in files.items():
            made.writestr(path, content)
    return data.getvalue()


@pytest.mark.parametrize("path", ["../x", "/etc/x", "a/../../x", "a//b", "a\\..\\x", "a/./b", "a\nb", "x" * 300, "a/"])
def test_no_path_of_an_archive_leads_out_of_the_folder(path: str) -> None:
    with pytest.raises(ClientError) as refused:
        folders.unpacked(archive(**{path: b"x"}))
    assert refused.value.code == "invalid_path"


@pytest.mark.parametrize("data", [b"", b"PK", b"<html>", archive(a=b"x")[:-10]])
def test_what_is_no_archive_is_refused(data: bytes) -> None:
    with pytest.raises(ClientError) as refused:
        folders.unpacked(data)
    assert refused.value.code == "invalid_archive"


def test_an_archive_that_unpacks_to_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "_ALL", 1000)
    with pytest.raises(ClientError) as refused:
        folders.unpacked(archive(a=b"x" * 600, b=b"x" * 600))
    assert refused.value.code == "invalid_archive"


@given(st.dictionaries(st.sampled_from([PATH, "specs/1/spec.md", "api/x.yaml"]), st.binary(max_size=50)))
def test_what_is_packed_is_unpacked(files: dict[str, bytes]) -> None:
    assert folders.unpacked(folders.packed(files)) == files


# Folders


def test_a_file_is_replaced_as_a_whole_and_keeps_its_mode(tmp_path: Path) -> None:
    file = tmp_path / PATH
    file.parent.mkdir(parents=True)
    file.write_bytes(b"old")
    file.chmod(0o600)
    before = file.stat().st_ino
    done = folders.write(tmp_path, {PATH: b"new", "specs/1/spec.md": b"x"}, {PATH: folders.sha256(b"old")})
    assert (done.written, done.unchanged, file.read_bytes()) == (2, 0, b"new")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.stat().st_ino != before
    assert sorted(one.name for one in file.parent.iterdir()) == ["requirements.md"]


@pytest.mark.parametrize("how", ["file", "folder", "fifo"])
def test_nothing_is_written_through_what_is_no_ordinary_file(tmp_path: Path, how: str) -> None:
    outside, root = tmp_path / "outside", tmp_path / "root"
    outside.mkdir()
    (outside / "requirements.md").write_bytes(b"private")
    parent = root / ".kiro/specs/login"
    if how == "folder":
        parent.parent.mkdir(parents=True)
        parent.symlink_to(outside)
    else:
        parent.mkdir(parents=True)
        name = parent / "requirements.md"
        name.symlink_to(outside / "requirements.md") if how == "file" else os.mkfifo(name)
    with pytest.raises(ClientError) as refused:
        folders.write(root, {PATH: b"new"}, {}, force=True)
    assert refused.value.code in ("symlink_refused", "not_a_file")
    assert (outside / "requirements.md").read_bytes() == b"private"


def test_a_folder_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / ".kiro").write_text("a file where a folder is wanted")
    with pytest.raises(ClientError) as refused:
        folders.write(tmp_path, {PATH: b"x"}, {})
    assert refused.value.code == "not_a_file"


def test_a_name_that_is_not_utf8_is_left_out_and_said(tmp_path: Path) -> None:
    folder = tmp_path / ".kiro"
    folder.mkdir()
    (folder / os.fsdecode(b"caf\xe9.md")).write_text("x")
    (folder / "tea.md").write_text("x")
    found = folders.files_below(tmp_path, [".kiro", ".other"])
    assert found.paths == [".kiro/tea.md"]
    assert len(found.warnings) == 1


def test_a_place_to_remember_that_cannot_be_written_is_done_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    (tmp_path / "file").write_text("x")
    kept.remember("http://x", "demo", tmp_path, {PATH: b"x"})
    assert kept.seen("http://x", "demo", tmp_path) == {}
