"""The house stands as it was drawn: floors, wiring by name, and doors that only call (DESIGN, The house)."""

import ast
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("specflow", "tasks", "approvals", "mcp_bridge")
WIRING = ("settings", "urls", "asgi", "celery")
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
FLOORS = [floor.split(" | ") for floor in CONTRACTS[0]["layers"]]  # from the top

WRITES = {
    *("save", "asave", "create", "acreate", "update", "aupdate", "delete", "adelete", "select_for_update"),
    *("bulk_create", "bulk_update", "get_or_create", "update_or_create", "aget_or_create", "aupdate_or_create"),
    "cursor",  # of a database connection
}
DOORS = ("admin", "api", "pages", "jobs", "consumer")


def modules() -> Iterator[Path]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path.relative_to(ROOT)


def dotted(path: Path) -> str:
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


def is_door(path: Path) -> bool:
    return path.parts[0] == "mcp_bridge" or bool(set(path.stem.split("_")) & set(DOORS))


def floor_of(module: str) -> int | None:
    """The floor's number, counted from the top; None for a module that stands on none."""
    for number, names in enumerate(FLOORS):
        if any(module == name or module.startswith(f"{name}.") for name in names):
            return number
    return None


def test_the_contracts_of_imports_hold():
    done = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(CONTRACTS)} kept, 0 broken" in done.stdout


def test_every_app_of_the_house_is_installed_and_has_a_floor():
    apps = {dotted(path.parent) for path in modules() if path.name == "apps.py"}

    assert apps == {name for name in settings.INSTALLED_APPS if name.split(".")[0] in PACKAGES}
    assert [app for app in sorted(apps) if floor_of(app) is None] == []


def test_the_wiring_imports_no_app():
    for name in WIRING:
        path = ROOT / "specflow" / f"{name}.py"
        found = [one for one in imported(ast.parse(path.read_text())) if floor_of(one) is not None]
        assert found == [], f"{path.name} names apps by string"


def imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("path", [path for path in modules() if floor_of(dotted(path)) is not None], ids=str)
def test_no_module_names_a_floor_above_its_own(path: Path):
    """Not by a string either: `import_string("approvals.actions…")` would be an import that the linter cannot see."""
    own = floor_of(dotted(path))
    tree = ast.parse((ROOT / path).read_text())
    strings = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]

    assert [text for text in strings if is_on_a_floor(text) and floor_of(text) < own] == []


def is_on_a_floor(text: str) -> bool:
    """Whether `text` names something on a floor: `tasks.Task`, `tasks.jobs.sweep`; `tasks.md` is a file's name."""
    is_dotted = "." in text and text.replace(".", "").isidentifier() and not text.endswith((".md", ".json"))
    return is_dotted and floor_of(text) is not None


@pytest.mark.parametrize("path", [path for path in modules() if is_door(path)], ids=str)
def test_a_door_writes_nothing_itself(path: Path):
    calls = [node for node in ast.walk(ast.parse((ROOT / path).read_text())) if isinstance(node, ast.Call)]

    found = [f"{path}:{call.lineno} .{call.func.attr}(" for call in calls if writes(call)]
    assert found == [], "a door calls an action, which writes"


def writes(call: ast.Call) -> bool:
    """Whether this is a call of a model's or a query's writing method. A dict's `update` takes what it adds by place,
    a query's takes names only."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    return name in WRITES and not (name == "update" and call.args)


@pytest.mark.parametrize(
    ("line", "writes_something"),
    [
        ("row.save()", True),
        ("Row.objects.filter(pk=1).update(state='x')", True),
        ("Row.objects.create(x=1)", True),
        ("connection.cursor()", True),
        ("names.update({'a': 1})", False),
        ("actions.create_key(row)", False),
    ],
)
def test_the_test_knows_a_write(line: str, writes_something: bool):
    (node,) = ast.parse(line).body

    assert writes(node.value) is writes_something
