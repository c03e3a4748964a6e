"""The definition of the application: every fact has its source, and stands nowhere else."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import multi_instance_manager
from multi_instance_manager.application.builtin import builtin_application
from multi_instance_manager.application.fact_list import facts_of, source_of

SOURCE = Path(multi_instance_manager.__file__).parent
# The first ports on the host are the options' own defaults, whatever lies behind them.
ALLOWED = {("settings/seed_options.py", "2048"), ("settings/seed_options.py", "3120")}
# The person's own variables of the same names, and our own file's name in the state folder.
ALLOWED |= {("settings/seed_options.py", name) for name in ("API_KEY", "SERVER_LOG_LEVEL")}
ALLOWED |= {(module, "API_KEY") for module in ("checks/preflight/keys.py", "plan/spec.py")}
ALLOWED |= {("state/layout.py", "key.txt")}
# Words that any program may say.
COMMON = {
    *("active", "saved", "emergency", "items", "cookies", "origins", "200", "401", "SIGTERM"),
    *("environment_file", "key_file", "startup_profile"),
}


def test_every_fact_names_its_source() -> None:
    lacking = [".".join(fact.path) for fact in facts_of(builtin_application()) if not fact.source]
    assert lacking == []


def test_every_source_is_that_of_a_fact() -> None:
    application = builtin_application()
    paths = {".".join(fact.path) for fact in facts_of(application)}
    paths |= {f"process.{process.name}" for process in application.process}
    known = {path[: match.start()] for path in paths for match in re.finditer(r"\.|$", path)}
    assert set(application.sources) - known == set()


def test_the_source_of_a_table_is_that_of_what_it_holds() -> None:
    sources = {"a": "of a", "a.b": "of b"}
    assert source_of(sources, ("a", "b", "c")) == "of b"
    assert source_of(sources, ("a", "x")) == "of a"
    assert source_of(sources, ("x",)) == ""


def literals() -> set[str]:
    """The values of the definition by which anybody would know it."""
    application = builtin_application()
    found = {
        *(str(port) for port in application.ports.each),
        *(text for sign in application.log for text in sign.contains),
        *(text for sign in application.process for text in (*sign.program, *sign.command)),
        *(application.login.cookies if application.login else ()),
        *(value for fact in facts_of(application) for value in fact.value.split(", ")),
        *application.variables.without_rotation,
    }
    assert {"/app/auth_profiles", "ACTIVE_AUTH_JSON_PATH", "3120", "key.txt", "google.com"} <= found
    return {text for text in found if len(text) > 2} - COMMON - {"none"}


def texts_of(path: Path) -> Iterator[str]:
    """The texts and numbers of a module's code; what describes it in words is left out."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    described = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and id(node) not in described:
            yield str(node.value)


@pytest.mark.parametrize(
    "module", sorted(path.relative_to(SOURCE).as_posix() for path in SOURCE.rglob("*.py"))
)
def test_no_fact_of_the_application_stands_in_the_code(module: str) -> None:
    patterns = {text: rf"(?<![\w.-]){re.escape(text)}(?![\w-])" for text in literals()}
    found = {
        (module, fact)
        for text in texts_of(SOURCE / module)
        for fact, pattern in patterns.items()
        if re.search(pattern, text)
    }
    assert found - ALLOWED == set()
