"""A dialect of a third party: a package installed beside the product, that reads and writes through all of it."""

import importlib.util
import json
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given

from specflow.specs.formats import registry
from specflow.specs.formats.dialect import Dialect
from specflow.specs.formats.items import Place
from tests.e2e.product import ROOT, Product
from tests.specs.formats import nasty

EXAMPLE = ROOT / "examples/plugin"
FILES = {f"features/{name}": EXAMPLE / "features" / name for name in ("sign-in.feature", "billing/refund.feature")}


def example() -> Dialect:
    """The example's dialect, read from its file: this process does not have it installed."""
    spec = importlib.util.spec_from_file_location("specflow_gherkin", EXAMPLE / "specflow_gherkin/__init__.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    try:
        spec.loader.exec_module(module)
    finally:
        del sys.modules[spec.name]
    return module.GherkinDialect()


GHERKIN = example()


def text_of(name: str) -> str:
    return FILES[name].read_bytes().decode()


# What it reads


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("features/sign-in.feature", Place("sign-in", "requirements", folder="features/sign-in")),
        ("./features/a/b.feature", Place("b", "requirements", folder="features/a/b")),
        ("features/steps/login.py", None),
        ("features/.feature", None),
        ("features", None),
        ("features/../x.feature", None),
        ("other/sign-in.feature", None),
    ],
)
def test_a_place_is_any_feature_file_below_features(path: str, place: Place | None) -> None:
    assert GHERKIN.place(path) == place


def test_a_feature_is_a_requirement_and_each_scenario_a_criterion() -> None:
    text = text_of("features/sign-in.feature")
    items = GHERKIN.read("requirements", text)
    [requirement] = items.requirements
    assert (items.title, requirement.title, requirement.start) == ("Sign in", "Sign in", 3)
    assert requirement.user_story == "As a member,\nI want to sign in,\nso that I see my own things."
    first, second = requirement.criteria
    assert (first.key, first.pattern) == ("1.1", "given_when_then")
    assert first.text.startswith("Five wrong passwords lock the account\nGiven the member typed")
    assert text.split("\n")[first.start - 1].strip() == "Scenario: Five wrong passwords lock the account"
    assert text.split("\n")[second.end - 1].strip() == "| 1234567  |"
    assert requirement.end == second.end


def test_what_stands_in_a_quoted_text_is_no_scenario() -> None:
    first = GHERKIN.read("requirements", text_of("features/sign-in.feature")).requirements[0].criteria[0]
    assert "Scenario: this is the text of a mail, and no scenario" in first.text


def test_rules_and_examples_are_read_with_a_byte_order_mark_and_any_line_ends() -> None:
    [requirement] = GHERKIN.read("requirements", text_of("features/billing/refund.feature")).requirements
    [criterion] = requirement.criteria
    assert criterion.text == "on the last day\nWhen a receipt is 30 days old\nThen the money goes back"
    assert (requirement.user_story, criterion.start, criterion.end) == ("", 5, 7)


def test_a_feature_in_another_language_is_kept_and_not_read() -> None:
    assert GHERKIN.read("requirements", "# language: de\nFunktionalität: Anmelden\n").requirements == ()


@given(nasty.texts)
def test_any_text_can_be_read_and_its_lines_are_those_of_the_text(text: str) -> None:
    for source in (text, f"Feature: x\n{text}", f"Feature: x\nScenario: y\n{text}"):
        lines = len(source.removeprefix("\ufeff").split("\n"))
        for requirement in GHERKIN.read("requirements", source).requirements:
            for one in (requirement, *requirement.criteria):
                assert 1 <= one.start <= one.end <= lines
                assert requirement.start <= one.start <= one.end <= requirement.end


# What is written about dialects

EDITS = {
    "requirements": "add_requirement",
    "criteria": "add_criterion",
    "tasks": "add_task",
    "design": "write_design",
    "progress": "write_progress",
}


def test_the_table_of_dialects_says_where_each_stands_and_what_it_edits() -> None:
    rows = re.findall(r"^\| `([\w-]+)` \| (.+?) \| .+? \| (.+?) \|$", (ROOT / "docs/dialects.md").read_text(), re.M)
    assert [name for name, _, _ in rows] == list(registry.names())
    for name, where, said in rows:
        dialect = registry.named(name)
        edits = [
            word for word, method in EDITS.items() if getattr(type(dialect), method) is not getattr(Dialect, method)
        ]
        assert said == ", ".join(edits) or (not edits and said.startswith("nothing"))
        assert {one.split("/")[0] for one in re.findall(r"`(.+?)`", where)} <= set(dialect.roots), name


# Installed beside the product


def by_pip(source: Path, target: Path) -> None:
    """As its users install it, without any index."""
    pip = ("-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--no-build-isolation")
    words = [sys.executable, *pip, "--disable-pip-version-check", "--target", str(target), str(source)]
    subprocess.run(words, check=True, capture_output=True, timeout=120)


def by_hand(source: Path, target: Path) -> None:
    """What an installer leaves behind: the package, and its entry points in words of `importlib.metadata`."""
    said = tomllib.loads((source / "pyproject.toml").read_text())["project"]
    shutil.copytree(source / "specflow_gherkin", target / "specflow_gherkin")
    info = target / f"{re.sub('[-.]+', '_', said['name'])}-{said['version']}.dist-info"
    info.mkdir()
    info.joinpath("METADATA").write_text(f"Metadata-Version: 2.1\nName: {said['name']}\nVersion: {said['version']}\n")
    groups = said["entry-points"].items()
    lines = [f"[{group}]\n" + "".join(f"{name} = {at}\n" for name, at in named.items()) for group, named in groups]
    info.joinpath("entry_points.txt").write_text("\n".join(lines))


def ways() -> list[Callable[[Path, Path], None]]:
    """By hand everywhere; by pip where what builds packages is at hand."""
    return (
        [by_hand, by_pip] if importlib.util.find_spec("setuptools") and importlib.util.find_spec("pip") else [by_hand]
    )


@pytest.fixture(params=ways(), ids=lambda way: way.__name__)
def product(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Product]:
    """The product with the example installed beside it."""
    source, target = tmp_path / "source", tmp_path / "installed"
    shutil.copytree(EXAMPLE, source)
    target.mkdir()
    request.param(source, target)
    made = Product(tmp_path, PYTHONPATH=str(target))
    made.run("migrate", "--verbosity", "0", within=120)
    yield made
    made.close()


def test_an_installed_dialect_is_imported_and_exported_byte_for_byte(product: Product, tmp_path: Path) -> None:
    workspace = tmp_path / "workspace"
    shutil.copytree(EXAMPLE / "features", workspace / "features")
    (workspace / "features/steps.py").write_text("pass\n")
    said = product.run("spec_import", str(workspace), "--project", "shop", "--create-project", "--format", "json")
    report = json.loads(said.splitlines()[-1])
    assert (report["documents"], report["specs"], report["requirements"], report["criteria"]) == (2, 2, 2, 3)
    assert report["warnings"] == []

    out = tmp_path / "out"
    product.run("spec_export", str(out), "--project", "shop", "--dialect", "gherkin")
    found = {str(path.relative_to(out)): path.read_bytes() for path in out.rglob("*") if path.is_file()}
    assert found == {name: path.read_bytes() for name, path in FILES.items()}


def test_without_the_package_its_documents_are_kept_and_read_by_nobody(product: Product, tmp_path: Path) -> None:
    product.run("spec_import", str(EXAMPLE), "--project", "shop", "--create-project")
    del product.environment["PYTHONPATH"]
    product.run("spec_export", str(tmp_path / "out"), "--project", "shop")
    assert (tmp_path / "out/features/sign-in.feature").read_bytes() == FILES["features/sign-in.feature"].read_bytes()
