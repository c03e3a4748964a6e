"""`multi-instance explain`: a verdict for each trouble that can be made, and the archive."""

from __future__ import annotations

import json
import os
import socket
import stat
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from e2e.launched import launched
from e2e.mixed_pool import paused
from e2e.obligations import (
    docker,
    eventually,
    inspect,
    must_be_refused,
    must_not_tell_secrets,
    must_succeed,
)
from e2e.project import COMMAND, KEY, Project, Result, session
from e2e.schemas import must_match_its_schema
from e2e.terminal import Terminal

NOWHERE = ("--host", "tcp://127.0.0.1:1")


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    with launched(tmp_path_factory.mktemp("explain"), "user-a", "user-b") as project:
        yield project


def explained(project: Project, name: str, *options: str) -> tuple[str, str, Result]:
    """The reason, the verdict and the whole result."""
    result = project.command("explain", *options, "--output", "json", name)
    must_match_its_schema(result.document)
    must_not_tell_secrets(result)
    assert result.code == (0 if result.document["is_well"] else 1)
    return result.document["reason"], result.document["verdict"], result


def test_a_ready_instance_is_well_and_nothing_is_touched(pool: Project) -> None:
    before = pool.snapshot()

    result = must_succeed(pool.command("explain", "user-a"))

    assert result.out.startswith("user-a is ready, up for ")
    for name in ("container", "health", "ports", "image", "login", "session", "proof", "plan"):
        assert f"  {name} " in result.out
    assert pool.snapshot() == before


def test_profiles_are_named_or_meant_by_a_glob_and_only_one(pool: Project) -> None:
    assert explained(pool, "user-a*")[0] == "well"
    must_be_refused(pool.command("explain", "user-*"), "matches 2", code=2)
    must_be_refused(pool.command("explain", "user-x"), "did you mean", code=2)


def test_without_an_engine_that_is_the_verdict(pool: Project) -> None:
    reason, verdict, _ = explained(pool, "user-a", *NOWHERE)

    assert reason == "engine-unreachable"
    assert "nobody listens there" in verdict


def test_a_change_of_the_settings_is_told_as_what_up_would_do(pool: Project) -> None:
    reason, verdict, _ = explained(pool, "user-a", "--log-level", "DEBUG")

    assert reason == "out-of-date"
    assert "SERVER_LOG_LEVEL changed" in verdict


def test_what_becomes_of_an_instance_by_hand_is_told(pool: Project) -> None:
    name = pool.container("user-b")
    eventually(lambda: paused(name))
    assert explained(pool, "user-b")[0] == "paused"
    docker("unpause", name)
    docker("stop", "-t", "5", name)
    reason, verdict, result = explained(pool, "user-b")
    assert reason == "stopped-by-hand"
    assert "multi-instance start user-b" in result.document["next_steps"]
    with socket.create_server(("127.0.0.1", pool.api_port + 1)):
        reason, verdict, _ = explained(pool, "user-b")
    assert reason == "port-held"
    assert f"API port {pool.api_port + 1} is held by " in verdict
    assert f"(pid {os.getpid()})" in verdict
    docker("rm", name)
    assert explained(pool, "user-b")[0] == "container-gone"
    must_succeed(pool.up())
    assert explained(pool, "user-b")[0] == "well"


def test_profiles_that_cannot_or_did_not_run_are_told(pool: Project) -> None:
    (pool.saved / "user-c.json").write_text('{"cookies": [')
    (pool.saved / "user-d.json").write_text(session("d"))
    old = json.dumps({"cookies": [{"name": "s", "value": "cookie-of-e", "expires": 1_600_000_000}]})
    (pool.saved / "user-e.json").write_text(old)
    try:
        reason, verdict, _ = explained(pool, "user-c")
        assert (reason, "cut off" in verdict) == ("profile-unusable", True)
        assert explained(pool, "user-d")[0] == "never-launched"
        assert explained(pool, "user-d", "--image", "none:1")[0] == "image-missing"
        assert "2020-09-13" in explained(pool, "user-e")[2].out
    finally:
        for name in ("user-c", "user-d", "user-e"):
            (pool.saved / f"{name}.json").unlink()


def test_an_instance_whose_profile_is_gone_is_told_with_what_removes_it(pool: Project) -> None:
    file = pool.saved / "user-b.json"
    content = file.read_bytes()
    file.unlink()
    try:
        reason, _, result = explained(pool, "user-b")
    finally:
        file.write_bytes(content)

    assert reason == "profile-gone"
    assert "multi-instance up --remove-orphans" in result.document["next_steps"]


def test_crashing_starting_and_quarantined_instances_are_told(project: Project) -> None:
    project.add("user-a", "user-b")
    project.behave(REFERENCE_NEVER_READY="user-a=1", REFERENCE_CRASH_AT_START="user-b=3")
    project.up("--wait-timeout", "6", "--log-level", "DEBUG")
    options = ("--log-level", "DEBUG")

    reason, verdict, result = explained(project, "user-a", *options)
    assert reason == "not-answering"
    assert "closes the connection" in verdict
    assert result.document["condition"] in {"starting", "not ready"}
    reason, verdict, result = explained(project, "user-b", *options)
    assert reason == "quarantined"
    assert "exit status 3" in verdict
    assert any("exit status 3" in line for line in result.document["log_tail"])
    assert any(fact["name"] == "kept log" for fact in result.document["evidence"])
    docker("start", project.container("user-b"))
    eventually(lambda: explained(project, "user-b", *options)[0] == "crash-loop", 60)


def test_an_instance_that_ran_out_of_memory_is_told_with_its_limit(project: Project) -> None:
    project.add("user-a")
    project.behave(REFERENCE_READY_AFTER_S=0)
    options = ("--memory-limit", "64m", "--docker-arg", "--restart no")
    must_succeed(project.up(*options))
    project.behave(REFERENCE_READY_AFTER_S=1, REFERENCE_MEMORY_MB=200)
    docker("restart", "-t", "5", project.container("user-a"))
    eventually(lambda: inspect(project.container("user-a"))["State"]["Status"] == "exited")

    reason, verdict, _ = explained(project, "user-a", *options)

    assert reason == "out-of-memory"
    assert "ran out of memory (limit 64 MB)" in verdict


def test_an_interrupted_replacement_is_told(pool: Project) -> None:
    name = pool.container("user-a")
    docker("rename", name, f"{name}.previous")
    try:
        reason, verdict, _ = explained(pool, "user-a")
    finally:
        docker("rename", f"{name}.previous", name)

    assert reason == "replacement-interrupted"
    assert f"{name}.previous" in verdict


def test_in_a_terminal_the_verdict_stands_first_and_in_colour(pool: Project) -> None:
    with Terminal(pool, COMMAND, "explain", "user-a", columns=60) as terminal:
        assert terminal.ended() == 0
        assert terminal.raw.startswith("\x1b[32muser-a is ready")


SECRETS = {
    "key": KEY,
    "own key.txt": "sk-host-key-PLANTED1",
    "environment file": "env-file-PLANTED2",
    "cookie": "cookie-of-user-a",
    "local storage": "storage-PLANTED3",
    "other profile": "cookie-of-user-b",
    "runtime copy": "cookie-of-PLANTED4",
    "extra variable": "extra-arg-PLANTED5",
    "label": "label-PLANTED6",
    "logged header": "header-PLANTED7",
    "health check": "health-PLANTED8",
}
EXTRA = (
    "--docker-arg",
    f"-e EXTRA={SECRETS['extra variable']} --label theirs={SECRETS['label']}",
    "--docker-arg",
    f'--health-cmd "true {SECRETS["health check"]}" --health-interval 1h',
)


def plant(project: Project) -> None:
    """Secrets in every place that holds some, and all of them in the instance's log."""
    project.add("user-b")
    storage = [{"origin": "https://x", "localStorage": [{"value": SECRETS["local storage"]}]}]
    (project.saved / "user-a.json").write_text(session("PLANTED4"))
    environment = f"REFERENCE_READY_AFTER_S=0\nTOKEN_OF_ENV={SECRETS['environment file']}\n"
    (project.root / "docker" / ".env").write_text(environment)
    must_succeed(project.up(*EXTRA))
    (project.saved / "user-a.json").write_text(session("user-a", origins=storage))
    (project.root / "auth_profiles" / "key.txt").write_text(SECRETS["own key.txt"] + "\n")


def test_the_archive_for_a_bug_report_holds_no_secret(project: Project, tmp_path: Path) -> None:
    plant(project)
    lines = [value for name, value in SECRETS.items() if name != "logged header"]
    lines.append(f"Cookie: sid={SECRETS['logged header']}")
    script = "".join(f"echo '{line}' >/proc/1/fd/1; " for line in lines)
    docker("exec", project.container("user-a"), "sh", "-c", script)
    kept = project.state / "failures" / f"{project.container('user-a')}-20260101T000000.0Z.log"
    kept.parent.mkdir(exist_ok=True)
    kept.write_text("\n".join(lines))
    archive = tmp_path / "report.tar.gz"

    result = project.command("explain", *EXTRA, "--bundle", archive, "user-a")

    assert result.code in {0, 1}
    assert str(archive) in result.out
    must_not_tell_secrets(result, *SECRETS.values())
    assert stat.S_IMODE(archive.stat().st_mode) == 0o600
    contents = unpacked(archive)
    for place, secret in SECRETS.items():
        for name, content in contents.items():
            assert secret not in content, f"the secret of the {place} is in {name}"
    assert contents["log.txt"].count("********") >= len(lines)
    assert [name for name in contents if name.startswith("failures/")]


def unpacked(archive: Path) -> dict[str, str]:
    with tarfile.open(archive) as tar:
        assert {member.mode for member in tar} == {0o600}
        read: Callable[[tarfile.TarInfo], Any] = tar.extractfile
        return {m.name.partition("/")[2]: read(m).read().decode() for m in tar.getmembers()}


def test_the_archive_has_what_a_bug_report_needs(pool: Project, tmp_path: Path) -> None:
    archive = tmp_path / "report.tar.gz"
    must_succeed(pool.command("explain", "--bundle", archive, "user-a"))
    contents = unpacked(archive)

    for name in ("explain", "doctor", "settings"):
        must_match_its_schema(json.loads(contents[f"{name}.json"]))
    (details,) = json.loads(contents["inspect.json"])
    assert details["State"]["Status"] == "running"
    assert "ACTIVE_AUTH_JSON_PATH=********" in details["Config"]["Env"]
    shown = {v["key"]: v["value"] for v in json.loads(contents["settings.json"])["values"]}
    assert shown["api-key"] == "******** (variable)"
    assert json.loads(contents["versions.json"])["engine"]["kernel"]
    assert f"keep     {pool.container('user-a')}" in contents["plan.txt"]
    assert "ready" in contents["log.txt"]
    assert "ready" in contents["journal.txt"]
    assert "look through log.txt" in contents["README.txt"]


def test_the_archive_is_written_without_an_engine_and_over_nothing(
    pool: Project, tmp_path: Path
) -> None:
    archive = tmp_path / "report.tar.gz"

    first = pool.command("explain", *NOWHERE, "--bundle", archive, "user-a")
    before = archive.read_bytes()
    second = pool.command("explain", "--bundle", archive, "user-a")

    assert first.code == 1
    assert json.loads(unpacked(archive)["inspect.json"]) == []
    must_be_refused(second, "exists already", code=2)
    assert archive.read_bytes() == before
    nowhere = pool.command("explain", "--bundle", tmp_path / "none" / "x.tar.gz", "user-a")
    must_be_refused(nowhere, "cannot be written", code=2)


def test_what_the_configuration_file_says_of_one_profile_counts(pool: Project) -> None:
    own = "sk-own-key-PLANTED9"
    file = pool.root / "multi-instance.toml"
    file.touch(mode=0o600)
    file.write_text(
        f'[profiles.user-a]\nenabled = false\n[profiles.user-b]\napi-key = "{own}"\nimage = "x:1"\n'
    )
    docker("exec", pool.container("user-b"), "sh", "-c", f"echo key {own} >/proc/1/fd/1")
    try:
        assert explained(pool, "user-a")[0] == "disabled"
        reason, verdict, result = explained(pool, "user-b")
    finally:
        file.unlink()

    assert (reason, "image x:1 does not exist" in verdict) == ("image-gone", True)
    must_not_tell_secrets(result, own)
    assert "key ********" in result.document["log_tail"]
