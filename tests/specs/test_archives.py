"""A folder as a zip archive: out and in without a difference, and nothing believed that is not counted."""

import contextlib
import io
import stat
import time
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specflow.audit.models import AuditEntry
from specflow.errors import DomainError, Invalid, NotFound, TooLarge
from specflow.specs import archives
from specflow.specs.archives import archive_of, folder_of, take, texts_of
from specflow.specs.formats import registry
from specflow.specs.imports import exported
from specflow.specs.models import Document
from tests.factories import make_team
from tests.specs.formats import nasty

ROOT = ".spec-workflow"
PATH = f"{ROOT}/specs/search/requirements.md"
NAMES = st.sampled_from(["a.md", "b c.txt", "日本.md", "é/ü.yaml", "x/y/z.json", "tasks.md", "-.toml", "quo'te\".md"])


def packed(*entries: tuple[str | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip of these entries, as some program wrote it."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", method) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return data.getvalue()


def of_kind(name: str, kind: int) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name)
    entry.create_system, entry.external_attr = 3, (kind | 0o777) << 16
    return entry


def refusal(data: bytes, kind: type[DomainError] = Invalid) -> str:
    with pytest.raises(kind) as caught:
        texts_of(data)
    return caught.value.code


def read_or_refused(data: bytes) -> None:
    """Any other error is the test's."""
    with contextlib.suppress(DomainError):
        texts_of(data)


@given(st.dictionaries(NAMES.map(lambda name: f"{ROOT}/specs/search/{name}"), nasty.texts, min_size=1, max_size=6))
def test_what_goes_out_comes_in_byte_for_byte(texts):
    read = texts_of(archive_of(texts))

    assert (read.texts, read.warnings) == (texts, [])


def test_the_same_texts_are_the_same_archive():
    texts = {PATH: "a\r\n", f"{ROOT}/b.md": "\ufeffb"}

    assert archive_of(texts) == archive_of(dict(reversed(texts.items())))


def test_a_folder_around_everything_is_taken_off():
    data = packed(("repo-main/", b""), ("repo-main/README.md", b"x"), (f"repo-main/{PATH}", b"inside"))

    assert texts_of(data).texts == {PATH: "inside"}


def test_what_a_mac_puts_beside_the_files_is_not_looked_at():
    data = packed((f"work/{PATH}", b"inside"), (f"__MACOSX/work/{ROOT}/specs/search/._requirements.md", b"\0\5\x16"))

    assert texts_of(data).texts == {PATH: "inside"}


def test_names_in_utf8_are_read_even_where_nobody_says_that_they_are():
    name = f"{ROOT}/é日.md"
    data = packed((name, b"x"))
    unsaid = data.replace(b"\x08\x00\x00", b"\x00\x00\x00").replace(b"\x00\x08\x08\x00", b"\x00\x00\x08\x00")

    assert not zipfile.ZipFile(io.BytesIO(unsaid)).infolist()[0].flag_bits & 0x800
    assert texts_of(unsaid).texts == {name: "x"}


def test_a_name_may_begin_with_a_dot_and_a_slash():
    assert texts_of(packed(("./", b""), (f"./{PATH}", b"x"))).texts == {PATH: "x"}


def test_what_stands_beside_the_folders_of_dialects_is_not_unpacked():
    huge = b"\0" * 50_000_000
    began = time.process_time()

    assert set(texts_of(packed(("big.bin", huge), (PATH, b"x"))).texts) == {PATH}
    assert time.process_time() - began < 2


def test_a_file_that_is_no_text_is_named_and_one_that_should_be_is_refused():
    picture = (f"{ROOT}/specs/search/shot.png", b"\x89PNG\xff")
    read = texts_of(packed((PATH, b"x"), picture))

    assert set(read.texts) == {PATH}
    assert read.warnings[0].startswith(f"{ROOT}/specs/search/shot.png: left out: ")
    assert refusal(packed((PATH, b"\xff"))) == "invalid_utf8"
    assert refusal(packed((PATH, b"a\0b"))) == "invalid_text"


@pytest.mark.parametrize("name", ["/etc/a.md", f"{ROOT}/../a.md", "../a.md", f"{ROOT}//a.md", f"{ROOT}\\a.md", "a/./b"])
def test_a_name_that_leads_elsewhere_is_refused(name):
    assert refusal(packed((PATH, b"x"), (name, b"y"))) == "invalid_path"


@pytest.mark.parametrize("name", [f"{ROOT}/specs/a.md", ROOT, f"{ROOT}/specs"])
def test_a_symlink_is_refused_where_it_could_hide_something(name):
    assert refusal(packed((PATH, b"x"), (of_kind(name, stat.S_IFLNK), b"/etc/passwd"))) == "symlink_refused"


def test_a_symlink_elsewhere_in_a_repository_is_not_looked_at():
    data = packed((f"r/{PATH}", b"x"), (of_kind("r/AGENTS.md", stat.S_IFLNK), b"README.md"))

    assert texts_of(data).texts == {PATH: "x"}


def test_what_is_no_ordinary_file_is_refused():
    assert refusal(packed((of_kind(PATH, stat.S_IFIFO), b""))) == "not_a_file"


def test_an_encrypted_archive_is_refused():
    data = bytearray(packed((PATH, b"x")))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1

    assert refusal(bytes(data)) == "encrypted_archive"


def test_a_path_that_stands_there_twice_is_refused():
    with pytest.warns(UserWarning, match="Duplicate name"):
        data = packed((PATH, b"x"), (PATH, b"y"))

    assert refusal(data) == "invalid_archive"
    with pytest.warns(UserWarning, match="Duplicate name"):
        beside = packed((PATH, b"x"), ("LICENSE", b"x"), ("LICENSE", b"y"))
    assert texts_of(beside).texts == {PATH: "x"}


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_ways_of_packing_that_few_use_are_refused(method):
    assert refusal(packed((PATH, b"x"), method=method)) == "invalid_archive"


def test_a_file_over_the_limit_is_refused_however_small_it_says_it_is():
    data = packed((PATH, b"x" * 3_000_000))

    assert refusal(data, TooLarge) == "too_large"


def test_an_archive_that_grows_over_the_limit_is_refused(monkeypatch):
    monkeypatch.setattr(archives, "MAX_UNPACKED_BYTES", 5_000_000)
    files = [(f"{ROOT}/{number}.bin", b"\0" * 1_900_000) for number in range(3)]

    assert refusal(packed(*files), TooLarge) == "too_large"


def test_too_many_files_are_refused_before_they_are_listed():
    data = packed(*((f"x/{number}", b"") for number in range(20_001)))

    assert refusal(data, TooLarge) == "too_large"


def test_an_archive_over_the_limit_is_refused():
    assert refusal(b"PK" + b"x" * archives.MAX_ARCHIVE_BYTES, TooLarge) == "too_large"


def test_an_archive_without_documents_says_what_it_looked_for():
    with pytest.raises(NotFound) as caught:
        texts_of(packed(("README.md", b"x")))
    assert caught.value.code == "folder_not_found"
    assert ROOT in caught.value.details["known"]


@given(
    st.binary(max_size=200)
    | st.binary(max_size=60).map(lambda end: packed((PATH, b"x" * 50))[: -len(end) or None] + end)
)
def test_bytes_that_are_no_archive_are_refused_with_a_code(data):
    read_or_refused(data)


@given(st.data())
def test_an_archive_with_wrong_bytes_in_it_is_read_or_refused_with_a_code(data):
    broken = bytearray(packed((PATH, b"# A text\n" * 9), (f"{ROOT}/b.md", b"b")))
    for _ in range(data.draw(st.integers(1, 6))):
        broken[data.draw(st.integers(0, len(broken) - 1))] = data.draw(st.integers(0, 255))
    read_or_refused(bytes(broken))


def test_texts_that_no_dialect_has_a_place_for_are_named():
    read = folder_of({PATH: "x", "README.md": "y"}, registry.dialects())

    assert set(read.texts) == {PATH}
    assert read.warnings == ["README.md: left out: no dialect has a place for it."]
    with pytest.raises(Invalid, match="A path stays inside"):
        folder_of({PATH: "x", "../README.md": "y"})


@pytest.mark.django_db
def test_a_dry_run_says_what_an_import_says_and_leaves_nothing():
    team, folder = make_team(), texts_of(packed((PATH, b"# R\n\n### Requirement 1: A\n"), (f"{ROOT}/a.bin", b"\xff")))
    before = AuditEntry.objects.count()

    tried = take(team.project, actor=team.agent, folder=folder, dry_run=True)

    assert (Document.objects.count(), AuditEntry.objects.count()) == (0, before)
    assert take(team.project, actor=team.agent, folder=folder) == tried
    assert tried.warnings[0].startswith(f"{ROOT}/a.bin: left out")
    assert exported(team.project) == folder.texts


@pytest.mark.django_db
def test_an_import_under_a_key_is_done_once():
    team, folder = make_team(), folder_of({PATH: "# R\n"})
    actor = team.agent.with_idempotency("once")

    first = take(team.project, actor=actor, folder=folder)

    assert take(team.project, actor=actor, folder=folder) == first
    assert (first.revised, Document.objects.count()) == (1, 1)
