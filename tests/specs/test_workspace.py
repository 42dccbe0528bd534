"""A folder on disk, read and written without ever leaving it (QUALITY 43)."""

import contextlib
import os
import shutil
import threading
import time

import pytest

from specflow.errors import DomainError, Invalid, NotFound, TooLarge
from specflow.specs.workspace import read_file, read_folder, write_folder

ROOT = ".spec-workflow"
SECRET = "what stands outside"


@pytest.fixture
def folder(tmp_path):
    """A workspace with one document, beside a secret that is none of its business."""
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "a.md").write_text(SECRET)
    (tmp_path / "work" / ROOT / "specs" / "search").mkdir(parents=True)
    (tmp_path / "work" / ROOT / "specs" / "search" / "a.md").write_text("inside")
    return tmp_path / "work"


def refusal(call, kind=DomainError) -> DomainError:
    with pytest.raises(kind) as caught:
        call()
    return caught.value


def path_in(folder):
    return folder / ROOT / "specs" / "search"


def test_every_text_is_read_by_its_path_byte_for_byte(folder):
    texts = {f"{ROOT}/specs/search/a.md": "inside", f"{ROOT}/b.txt": "\ufeffx\r\n y \n\n", f"{ROOT}/日本/ü.md": ""}
    write_folder(folder, texts)

    read = read_folder(folder)

    assert (read.texts, read.warnings) == (texts, [])
    assert read_file(folder, f"{ROOT}/b.txt") == b"\xef\xbb\xbfx\r\n y \n\n"


def test_what_stands_beside_the_workspace_folder_is_not_read(folder):
    (folder / "README.md").write_text("x")

    assert set(read_folder(folder).texts) == {f"{ROOT}/specs/search/a.md"}


@pytest.mark.parametrize("missing", ["nothing", ""])
def test_a_folder_that_is_not_there_is_named(tmp_path, missing):
    assert refusal(lambda: read_folder(tmp_path / missing), NotFound).code == "folder_not_found"


def test_a_file_that_is_not_there_is_named(folder):
    assert refusal(lambda: read_file(folder, f"{ROOT}/no.md"), NotFound).code == "file_not_found"


@pytest.mark.parametrize(
    "link", [f"{ROOT}/specs/search/b.md", f"{ROOT}/specs/other", f"{ROOT}/steering"], ids=["file", "folder", "top"]
)
def test_a_symlink_is_refused_wherever_it_leads(folder, link):
    target = folder.parent / "outside"
    os.symlink(target / "a.md" if link.endswith(".md") else target, folder / link)

    assert refusal(lambda: read_folder(folder), Invalid).code == "symlink_refused"
    inner = link if link.endswith(".md") else f"{link}/a.md"
    assert refusal(lambda: read_file(folder, inner), Invalid).code == "symlink_refused"
    assert refusal(lambda: write_folder(folder, {inner: "changed"}), Invalid).code == "symlink_refused"
    assert (target / "a.md").read_text() == SECRET


def test_a_workspace_folder_that_is_a_symlink_is_refused(folder):
    shutil.move(folder / ROOT, folder / "real")
    os.symlink("real", folder / ROOT)

    assert refusal(lambda: read_folder(folder), Invalid).code == "symlink_refused"


def test_a_dangling_symlink_is_refused_and_not_written_through(folder):
    os.symlink(folder.parent / "outside" / "new.md", path_in(folder) / "b.md")

    assert refusal(lambda: write_folder(folder, {f"{ROOT}/specs/search/b.md": "x"}), Invalid).code == "symlink_refused"
    assert not (folder.parent / "outside" / "new.md").exists()


def test_a_fifo_is_refused_at_once(folder):
    os.mkfifo(path_in(folder) / "b.md")

    assert refusal(lambda: read_folder(folder), Invalid).code == "not_a_file"
    assert refusal(lambda: write_folder(folder, {f"{ROOT}/specs/search/b.md": "x"}), Invalid).code == "not_a_file"


@pytest.mark.parametrize(
    "path",
    ["../outside/a.md", "/etc/passwd", f"{ROOT}/../../outside/a.md", f"{ROOT}//a.md", f"{ROOT}/./a.md", "", "a\0b",
     "a\\b", f"{ROOT}/a\nb.md", f"{ROOT}/" + "a" * 256],
)  # fmt: skip
def test_a_path_that_leads_out_is_neither_read_nor_written(folder, path):
    assert refusal(lambda: read_file(folder, path), Invalid).code == "invalid_path"
    assert refusal(lambda: write_folder(folder, {path: "changed"}), Invalid).code == "invalid_path"
    assert (folder.parent / "outside" / "a.md").read_text() == SECRET


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"a\xff", "invalid_utf8"),
        (b"a\0b", "invalid_text"),
        (b"x" * 5_000_000, "too_large"),
        (b"\n" * 20_000, "too_large"),
    ],
    ids=["not UTF-8", "NUL", "5 MB", "20,000 lines"],
)
def test_a_document_that_is_no_text_is_refused_and_another_file_is_named_and_left_out(folder, data, code):
    (path_in(folder) / "shot.png").write_bytes(data)
    read = read_folder(folder)
    assert set(read.texts) == {f"{ROOT}/specs/search/a.md"}
    assert [one.split(":")[0] for one in read.warnings] == [f"{ROOT}/specs/search/shot.png"]

    (path_in(folder) / "b.md").write_bytes(data)
    error = refusal(lambda: read_folder(folder), TooLarge if code == "too_large" else Invalid)
    assert error.code == code
    assert "b.md" in error.message


def test_a_file_whose_name_is_not_utf8_is_refused(folder):
    with open(os.fsencode(path_in(folder)) + b"/\xff.md", "wb") as file:
        file.write(b"x")

    assert refusal(lambda: read_folder(folder), Invalid).code == "invalid_path"


def test_only_what_changed_is_written_and_no_draft_is_left(folder):
    texts = {f"{ROOT}/specs/search/a.md": "inside", f"{ROOT}/specs/new/deep/b.md": "b\r\n"}
    before = (path_in(folder) / "a.md").stat()

    assert [write_folder(folder, texts) for _ in range(2)] == [1, 0]

    assert (path_in(folder) / "a.md").stat() == before
    assert (folder / ROOT / "specs/new/deep/b.md").read_bytes() == b"b\r\n"
    assert sorted(path.name for path in folder.rglob("*") if path.is_file()) == ["a.md", "b.md"]


def test_a_reader_never_sees_a_half_written_file(folder):
    path, stop, seen = f"{ROOT}/specs/search/a.md", threading.Event(), set()
    texts = ["a" * 500_000, "b" * 500_000]
    write_folder(folder, {path: texts[0]})

    def read() -> None:
        while not stop.is_set():
            seen.add(read_file(folder, path).decode())

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    for n in range(20):
        write_folder(folder, {path: texts[n % 2]})
    stop.set()
    reader.join(10)

    assert not reader.is_alive()
    assert seen <= set(texts)


def swapping(place, spare, outside, stop) -> None:
    """Puts a symlink to the outside where `place` was, and back, over and over, whatever a writer made there."""
    while not stop.is_set():
        for step, arguments in (
            (os.rename, (place, spare)),
            (os.symlink, (outside, place)),
            (os.unlink, (place,)),
            (os.rename, (spare, place)),
        ):
            with contextlib.suppress(OSError):
                step(*arguments)


@pytest.mark.parametrize("what", ["file", "folder"])
def test_a_symlink_swapped_in_while_we_look_never_leads_out(folder, what):
    place = path_in(folder) / "a.md" if what == "file" else path_in(folder)
    outside = folder.parent / "outside" / "a.md" if what == "file" else folder.parent / "outside"
    stop = threading.Event()
    swapper = threading.Thread(target=swapping, args=(place, folder / "spare", outside, stop), daemon=True)
    swapper.start()
    path, read, refused = f"{ROOT}/specs/search/a.md", set(), set()

    def look() -> None:
        read.add(read_file(folder, path).decode())
        read.update(read_folder(folder).texts.values())

    end = time.monotonic() + 1.0
    while time.monotonic() < end:
        # Written whether or not it could be read: the swapper may have left an empty folder.
        for step in (look, lambda: write_folder(folder, {path: "inside"})):
            try:
                step()
            except DomainError as error:
                refused.add(error.code)
    stop.set()
    swapper.join(10)

    assert not swapper.is_alive()
    assert read == {"inside"}
    assert refused <= {"symlink_refused", "file_not_found", "folder_not_found", "not_a_file"}
    assert (folder.parent / "outside" / "a.md").read_text() == SECRET
    assert os.listdir(folder.parent / "outside") == ["a.md"]


def test_a_symlink_is_refused_only_where_it_could_hide_a_document(tmp_path):
    (tmp_path / "openspec/specs").mkdir(parents=True)
    (tmp_path / "openspec/specs/a.md").write_text("# A\n")
    (tmp_path / "specflow").mkdir()
    (tmp_path / "specflow/code").symlink_to(tmp_path)
    assert set(read_folder(tmp_path).texts) == {"openspec/specs/a.md"}

    (tmp_path / "openspec/specs/b").symlink_to(tmp_path)
    with pytest.raises(Invalid) as refused:
        read_folder(tmp_path)
    assert refused.value.code == "symlink_refused"
