"""The title that a document gives itself, in many languages."""

import pytest
from hypothesis import given

from specflow.specs.formats.spec_workflow import SpecWorkflow
from specflow.specs.formats.titles import title_of
from specflow.text import checked_title
from tests.specs.formats.nasty import titles


@pytest.mark.parametrize(
    ("heading", "title"),
    [
        ("Requirements: Sign in", "Sign in"),
        ("Requirements Document: Sign in", "Sign in"),
        ("Requirements Document", ""),
        ("Design Document - Sign in", "Sign in"),
        ("Design — SPEC-5: sign-in", "SPEC-5: sign-in"),
        ("SPEC-1: sign-in — Requirements", "SPEC-1: sign-in"),
        ("Sign in (Tasks)", "Sign in"),
        ("Tasks: Task List", ""),
        ("Implementation Plan", ""),
        ("Implementation Plan for Sign in", "Sign in"),
        ("**Feature Specification: Sign in**", "Sign in"),
        ("Design Status Refactor - テスト設計書", "Design Status Refactor"),
        ("ログイン 設計書", "ログイン"),
        ("需求文档：用户登录", "用户登录"),  # noqa: RUF001
        ("요구사항 문서: 로그인", "로그인"),
        ("Documento de requisitos: Entrar", "Entrar"),
        ("Liste des tâches - Connexion", "Connexion"),
        ("Anforderungen: Anmelden", "Anmelden"),
        ("Требования: Вход", "Вход"),
        ("المتطلبات: الدخول", "الدخول"),
        ("Sign-in Requirements", "Sign-in"),
        ("Sign-in Technical Design Document", "Sign-in"),
        ("Responsive Design", "Responsive Design"),
        ("Shopping Task List", "Shopping Task List"),
        ("Design system", "Design system"),
        ("design-tokens", "design-tokens"),
        ("Task-board: columns", "Task-board: columns"),
        ("Requirements:", ""),
        ("Sign in ##", "Sign in"),
        ("", ""),
    ],
)
def test_a_title_is_what_a_heading_has_of_its_own(heading, title):
    assert title_of("requirements", f"# {heading}\n\n## Introduction\n") == title


def test_a_title_is_the_first_heading_of_the_first_level_outside_of_code_and_front_matter():
    text = "---\n# a: b\n---\n## Below\n```\n# code\n```\n# Tasks: Real\n# Second\n"
    assert title_of("tasks", text) == "Real"
    assert title_of("tasks", "## Below\n") == ""


def test_the_usual_names_of_steering_documents_are_no_titles():
    assert title_of("product", "# Product Overview\n") == title_of("structure", "# Project Structure\n") == ""
    assert title_of("requirements", "# Product Overview\n") == "Product Overview"


@given(titles)
def test_the_title_of_a_first_text_comes_back_on_one_line(title):
    text = SpecWorkflow().skeleton("requirements", title=f"A {title} z")
    said = title_of("requirements", text)
    assert said == "" or checked_title(said) == said
