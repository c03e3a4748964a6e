"""The architecture, as far as imports alone do not show it; those are held by `lint-imports`."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import multi_instance_manager

PACKAGE = "multi_instance_manager"
SOURCE = Path(multi_instance_manager.__file__).parent
TREES = {
    path.relative_to(SOURCE).as_posix(): ast.parse(path.read_text())
    for path in sorted(SOURCE.rglob("*.py"))
}
PURE = ("application/", "checks/", "export/", "fleet/", "plan/", "reports/", "text/", "vitals/")
READS_ITS_OWN_DEFINITION = "application/builtin.py"
MOST_LINES, MOST_TOP_MODULES = 300, 5
OPENING = {"open", "read_bytes", "read_text", "write_bytes", "write_text", "stat", "exists"}
SAYING = {"print", "exit", "quit", "sys.exit", "os._exit", "SystemExit", "click.echo", "input"}
SAYING |= {"click.secho", "click.confirm"}
IS_A_TERMINAL = {"sys.stdout.isatty", "sys.stderr.isatty"}
HTTP_LIBRARIES = ("docker", "requests", "urllib3", "http.client", "h11")


def imported_by(module: str) -> Iterator[str]:
    for node in ast.walk(TREES[module]):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: imports are absolute in this package"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def called_by(module: str) -> Iterator[str]:
    """Every name that is called or raised, with dots, as it is written."""
    for node in ast.walk(TREES[module]):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func)
        elif isinstance(node, ast.Raise) and isinstance(node.exc, ast.Name):
            yield node.exc.id


def test_a_pure_module_opens_no_file() -> None:
    pure = [m for m in TREES if m.startswith(PURE) and m != READS_ITS_OWN_DEFINITION]
    opening = {
        module
        for module in pure
        if OPENING & {call.rpartition(".")[2] for call in called_by(module)}
    }

    assert len(pure) > 80
    assert opening == set()


def test_one_module_speaks_http_and_all_others_go_by_it() -> None:
    speaking = {m for m in TREES if any(n.startswith(HTTP_LIBRARIES) for n in imported_by(m))}

    assert speaking == {"http/exchange.py"}


def test_only_the_command_line_and_the_outlet_print_or_exit() -> None:
    saying = {
        module
        for module in TREES
        for call in called_by(module)
        if call in SAYING
        or (call.startswith(("sys.std", "sys.__std")) and call not in IS_A_TERMINAL)
    }

    assert {m for m in saying if not m.startswith("cli/")} == {"render/outlet.py"}


def test_every_module_says_what_it_is_for() -> None:
    assert [module for module, tree in TREES.items() if not ast.get_docstring(tree)] == []


def test_no_module_is_too_long_to_read() -> None:
    lengths = {module: len((SOURCE / module).read_text().splitlines()) for module in TREES}

    assert {module: length for module, length in lengths.items() if length > MOST_LINES} == {}


def test_few_modules_stand_outside_of_a_folder() -> None:
    outside = [m for m in TREES if "/" not in m and m != "__init__.py"]

    assert len(outside) <= MOST_TOP_MODULES


def test_contributing_has_the_rule_of_each_folder() -> None:
    page = (SOURCE.parents[1] / "CONTRIBUTING.md").read_text()
    told = dict(re.findall(r"^\| `([a-z_/]+)/` \| (.+) \|$", page, flags=re.MULTILINE))
    rules = {
        module.removesuffix("/__init__.py"): (ast.get_docstring(tree) or "").splitlines()[0]
        for module, tree in TREES.items()
        if module.endswith("/__init__.py")
    }

    assert told == rules


def test_contributing_names_modules_that_exist() -> None:
    page = (SOURCE.parents[1] / "CONTRIBUTING.md").read_text()
    named = set(re.findall(r"`([a-z_]+(?:/[a-z_]+)+\.py)`", page))

    assert len(named) > 10
    assert {name for name in named if name not in TREES and not Path(name).exists()} == set()


def test_a_class_name_stands_for_one_thing() -> None:
    places: dict[str, list[str]] = defaultdict(list)
    for module, tree in TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places[node.name].append(module)

    assert {name: found for name, found in places.items() if len(found) > 1} == {}


def test_help_starts_without_the_heavy_libraries() -> None:
    script = (
        f"import sys, {PACKAGE}.cli.group\n"
        "heavy = {'h11', 'rich', 'psutil', 'msgspec', 'filelock', 'tomlkit'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=30
    )

    assert done.stdout.strip() == "[]"
