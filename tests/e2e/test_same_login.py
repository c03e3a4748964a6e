"""One login in two places is told before a launch: two browsers on it sign each other out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from e2e.mixed_pool import google_session
from e2e.obligations import containers, must_succeed
from e2e.project import Project

CONFLICT = "user-a.sync-conflict-20260101-120000-ABCDEFG"
COMMANDS = (("plan",), ("up", "--dry-run"), ("status",), ("doctor",))
TOLD, ENDS_AT = "hold the same login", 2_000_000_000


@pytest.mark.parametrize("copy", [CONFLICT, "user-a (1)", "anything else"])
def test_a_copy_of_a_profile_is_told_by_every_command_before_a_launch(
    project: Project, copy: str
) -> None:
    project.add("user-a", "user-b")
    (project.saved / "user-a.json").write_text(google_session("user-a", ENDS_AT))
    (project.saved / f"{copy}.json").write_text(google_session("user-a", ENDS_AT + 1))

    for words in COMMANDS:
        result = project.command(*words)
        told = [line for line in result.text.splitlines() if TOLD in line]
        assert len(told) == 1, f"{words}: {result.text}"
        assert "user-a" in told[0]
        assert copy in told[0]
        assert "user-b" not in told[0]

    asked = project.up(env={"AUTO_CONFIRM": "false"}, answer="n\n")
    assert asked.text.index(TOLD) < asked.text.index("[y/N]")
    assert containers(project) == {}


def test_one_that_is_disabled_is_no_second_browser(project: Project) -> None:
    project.add("user-a")
    content = (project.saved / "user-a.json").read_text()
    (project.saved / "user-c.json").write_text(content)
    (project.root / "multi-instance.toml").write_text("[profiles.user-c]\nenabled = false\n")

    for words in COMMANDS:
        assert TOLD not in project.command(*words).text


def test_an_instance_of_another_project_on_the_same_folder_is_told(
    project: Project, tmp_path: Path
) -> None:
    project.add("user-a")
    must_succeed(project.up())
    other = Project(tmp_path / "other")

    for words in COMMANDS:
        result = other.command(*words, "--profile-dir", project.saved)
        assert project.container("user-a") in result.text, words
        assert "runs on the same login" in result.text, words

    report = other.command("plan", "--profile-dir", project.saved, "--output", "json")
    findings = json.loads(report.out)["findings"]
    told = [f for f in findings if f["code"] == "same-login"]
    assert [f["severity"] for f in told] == ["warning"]
