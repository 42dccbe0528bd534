"""Providers by name, the built-in ones and those of installed packages."""

import importlib
import sys

import pytest

from specflow.errors import Invalid
from tasks import providers


def test_the_built_in_providers_are_known_by_name():
    assert {"command", "scripted"} <= set(providers.names())
    assert [providers.get(name).name for name in ("command", "scripted")] == ["command", "scripted"]


@pytest.mark.parametrize("name", ["", "none", "os:system", "x" * 1000, "a\0b"])
def test_an_unknown_provider_is_refused_with_the_known_names(name):
    with pytest.raises(Invalid) as refusal:
        providers.get(name)

    assert refusal.value.code == "unknown_provider"
    assert {"command", "scripted"} <= set(refusal.value.details["known"])


def test_an_installed_package_adds_a_provider_and_takes_no_built_in_name(tmp_path, monkeypatch):
    (tmp_path / "echoing.py").write_text("class Echoing:\n    name = 'echoing'\n")
    (tmp_path / "echoing-1.0.dist-info").mkdir()
    (tmp_path / "echoing-1.0.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: echoing\nVersion: 1.0\n")
    (tmp_path / "echoing-1.0.dist-info" / "entry_points.txt").write_text(
        "[specflow.providers]\nechoing = echoing:Echoing\ncommand = echoing:Echoing\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    importlib.invalidate_caches()

    try:
        assert "echoing" in providers.names()
        assert providers.get("echoing").name == "echoing"
        assert providers.get("command").name == "command"
    finally:
        sys.modules.pop("echoing", None)
