"""The table of promises names tests that exist."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
PROMISES = (REPOSITORY / "docs" / "promises.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`(tests/[^`]+)`", PROMISES)))


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
