"""The words that headings and labels of `.spec-workflow` documents use, in the languages seen in real ones."""

# ruff: noqa: RUF001 - full-width signs stand in real documents

import re

REQUIREMENT = (
    "requirement", "req", "要件", "要求", "需求", "요구사항", "requisito", "exigence", "anforderung", "требование",
    "المتطلب", "متطلب",
)  # fmt: skip

CRITERIA = frozenset({
    "acceptance criteria", "acceptance criterion", "criteria", "受け入れ基準", "受入基準", "受け入れ条件", "受入条件",
    "验收标准", "驗收標準", "인수 기준", "criterios de aceptación", "critérios de aceitação", "critères d'acceptation",
    "akzeptanzkriterien", "критерии приемки", "критерии приёмки", "معايير القبول",
})  # fmt: skip

STORY = (
    "user story", "objective", "ユーザーストーリー", "用户故事", "使用者故事", "사용자 스토리", "historia de usuario",
    "user-story", "récit utilisateur", "قصة المستخدم",
)  # fmt: skip

# Sections whose numbered headings count something else than requirements.
NOT_REQUIREMENTS = re.compile(
    r"introduction|overview|background|alignment|non.?functional|out of scope|glossary|assumption|reference|success"
    r"|はじめに|概要|背景|非機能|用語|スコープ外|対象外|概述|非功能|术语|範囲外",
    re.IGNORECASE,
)

ARCHITECTURE = frozenset({
    "architecture", "system architecture", "architecture design", "architecture overview", "アーキテクチャ",
    "アーキテクチャ設計", "架构", "架构设计", "架構", "아키텍처", "arquitectura", "architektur", "архитектура",
})  # fmt: skip
DATA_MODEL = frozenset({
    "data model", "data models", "データモデル", "数据模型", "資料模型", "데이터 모델", "modelo de datos",
    "modèle de données", "datenmodell", "модель данных",
})  # fmt: skip
API_SPEC = frozenset({
    "api", "apis", "api spec", "api specification", "api endpoints", "api design", "rest api", "api contract",
    "api contracts", "endpoints", "api仕様", "api設計", "api 设计", "api设计", "api 接口", "接口设计",
})  # fmt: skip

# What a label before a colon says of a task.
LABELS = {
    "file": "files", "files": "files", "file(s)": "files", "ファイル": "files",
    "対象ファイル": "files", "文件": "files",
    "purpose": "purpose", "目的": "purpose",
    "leverage": "leverage", "活用": "leverage", "複用": "leverage", "复用": "leverage", "利用": "leverage",
    "requirement": "requirements", "requirements": "requirements", "reqs": "requirements", "要件": "requirements",
    "需求": "requirements", "要求": "requirements", "요구사항": "requirements", "requisitos": "requirements",
    "exigences": "requirements", "anforderungen": "requirements", "требования": "requirements",
    "المتطلبات": "requirements",
    "prompt": "prompt", "プロンプト": "prompt", "提示": "prompt", "提示词": "prompt",
    "description": "description", "phase": "phase", "priority": "priority",
}  # fmt: skip

TASK = ("task", "タスク", "任务", "任務", "작업", "tarea", "tâche", "aufgabe", "задача")


def either(words: tuple[str, ...] | frozenset[str] | dict[str, str]) -> str:
    """A pattern for any of the words, the longest first."""
    return "|".join(re.escape(word) for word in sorted(words, key=lambda word: (-len(word), word)))


def name(heading: str) -> str:
    """A heading's or label's bare name: no numbering, no marks around it, small letters."""
    return re.sub(r"^\d+(?:\.\d+)*[.)]?\s+", "", heading.strip(" \t*_:：#")).strip(" \t*_:：").casefold()
