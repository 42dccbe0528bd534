"""A document's own title: its first heading without the words that only say what kind of document it is."""

# ruff: noqa: RUF001 - dashes and full-width signs stand in real titles

import re

from specflow.specs.formats.front_matter import front_matter
from specflow.specs.formats.lines import Page
from specflow.specs.formats.spec_workflow.outline import parts
from specflow.specs.formats.spec_workflow.words import either
from specflow.specs.formats.values import unquoted
from specflow.text import MAX_TITLE_CHARACTERS

_SUBJECTS = (
    "requirement", "requirements", "product requirements", "software requirements", "design", "technical design",
    "test design", "task", "tasks", "implementation tasks", "implementation", "spec", "specification", "feature",
    "feature spec", "feature specification", "bugfix", "bugfix requirements", "functional requirements",
)  # fmt: skip
_FORMS = ("document", "doc", "documents", "specification", "spec", "plan", "list")
_PLAIN = frozenset({
    "implementation plan", "task plan", "execution plan", "design proposal", "prd", "todo",
    # What these documents are called in other languages; those without blanks may stand beside a title without a sign.
    "要件", "要件定義", "要件定義書", "要求仕様", "要求仕様書", "設計", "設計書", "基本設計", "詳細設計", "技術設計",
    "技術設計書", "設計ドキュメント", "テスト設計", "テスト設計書", "タスク", "タスク一覧", "タスクリスト", "実装計画",
    "実装計画書", "実装タスク", "仕様", "仕様書",
    "需求", "需求文档", "需求文件", "需求規格", "需求规格说明", "需求说明", "设计", "设计文档", "設計文件", "技术设计",
    "技术设计文档", "任务", "任务列表", "任务清单", "任務", "任務列表", "任務清單", "实现计划", "实施计划", "實作計畫",
    "规格", "规格说明",
    "요구사항", "요구사항 문서", "요구사항 정의서", "설계", "설계 문서", "설계서", "작업", "작업 목록", "구현 계획",
    "requisitos", "documento de requisitos", "diseño", "documento de diseño", "tareas", "lista de tareas",
    "plan de implementación", "documento de design", "projeto", "tarefas", "lista de tarefas", "plano de implementação",
    "exigences", "document d'exigences", "conception", "document de conception", "tâches", "liste des tâches",
    "plan d'implémentation", "anforderungen", "anforderungsdokument", "entwurf", "entwurfsdokument", "aufgaben",
    "aufgabenliste", "umsetzungsplan", "implementierungsplan", "требования", "документ требований", "дизайн",
    "проектирование", "проектный документ", "задачи", "список задач", "план реализации",
    "المتطلبات", "وثيقة المتطلبات", "متطلبات", "التصميم", "وثيقة التصميم", "المهام", "قائمة المهام", "خطة التنفيذ",
})  # fmt: skip
# What the steering documents are called that have no title of their own.
_STEERING = {
    "product": frozenset({"product", "product overview", "product vision", "product steering"}),
    "tech": frozenset({"tech", "tech stack", "technology", "technology stack", "technical steering"}),
    "structure": frozenset({"structure", "project structure", "structure steering"}),
    "design-system": frozenset({"design system"}),
    "decomposition": frozenset({"decomposition", "spec decomposition", "specification decomposition"}),
}

_NAMES = _PLAIN | {*_SUBJECTS} | {f"{subject} {form}" for subject in _SUBJECTS for form in _FORMS}
# A hyphen inside a name is no sign: `design-tokens` is a title.
_PARTED = r"(?:[ ]?[:：|–—]+[ ]?|[ ]-+[ ]|-+[ ])"
_LEADING = re.compile(rf"(?:{either(_NAMES)})(?:{_PARTED}|[ ]for[ ])(?=\S)", re.IGNORECASE)
_TRAILING = re.compile(rf"(?<=\S)(?:{_PARTED}|[ ](?=\())\(?(?:{either(_NAMES)})\)?$", re.IGNORECASE)
_UNSPACED = either(frozenset(name for name in _NAMES if not name.isascii() and " " not in name))
_LEADING_UNSPACED = re.compile(rf"(?:{_UNSPACED})[ ](?=\S)", re.IGNORECASE)
_TRAILING_UNSPACED = re.compile(rf"(?<=\S)[ ](?:{_UNSPACED})$", re.IGNORECASE)
# `Sign-in Requirements` and `Sign-in Design Document`; but `Responsive Design` and `Shopping List` are titles.
_WHOLE = frozenset(name for name in _NAMES if name.endswith((" document", " specification", " plan")))
_TRAILING_WHOLE = re.compile(rf"(?<=\S)[ ](?:{either(_WHOLE | {'requirements'})})$", re.IGNORECASE)
_LONGEST = 4 * MAX_TITLE_CHARACTERS


def title_of(kind: str, text: str) -> str:
    """The document's own title on one line, at most 300 characters; "" where nothing of its own is left.

    `Design Document: Sign in`, `Sign in — Design` and `ログイン 設計書` have a title of their own; `Requirements
    Document` has none, nor has `Product Overview` where the document is of the kind product. Reads any text.
    """
    page = Page(text)
    heading = next((part.title for part in parts(page, after=front_matter(page).end, deepest=1) if part.level), "")
    bare = _bare(_line(heading[:_LONGEST]))
    return "" if bare in _STEERING.get(kind, ()) else without_kind(heading)


def without_kind(heading: str) -> str:
    """A title without the words that say what kind of document it is: `Login` of `Requirements: Login`, `Login
    Requirements` and `Login - Design Document`; "" of `Design Document`."""
    title, before = _line(heading[:_LONGEST]), ""
    while title != before and _bare(title) not in _NAMES:
        before, title = title, _without(title)
    return "" if _bare(title) in _NAMES else _line(unquoted(title))[:MAX_TITLE_CHARACTERS].strip()


def _bare(title: str) -> str:
    return title.casefold().strip(" :：-–—")


def _line(text: str) -> str:
    """The text on one line, without the marks of bold around it."""
    return re.sub(r"\s+", " ", text).strip().strip("*").strip()


def _without(title: str) -> str:
    for words in (_LEADING, _LEADING_UNSPACED):
        found = words.match(title)
        if found:
            return title[found.end() :].strip()
    for words in (_TRAILING, _TRAILING_UNSPACED, _TRAILING_WHOLE):
        found = words.search(title)
        if found:
            return title[: found.start()].strip()
    return title
