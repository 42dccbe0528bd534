"""What a sentence says in EARS (Easy Approach to Requirements Syntax) or as Given/When/Then, with where it says it.

Read by grammar: keywords where a clause begins, or in capitals or bold, split the sentence; the modal (`SHALL` and its
kin) parts the system from its response. The words of other languages count as the English ones do; Japanese, Chinese
and Korean put most of theirs at the end of a clause.
"""

# ruff: noqa: RUF001 - full-width signs and letters of other alphabets stand in real documents

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

_KINDS = {"when": "event", "while": "state", "if": "unwanted", "where": "optional"}
_CLAUSES = frozenset({*_KINDS, "given"})

_SPOKEN = {
    "when": "when whenever upon cuando quando quand lorsque sobald wenn когда عندما",
    "while": "while whilst during mientras enquanto pendant tant während solange пока бينما بينما أثناء",
    "if": "if unless si se falls sofern если إذا اذا",
    "where": "where donde onde où wo где حيث",
    "given": "given dado dada dados dadas étant angenommen gegeben допустим дано بفرض",
    "then": "then entonces então alors dann то тогда فإن عندئذ",
    "shall": (
        "shall must debe deben deberá deberán deve devem deverá deverão doit doivent devra devront muss müssen soll "
        "sollen должен должна должно должны يجب"
    ),
    "should": "should will",
}
_WORDS = {word: kind for kind, words in _SPOKEN.items() for word in words.split()}
# As a relative ("the folder where …"), a reflexive or an article these stand anywhere: only where a clause begins.
_COMMON = frozenset(["where", "donde", "onde", "où", "wo", "где", "حيث", "si", "se", "upon", "during", "pendant"])

_WORD = re.compile(r"[^\W\d_]{2,}")
_CODE = re.compile(r"`[^`\n]*`")
_HEAD = re.compile(
    r"[\s>*_#+\-]*(?:\[[ xX~\-]\]\s*)?(?:[*_(]{0,3}(?:[A-Z]{1,6}-?)?\d[\w.\-]{0,20}[.):：*_]{0,5}\s+)?[\W_]*"
)
_BEGINS = re.compile(
    r"(?:[,;:.!?…—–|>、，。；：،\n]|\s-|\b(?:and|or|but|y|o|e|ou|et|und|oder|и|или))[\s*_~\"'“„«([\-]*$", re.IGNORECASE
)
_AFTER_AND = re.compile(r"\b(?:and|or)[\s*_]+$", re.IGNORECASE)
# "the time when", "check if": no clause of the requirement, but what its response is about.
_ABOUT = re.compile(
    r"\b(?:time|moment|date|day|point|case|know|knows|show|indicate|determine|decide|detect|check|verify|see|ask|tell"
    r"|test|validate|whether|as|even|only|which|what|especially|except)[\s*_]+$",
    re.IGNORECASE,
)
_QUERY_WORD = re.compile(r"[\s*_]*(?:clause|condition|statement|keyword|filter|expression)s?\b", re.IGNORECASE)
_COMPOUND = re.compile(
    r"[\s*_]*(?:que\b|qu['’]|donné(?:e|s|es)?\b(?:\s+(?:que\b|qu['’]))?|long\s+as\b)?[\s*_:：,，、]*"
)
_SENTENCE = re.compile(r"[.!?](?=\s)|。|\n\s*(?:\n|[-*+]\s|\d+[.)]\s)")
_TAIL = re.compile(r"(?:[\s,;:，、；：*_\-|/]|\b(?:and|or|but|und|et|y|и)\b)+$", re.IGNORECASE)
_COMMA = re.compile(r"[,，、،](?!\d)")
_ARTICLE = re.compile(r"\s(?=(?:the|it|they)\s)", re.IGNORECASE)
_EDGES = " \t\r\n*_,;:，、；：،-|"

_KANA, _HANGUL, _HAN = re.compile("[ぁ-ヿ]"), re.compile("[가-힣]"), re.compile("[一-鿿]")
_JA = re.compile(
    "(?P<when>(?:とき|時|際|すると|たら)(?:に|は|には|点で)?(?=[、,]))"
    "|(?P<if>(?:場合|なら|ならば|れば|限り)(?:に|は|には)?(?=[、,]))"
    "|(?P<while>(?:間|最中|中)(?:に|は|には)?(?=[、,]))"
    "|(?P<shall>(?:なければ(?:ならない|なりません)|ものとする|べき(?:である|だ)?|必要が(?:ある|あります)|こと)(?=[。．\\s]|$))"
)
_ZH = re.compile(
    "(?P<when>[时時后後](?=[，,、]))|(?P<if>(?:的话|的話|情况下|情況下)(?=[，,、]))|(?P<while>(?:期间|期間|过程中)(?=[，,、]))"
    "|(?P<then>(?<=[，,、\\s])(?:那么|那麼|则|則))"
    "|(?P<shall>应当|应该|應當|應該|必须|必須|不得|(?<![响适对反供相感效])[应應](?![用答急收聘])|(?<![无必])须)"
)
_KO = re.compile(
    "(?P<when>때(?:에|는|에는|마다)?(?=[,\\s]))|(?P<if>(?:경우(?:에|에는|는)?|[하되으이]면)(?=[,\\s]))"
    "|(?P<while>동안(?:에|은|에는)?(?=[,\\s]))|(?P<then>그러면)|(?P<shall>야\\s?(?:한다|합니다|함)(?=[.\\s]|$))"
)
_PREFIX = re.compile(
    "(?P<when>[当當](?![前天地然日时時])|每当|每當)|(?P<if>如果|若|假如|倘若|もし|万一|만약|만일)"
    "|(?P<given>前提|假设|假設|假定|조건)|(?P<then>ならば|その場合)"
)
_TOPIC = re.compile("は、?|が、?|[은는이가](?=\\s)")


@dataclass(frozen=True, slots=True)
class Clause:
    """A part of the sentence: `text` is what stands from character `start` up to `end`, without its keyword."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Ears:
    """The parts of a sentence; `pattern` as `pattern` gives it. Spans count characters of the text that was read."""

    pattern: str
    triggers: tuple[Clause, ...] = ()
    states: tuple[Clause, ...] = ()
    conditions: tuple[Clause, ...] = ()
    features: tuple[Clause, ...] = ()
    given: tuple[Clause, ...] = ()
    system: Clause | None = None
    modal: Clause | None = None
    response: Clause | None = None


class Mark(NamedTuple):
    """A keyword where it stands. `loud`: in capitals or bold; `begins`: else, where a clause begins; `closes`: its
    clause stands before it; `common`: a quiet word that means something else inside of a clause."""

    kind: str
    start: int
    end: int
    loud: bool
    begins: bool
    closes: bool = False
    common: bool = False


class Sentence(NamedTuple):
    """A sentence with its keywords found: `heads` open the clauses, `then` and `modal` part them from the response."""

    text: str
    said: str  # the text with its code masked: keywords in code are none
    start: int  # after numbering and marks
    heads: tuple[Mark, ...]
    then: Mark | None
    modal: Mark | None

    @property
    def pattern(self) -> str:
        """The sentence's pattern."""
        kinds = {head.kind for head in self.heads}
        if "given" in kinds:
            return "given_when_then"
        if len(kinds) > 1:
            return "complex"
        return _KINDS[kinds.pop()] if kinds else "ubiquitous" if self.modal else "free"

    @property
    def pivot(self) -> int:
        """Where the response's side begins: at THEN, at the modal, or at the end."""
        pivots = [mark.start for mark in (self.then, self.modal) if mark]
        return min(pivots, default=len(self.text))


def pattern(text: str) -> str:
    """`event`, `state`, `unwanted`, `optional`, `ubiquitous`, `complex`, `given_when_then` or `free`."""
    return _sentence(text).pattern


def parse(text: str) -> Ears:
    """The clauses of a sentence with their spans; reads any text. What is no requirement is `free`, without clauses."""
    found = _sentence(text)
    if found.pattern == "free":
        return Ears("free")
    clauses: dict[str, list[Clause]] = {kind: [] for kind in _CLAUSES}
    edge = _edge(found)
    for head, (start, end) in zip(found.heads, _spans(found, edge), strict=True):
        clauses[head.kind].append(_clause(text, start, _without_and(text, start, end)))
    made = Ears(
        found.pattern, tuple(clauses["when"]), tuple(clauses["while"]), tuple(clauses["if"]), tuple(clauses["where"]),
        tuple(clauses["given"]),
    )  # fmt: skip
    return _with_response(made, found, edge)


def modals(text: str) -> tuple[Clause, ...]:
    """Every SHALL or MUST of a sentence, outside of code, in order."""
    return tuple(_clause(text, mark.start, mark.end) for mark in _marks(text, _masked(text)) if mark.kind == "shall")


def _sentence(text: str) -> Sentence:
    said = _masked(text)
    marks = _marks(text, said)
    head = _HEAD.match(text)
    start = head.end() if head else 0
    opening = [mark for mark in marks if mark.kind in _CLAUSES and (mark.loud or mark.begins)]
    then, modal = _pivots(marks, opening)
    heads = tuple(_heads(said, marks, opening, then, modal))
    if not then and not modal and not _stands_alone(said, start, heads):
        heads = ()
    if heads and modal is None and then is None:
        heads = tuple(one for one in heads if one.kind != "given")
    return Sentence(text, said, start, heads, then if heads else None, modal)


def _masked(text: str) -> str:
    return _CODE.sub(lambda found: "0" * len(found[0]), text) if "`" in text else text


def _marks(text: str, said: str) -> list[Mark]:
    shouting = said.isupper()
    marks = []
    for found, kind in [(one, kind) for one in _WORD.finditer(said) if (kind := _WORDS.get(one[0].lower()))]:
        start, end = found.span()
        bold = said[start - 1 : start] in ("*", "_") and said[end : end + 1] in ("*", "_", ":", "：")
        loud = bold or (not shouting and found[0].isupper())
        begins = not loud and kind in _CLAUSES and _begins(text, said, start)
        marks.append(Mark(kind, start, end, loud, begins, False, not loud and found[0].lower() in _COMMON))
    if not said.isascii():
        led = any(mark.loud and mark.kind in _CLAUSES for mark in marks)
        joined = (mark for mark in _joined(said) if not (led and mark.kind in _CLAUSES))
        marks = sorted([*marks, *joined], key=lambda mark: mark.start)
    return marks


def _begins(text: str, said: str, at: int) -> bool:
    before = said[max(0, at - 24) : at]
    if _BEGINS.search(before):
        return True
    if at > 60:
        return False
    head = _HEAD.match(text)
    return head is not None and head.end() >= at


def _joined(said: str) -> Iterator[Mark]:
    """The keywords of writing that puts no blanks between words, in the first sentence."""
    head = _HEAD.match(said)
    stop = _SENTENCE.search(said, head.end() if head else 0)
    until = stop.end() if stop else len(said)
    if _KANA.search(said):
        forms: tuple[re.Pattern[str], ...] = (_JA, _PREFIX)
    elif _HANGUL.search(said):
        forms = (_KO, _PREFIX)
    elif _HAN.search(said):
        forms = (_ZH, _PREFIX)
    else:
        return
    for form in forms:
        for found in form.finditer(said, 0, until):
            kind = found.lastgroup or ""
            closes = form is not _PREFIX and kind in _CLAUSES
            yield Mark(kind, found.start(), found.end(), True, True, closes=closes)


def _pivots(marks: Sequence[Mark], opening: Sequence[Mark]) -> tuple[Mark | None, Mark | None]:
    """THEN, where it parts the clauses from the response, and the modal of the response."""
    shalls = [mark for mark in marks if mark.kind == "shall"]
    modal = next(iter(shalls), None)
    then = _then(marks, opening[0], modal) if opening else None
    if then:
        modal = next((mark for mark in shalls if mark.start > then.start), None)
    if modal is None:
        weak = (mark for mark in marks if mark.kind == "should" and (mark.loud or opening))
        modal = next((mark for mark in weak if then is None or mark.start > then.start), None)
    return then, modal


def _then(marks: Sequence[Mark], first: Mark, modal: Mark | None) -> Mark | None:
    for place, mark in enumerate(marks):
        if mark.kind != "then" or mark.start < first.start:
            continue
        before = modal is None or mark.start < modal.start or (mark.loud and not modal.loud)
        listed = not mark.loud and place and marks[place - 1].end == mark.start  # "and then" is a step of one clause
        return mark if before and not listed else None
    return None


def _heads(
    said: str, marks: Sequence[Mark], opening: Sequence[Mark], then: Mark | None, modal: Mark | None
) -> Iterator[Mark]:
    pivot = min((mark.start for mark in (then, modal) if mark), default=len(said))
    before = [mark for mark in opening if mark.start < pivot]
    tells = then is not None or (modal is not None and any(mark.kind == "when" for mark in before))
    last = None
    for mark in before:
        if mark.kind == "given" and not tells:
            continue
        if mark.closes and last and not last.closes:  # 当…时: the first of the two opened it
            last = mark
            continue
        last = mark
        yield mark
    if not modal and not then:
        return
    if any(mark.kind == "given" for mark in before) and tells:
        return
    yield from _trailing(said, marks, (modal or then or marks[0]).end, bool(before))


def _trailing(said: str, marks: Sequence[Mark], after: int, led: bool) -> Iterator[Mark]:
    """The clauses that stand behind the response: `the system SHALL lock it when five logins fail`."""
    stop = _SENTENCE.search(said, after)
    until = stop.start() if stop else len(said)
    for mark in marks:
        if not after <= mark.start < until or mark.kind not in _KINDS or mark.closes:
            continue
        if mark.loud:
            if not _QUERY_WORD.match(said, mark.end):
                yield mark
        elif not mark.common and (mark.kind == "while" or not led):
            before = said[max(0, mark.start - 24) : mark.start]
            if not _ABOUT.search(before) and not _AFTER_AND.search(before):
                yield mark


def _stands_alone(said: str, start: int, heads: Sequence[Mark]) -> bool:
    """Whether a sentence without modal and THEN is one of ours: by a loud keyword, or `When x, y`."""
    return any(mark.loud for mark in heads) or bool(
        heads and heads[0].start <= start and _COMMA.search(said, heads[0].end)
    )


def _edge(found: Sentence) -> int:
    """Where the last clause before the response ends."""
    before = [head for head in found.heads if head.start < found.pivot]
    if not before:
        return found.start
    if found.then:
        return found.then.start
    last = before[-1]
    if last.closes:
        return last.end
    until = found.modal.start if found.modal else len(found.text)
    commas = [comma.start() for comma in _COMMA.finditer(found.said, last.end, until)]
    if commas:
        return commas[-1] if found.modal else commas[0]
    articles = [article.start() for article in _ARTICLE.finditer(found.said, last.end, until)]
    return articles[-1] if articles and articles[-1] > last.end + 1 else until


def _spans(found: Sentence, edge: int) -> Iterator[tuple[int, int]]:
    """Where each clause stands, in the order of the heads."""
    stop = _SENTENCE.search(found.said, found.pivot)
    until = stop.start() if stop else len(found.text)
    begin = found.start
    for place, head in enumerate(found.heads):
        following = found.heads[place + 1] if place + 1 < len(found.heads) else None
        if head.closes:
            yield begin, head.start
        else:
            last = edge if edge > head.start else until if head.start > found.pivot else len(found.text)
            end = min(last, following.start) if following and not following.closes else last
            yield min(_after(found.text, head), end), end
        begin = head.end


def _after(text: str, mark: Mark) -> int:
    further = _COMPOUND.match(text, mark.end)
    return further.end() if further else mark.end


def _with_response(made: Ears, found: Sentence, edge: int) -> Ears:
    text, modal = found.text, found.modal
    side = _after(text, found.then) if found.then else edge
    trailing = [head.start for head in found.heads if head.start > found.pivot]
    until = min(trailing, default=len(text))
    if modal is None:
        return replace(made, response=_some(text, side, until))
    said = replace(made, modal=_clause(text, modal.start, modal.end))
    rest = _some(text, modal.end, until)
    if rest is None or not re.search(r"\w", rest.text) or (not found.said.isascii() and _ends_sentence(found, modal)):
        return _verb_last(said, found, side)
    system = _some(text, side, modal.start)
    if system is None and found.heads and found.heads[0].start > found.start:
        system = _some(text, found.start, found.heads[0].start)  # "The system, when idle, shall …"
    return replace(said, system=system, response=rest)


def _ends_sentence(found: Sentence, modal: Mark) -> bool:
    return _TOPIC.search(found.said, 0, modal.start) is not None and found.text[modal.end : modal.end + 1] in (
        "。",
        "．",
    )


def _verb_last(made: Ears, found: Sentence, side: int) -> Ears:
    """The modal stands at the end: the system is what the particle of the topic follows."""
    end = found.modal.start if found.modal else len(found.text)
    topic = _TOPIC.search(found.said, side, end)
    if topic is None:
        return replace(made, response=_some(found.text, side, end))
    return replace(made, system=_some(found.text, side, topic.start()), response=_some(found.text, topic.end(), end))


def _some(text: str, start: int, end: int) -> Clause | None:
    clause = _clause(text, start, end)
    return clause if clause.text else None


def _clause(text: str, start: int, end: int) -> Clause:
    """What stands between, without the blanks and signs at its edges."""
    while start < end and text[start] in _EDGES:
        start += 1
    while start < end and (text[end - 1] in _EDGES or text[end - 1] == "."):
        end -= 1
    return Clause(text[start:end], start, end)


def _without_and(text: str, start: int, end: int) -> int:
    """The end of a clause without the conjunction that leads to the next one."""
    tail = _TAIL.search(text, max(start, end - 12), end)
    return tail.start() if tail else end
