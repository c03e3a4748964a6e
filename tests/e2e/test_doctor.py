"""`multi-instance doctor`, with and without what it looks at."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from e2e.launched import launched
from e2e.obligations import must_be_refused, must_not_tell_secrets, must_succeed
from e2e.project import COMMAND, Project, Result
from e2e.schemas import must_match_its_schema
from e2e.terminal import Terminal

NOWHERE = ("--host", "tcp://127.0.0.1:1")


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    with launched(tmp_path_factory.mktemp("doctor"), "user-a") as project:
        yield project


def verdicts(result: Result) -> dict[str, str]:
    must_match_its_schema(result.document)
    return {check["name"]: check["verdict"] for check in result.document["checks"]}


def told(result: Result, name: str) -> dict[str, Any]:
    checks: list[dict[str, Any]] = result.document["checks"]
    return next(check for check in checks if check["name"] == name)


def test_a_pool_that_runs_is_well_and_nothing_is_touched(pool: Project) -> None:
    before = pool.snapshot()

    result = must_succeed(pool.command("doctor"))

    assert "unix:///var/run/docker.sock (from the default)" in result.out
    assert f"{pool.api_port}, {pool.stream_port}: free, or held by the pool" in result.out
    assert pool.snapshot() == before
    must_not_tell_secrets(result)


def test_as_a_document_every_check_has_its_verdict(pool: Project) -> None:
    found = verdicts(pool.command("doctor", "--output", "json"))

    wanted = ("engine", "engine-api", "engine-place", "clock", "image", "inotify", "bridge")
    assert {found[name] for name in wanted} <= {"ok", "warning"}
    assert "error" not in found.values()


def test_without_an_engine_it_says_so_and_looks_at_the_rest(pool: Project) -> None:
    result = pool.command("doctor", *NOWHERE, "--output", "json")
    found = verdicts(result)

    assert result.code == 1
    assert found["engine"] == "error"
    assert found["clock"] == "skipped"
    assert found["project"] == found["profiles"] == "ok"
    assert "--host" in told(result, "engine")["seen"]


def test_without_a_project_or_a_profile_the_machine_is_looked_at(
    project: Project, tmp_path: Path
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    without_project = must_succeed(project.command("doctor", "--output", "json", cwd=empty))
    without_profile = must_succeed(project.command("doctor", "--output", "json"))

    assert verdicts(without_project)["project"] == "warning"
    assert verdicts(without_project)["engine"] == "ok"
    assert verdicts(without_profile)["project"] == "ok"
    assert "holds no *.json" in told(without_profile, "profiles")["seen"]


def test_what_would_stop_a_launch_is_an_error_with_what_to_do(project: Project) -> None:
    project.add("user-a")
    (project.saved / "user-b.json").write_text("{")
    with socket.create_server(("127.0.0.1", project.api_port)):
        result = project.command("doctor", "--image", "none:1", "--output", "json")
    found = verdicts(result)

    assert result.code == 1
    assert found["image"] == found["ports"] == found["profiles"] == "error"
    assert str(project.api_port) in told(result, "ports")["seen"]
    assert "--base-api-port" in told(result, "ports")["next_step"]


def test_usage_is_refused(project: Project) -> None:
    must_be_refused(project.command("doctor", "--base-api-port", "none"), "none", code=2)


def test_in_a_narrow_terminal_verdicts_are_coloured_and_the_code_is_kept(pool: Project) -> None:
    with Terminal(pool, COMMAND, "doctor", *NOWHERE, columns=60) as terminal:
        assert terminal.ended() == 1
        assert "\x1b[31merror" in terminal.raw
        assert "1 error" in terminal.text
