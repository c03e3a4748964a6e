"""The question before a launch: asked below the line on memory, and only a yes launches."""

from __future__ import annotations

import pytest

from e2e.obligations import (
    containers,
    get,
    must_be_refused,
    must_have_touched_nothing,
    must_succeed,
)
from e2e.project import Project

ASKING: dict[str, str | None] = {"AUTO_CONFIRM": None}


def test_the_question_comes_below_the_line_on_memory(project: Project) -> None:
    project.add("user-a", "user-b", "user-c")

    result = project.up("--memory-per-instance-gb", "1.5", env=ASKING, answer="n\n")

    (line,) = [line for line in result.err.splitlines() if "memory: " in line]
    assert "3 instances" in line
    assert "about 1.5 GB each" in line
    assert "4.5 GB" in line
    assert "available" in line
    assert result.err.index("memory: ") < result.err.index("Launch 3 instances?")


def test_a_need_that_the_machine_cannot_meet_is_said_louder(project: Project) -> None:
    project.add("user-a")

    result = project.up("--memory-per-instance-gb", "900000", env=ASKING, answer="n\n")

    (warning,) = [line for line in result.err.splitlines() if line.startswith("warning: memory")]
    assert "NOT ENOUGH" in warning
    assert result.code == 6


@pytest.mark.parametrize("answer", ["y\n", "yes\n"])
def test_a_yes_launches(project: Project, answer: str) -> None:
    project.add("user-a")

    must_succeed(project.up(env=ASKING, answer=answer))

    assert get(project.api_port, "/health")[0] == 200


@pytest.mark.parametrize(
    "answer",
    ["n\n", "no\n", "\n", ""],
    ids=["n", "no", "an empty line", "the end of input"],
)
def test_anything_but_a_yes_cancels_and_touches_nothing(project: Project, answer: str) -> None:
    project.add("user-a", "user-b")
    before = project.snapshot()

    result = project.up(env=ASKING, answer=answer)

    must_be_refused(result, "nothing was touched", "pass -y", code=6)
    must_have_touched_nothing(project, before)


def test_a_no_leaves_a_running_pool_as_it_is(project: Project) -> None:
    project.add("user-a")
    must_succeed(project.up())
    running, copy = containers(project), project.copy_of("user-a").read_bytes()

    result = project.up("--log-level", "DEBUG", env=ASKING, answer="n\n")

    assert result.code == 6
    assert containers(project) == running
    assert project.copy_of("user-a").read_bytes() == copy
    assert get(project.api_port, "/health")[0] == 200


def test_an_answer_that_is_neither_is_asked_for_again(project: Project) -> None:
    project.add("user-a")
    before = project.snapshot()

    result = project.up(env=ASKING, answer="perhaps\nn\n")

    assert result.err.count("Launch 1 instance?") == 2
    assert result.code == 6
    must_have_touched_nothing(project, before)


def test_no_question_where_nothing_is_to_be_done(project: Project) -> None:
    project.add("user-a")
    must_succeed(project.up())

    result = must_succeed(project.up(env=ASKING))

    assert "?" not in result.err
    assert "nothing to do" in result.out


def test_the_document_of_a_cancelled_launch_says_so(project: Project) -> None:
    project.add("user-a")

    result = project.up("--output", "json", env=ASKING, answer="n\n")

    assert result.code == 6
    assert result.document["exit_code"] == 6
    assert result.document["result"] == "declined"
    assert result.document["instances"] == []
    assert "?" not in result.out


@pytest.mark.parametrize("word", ["true", "1"])
def test_auto_confirm_by_variable_asks_nothing(project: Project, word: str) -> None:
    project.add("user-a")

    result = must_succeed(project.up(env={"AUTO_CONFIRM": word}))

    assert "?" not in result.err
    assert "memory: 1 instance to start" in result.err


def test_auto_confirm_false_asks(project: Project) -> None:
    project.add("user-a")

    assert project.up(env={"AUTO_CONFIRM": "false"}).code == 6
