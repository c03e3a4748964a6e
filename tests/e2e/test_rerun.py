"""A second launch: what is as it should be stays, what is not is brought there, or back."""

from __future__ import annotations

import json
import os
import stat
import time
from pathlib import Path

import pytest

from e2e.obligations import (
    containers,
    digest,
    docker,
    eventually,
    get,
    inspect,
    must_ask_for_the_key,
    must_be_refused,
    must_not_tell_secrets,
    must_run_on_its_own_profile,
    must_succeed,
    serves,
    use_until_it_saves,
    variables,
)
from e2e.project import IMAGE, KEY, Project, session

CRASHES = "-e REFERENCE_CRASH_AT_START=7"
CANNOT_START = "--entrypoint /not/there"
FAULTS = {
    "crashes at its start": CRASHES,
    "never gets ready": "-e REFERENCE_NEVER_READY=1",
    "fails its proof": "-e REFERENCE_OPEN_V1=1",
    "cannot be started": CANNOT_START,
}


def launched(project: Project, *names: str) -> dict[str, str]:
    """Launch profiles of these names; gives their containers."""
    project.add(*names)
    must_succeed(project.up())
    return containers(project)


def must_be_mapped(project: Project, slots: dict[str, int]) -> None:
    """Each profile is served on the ports of its slot, on itself alone."""
    for name, slot in slots.items():
        must_run_on_its_own_profile(project, name, project.api_port + slot)
        bound = inspect(project.container(name))["HostConfig"]["PortBindings"]
        assert bound["3120/tcp"][0]["HostPort"] == str(project.stream_port + slot)


def refresh(project: Project, name: str, port: int) -> None:
    """Use the instance until it saves a refreshed session to its own copy."""
    before = digest(project.copy_of(name))
    use_until_it_saves(port)
    eventually(lambda: digest(project.copy_of(name)) != before)
    eventually(lambda: project.copy_of(name).read_text().endswith("}"))


def history(project: Project, name: str) -> list[str]:
    folder = project.state / "history" / project.container(name)
    return [path.read_text() for path in folder.glob("*.json")]


@pytest.mark.podman
def test_unchanged_instances_are_not_touched(project: Project) -> None:
    before = launched(project, "user-a", "user-b")
    started = [inspect(name)["State"]["StartedAt"] for name in before]

    result = must_succeed(project.up())

    assert containers(project) == before
    assert [inspect(name)["State"]["StartedAt"] for name in before] == started
    assert [inspect(name)["RestartCount"] for name in before] == [0, 0]
    assert "nothing to do" in result.out


@pytest.mark.podman
def test_a_changed_setting_replaces_every_instance_in_its_place(project: Project) -> None:
    before = launched(project, "user-a", "user-b")

    result = must_succeed(project.up("--log-level", "DEBUG"))

    after = containers(project)
    assert after.keys() == before.keys()
    assert not set(after.values()) & set(before.values())
    assert "variable SERVER_LOG_LEVEL changed" in result.text
    must_be_mapped(project, {"user-a": 0, "user-b": 1})
    assert variables(project.container("user-a"))["SERVER_LOG_LEVEL"] == "DEBUG"


def test_a_changed_key_replaces_and_the_old_key_is_refused(project: Project) -> None:
    before = launched(project, "user-a")

    result = must_succeed(project.up("--api-key", "sk-of-tomorrow"))

    assert containers(project) != before
    must_ask_for_the_key(project.api_port, "sk-of-tomorrow")
    assert get(project.api_port, "/v1/queue", KEY)[0] == 401
    must_not_tell_secrets(result, "sk-of-tomorrow")


def test_a_changed_environment_file_replaces(project: Project) -> None:
    before = launched(project, "user-a")
    project.behave(REFERENCE_READY_AFTER_S="0.1", ADDED="1")

    result = must_succeed(project.up())

    assert containers(project) != before
    (line,) = [one for one in result.text.splitlines() if "environment changed: " in one]
    assert "ADDED" in line


def test_what_changed_is_named_and_no_value_is_told(project: Project) -> None:
    project.add("user-a")
    must_succeed(project.up(env={"EXTRA_DOCKER_ARGS": "-e GREETING=first-hush -m 300m"}))

    def planned(arguments: str, *options: str) -> str:
        result = project.command("plan", *options, env={"EXTRA_DOCKER_ARGS": arguments})
        must_not_tell_secrets(result, "first-hush", "next-hush")
        return result.text

    assert "nothing to do" in planned("-e GREETING=first-hush -m 300m")
    assert "environment changed: GREETING\n" in planned("-e GREETING=next-hush -m 300m")
    assert "option --memory changed\n" in planned("-e GREETING=first-hush -m 301m")
    assert "API key changed\n" in planned(
        "-e GREETING=first-hush -m 300m", "--api-key", "sk-of-tomorrow"
    )
    record = next(project.state.rglob("secrets.sha256")).read_text()
    assert "GREETING" in record
    assert "hush" not in record


def test_a_profile_that_its_owner_replaced_replaces_that_instance_alone(project: Project) -> None:
    before = launched(project, "user-a", "user-b", "user-c")
    refresh(project, "user-b", project.api_port + 1)
    renewed = session("the-new-login")
    (project.saved / "user-b.json").write_text(renewed)

    result = must_succeed(project.up())

    after = containers(project)
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {project.container("user-b")}
    assert "profile was replaced in the pool" in result.text
    assert (project.saved / "user-b.json").read_text() == renewed
    must_be_mapped(project, {"user-a": 0, "user-b": 1, "user-c": 2})
    assert project.copy_of("user-b").read_text() == renewed
    kept = [version for version in history(project, "user-b") if "reference_instance" in version]
    assert any("cookie-of-user-b" in version for version in kept), "its last session must be kept"


def test_a_new_profile_gets_the_lowest_free_slot_and_moves_nobody(project: Project) -> None:
    before = launched(project, "user-b", "user-d")
    project.add("user-a", "user-c")

    must_succeed(project.up())

    after = containers(project)
    assert {name: after[name] for name in before} == before
    must_be_mapped(project, {"user-b": 0, "user-d": 1, "user-a": 2, "user-c": 3})

    (project.saved / "user-d.json").unlink()
    project.add("user-e")
    must_succeed(project.up("--remove-orphans"))
    must_be_mapped(project, {"user-b": 0, "user-a": 2, "user-c": 3})
    project.add("user-0", "user-1")
    must_succeed(project.up())
    served = {get(project.api_port + slot, "/whoami")[1]["profile"] for slot in range(6)}
    assert served == {"user-0", "user-1", "user-a", "user-b", "user-c", "user-e"}


def test_the_slot_of_a_removed_profile_stays_taken_while_its_container_runs(
    project: Project,
) -> None:
    launched(project, "user-a", "user-b")
    (project.saved / "user-a.json").unlink()
    project.add("user-c")

    must_succeed(project.up())

    must_be_mapped(project, {"user-b": 1, "user-c": 2})
    assert get(project.api_port, "/whoami")[1]["profile"] == "user-a"


@pytest.mark.podman
def test_a_removed_profile_leaves_a_named_orphan_that_goes_when_asked_for(
    project: Project,
) -> None:
    before = launched(project, "user-a", "user-b")
    (project.saved / "user-a.json").unlink()

    result = must_succeed(project.up())

    assert containers(project) == before
    assert f"orphan: container {project.container('user-a')}" in result.out
    assert "--remove-orphans" in result.out
    assert get(project.api_port, "/health")[0] == 200

    must_succeed(project.up("--remove-orphans"))
    assert containers(project) == {project.container("user-b"): before[project.container("user-b")]}
    assert any("cookie-of-user-a" in version for version in history(project, "user-a"))
    assert not (project.saved / "user-a.json").exists()


def test_a_refreshed_session_comes_back_to_the_pool_as_its_owner_keeps_it(
    project: Project, tmp_path: Path
) -> None:
    vault = tmp_path / "vault.json"
    vault.write_text(session("user-a"))
    vault.chmod(0o640)
    if os.geteuid() == 0:
        os.chown(vault, 1234, 2345)
    before = vault.stat()
    (project.saved / "user-a.json").symlink_to(vault)
    must_succeed(project.up())
    running = containers(project)
    refresh(project, "user-a", project.api_port)

    result = must_succeed(project.up())

    assert "saved to the pool" in result.err
    assert "reference_instance" in vault.read_text()
    assert digest(vault) == digest(project.copy_of("user-a"))
    assert (project.saved / "user-a.json").is_symlink()
    after = vault.stat()
    assert stat.S_IMODE(after.st_mode) == 0o640
    assert (after.st_uid, after.st_gid) == (before.st_uid, before.st_gid)
    assert containers(project) == running, "a harvest must not touch the instance"
    assert any("reference_instance" not in version for version in history(project, "user-a"))


@pytest.mark.podman
def test_a_refreshed_session_survives_an_outside_removal(project: Project) -> None:
    launched(project, "user-a")
    refresh(project, "user-a", project.api_port)
    docker("rm", "-f", project.container("user-a"))

    must_succeed(project.up())

    assert "reference_instance" in (project.saved / "user-a.json").read_text()
    assert "reference_instance" in project.copy_of("user-a").read_text()


@pytest.mark.podman
def test_a_replacement_carries_the_refreshed_session_on(project: Project) -> None:
    launched(project, "user-a")
    refresh(project, "user-a", project.api_port)

    must_succeed(project.up("--recreate"))

    assert "reference_instance" in (project.saved / "user-a.json").read_text()
    must_run_on_its_own_profile(project, "user-a", project.api_port)
    assert digest(project.saved / "user-a.json") == digest(project.copy_of("user-a"))


@pytest.mark.podman
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_a_failing_replacement_brings_the_old_instance_back(project: Project, fault: str) -> None:
    before = launched(project, "user-a")

    result = project.up("--docker-arg", fault, "--wait-timeout", "2")

    must_be_refused(result, "rolled back", "serves again", code=1)
    assert containers(project) == before
    must_be_mapped(project, {"user-a": 0})
    must_ask_for_the_key(project.api_port)
    assert "nothing to do" in must_succeed(project.up()).out


def test_a_failed_replacement_tells_and_keeps_its_last_log_lines(project: Project) -> None:
    launched(project, "user-a")

    result = project.up("--docker-arg", CRASHES)

    must_be_refused(result, "crashing with exit code 7", code=1)
    (kept,) = (project.state / "failures").glob("*.log")
    assert "crashing with exit code 7" in kept.read_text()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert str(kept) in result.err


def test_a_failing_replacement_keeps_the_session_and_the_key_of_the_old_one(
    project: Project,
) -> None:
    launched(project, "user-a")
    refresh(project, "user-a", project.api_port)

    result = project.up("--docker-arg", CANNOT_START, "--api-key", "sk-of-tomorrow")

    must_be_refused(result, code=1)
    must_ask_for_the_key(project.api_port, KEY)
    assert get(project.api_port, "/v1/queue", "sk-of-tomorrow")[0] == 401
    assert "reference_instance" in project.copy_of("user-a").read_text()


def test_an_environment_file_that_breaks_every_instance_is_told_and_heals_once_mended(
    project: Project,
) -> None:
    """The file is mounted, not copied: the old container starts on the broken one as well."""
    launched(project, "user-a")
    project.behave(REFERENCE_CRASH_AT_START=7)

    result = project.up()

    must_be_refused(result, "rollback failed", "could not be brought back", "exit status 7", code=4)

    project.behave(REFERENCE_READY_AFTER_S=0)
    must_succeed(project.up())
    assert list(containers(project)) == [project.container("user-a")]
    assert serves(project.api_port, "user-a")


def test_one_failing_replacement_does_not_keep_the_others_from_theirs(project: Project) -> None:
    before = launched(project, "user-a", "user-b")

    result = project.up("--docker-arg", "-e REFERENCE_CRASH_AT_START=user-a=7,*=0")

    must_be_refused(result, code=1)
    after = containers(project)
    kept = {name for name in after if after[name] == before[name]}
    assert kept == {project.container("user-a")}
    must_be_mapped(project, {"user-a": 0, "user-b": 1})


def seconds_of_probing(project: Project, name: str) -> float:
    """How long an instance was waited for until it failed, by the journal."""
    (journal,) = (project.root / ".multi-instance-runtime" / "journal").glob("*.jsonl")
    entries = [json.loads(line) for line in journal.read_text().splitlines()]
    mine = [entry for entry in entries if entry.get("container") == project.container(name)]
    began = next(entry["at"] for entry in mine if entry["phase"] == "waiting until ready")
    return float(next(e["at"] for e in mine if e["phase"] == "failed") - began)


def test_an_instance_that_never_gets_ready_is_reported_at_its_deadline(project: Project) -> None:
    project.add("user-a", "user-b")
    project.behave(REFERENCE_NEVER_READY="user-a=1,*=0")

    result = project.up(env={"WAIT_TIMEOUT": "1.5"})

    assert 1.5 <= seconds_of_probing(project, "user-a") < 10
    must_be_refused(
        result, "profile user-a", "was not ready after 1.5 s", "Context created", code=1
    )
    must_run_on_its_own_profile(project, "user-b", project.api_port + 1)


@pytest.mark.podman
def test_an_instance_that_crashes_at_its_start_is_reported_at_once_and_rests_until_mended(
    project: Project,
) -> None:
    project.add("user-a", "user-b")
    project.behave(REFERENCE_CRASH_AT_START="user-b=7,*=0")

    began = time.monotonic()
    result = project.up(env={"WAIT_TIMEOUT": "60"})

    assert time.monotonic() - began < 45
    must_be_refused(result, "profile user-b", "exit code 7", "crashing with exit code 7", code=1)
    must_run_on_its_own_profile(project, "user-a", project.api_port)
    assert inspect(project.container("user-b"))["State"]["Status"] == "exited"

    again = project.up()
    must_be_refused(again, "profile user-b", code=1)
    assert inspect(project.container("user-b"))["State"]["Status"] == "exited", "it must rest"
    project.behave(REFERENCE_CRASH_AT_START="0")
    must_succeed(project.up())
    must_be_mapped(project, {"user-a": 0, "user-b": 1})


def test_an_instance_that_failed_is_launched_again_once_it_is_mended(project: Project) -> None:
    project.add("user-a")
    assert project.up("--docker-arg", "-e REFERENCE_NEVER_READY=1", "--wait-timeout=1").code == 1

    must_succeed(project.up())

    must_be_mapped(project, {"user-a": 0})


def test_no_wait_returns_before_the_instance_is_ready(project: Project) -> None:
    project.add("user-a")
    project.behave(REFERENCE_READY_AFTER_S="60")

    began = time.monotonic()
    result = must_succeed(project.up("--no-wait"))

    assert time.monotonic() - began < 20
    assert "started" in result.out
    assert inspect(project.container("user-a"))["State"]["Running"]


@pytest.mark.podman
@pytest.mark.parametrize("shift", [1, -1])
def test_base_ports_shifted_by_one_move_every_instance(project: Project, shift: int) -> None:
    project.add("user-a", "user-b", "user-c")
    first = {"BASE_API_PORT": str(project.api_port + 1)}
    must_succeed(project.up(env={**first, "BASE_STREAM_PORT": str(project.stream_port + 1)}))
    before = containers(project)

    moved = project.api_port + 1 + shift, project.stream_port + 1 + shift
    result = must_succeed(
        project.up("--base-api-port", str(moved[0]), "--base-stream-port", str(moved[1]))
    )

    assert not set(containers(project).values()) & set(before.values())
    assert "API port changed" in result.text
    must_be_mapped(project, {"user-a": 1 + shift, "user-b": 2 + shift, "user-c": 3 + shift})


@pytest.mark.podman
@pytest.mark.parametrize("command", ["stop", "pause", "kill"])
def test_an_instance_that_does_not_run_is_started_again(project: Project, command: str) -> None:
    before = launched(project, "user-a", "user-b")
    docker(command, project.container("user-a"))

    result = must_succeed(project.up())

    assert f"start    {project.container('user-a')}" in result.err
    assert containers(project) == before
    must_be_mapped(project, {"user-a": 0, "user-b": 1})


def test_recreate_replaces_everything_in_its_place(project: Project) -> None:
    before = launched(project, "user-a", "user-b")

    must_succeed(project.up("--recreate"))

    after = containers(project)
    assert after.keys() == before.keys()
    assert not set(after.values()) & set(before.values())
    must_be_mapped(project, {"user-a": 0, "user-b": 1})


def legacy(project: Project) -> str:
    """A container as the earlier script left it: named, with the variable, and without labels."""
    path = "/app/auth_profiles/saved/user-a.json"
    return docker(
        *("run", "-d", "--name", project.container("user-a"), "--restart", "unless-stopped"),
        *("-p", f"{project.api_port}:2048", "-p", f"{project.stream_port}:3120"),
        *("-e", f"ACTIVE_AUTH_JSON_PATH={path}", "-v", f"{project.saved}:{Path(path).parent}"),
        IMAGE,
    )


@pytest.mark.podman
def test_a_container_of_the_earlier_script_is_replaced_on_its_ports(project: Project) -> None:
    project.add("user-a")
    old = legacy(project)
    eventually(lambda: serves(project.api_port, "user-a"))

    result = must_succeed(project.up())

    assert "earlier script" in result.err
    assert old not in containers(project).values()
    assert list(containers(project)) == [project.container("user-a")]
    must_be_mapped(project, {"user-a": 0})


@pytest.mark.podman
def test_a_container_of_the_earlier_script_comes_back_where_its_replacement_fails(
    project: Project,
) -> None:
    project.add("user-a")
    old = legacy(project)

    result = project.up("--docker-arg", CANNOT_START)

    must_be_refused(result, code=1)
    assert containers(project) == {project.container("user-a"): old}
    eventually(lambda: serves(project.api_port, "user-a"))
