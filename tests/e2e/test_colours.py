"""A terminal that knows no colours, or a person who wants none, gets none from any command."""

from __future__ import annotations

import re

import pytest

from e2e.project import COMMAND, Project
from e2e.terminal import Terminal

_COLOUR = re.compile(r"\x1b\[(?:3|9)\d")
_COMMANDS = (("up", "--image", "none:1"), ("stop", "nobody"), ("doctor",))


@pytest.mark.parametrize("words", _COMMANDS, ids=" ".join)
def test_a_terminal_gets_colours_unless_they_are_unwanted(
    project: Project, words: tuple[str, ...]
) -> None:
    project.add("user-a")

    assert _COLOUR.search(shown(project, *words))
    assert not _COLOUR.search(shown(project, "env", "NO_COLOR=1", *words))
    assert not _COLOUR.search(shown(project, "env", "TERM=dumb", *words))


def shown(project: Project, *words: str) -> str:
    place = 2 if words[0] == "env" else 0
    with Terminal(project, *words[:place], COMMAND, *words[place:]) as terminal:
        terminal.ended()
        return terminal.raw
