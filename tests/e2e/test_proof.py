"""The proof: every instance is looked at from outside, and one that fails it is a failed one."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from e2e.obligations import containers, eventually, logs, must_not_tell_secrets, must_succeed
from e2e.project import KEY, Project, Result, ended, session


def instance(result: Result, name: str = "user-a") -> dict[str, Any]:
    """What the document says of one profile's instance."""
    found = [i for i in result.document["instances"] if i["profile"] == name]
    assert len(found) == 1
    entry: dict[str, Any] = found[0]
    return entry


def failed_checks(entry: dict[str, Any]) -> list[str]:
    return [check["name"] for check in entry["proof"]["checks"] if is_failed(check)]


def is_failed(check: dict[str, Any]) -> bool:
    return bool(check["required"] and check["result"] == "failed")


@pytest.mark.podman
def test_the_document_tells_every_check_of_every_instance(project: Project) -> None:
    project.add("user-a", "user-b")

    result = must_succeed(project.up("--output", "json"))

    for name in ("user-a", "user-b"):
        entry = instance(result, name)
        assert entry["state"] == "ready"
        assert entry["proof"]["passed"] is True
        assert failed_checks(entry) == []
        names = {check["name"] for check in entry["proof"]["checks"]}
        assert {"active", "saved", "api", "stream", "key"} <= names
        assert entry["proven_at"]
    must_not_tell_secrets(result)


def test_the_summary_tells_the_proof_of_every_instance(project: Project) -> None:
    project.add("user-a", "user-b")

    result = must_succeed(project.up("--proof"))
    again = must_succeed(project.up())

    summary, proofs, _ = result.out.split("\n\n")
    assert len(again.out.split("\n\n")) == 2
    for name in ("user-a", "user-b"):
        (row,) = [line for line in summary.splitlines() if line.startswith(f"{name} ")]
        assert "proven" in row
        (row,) = [line for line in proofs.splitlines() if line.startswith(f"{name} ")]
        assert "FAILED" not in row
    assert {"ACTIVE", "SAVED", "API", "STREAM", "KEY"} <= set(proofs.splitlines()[0].split())


@pytest.mark.podman
def test_an_instance_that_answers_without_the_key_fails_and_the_others_do_not(
    project: Project,
) -> None:
    project.add("user-a", "user-b")
    project.behave(REFERENCE_OPEN_V1="user-a=1,*=0")

    result = project.up("--output", "json")

    assert result.code == 1
    assert instance(result)["state"] == "failed"
    assert failed_checks(instance(result)) == ["key"]
    assert "key" in instance(result)["problem"]
    assert instance(result, "user-b")["state"] == "ready"
    must_not_tell_secrets(result)


def test_the_summary_names_the_failed_check(project: Project) -> None:
    project.add("user-a")
    project.behave(REFERENCE_OPEN_V1="yes")

    result = project.up()

    assert result.code == 1
    (row,) = [line for line in result.out.splitlines() if project.container("user-a") in line]
    assert "FAILED" in row
    assert "key" in row
    assert "without the key" in result.err


def test_an_image_without_the_guarded_path_serves_and_does_not_count_as_proven(
    project: Project,
) -> None:
    project.add("user-a")
    project.behave(REFERENCE_NO_V1="yes")

    result = must_succeed(project.up("--output", "json"))

    entry = instance(result)
    assert entry["state"] == "ready"
    assert (entry["proof"]["passed"], entry["proof"]["result"]) == (False, "not shown")
    assert entry["proven_at"] is None
    (key,) = [check for check in entry["proof"]["checks"] if check["name"] == "key"]
    assert (key["passed"], key["result"]) == (False, "not shown")
    assert key["seen"] == "not shown: /v1/queue answers 404"
    assert any("not everything is proven" in note for note in entry["notes"])
    assert project.command("verify").code == 1


def launch_and_plant(project: Project, name: str, content: str) -> Result:
    """Launch a slow instance; before it is ready, another file lies in its private folder."""
    project.behave(REFERENCE_READY_AFTER_S="4")
    project.add("user-a")
    launch = project.begin("--output", "json")
    try:
        eventually(lambda: "Context created" in _log(project))
        (project.copy_of("user-a").parent / name).write_text(content)
    finally:
        result = ended(launch)
    return result


def _log(project: Project) -> str:
    container = project.container("user-a")
    return logs(container) if container in containers(project) else ""


@pytest.mark.podman
def test_a_second_profile_in_the_private_folder_is_detected(project: Project) -> None:
    result = launch_and_plant(project, "user-0.json", session("user-0"))

    assert result.code == 1
    entry = instance(result)
    assert entry["state"] == "failed"
    assert failed_checks(entry) == ["active"]
    assert "user-0.json" in json.dumps(entry["proof"])
    must_not_tell_secrets(result)


@pytest.mark.parametrize("kind", ["link", "pipe", "folder"])
def test_what_is_no_file_in_the_private_folder_is_detected(project: Project, kind: str) -> None:
    project.behave(REFERENCE_READY_AFTER_S="4")
    project.add("user-a")
    launch = project.begin("--output", "json")
    try:
        eventually(lambda: "Context created" in _log(project))
        planted = project.copy_of("user-a").parent / "planted"
        make = {"link": lambda path: path.symlink_to("/etc/passwd"), "pipe": os.mkfifo}
        make.get(kind, Path.mkdir)(planted)
    finally:
        result = ended(launch)

    assert result.code == 1
    assert failed_checks(instance(result)) == ["active"]
    assert f"planted (a {kind})" in instance(result)["problem"]


def check_of(entry: dict[str, Any], name: str) -> dict[str, Any]:
    found: list[dict[str, Any]] = [c for c in entry["proof"]["checks"] if c["name"] == name]
    assert len(found) == 1
    return found[0]


@pytest.mark.podman
def test_a_stream_port_that_only_the_engine_accepts_at_is_told_and_fails_nothing(
    project: Project,
) -> None:
    """The application's stream listens on its container's own loopback, as the real one does."""
    project.add("user-a", "user-b")

    result = must_succeed(project.up("--output", "json"))

    for name in ("user-a", "user-b"):
        stream = check_of(instance(result, name), "stream")
        assert stream["seen"] in {"accepts and closes", "refuses"}, "the engine may have no proxy"
        assert (stream["passed"], stream["required"]) == (False, False)
        assert check_of(instance(result, name), "api")["seen"] == "answers"
    (told,) = [line for line in result.err.splitlines() if line.startswith("note: stream port")]
    assert "--require-stream" in told
    assert "and 1 more" in told


def test_a_stream_port_that_is_required_must_answer(project: Project) -> None:
    project.add("user-a")
    must_succeed(project.up())

    result = project.up("--require-stream", "--output", "json")

    assert result.code == 1, "an earlier proof did not look for it"
    assert failed_checks(instance(result)) == ["stream"]
    assert project.command("verify", env={"MULTI_INSTANCE_REQUIRE_STREAM": "true"}).code == 1
    assert project.command("verify").code == 0


def test_a_failed_proof_is_made_again_and_passes_once_its_reason_is_gone(
    project: Project,
) -> None:
    assert launch_and_plant(project, "user-0.json", session("user-0")).code == 1
    launched = containers(project)
    again = project.up("--output", "json")
    assert again.code == 1, "what failed its proof must fail it for as long as nothing changes"

    (project.copy_of("user-a").parent / "user-0.json").unlink()
    result = must_succeed(project.up("--output", "json"))

    assert instance(result)["proof"]["passed"] is True
    assert containers(project) == launched


def test_a_proof_is_remembered_while_the_container_stays(project: Project) -> None:
    project.add("user-a")
    first = instance(must_succeed(project.up("--output", "json")))

    second = instance(must_succeed(project.up("--output", "json")))

    assert second["container_id"] == first["container_id"]
    assert second["proven_at"] == first["proven_at"]
    third = instance(must_succeed(project.up("--output", "json", "--recreate")))
    assert third["proof"]["passed"] is True
    assert third["proven_at"] > first["proven_at"]


def test_without_waiting_nothing_counts_as_proven(project: Project) -> None:
    project.add("user-a")

    entry = instance(must_succeed(project.up("--no-wait", "--output", "json")))
    assert (entry["state"], entry["proof"], entry["proven_at"]) == ("started", None, None)

    entry = instance(must_succeed(project.up("--output", "json")))
    assert entry["operation"] == "keep"
    assert entry["proof"]["passed"] is True


@pytest.fixture
def open_elsewhere(project: Project) -> Iterator[str]:
    """Somebody answers on the first API port at another address of this machine."""
    address = next(
        entry.address
        for entries in psutil.net_if_addrs().values()
        for entry in entries
        if entry.family == socket.AF_INET and not entry.address.startswith("127.")
    )
    with socket.create_server((address, project.api_port)):
        yield address


@pytest.mark.podman
def test_a_port_that_answers_on_another_address_fails_the_proof(
    project: Project, open_elsewhere: str
) -> None:
    project.add("user-a")

    result = project.up("--output", "json")

    assert result.code == 1
    assert len(failed_checks(instance(result))) == 1
    assert f"{open_elsewhere}:{project.api_port}" in instance(result)["problem"]


def test_the_proof_holds_for_the_hosts_own_key(project: Project) -> None:
    project.add("user-a")
    (project.root / "auth_profiles" / "key.txt").write_text("sk-of-the-host\n")

    result = must_succeed(project.up("--output", "json", env={"API_KEY": None}))

    (key,) = [c for c in instance(result)["proof"]["checks"] if c["name"] == "key"]
    assert key["passed"] is True
    must_not_tell_secrets(result, "sk-of-the-host", KEY)
