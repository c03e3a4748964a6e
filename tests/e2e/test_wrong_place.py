"""Somebody is in the wrong folder, or is the wrong user: they must hear of it, and of nothing else.

To read "nothing to do" there, while the instances run elsewhere, would be worse than a failure.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from e2e.project import Project
from e2e.refusals import must_report, nothing_changes, with_ordinary_rights
from e2e.schemas import must_match_its_schema

_COMMANDS = (
    ("status",),
    ("logs",),
    ("logs", "--follow"),
    ("stats", "--no-stream"),
    ("events", "--until", "now"),
    ("stop",),
    ("stop", "user-a"),
    ("start",),
    ("restart",),
    ("down", "--auto-confirm"),
    ("exec", "user-a", "true"),
    ("shell", "user-a"),
    ("verify",),
    ("explain", "user-a"),
    ("sync",),
    ("endpoints",),
)


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    return folder


@pytest.mark.parametrize("words", _COMMANDS, ids=" ".join)
def test_outside_of_a_project_no_command_says_that_there_is_nothing_to_do(
    project: Project, elsewhere: Path, words: tuple[str, ...]
) -> None:
    result = project.command(*words, cwd=elsewhere)

    must_report(result, (str(elsewhere), "no auth_profiles/ here", "--project-root"))
    assert result.out == ""
    assert list(elsewhere.iterdir()) == []


@pytest.mark.parametrize("words", [("profiles", "list"), ("profiles", "check")], ids=" ".join)
def test_outside_of_a_project_the_profiles_are_not_missed_in_a_folder_of_its_own(
    project: Project, elsewhere: Path, words: tuple[str, ...]
) -> None:
    result = project.command(*words, cwd=elsewhere)

    must_report(result, ("no auth_profiles/ here", "--project-root"), code=2)
    assert f"multi-instance {' '.join(words)} --help" in result.err


def test_outside_of_a_project_a_program_gets_one_document_that_says_so(
    project: Project, elsewhere: Path
) -> None:
    result = project.command("stop", "--output", "json", cwd=elsewhere)

    must_match_its_schema(result.document)
    assert (result.document["exit_code"], result.document["result"]) == (3, "refused")


def test_in_a_project_without_a_profile_there_is_nothing_to_do(project: Project) -> None:
    with nothing_changes(project):
        result = project.command("stop")

    assert (result.code, result.out) == (0, "nothing to do\n")


@pytest.fixture
def closed(project: Project) -> Iterator[Project]:
    """A pool whose state folder is another user's."""
    project.add("user-a")
    project.state.mkdir(mode=0)
    yield project
    project.state.chmod(0o700)


@pytest.mark.parametrize("words", [("status",), ("logs",), ("profiles", "list")], ids=" ".join)
def test_without_its_key_no_command_goes_on_as_if_the_pool_had_none(
    closed: Project, words: tuple[str, ...]
) -> None:
    result = with_ordinary_rights(closed, *words, env={"API_KEY": None})

    must_report(result, (str(closed.state), "closed to this user", "owner"), code=2)


@pytest.mark.parametrize("words", [("explain", "user-a"), ("verify",), ("logs",)], ids=" ".join)
def test_what_needs_the_state_folder_says_whose_it_is_and_shows_nothing(
    closed: Project, words: tuple[str, ...]
) -> None:
    """Keys that cannot be read cannot be taken out of a log, nor a proof be held against them."""
    result = with_ordinary_rights(closed, *words)

    must_report(result, (str(closed.state), "closed to this user", "owner"), code=1)
    assert result.out == ""
