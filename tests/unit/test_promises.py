"""The tables of promises and of what the application does name tests that exist."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
PROMISES = (REPOSITORY / "docs" / "promises.md").read_text(encoding="utf-8")
FACTS = (REPOSITORY / "docs" / "explanation" / "what-the-application-does.md").read_text(
    encoding="utf-8"
)
NAMED = sorted(set(re.findall(r"`(tests/[^`]+)`", PROMISES + FACTS)))


@pytest.mark.parametrize("named", NAMED)
def test_every_test_that_holds_a_promise_exists(named: str) -> None:
    file, _, name = named.partition("::")
    tree = ast.parse((REPOSITORY / file).read_text(encoding="utf-8"))
    functions = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    assert not name or name in functions


def test_every_promise_has_a_test() -> None:
    rows = [line for line in PROMISES.splitlines() if line.startswith("| ")]
    promises = [row for row in rows if not row.startswith(("| Promise", "| ---"))]
    assert len(promises) > 30
    assert [row for row in promises if "`tests/" not in row] == []


def test_every_fact_of_the_application_has_what_is_made_of_it_and_a_test() -> None:
    rows = [line.strip("| ").split(" | ") for line in FACTS.splitlines() if line.startswith("| ")]
    facts = [row for row in rows if row[0] not in {"The application", "---"}]
    assert len(facts) > 20
    assert [row for row in facts if len(row) != 3 or "`tests/" not in row[2]] == []
