"""Every command is called in the same way: with a request, by the command line and by others."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from multi_instance_manager import cli

COMMANDS = "multi_instance_manager.commands."
OF_WORDS = {"between", "expression", "log_span", "read_content"}
"""What only makes sense of words or of input, and is part of a command's parameters."""


def imported() -> Iterator[tuple[str, str]]:
    """What the command line takes from the commands: the module, and the name in it."""
    for path in sorted(Path(cli.__file__).parent.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(COMMANDS):
                yield from ((str(node.module), name.name) for name in node.names)


def entry_points() -> dict[str, Callable[..., Any]]:
    found = {name: getattr(import_module(module), name) for module, name in imported()}
    return {
        name: value
        for name, value in found.items()
        if inspect.isfunction(value) and name not in OF_WORDS
    }


ENTRY_POINTS = entry_points()


@pytest.mark.parametrize("name", sorted(ENTRY_POINTS))
def test_a_command_takes_a_request_first(name: str) -> None:
    first, *_ = inspect.signature(ENTRY_POINTS[name]).parameters.values()

    assert (first.name, first.annotation) == ("request", "Request")


@pytest.mark.parametrize("name", sorted(ENTRY_POINTS))
def test_a_command_answers_with_a_report_or_with_what_makes_one(name: str) -> None:
    answer = str(inspect.signature(ENTRY_POINTS[name]).return_annotation)
    whole = answer.partition("[")[0]
    is_report = whole.endswith(("Report", "Result", "Preview"))
    comes_bit_by_bit = whole in {"Logs", "FleetEvents", "Meter"}
    runs_in_a_container = name in {"instance_to_run_in", "run_command", "shell_of"}

    assert is_report or comes_bit_by_bit or runs_in_a_container, answer


def test_all_commands_are_looked_at() -> None:
    known = {"up", "stop", "status", "doctor", "list_profiles", "restore", "logs", "preview"}
    assert known <= ENTRY_POINTS.keys()
