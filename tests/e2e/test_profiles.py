"""`profiles check`, `add`, `history` and `restore` by the real command."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

from e2e.mixed_pool import google_session
from e2e.obligations import (
    must_be_refused,
    must_not_tell_secrets,
    must_run_on_its_own_profile,
    must_succeed,
)
from e2e.project import COMMAND, Project, Result
from e2e.schemas import must_match_its_schema
from e2e.terminal import Terminal

LATER = 2_000_000_000
PAST = 1_000_000_000


def profiles(project: Project, *words: str | Path, answer: str = "") -> Result:
    result = project.command("profiles", *words, answer=answer)
    must_not_tell_secrets(result, "SID-of-")
    return result


def test_a_check_finds_what_is_wrong_and_says_so_by_its_exit_code(project: Project) -> None:
    project.add("user-a")
    (project.saved / "user-b.json").write_text(google_session("user-b", PAST))
    (project.saved / "user-c.json").write_text("{")

    assert must_succeed(profiles(project, "check", "user-a")).out == "1 profile checked: all well\n"
    result = profiles(project, "check")

    assert result.code == 1
    assert "error: profile user-b: its login expired on 2001-09-09; log in again" in result.out
    assert "error: profile user-c: is not valid JSON: it is cut off" in result.out
    assert result.out.endswith("3 profiles checked: 2 problems\n")
    document = profiles(project, "check", "--output", "json").document
    must_match_its_schema(document)
    assert [one["code"] for one in document["findings"]] == ["expired", "invalid"]


def test_a_login_that_is_added_is_launched_by_the_next_up(project: Project, tmp_path: Path) -> None:
    source = tmp_path / "user-a.json"
    source.write_text(google_session("user-a", LATER))

    result = must_succeed(profiles(project, "add", source))

    file = project.saved / "user-a.json"
    assert result.out == (
        "profile user-a: is in the pool; run `multi-instance up` to launch its instance\n"
    )
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    must_succeed(project.up())
    must_run_on_its_own_profile(project, "user-a", project.api_port)

    source.write_text(google_session("somebody-else", LATER))
    must_be_refused(profiles(project, "add", source), "--force", code=2)
    replaced = profiles(project, "add", source, "--force", "--output", "json").document
    must_match_its_schema(replaced)
    [one] = replaced["profiles"]
    assert (one["result"], one["kept_as"][:7]) == ("replaced", "000001-")
    assert "profile was replaced in the pool" in project.command("plan").out


def test_a_login_comes_by_standard_input_with_a_name_of_its_own(project: Project) -> None:
    content = google_session("user-d", LATER)

    must_be_refused(profiles(project, "add", "-", answer=content), "--name", code=2)
    must_succeed(profiles(project, "add", "-", "--name", "user-d.json", answer=content))

    assert (project.saved / "user-d.json").read_text() == content


def test_a_login_added_by_root_belongs_to_the_owner_of_the_pool(project: Project) -> None:
    os.chown(project.saved, 1234, 2345)

    must_succeed(profiles(project, "add", "-", "--name", "a", answer=google_session("a", LATER)))

    status = (project.saved / "a.json").stat()
    assert (status.st_uid, status.st_gid) == (1234, 2345)


def test_what_cannot_be_added_is_refused_in_one_report(project: Project) -> None:
    before = project.snapshot()

    nothing = profiles(project, "add", "/nowhere.json")
    bad = profiles(project, "add", "-", "--name", "../x", "--output", "json", answer="[")

    must_be_refused(nothing, "file /nowhere.json", "No such file", code=2)
    must_be_refused(bad, "profile name '../x'", "standard input: is not valid JSON", code=2)
    must_match_its_schema(bad.document)
    assert project.snapshot() == before


def test_history_and_restore_are_reports_with_schemas(project: Project) -> None:
    first, second = google_session("first", LATER), google_session("second", LATER)
    file = project.saved / "user-a.json"
    file.write_text(first)
    nothing = must_succeed(profiles(project, "history", "user-a"))
    must_succeed(profiles(project, "add", "-", "--name", "user-a", "--force", answer=second))

    listed = profiles(project, "history", "user-a", "--output", "json").document
    restored = profiles(project, "restore", "user-a", "1", "--output", "json").document

    assert nothing.out == "profile user-a: no earlier version is kept\n"
    must_match_its_schema(listed)
    assert [(one["number"], one["is_in_pool"]) for one in listed["versions"]] == [(1, False)]
    must_match_its_schema(restored)
    assert restored["kept_as"].startswith("000002-")
    assert file.read_text() == first
    must_be_refused(profiles(project, "restore", "user-a", "9"), "there are: 1, 2", code=2)
    must_be_refused(profiles(project, "history", "user-b"), "has no history", code=2)


def test_a_terminal_shows_the_history_as_a_table(project: Project) -> None:
    project.add("user-a")
    content = google_session("user-a", LATER)
    must_succeed(profiles(project, "add", "-", "--name", "user-a", "--force", answer=content))

    with Terminal(project, COMMAND, "profiles", "history", "user-a") as terminal:
        assert terminal.ended() == 0

    assert "KEPT AT" in terminal.text
    assert json.loads((project.saved / "user-a.json").read_text())["origins"] == []
