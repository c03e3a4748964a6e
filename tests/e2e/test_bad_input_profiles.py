"""Profiles that cannot be launched: told by kind and place, never by content; nothing touched."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path

import pytest

from e2e.obligations import containers, must_not_tell_secrets, must_succeed
from e2e.project import Project, session
from e2e.refusals import (
    listening,
    must_report,
    nothing_changes,
    own_process,
    up_with_ordinary_rights,
    warnings,
)

_2020 = 1577836800


def test_an_empty_pool_is_refused_and_says_where_profiles_belong(project: Project) -> None:
    with nothing_changes(project):
        result = project.up()

    must_report(result, (str(project.saved), "no *.json profile", "--profile-dir"))


def test_hidden_files_and_other_kinds_are_no_profiles(project: Project) -> None:
    for name in (".json", ".hidden.json", "notes.txt", "user-a.json.bak", "user-b.JSON"):
        (project.saved / name).write_text(session("x"))
    with nothing_changes(project):
        result = project.up()

    must_report(result, (str(project.saved), "no *.json profile"))


@pytest.mark.parametrize("by_variable", [False, True])
def test_a_profile_directory_that_is_missing_is_named(project: Project, by_variable: bool) -> None:
    missing = str(project.root / "nowhere")
    with nothing_changes(project):
        if by_variable:
            result = project.up(env={"PROFILE_DIR": missing})
        else:
            result = project.up("--profile-dir", missing)

    must_report(result, (missing, "does not exist", "--profile-dir"))


def test_a_profile_directory_that_is_a_file_is_named(project: Project) -> None:
    project.add("user-a")
    file = project.saved / "user-a.json"
    with nothing_changes(project):
        result = project.up("--profile-dir", file)

    must_report(result, (str(file), "is not a directory", "--profile-dir"))


def test_a_missing_project_root_is_one_problem(project: Project) -> None:
    with nothing_changes(project):
        result = project.up("--project-root", project.root / "nowhere")

    must_report(result, ("project root", "nowhere", "does not exist", "--project-root"))


def test_a_project_root_that_is_a_file_is_one_problem(project: Project) -> None:
    project.add("user-a")
    with nothing_changes(project):
        result = project.up("--project-root", project.saved / "user-a.json")

    must_report(result, ("project root", "is not a directory", "--project-root"))


def test_a_closed_profile_directory_and_a_closed_engine_are_told_at_once(
    project: Project,
) -> None:
    project.add("user-a")
    project.saved.chmod(0o000)
    engine = project.root / "docker.sock"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(engine))
        engine.chmod(0o000)
        with nothing_changes(project):
            result = up_with_ordinary_rights(project, env={"DOCKER_HOST": f"unix://{engine}"})

    must_report(
        result,
        (str(project.saved), "cannot be read by this user", "access"),
        (f"engine at unix://{engine}", "DOCKER_HOST", "permission denied", "group docker"),
    )


def test_a_closed_profile_directory_alone_is_one_problem(project: Project) -> None:
    project.add("user-a")
    project.saved.chmod(0o000)
    with nothing_changes(project):
        result = up_with_ordinary_rights(project)

    must_report(result, (str(project.saved), "cannot be read by this user", "access"))


@pytest.mark.parametrize("mode", [0o444, 0o111])
def test_a_profile_directory_that_is_half_closed_is_refused(project: Project, mode: int) -> None:
    project.add("user-a")
    project.saved.chmod(mode)
    with nothing_changes(project):
        result = up_with_ordinary_rights(project)

    must_report(result, ("cannot be read", "access"))


NO_PROFILES = {
    "nothing": (b"", "is empty"),
    "blank": (b" \n", "is empty"),
    "hollow": (b"{}", "empty JSON object"),
    "text": (b"not-json-at-all", "not valid JSON"),
    "torn": (session("x").encode()[:-20], "cut off"),
    "list": (b'["cookie-of-x"]', "not an object"),
    "string": (b'"cookie-of-x"', "not an object"),
    "null": (b"null", "not an object"),
    "not-a-name": (b'{"cookie-of-x": nan}', "not valid JSON"),
    "deep": (b"[" * 100_000, "nested deeper than"),
    "not-utf-8": (b'{"cookies": "\xff\xfecookie-of-x"}', "not valid JSON"),
    "zeros": (b"\x00" * 4096, "not valid JSON"),
    "byte-order-mark": (b"\xef\xbb\xbf{", "not valid JSON"),
}


def test_files_that_are_no_profiles_are_refused_by_kind(project: Project) -> None:
    project.add("user-a")
    for name, (content, _) in NO_PROFILES.items():
        _file(project, name).write_bytes(content)
    with nothing_changes(project):
        result = project.up()

    told = [(f"profile {name}:", fact) for name, (_, fact) in NO_PROFILES.items()]
    must_report(result, *((*words, "save this login again") for words in told))
    must_not_tell_secrets(result, "not-json-at-all")


@pytest.mark.parametrize("content", [b"", b'{"cookies": [', b"[]"])
def test_one_file_that_is_no_profile_is_enough(project: Project, content: bytes) -> None:
    project.add("user-a")
    _file(project, "user-b").write_bytes(content)
    with nothing_changes(project):
        result = project.up()

    must_report(result, ("profile user-b", "save this login again"))


def test_a_directory_named_like_a_profile_is_refused(project: Project) -> None:
    project.add("user-a")
    (project.saved / "user-b.json").mkdir()
    with nothing_changes(project):
        result = project.up()

    must_report(result, ("profile user-b", "a directory", "move it"))


@pytest.mark.parametrize("target", ["gone.json", "user-b.json"])
def test_a_link_that_leads_nowhere_is_refused(project: Project, target: str) -> None:
    project.add("user-a")
    (project.saved / "user-b.json").symlink_to(target)
    with nothing_changes(project):
        result = project.up()

    must_report(result, ("profile user-b", "link", "remove"))


def test_a_pipe_named_like_a_profile_is_refused_and_not_waited_for(project: Project) -> None:
    project.add("user-a")
    os.mkfifo(project.saved / "user-b.json")
    with nothing_changes(project):
        result = project.run("timeout", "20", "multi-instance", "up")

    must_report(result, ("profile user-b", "not a regular file", "move it"))


def test_a_profile_that_this_user_may_not_read_is_named(project: Project) -> None:
    project.add("user-a", "user-b")
    (project.saved / "user-b.json").chmod(0o000)
    with nothing_changes(project):
        result = up_with_ordinary_rights(project)

    must_report(result, ("profile user-b", "cannot be read", "access to the file"))


def test_a_broken_profile_leaves_the_running_instances_alone(project: Project) -> None:
    project.add("user-a")
    must_succeed(project.up())
    (project.saved / "user-a.json").write_text('{"cookies": [')
    project.add("user-b")
    with nothing_changes(project):
        result = project.up()

    must_report(result, ("profile user-a", "cut off", "save this login again"))


def test_an_emptied_pool_leaves_the_running_instances_alone(project: Project) -> None:
    project.add("user-a")
    must_succeed(project.up())
    (project.saved / "user-a.json").unlink()
    with nothing_changes(project):
        result = project.up("--remove-orphans")

    must_report(result, (str(project.saved), "no *.json profile"))


def test_all_problems_of_all_instances_are_told_in_one_report(project: Project) -> None:
    project.add("user-a", "user-b", "user-c", "user-d")
    (project.saved / "user-b.json").write_bytes(b"")
    (project.saved / "user-c.json").write_bytes(b"[]")
    (project.saved / "user-d.json").write_bytes(b'{"cookies"')
    (project.root / "docker" / ".env").unlink()
    with listening("127.0.0.1", project.stream_port), nothing_changes(project):
        result = project.up("--image", "no-such-image:1", "--docker-arg", "--rm")

    must_report(
        result,
        ("profile user-b", "is empty"),
        ("profile user-c", "not an object"),
        ("profile user-d", "cut off"),
        ("profile user-a", f"stream port {project.stream_port}", own_process()),
        ("docker/.env", "does not exist"),
        ("no-such-image:1", "does not exist"),
        ("--rm", "leave it out"),
    )
    assert "7 problems found; nothing was touched" in result.text


def test_a_refusal_is_a_document_with_every_problem_where_one_is_asked_for(
    project: Project,
) -> None:
    project.add("user-a", "user-b")
    (project.saved / "user-b.json").write_bytes(b"")
    with nothing_changes(project):
        result = project.up("--output", "json", "--image", "no-such-image:1")

    must_report(result, ("profile user-b", "is empty"), ("image no-such-image:1", "not exist"))
    found = [f for f in result.document["findings"] if f["severity"] == "error"]
    assert {f["subject"] for f in found} == {"profile user-b", "image no-such-image:1"}
    assert all(f["fact"] and f["next_step"] for f in found)
    assert result.document["exit_code"] == 3
    assert result.document["instances"] == []


def test_expired_cookies_are_warned_about_with_the_date_and_launched(project: Project) -> None:
    _save(project, "user-a", _2020, _2020 - 86400)
    _save(project, "user-b", _2020, 4102444800)
    _save(project, "user-c", _2020, -1)

    result = must_succeed(project.up())

    expired = [line for line in warnings(result) if "expired" in line]
    assert len(expired) == 1
    assert "profile user-a" in expired[0]
    assert "2020-01-01" in expired[0]
    assert "log in again" in expired[0]
    must_not_tell_secrets(result, "name-of-a-cookie")
    assert sorted(containers(project)) == [project.container(f"user-{name}") for name in "abc"]


@pytest.mark.parametrize(
    "cookies",
    ["text", 7, None, {}, [1, "two"], [{"expires": "soon"}], [{"expires": 1e300}], [None]],
)
def test_cookies_of_an_unexpected_shape_are_nothing_to_stop_for(
    project: Project, cookies: object
) -> None:
    content = json.dumps({"cookies": cookies})
    (project.saved / "user-a.json").write_text(content)
    with nothing_changes(project):
        result = must_succeed(project.up("--dry-run"))

    assert "expired" not in result.text


def _save(project: Project, name: str, *expiries: float) -> None:
    cookies = [
        {"name": "name-of-a-cookie", "value": f"cookie-of-{name}", "expires": moment}
        for moment in expiries
    ]
    _file(project, name).write_text(json.dumps({"cookies": cookies, "origins": []}))


def _file(project: Project, name: str) -> Path:
    return project.saved / f"{name}.json"


def test_a_broken_profile_does_not_stop_a_launch_of_others_by_name(project: Project) -> None:
    project.add("user-a", "user-c")
    (project.saved / "user-b.json").write_text("{")
    with nothing_changes(project):
        refused = project.up()
        unknown = project.up("user-d")
        both = project.up("user-a", "--plan", "plan.json")

    command = refused.err.splitlines()[-1].partition(": `multi-instance ")[2].rstrip("`")
    assert command == "up user-a user-c"
    must_report(unknown, ("user-d", "did you mean user-"), code=2)
    must_report(both, ("--plan", "without names"), code=2)
    must_succeed(project.command(*command.split()))
    assert set(containers(project)) == {project.container("user-a"), project.container("user-c")}
