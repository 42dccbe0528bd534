"""Pages of documents: the list, one document with its revisions, archives out and in."""

import base64
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from specflow.accounts import actions as accounts
from specflow.accounts.capabilities import Role
from specflow.audit.models import AuditEntry
from specflow.specs.archives import archive_of, texts_of
from specflow.specs.document_pages import laid_out
from specflow.specs.imports import exported, import_folder
from specflow.specs.models import Document
from tests import factories
from tests.dashboard.test_pages import PAYLOADS
from tests.dashboard.visits import as_, costs, inert
from tests.factories import Team
from tests.specs.formats import nasty

pytestmark = pytest.mark.django_db
SPEC = ".spec-workflow/specs/search"
FILES = {
    f"{SPEC}/requirements.md": "---\ntitle: Search\ntags: [a, b]\nowner:\n  name: Ann\n---\n# Search\n\nA text.\n",
    f"{SPEC}/notes.md": "# Notes\r\n",
    f"{SPEC}/api.json": '{\n  "a": "<b>"\n}\n',
    ".spec-workflow/steering/product.md": "\ufeff# Product",
}


@pytest.fixture
def team() -> Team:
    return factories.make_team()


@pytest.fixture
def filled(team: Team) -> Team:
    import_folder(team.project, actor=team.agent, files=FILES)
    return team


def at(path: str) -> str:
    return f"/p/demo/documents/{Document.objects.get(path=path).public_id}"


def shown(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, answer.content.decode()
    return answer.content.decode()


def words(answer: Any) -> str:
    """What a page says, without its markup."""
    return " ".join(re.sub(r"<[^>]*>", " ", answer.content.decode()).split())


def everywhere() -> list[str]:
    rows = [f"/p/demo/documents/{one.public_id}" for one in Document.objects.all()]
    parts = [address + part for address in rows for part in ("", "?view=text", "/difference?from=0&to=1")]
    return ["/p/demo/documents/", *parts]


def test_documents_are_listed_with_their_spec_or_their_folder(filled: Team) -> None:
    text = shown(as_(filled.bob), "/p/demo/documents/")
    assert all(f">{name}</a>" in text for name in ("requirements.md", "notes.md", "api.json", "product.md"))
    assert text.count('class="group-title"') == 2
    assert "/p/demo/specs/search/?tab=documents" in text
    assert ".spec-workflow/steering" in text
    assert "Spec Workflow" in text


def test_documents_are_found_by_kind_and_words(filled: Team) -> None:
    bob = as_(filled.bob)
    by_kind, by_words = (shown(bob, f"/p/demo/documents/?{query}") for query in ("kind=product", "q=NOTES"))
    assert ("product.md" in by_kind, "notes.md" in by_kind) == (True, False)
    assert ("product.md" in by_words, "notes.md" in by_words) == (False, True)
    assert "No document fits" in shown(bob, "/p/demo/documents/?q=zebra")
    assert "notes.md" in shown(bob, "/p/demo/documents/?kind=nonsense&page=x")


def test_the_list_costs_the_same_for_1_row_and_for_100(team: Team) -> None:
    import_folder(team.project, actor=team.agent, files={f"{SPEC}/requirements.md": "# R\n"})
    bob, addresses = as_(team.bob), ("/p/demo/documents/", "/p/demo/specs/search/?tab=documents")
    bob.get("/")
    few = [costs(bob, address) for address in addresses]
    files = {f".spec-workflow/specs/s{n}/requirements.md": f"# {n}\n" for n in range(60)}
    more = {f"{SPEC}/n{n}.md": f"# {n}\n" for n in range(100)}
    import_folder(team.project, actor=team.agent, files={**files, **more})
    assert [costs(bob, address) for address in addresses] == few


def test_documents_come_in_pages(team: Team) -> None:
    import_folder(team.project, actor=team.agent, files={f"{SPEC}/n{n:03}.md": "" for n in range(53)})
    bob = as_(team.bob)
    first, second = shown(bob, "/p/demo/documents/"), shown(bob, "/p/demo/documents/?page=2")
    assert ("n049.md" in first, "n050.md" in first) == (True, False)
    assert ("n049.md" in second, "n050.md" in second) == (False, True)


def test_a_spec_lists_its_documents_where_it_has_others_than_the_three(filled: Team) -> None:
    factories.make_spec(filled)
    bob = as_(filled.bob)
    assert "tab=documents" not in shown(bob, "/p/demo/specs/login-lock/").partition("<main")[2]
    text = shown(bob, "/p/demo/specs/search/?tab=documents")
    assert all(f">{name}</a>" in text for name in ("requirements.md", "notes.md", "api.json"))
    assert "export?spec=search" in text


def test_a_spec_that_is_written_in_other_documents_alone_opens_with_those(team: Team) -> None:
    import_folder(team.project, actor=team.agent, files={f"{SPEC}/notes.md": "# Notes\n"})
    assert ">notes.md</a>" in shown(as_(team.bob), "/p/demo/specs/search/")


def test_markdown_is_laid_out_with_its_front_matter_beside(filled: Team) -> None:
    text = shown(as_(filled.bob), at(f"{SPEC}/requirements.md"))
    assert '<h1 data-line="7">Search</h1>' in text
    for key, value in (("title", "Search"), ("tags", "a, b"), ("owner", "name: Ann")):
        assert re.search(rf">{key}</td><td[^>]*>{value}</td>", text), key
    assert "Items" in text


def test_front_matter_that_cannot_be_read_is_shown_as_it_stands(team: Team) -> None:
    import_folder(team.project, actor=team.agent, files={f"{SPEC}/a.md": "---\n# c\nk: [\n: :\n---\nText\n"})
    text = shown(as_(team.bob), at(f"{SPEC}/a.md"))
    assert "# c" in text
    assert re.search(r">k</td><td[^>]*>\[\n: :</td>", text)


@given(
    st.sampled_from(["", "---\n", "\ufeff---\n", "---\na: "]),
    nasty.texts,
    st.sampled_from(["", "\n---\n", "\n--- \nb"]),
)
def test_any_text_can_be_laid_out(head: str, text: str, end: str) -> None:
    found = laid_out(head + text + end)
    assert set(found) == {"html", "head"}


def test_what_is_not_markdown_is_shown_line_by_line(filled: Team) -> None:
    text = shown(as_(filled.bob), at(f"{SPEC}/api.json"))
    assert '<span id="L2">  &quot;a&quot;: &quot;&lt;b&gt;&quot;</span><span id="L3">}</span></div>' in text
    assert "View text" not in text


def test_the_text_of_a_document_is_shown_on_demand(filled: Team) -> None:
    text = shown(as_(filled.bob), at(f"{SPEC}/notes.md") + "?view=text")
    assert '<span id="L1"># Notes</span></div>' in text
    assert "View laid out" in text


def test_a_document_says_its_revisions_and_what_changed_in_each(filled: Team) -> None:
    import_folder(filled.project, actor=filled.agent, files={f"{SPEC}/notes.md": "# Notes\nMore\n"})
    address = at(f"{SPEC}/notes.md")
    text = shown(as_(filled.bob), address)
    assert f"{address}/difference?from=1&amp;to=2" in text
    changed = shown(as_(filled.bob), f"{address}/difference?from=1&to=2")
    assert "More" in changed
    assert f'href="{address}"' in changed
    assert as_(filled.bob).get(f"{address}/difference?to=9").status_code == 404


def test_a_document_is_exported_byte_for_byte(filled: Team) -> None:
    answer = as_(filled.bob).get(at(f"{SPEC}/notes.md") + "/file")
    assert answer.content == b"# Notes\r\n"
    assert answer["Content-Disposition"] == 'attachment; filename="notes.md"'
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_a_document_of_another_project_is_none(filled: Team) -> None:
    address = at(f"{SPEC}/notes.md")
    for there in (address, f"{address}/file", f"{address}/difference"):
        assert as_(filled.charlie).get(there).status_code == 404
        assert as_(filled.charlie).get(there.replace("/p/demo/", "/p/demo-foreign/")).status_code == 404
    assert as_(filled.bob).get("/p/demo/documents/doc-0000000000000000").status_code == 404


def test_the_log_leads_to_the_document(filled: Team) -> None:
    assert at(f"{SPEC}/notes.md") in shown(as_(filled.alice), "/p/demo/audit")


@pytest.mark.parametrize("payload", PAYLOADS)
def test_what_stands_in_a_document_never_runs(team: Team, payload: str) -> None:
    names = [f"{payload.replace('/', '')[:60]}{end}" for end in (".md", ".json", "")]
    texts = (f"---\nk: {payload}\n{payload}\n---\n{payload}\n", f"{{\n{payload}\n}}", payload)
    files = {f"{SPEC}/{name}": text for name, text in zip(names, texts, strict=True)}
    import_folder(team.project, actor=team.agent, files=files)
    bob = as_(team.bob)
    for address in everywhere():
        inert(bob.get(address), payload, address)
    tried = attempt(as_(team.alice), archive_of(files))
    inert(tried, payload, "import")


# Out and in


def attempt(client: Client, data: bytes | None, **fields: str) -> Any:
    file = {} if data is None else {"archive": SimpleUploadedFile("work.zip", data)}
    return client.post("/p/demo/documents/import/try", {**file, **fields})


def carried(answer: Any) -> str:
    """What the page has along for the import."""
    return re.search(r'name="archive" value="([^"]*)"', answer.content.decode())[1]


def test_a_project_a_spec_or_a_dialect_is_exported_as_a_zip(filled: Team) -> None:
    bob = as_(filled.bob)
    whole, spec = bob.get("/p/demo/documents/export?dialect="), bob.get("/p/demo/documents/export?spec=search")
    assert (whole["Content-Type"], whole["Content-Disposition"]) == (
        "application/zip",
        'attachment; filename="demo.zip"',
    )
    assert texts_of(whole.content).texts == FILES
    assert set(texts_of(spec.content).texts) == {path for path in FILES if path.startswith(SPEC)}
    assert bob.get("/p/demo/documents/export?dialect=spec-workflow").content == whole.content
    assert bob.get("/p/demo/documents/export?dialect=klingon").status_code == 400
    assert bob.get("/p/demo/documents/export?spec=none").status_code == 404
    assert as_(filled.charlie).get("/p/demo/documents/export").status_code == 404


def test_the_page_offers_the_dialects_that_are_there(filled: Team) -> None:
    bob = as_(filled.bob)
    assert 'name="dialect"' not in shown(bob, "/p/demo/documents/")
    import_folder(filled.project, actor=filled.agent, files={".kiro/steering/tech.md": "# Tech\n"})
    text = shown(bob, "/p/demo/documents/")
    assert re.findall(r'<option value="([^"]*)">', text) == ["", "spec-workflow", "kiro"]


def test_an_import_is_shown_first_and_then_taken_as_it_was_shown(team: Team) -> None:
    alice = as_(team.alice)
    assert "Zip archive" in shown(alice, "/p/demo/documents/import")
    tried = attempt(alice, archive_of({f"repo-main/{path}": text for path, text in FILES.items()}))
    assert tried.status_code == 200
    assert "Import 4 documents" in tried.content.decode()
    assert not Document.objects.exists()
    taken = alice.post("/p/demo/documents/import/take", {"archive": carried(tried)}, follow=True)
    assert "4 of 4 documents were new or changed" in taken.content.decode()
    assert exported(team.project) == FILES
    again = attempt(alice, archive_of(FILES))
    taken = alice.post("/p/demo/documents/import/take", {"archive": carried(again)}, follow=True)
    assert "4 documents read; nothing has changed." in taken.content.decode()


def test_a_second_archive_says_what_it_would_change_and_on_what_people_agreed(filled: Team) -> None:
    path, text = ".kiro/steering/tech.md", "# Tech\n\nPython and PostgreSQL.\n"
    import_folder(filled.project, actor=filled.agent, files={path: text})
    factories.approve(filled, Document.objects.get(path=path))
    files = {**FILES, path: text.replace("Python", "Rust"), ".kiro/steering/product.md": "# Product\n"}

    tried = words(attempt(as_(filled.alice), archive_of(files)))
    assert "1 new, 1 changed, 4 as they are" in tried
    assert "People agreed on 1 of the texts that change. Imported, it is a draft again" in tried
    assert f"{path} changed" in tried
    assert "All of it stands here as it is" in words(attempt(as_(filled.alice), archive_of(FILES)))


def test_what_is_left_out_is_said_before(team: Team) -> None:
    import io
    import zipfile

    data = io.BytesIO(archive_of(FILES))
    with zipfile.ZipFile(data, "a") as archive:
        archive.writestr(f"{SPEC}/shot.png", b"\x89PNG\xff")
    tried = attempt(as_(team.alice), data.getvalue(), dialect="spec-workflow")
    assert f"{SPEC}/shot.png: left out" in tried.content.decode()


@pytest.mark.parametrize(
    ("data", "fields", "code"),
    [
        (None, {}, "missing_value"),
        (b"not a zip", {}, "invalid_archive"),
        (b"PK" + b"x" * 13_000_000, {}, "too_large"),
        (archive_of({"README.md": ""}), {}, "folder_not_found"),
        (archive_of({"../a.md": ""}), {}, "invalid_path"),
        (archive_of(FILES), {"dialect": "klingon"}, "unknown_dialect"),
        (archive_of(FILES), {"dialect": "a\0b"}, "invalid_text"),
    ],
)
def test_an_archive_that_cannot_be_taken_is_refused_on_the_form(
    team: Team, data: bytes | None, fields: dict[str, str], code: str
) -> None:
    before = AuditEntry.objects.count()
    answer = attempt(as_(team.alice), data, **fields)
    assert 400 <= answer.status_code < 500
    assert f">{code}</code>" in answer.content.decode()
    assert "Zip archive" in answer.content.decode()
    assert (Document.objects.exists(), AuditEntry.objects.count()) == (False, before)


@pytest.mark.parametrize("value", ["", "%%%", "é", base64.b64encode(b"PK").decode()])
def test_what_was_not_shown_before_is_not_taken(team: Team, value: str) -> None:
    answer = as_(team.alice).post("/p/demo/documents/import/take", {"archive": value})
    assert "<code>invalid_archive</code>" in answer.content.decode()
    assert not Document.objects.exists()


def test_an_import_too_large_to_go_along_is_refused_with_other_ways(team: Team, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024 + 100
    answer = attempt(as_(team.alice), archive_of(FILES))
    assert answer.status_code == 413
    assert "spec_import" in answer.content.decode()


def test_who_may_not_write_specs_sees_no_import_and_cannot_do_it(filled: Team) -> None:
    accounts.add_member(filled.project, filled.bob, actor=filled.maintainer, role=Role.VIEWER)
    bob, before = as_(filled.bob), AuditEntry.objects.count()
    assert "documents/import" not in shown(bob, "/p/demo/documents/")
    assert "documents/export" in shown(bob, "/p/demo/documents/")
    value = base64.b64encode(archive_of({**FILES, f"{SPEC}/new.md": ""})).decode()
    refused = [bob.get("/p/demo/documents/import"), attempt(bob, archive_of(FILES))]
    refused.append(bob.post("/p/demo/documents/import/take", {"archive": value}))
    for answer in refused:
        assert answer.status_code == 403
        assert "<code>role_may_not</code>" in answer.content.decode()
    assert AuditEntry.objects.count() == before


def test_an_import_needs_its_token_and_is_posted(team: Team) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(team.alice)
    for step in ("try", "take"):
        assert strict.post(f"/p/demo/documents/import/{step}").status_code == 403
        assert strict.get(f"/p/demo/documents/import/{step}").status_code == 405


def test_an_empty_project_says_how_to_begin(team: Team) -> None:
    assert "Import the folder that you have" in shown(as_(team.alice), "/p/demo/documents/")
    assert "documents/export" not in shown(as_(team.alice), "/p/demo/documents/")
