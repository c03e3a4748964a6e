"""The architecture, held by the imports: what is pure, what may print, how large a file may be."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import multi_instance_manager

PACKAGE = "multi_instance_manager"
SOURCE = Path(multi_instance_manager.__file__).parent
MODULES = sorted(path.relative_to(SOURCE).as_posix() for path in SOURCE.rglob("*.py"))

PURE = (
    "application/environment_file.py",
    "findings.py",
    "secret.py",
    "machine.py",
    "inspection.py",
    "redaction.py",
    "labels.py",
    "naming.py",
    "ports.py",
    "contract.py",
    "spec.py",
    "wanted.py",
    "observed.py",
    "plan.py",
    "custody_state.py",
    "built.py",
    "drift.py",
    "ownership.py",
    "reconcile.py",
    "selection.py",
    "standing.py",
    "state_layout.py",
    "events.py",
    "session_facts.py",
    "engine_place.py",
    "application/definition.py",
    "application/facts.py",
    "application/merge.py",
    "application/process_table.py",
    "application/verdict.py",
    "settings/application_schema.py",
    "settings/definition_faults.py",
    "settings/file_schema.py",
    "settings/model.py",
    "settings/values.py",
    "settings/options.py",
    "moments.py",
    "engine/container_proxies.py",
    "engine/watching.py",
    "http_exchange.py",
    "operations/log_position.py",
    "operations/happenings.py",
    "operations/notice.py",
    "render/foreign_text.py",
    "render/shell_words.py",
    "digest.py",
    "printable.py",
    "render/stats.py",
    "render/docker_run.py",
    "render/document.py",
    "render/amounts.py",
    "render/status.py",
    "render/endpoints.py",
    "variable_names.py",
    "profile_names.py",
    "render/profiles.py",
    "render/profile_history.py",
    "render/status_notes.py",
    "operations/status_order.py",
    *(
        module
        for module in MODULES
        if module.startswith(("checkup/", "docker_args/", "explanation/", "preflight/", "reports/"))
    ),
)
IMPURE_LIBRARIES = {
    "docker",
    "os",
    "subprocess",
    "socket",
    "time",
    "asyncio",
    "click",
    "rich",
    "psutil",
    "filelock",
    "requests",
    "threading",
    "tempfile",
    "shutil",
    "urllib",
    "http",
}
IMPURE_PACKAGES = ("operations", "execute", "cli", "engine")
PROTOCOLS = (f"{PACKAGE}.engine.protocol.", f"{PACKAGE}.engine.watching.")


class _Imports(ast.NodeVisitor):
    """Gathers what a module imports, apart from what it imports only for the type checker."""

    def __init__(self) -> None:
        self.at_run_time: set[str] = set()
        self.for_types: set[str] = set()
        self._found = self.at_run_time

    def visit_If(self, node: ast.If) -> None:
        if isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            self._found = self.for_types
            for child in node.body:
                self.visit(child)
            self._found = self.at_run_time
            for child in node.orelse:
                self.visit(child)
        else:
            self.generic_visit(node)

    def visit_Import(self, node: ast.Import) -> None:
        self._found.update(alias.name for alias in node.names)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        assert node.level == 0, "imports are absolute in this package"
        self._found.update(f"{node.module}.{alias.name}" for alias in node.names)


def tree_of(module: str) -> ast.Module:
    return ast.parse((SOURCE / module).read_text())


def imports_of(module: str) -> _Imports:
    found = _Imports()
    found.visit(tree_of(module))
    return found


def is_in(name: str, packages: tuple[str, ...]) -> bool:
    return any(f"{name}.".startswith(f"{PACKAGE}.{package}.") for package in packages)


def calls_in(module: str) -> Iterator[str]:
    """Every name that is called or raised, with dots, as it is written."""
    for node in ast.walk(tree_of(module)):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func)
        elif isinstance(node, ast.Raise) and isinstance(node.exc, ast.Name):
            yield node.exc.id


@pytest.mark.parametrize("module", PURE)
def test_a_pure_module_imports_nothing_that_reaches_the_world(module: str) -> None:
    found = imports_of(module)
    named = {name.split(".")[0] for name in found.at_run_time | found.for_types}

    assert named & IMPURE_LIBRARIES == set()


@pytest.mark.parametrize("module", PURE)
def test_a_pure_module_imports_no_package_that_acts(module: str) -> None:
    found = imports_of(module)

    assert [name for name in found.at_run_time if is_in(name, IMPURE_PACKAGES)] == []


@pytest.mark.parametrize("module", PURE)
def test_a_pure_module_knows_the_engine_by_its_protocol_alone(module: str) -> None:
    found = imports_of(module)
    of_engine = [name for name in found.for_types if is_in(name, ("engine",))]

    assert [name for name in of_engine if not name.startswith(PROTOCOLS)] == []


@pytest.mark.parametrize("module", [m for m in PURE if not m.startswith("render/")])
def test_the_core_does_not_even_name_what_comes_after_it(module: str) -> None:
    found = imports_of(module)

    assert [name for name in found.for_types if is_in(name, ("operations", "execute", "cli"))] == []


@pytest.mark.parametrize("module", [m for m in PURE if not m.startswith("docker_args/")])
def test_a_pure_module_opens_no_file(module: str) -> None:
    reaching = {"open", "read_bytes", "read_text", "write_bytes", "write_text", "stat", "exists"}

    assert {call.rpartition(".")[2] for call in calls_in(module)} & reaching == set()


@pytest.mark.parametrize("module", MODULES)
def test_one_module_speaks_http_and_all_others_go_by_it(module: str) -> None:
    found = imports_of(module)
    speaking = ("docker", "requests", "urllib3", "http.client", "h11")
    named = {n for n in found.at_run_time | found.for_types if n.startswith(speaking)}

    assert named == ({"h11"} if module == "http_exchange.py" else set())


SAYING = {"print", "exit", "quit", "sys.exit", "os._exit", "SystemExit", "click.echo", "input"}


@pytest.mark.parametrize(
    "module", [m for m in MODULES if not m.startswith("cli/") and m != "render/outlet.py"]
)
def test_only_the_command_line_and_the_outlet_print_or_exit(module: str) -> None:
    called = set(calls_in(module))

    assert called & (SAYING | {"click.secho", "click.confirm"}) == set()
    streams = {call for call in called if call.startswith(("sys.stdout", "sys.stderr"))}
    assert streams <= {"sys.stdout.isatty", "sys.stderr.isatty"}


@pytest.mark.parametrize("module", MODULES)
def test_every_module_says_what_it_is_for(module: str) -> None:
    assert ast.get_docstring(tree_of(module)), f"{module} has no docstring"


@pytest.mark.parametrize("module", MODULES)
def test_no_module_grows_past_three_hundred_lines(module: str) -> None:
    assert len((SOURCE / module).read_text().splitlines()) <= 300


def test_the_list_of_pure_modules_names_files_that_exist() -> None:
    assert set(PURE) <= set(MODULES)


def test_help_starts_without_the_heavy_libraries() -> None:
    script = (
        f"import sys, {PACKAGE}.cli.group\n"
        "heavy = {'h11', 'rich', 'psutil', 'msgspec', 'filelock'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=30
    )

    assert done.stdout.strip() == "[]"
