"""A folder of documents as a zip archive, in and out, by the rules of a folder on disk (workspace.py).

Only what a dialect has a place for is unpacked, so nothing else in an archive costs anything. All sizes are counted
while reading: what an archive says of itself is not believed.
"""

import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from typing import Final

from django.db import transaction

from specflow.accounts.actors import Actor
from specflow.accounts.models import Project
from specflow.errors import DomainError, Invalid, NotFound, TooLarge
from specflow.specs.formats import registry
from specflow.specs.formats.dialect import Dialect
from specflow.specs.imports import ImportReport, exported, import_folder
from specflow.specs.models import Document
from specflow.specs.queries import spec_named
from specflow.specs.workspace import MAX_FILES, NO_TEXT, TEXTS, Folder, path_parts
from specflow.text import MAX_DOCUMENT_BYTES, checked_document, decoded

MAX_ARCHIVE_BYTES: Final = 12 * 1024 * 1024
MAX_UNPACKED_BYTES: Final = 100 * 1024 * 1024
_ENTRY = b"PK\x01\x02"  # what each entry of an archive's directory begins with (APPNOTE 4.3.12)
_ENCRYPTED = 0x41  # bits 0 and 6 of the flags (APPNOTE 4.4.4)
_UTF8 = 0x800
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # the others may ask for gigabytes of memory
_BROKEN = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, IndexError, RuntimeError)
_FIRST_DAY = (1980, 1, 1, 0, 0, 0)
_MAC = "__MACOSX"


def take(project: Project, *, actor: Actor, folder: Folder, dry_run: bool = False) -> ImportReport:
    """Imports what was read, and tells of it; with `dry_run` nothing of it stays. Raises as `import_folder`."""
    if dry_run:
        with transaction.atomic():
            report = import_folder(project, actor=actor.with_idempotency(""), files=folder.texts)
            transaction.set_rollback(True)
    else:
        report = import_folder(project, actor=actor, files=folder.texts)
    report.warnings[:0] = folder.warnings
    return report


def archive_of(texts: Mapping[str, str]) -> bytes:
    """A zip of the texts by their paths; the same texts give the same bytes."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, text in sorted(texts.items()):
            entry = zipfile.ZipInfo(path, _FIRST_DAY)
            entry.create_system, entry.external_attr = 3, 0o644 << 16
            archive.writestr(entry, text.encode(), zipfile.ZIP_DEFLATED)
    return data.getvalue()


def packed(project: Project, *, spec: str = "", dialect: str = "") -> bytes:
    """A zip of the project's documents, or of those of one spec (by slug or id) or one dialect (by name), with today's
    progress in their markers. Raises NotFound `spec_not_found`, Invalid `unknown_dialect`."""
    texts = exported(project, registry.named(dialect).name if dialect else None)
    if spec:
        rows = Document.objects.filter(spec=spec_named(project, spec))
        texts = {path: texts[path] for path in rows.values_list("path", flat=True) if path in texts}
    return archive_of(texts)


def texts_of(data: bytes, dialects: Sequence[Dialect] | None = None) -> Folder:
    """The texts of a zip that stand where a dialect (one of these, or of all) has a place for them; one folder around
    everything is taken off, and what is no text is refused or named in `warnings`, as `workspace.read_folder` does.

    Raises Invalid `invalid_archive`, `encrypted_archive`, `invalid_path`, `symlink_refused`, `not_a_file`,
    `invalid_utf8`, `invalid_text`, TooLarge `too_large`, NotFound `folder_not_found` where there is nothing to take.
    """
    _bound("archive", len(data), MAX_ARCHIVE_BYTES)
    if data.count(_ENTRY) > MAX_FILES:
        raise TooLarge("too_large", f"The archive holds over {MAX_FILES} files.", {"limit": MAX_FILES})
    folder = _folder(dialects)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _unpack(archive, _known(_entries(archive), folder), folder)
    except _BROKEN as error:
        raise _invalid(f"it cannot be read ({str(error)[:150] or type(error).__name__})") from error
    return _filled(folder)


def folder_of(files: Mapping[str, str], dialects: Sequence[Dialect] | None = None) -> Folder:
    """Texts by their paths as a folder; what no dialect (of these, or of all) has a place for is named in `warnings`.

    Raises Invalid `invalid_path`, TooLarge `too_large`, NotFound `folder_not_found` where there is nothing to take.
    """
    if len(files) > MAX_FILES:
        raise TooLarge("too_large", f"These are over {MAX_FILES} files.", {"limit": MAX_FILES})
    folder = _folder(dialects)
    for path, text in sorted(files.items()):
        path_parts(path)
        if _takes(folder, path):
            folder.texts[path] = text
        else:
            folder.warnings.append(f"{path[:200]}: left out: no dialect has a place for it.")
    return _filled(folder)


def _folder(dialects: Sequence[Dialect] | None) -> Folder:
    return Folder(dialects=registry.dialects() if dialects is None else tuple(dialects))


def _filled(folder: Folder) -> Folder:
    if not folder.texts:
        known = {"known": sorted(_roots(folder)), "left_out": folder.warnings[:20]}
        raise NotFound("folder_not_found", "There is no folder of specs here.", known)
    return folder


def _entries(archive: zipfile.ZipFile) -> list[tuple[str, zipfile.ZipInfo]]:
    """The archive's files with their paths. What the Finder puts beside each file is none of them."""
    found: list[tuple[str, zipfile.ZipInfo]] = []
    for entry in archive.infolist():
        path = _path(entry).removeprefix("./")
        if path:
            path_parts(path.removesuffix("/"))
        if not path or path.endswith("/") or path.startswith(f"{_MAC}/"):
            continue
        if entry.flag_bits & _ENCRYPTED:
            raise Invalid("encrypted_archive", "The archive is encrypted.", {"path": path[:200]})
        found.append((path, entry))
    return found


def _path(entry: zipfile.ZipInfo) -> str:
    """The name as it stands there. Some programs write UTF-8 and do not say so."""
    name = entry.orig_filename
    if not entry.flag_bits & _UTF8:
        try:
            return name.encode("cp437").decode()
        except UnicodeError:
            pass  # as it was read, then
    return name


def _known(entries: list[tuple[str, zipfile.ZipInfo]], folder: Folder) -> dict[str, zipfile.ZipInfo]:
    """Those in the top folders of dialects; where none is, within the one folder that is around everything."""
    roots = _roots(folder)
    if not any(path.partition("/")[0] in roots for path, _ in entries):
        if len({path.partition("/")[0] for path, _ in entries}) != 1:
            return {}
        entries = [(path.partition("/")[2], entry) for path, entry in entries]
    found: dict[str, zipfile.ZipInfo] = {}
    for path, entry in entries:
        if path.partition("/")[0] in roots and found.setdefault(path, entry) is not entry:
            raise _invalid(f"it holds {path[:200]} twice")
    return found


def _unpack(archive: zipfile.ZipFile, entries: dict[str, zipfile.ZipInfo], folder: Folder) -> None:
    room = MAX_UNPACKED_BYTES
    for path, entry in sorted(entries.items()):
        _require_file(path, entry)
        if not folder.takes(path):
            continue
        with archive.open(entry) as file:
            data = file.read(MAX_DOCUMENT_BYTES + 1)
        room -= len(data)
        _bound("unpacked archive", MAX_UNPACKED_BYTES - room, MAX_UNPACKED_BYTES)
        try:
            _bound(path[:200], len(data), MAX_DOCUMENT_BYTES)
            folder.texts[path] = checked_document(decoded(data, field=path), field=path)
        except DomainError as error:
            if path.endswith(TEXTS) or error.code not in NO_TEXT:
                raise
            folder.warnings.append(f"{path}: left out: {error.message}")


def _require_file(path: str, entry: zipfile.ZipInfo) -> None:
    shown = {"path": path[:200]}
    mode = entry.external_attr >> 16
    if stat.S_ISLNK(mode):
        raise Invalid("symlink_refused", f"{path[:200]} leads through a symlink.", shown)
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        raise Invalid("not_a_file", f"{path[:200]} is no ordinary file.", shown)
    if entry.compress_type not in _METHODS:
        raise _invalid(f"{path[:200]} is packed in a way other than deflate")


def _takes(folder: Folder, path: str) -> bool:
    return path.partition("/")[0] in _roots(folder) and folder.takes(path)


def _roots(folder: Folder) -> set[str]:
    return {name for one in folder.dialects for name in one.roots}


def _bound(what: str, size: int, limit: int) -> None:
    if size > limit:
        raise TooLarge("too_large", f"{what} is over the limit of {limit} bytes.", {"limit": limit})


def _invalid(problem: str) -> Invalid:
    return Invalid(
        "invalid_archive",
        f"This is no zip archive that can be taken: {problem}.",
        {},
        ("Pack the folder again as an ordinary zip.",),
    )
