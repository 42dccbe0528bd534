"""Stored text as HTML that is safe on any page: markdown, and the difference of two texts.

Nothing of the text runs or is fetched (QUALITY 42): raw HTML is shown as text, images are named and not loaded, links
go to http, https, mailto or this site, and what markdown-it makes passes nh3's allow-list on top.
"""

import hashlib
import re
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from threading import Lock
from typing import Any, Final

import nh3
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from specflow.specs.differences import shared

_MARKDOWN: Final = (".md", ".markdown", ".mdx", ".mdc")
MAX_RENDERED_BYTES: Final = 300_000  # about a second of markdown-it; a longer text is shown as it was written
MAX_LINE_BYTES: Final = 20_000  # some inline rules are quadratic in a line
MAX_BRACKETS: Final = 15_000  # each may begin a link, which is looked for over the rest of its paragraph
MAX_NESTING: Final = 60
MAX_ROWS: Final = 6_000
MAX_MARKED: Final = 1_500  # lines whose changed words are looked for
CONTEXT: Final = 3

_TAGS = {
    *("p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "pre", "code", "hr", "br"),
    *("em", "strong", "s", "a", "span", "table", "thead", "tbody", "tr", "th", "td"),
}
_ATTRIBUTES = {"*": {"data-line", "class"}, "a": {"href", "title"}, "ol": {"start"}}
_CHECKBOX = re.compile(r"\[([ xX~\-!])\](?=\s|$)")
_STATES = {
    " ": ("☐", "open"),
    "x": ("☑", "done"),
    "-": ("◐", "in-progress"),
    "~": ("◐", "in-progress"),
    "!": ("⊘", "blocked"),
}
_WORDS = re.compile(r"\w+|\s+|[^\w\s]")
_LINES = re.compile(r"[^\n]*\n|[^\n]+")


def is_markdown(path: str) -> bool:
    """Whether the text at this path is one to lay out; others are read line by line."""
    return path.lower().endswith(_MARKDOWN)


def numbered(text: str) -> list[str]:
    """The lines of a text, without their ends."""
    lines = text.removeprefix("\ufeff").split("\n")
    return [line.removesuffix("\r") for line in (lines[:-1] if lines[-1] == "" else lines)]


def shown(path: str, text: str) -> SafeString:
    """The text of a document as people read it: laid out where its path says Markdown, else with its lines numbered."""
    if is_markdown(path):
        return format_html('<div class="sf-text">{}</div>', rendered(text))
    lines = format_html_join("", '<span id="L{}">{}</span>', enumerate(numbered(text), 1))
    return format_html('<div class="sf-source">{}</div>', lines)


def rendered(text: str) -> SafeString:
    """A document's markdown as HTML: CommonMark with tables and strikethrough, checkboxes drawn as signs.

    Each block carries `data-line`, the 1-based line of the text that it begins on. A text over 300 KB, with a line
    over 20 KB, with over 15,000 brackets or nested over 60 deep is shown as it was written. The latest 16 MB of
    results are kept.
    """
    text = text.encode("utf-8", "replace").decode()
    key = hashlib.sha256(text.encode()).hexdigest()
    kept = _kept.get(key)
    if kept is None:
        kept = _as_written(text) if _is_too_long(text) else _as_markdown(text)
        _kept.put(key, kept)
    return mark_safe(kept)  # noqa: S308 - nh3's output, or escaped


@dataclass(frozen=True, slots=True)
class DiffRow:
    """A line of a diff: `kind` is same, added, removed or folded; line numbers are 1-based, None where there is none.

    `html` is the line, escaped, its changed words in `<del>` and `<ins>`; for `folded`, a sentence.
    """

    kind: str
    old_line: int | None
    new_line: int | None
    html: SafeString


@dataclass(frozen=True, slots=True)
class DiffSummary:
    """How many lines came and went."""

    added: int
    removed: int


def diff_rows(before: str, after: str) -> list[DiffRow]:
    """What changed from `before` to `after`, line by line, with three lines around each change; the rest is folded.

    At most 6,000 rows; the last one then says how many are left out. Empty for equal texts.
    """
    if before == after:
        return []
    rows = list(_folded(list(_rows(_LINES.findall(before), _LINES.findall(after)))))
    if len(rows) <= MAX_ROWS:
        return rows
    left_out = format_html("{} more lines of this difference are not shown", len(rows) - MAX_ROWS)
    return [*rows[:MAX_ROWS], DiffRow("folded", None, None, left_out)]


def diff_summary(before: str, after: str) -> DiffSummary:
    """How many lines `after` has that `before` has not, and the other way round."""
    old, new = _LINES.findall(before), _LINES.findall(after)
    same = len(shared(old, new))
    return DiffSummary(added=len(new) - same, removed=len(old) - same)


class _Kept:
    """The latest results, up to a number of bytes."""

    def __init__(self, limit: int) -> None:
        self._limit, self._size, self._lock = limit, 0, Lock()
        self._values: OrderedDict[str, str] = OrderedDict()

    def get(self, key: str) -> str | None:
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
            return self._values.get(key)

    def put(self, key: str, value: str) -> None:
        with self._lock:
            self._size += len(value) - len(self._values.get(key, ""))
            self._values[key] = value
            while self._size > self._limit:
                self._size -= len(self._values.popitem(last=False)[1])


_kept = _Kept(16 * 1024 * 1024)


def _is_too_long(text: str) -> bool:
    return (
        len(text.encode()) > MAX_RENDERED_BYTES
        or text.count("[") > MAX_BRACKETS
        or any(len(line) > MAX_LINE_BYTES for line in text.split("\n"))
    )


def _as_written(text: str) -> str:
    return (
        '<p class="sf-note">This text is too long or too deep to be laid out; it is shown as it was written.</p>'
        f'<pre class="sf-raw" data-line="1">{escape(text)}</pre>'
    )


def _as_markdown(text: str) -> str:
    parser = _markdown()
    env: dict[str, Any] = {}
    tokens = parser.parse(text.removeprefix("\ufeff"), env)
    if any(token.level >= MAX_NESTING for token in tokens):
        return _as_written(text)  # the parser leaves out what is nested deeper; nothing may be hidden from a reader
    return nh3.clean(
        parser.renderer.render(tokens, parser.options, env),
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer nofollow",
    )


def _markdown() -> MarkdownIt:
    """A parser of our own for each text: it is cheap to make, and threads share nothing."""
    parser = MarkdownIt("commonmark", {"html": False, "linkify": False, "maxNesting": MAX_NESTING + 1})
    parser.enable(["table", "strikethrough"])
    parser.core.ruler.push("specflow", _annotate)
    parser.add_render_rule("image", _image)
    parser.add_render_rule("checkbox", _checkbox)
    return parser


def _annotate(state: StateCore) -> None:
    """Source lines on blocks, checkboxes as signs, cells aligned by class (a page's policy refuses inline styles)."""
    for index, token in enumerate(state.tokens):
        if token.map and token.nesting >= 0:
            token.attrSet("data-line", str(token.map[0] + 1))
        if token.type in ("th_open", "td_open") and "style" in token.attrs:
            align = str(token.attrs.pop("style")).removeprefix("text-align:")
            token.attrSet("class", f"sf-{align}")
        if token.type == "inline" and index > 1 and state.tokens[index - 2].type == "list_item_open":
            _draw_checkbox(token, state.tokens[index - 2])


def _draw_checkbox(inline: Token, item: Token) -> None:
    children = inline.children or []
    found = _CHECKBOX.match(children[0].content) if children and children[0].type == "text" else None
    if found is None:
        return
    sign, state = _STATES[found[1].lower()]
    children[0].content = children[0].content[found.end() :]
    item.attrSet("class", f"sf-task sf-{state}")
    children.insert(0, Token("checkbox", "", 0, content=sign, meta={"state": state}))


def _checkbox(_renderer: Any, tokens: Sequence[Token], index: int, _options: Any, _env: Any) -> str:
    return f'<span class="sf-check sf-{tokens[index].meta["state"]}">{tokens[index].content}</span>'


def _image(renderer: Any, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    """An image is named, with its address, and not loaded."""
    token = tokens[index]
    alt = renderer.renderInlineAsText(token.children, options, env) if token.children else ""
    return (
        f'<span class="sf-image">{escape(alt or "image")} <code>{escape(str(token.attrs.get("src", "")))}</code></span>'
    )


def _rows(before: list[str], after: list[str]) -> Iterator[DiffRow]:
    at, to, marked = 0, 0, 0
    for old, new in [*shared(before, after), (len(before), len(after))]:
        yield from _changed(before[at:old], after[to:new], at + 1, to + 1, MAX_MARKED - marked)
        marked += min(old - at, new - to)
        if old < len(before):
            yield DiffRow("same", old + 1, new + 1, _line(before[old]))
        at, to = old + 1, new + 1


def _changed(removed: list[str], added: list[str], old_line: int, new_line: int, mark: int) -> Iterator[DiffRow]:
    """A changed stretch: what went, then what came; the first `mark` lines mark the words that differ."""
    lines = enumerate(zip_longest(removed, added, fillvalue=""))
    marked = [_marked(old, new) if index < mark else _plain(old, new) for index, (old, new) in lines]
    for index in range(len(removed)):
        yield DiffRow("removed", old_line + index, None, marked[index][0])
    for index in range(len(added)):
        yield DiffRow("added", None, new_line + index, marked[index][1])


def _marked(old: str, new: str) -> tuple[SafeString, SafeString]:
    """Both lines with their differing words marked, or plain where they have little in common."""
    if not old or not new or len(old) + len(new) > 4_000:
        return _plain(old, new)
    old_words, new_words = _WORDS.findall(old), _WORDS.findall(new)
    pairs = shared(old_words, new_words, effort=40)
    common = sum(len(old_words[i].strip()) for i, _ in pairs)
    if common * 3 < max(len(old.strip()), len(new.strip())):
        return _plain(old, new)
    return (
        _with_marks(old_words, {i for i, _ in pairs}, "del", old),
        _with_marks(new_words, {j for _, j in pairs}, "ins", new),
    )


def _plain(old: str, new: str) -> tuple[SafeString, SafeString]:
    return _line(old, ends=True), _line(new, ends=True)


def _with_marks(words: list[str], same: set[int], tag: str, line: str) -> SafeString:
    parts: list[str] = []
    open_ = False
    for index, word in enumerate(words):
        changed = index not in same and word not in ("\n", "\r\n")
        if changed != open_:
            parts.append(f"<{tag}>" if changed else f"</{tag}>")
            open_ = changed
        parts.append(escape(word.rstrip("\r\n") if word.endswith("\n") else word))
    if open_:
        parts.append(f"</{tag}>")
    return mark_safe("".join(parts) + _end(line))  # noqa: S308 - each word is escaped


def _line(line: str, *, ends: bool = False) -> SafeString:
    return mark_safe(escape(line.rstrip("\r\n")) + (_end(line) if ends else ""))  # noqa: S308 - escaped


def _end(line: str) -> str:
    """What is odd about a changed line's end, which cannot be seen otherwise."""
    if line.endswith("\r\n"):
        return '<span class="sf-end" title="ends with a carriage return">␍</span>'
    return "" if line.endswith("\n") or not line else '<span class="sf-end" title="no line break at the end">⌁</span>'


def _folded(rows: list[DiffRow]) -> Iterator[DiffRow]:
    """The rows with unchanged stretches far from a change folded into one row."""
    changed = [index for index, row in enumerate(rows) if row.kind != "same"]
    near = {near for index in changed for near in range(index - CONTEXT, index + CONTEXT + 1)}
    start = None
    for index, row in enumerate([*rows, None]):
        hidden = row is not None and index not in near
        if hidden and start is None:
            start = index
        if not hidden and start is not None:
            count = index - start
            words = format_html("{} unchanged line{}", count, "" if count == 1 else "s")
            yield DiffRow("folded", rows[start].old_line, rows[start].new_line, words)
            start = None
        if row is not None and not hidden:
            yield row
