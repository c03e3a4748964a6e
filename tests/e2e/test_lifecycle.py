"""Stop, start, restart, sync, verify and down, with the real command on the real engine."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
from collections.abc import Iterator

import pytest

from e2e.launched import NAMES, launched
from e2e.obligations import (
    containers,
    docker,
    eventually,
    inspect,
    must_be_refused,
    must_not_tell_secrets,
    must_succeed,
    serves,
)
from e2e.project import COMMAND, Project, Result, ended, session
from e2e.refusals import lives
from e2e.schemas import must_match_its_schema
from e2e.terminal import Terminal


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """Three instances that are up; every test here leaves them so."""
    with launched(tmp_path_factory.mktemp("lifecycle")) as project:
        yield project


def begun(project: Project, *words: str, **variables: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [COMMAND, *words],
        cwd=project.root,
        env={**project.environment, **variables},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def document(result: Result) -> dict[str, object]:
    """The JSON answer, valid by its schema, alone on standard output and without a secret."""
    must_not_tell_secrets(result)
    found = result.document
    must_match_its_schema(found)
    assert found["exit_code"] == result.code
    return found


def told(result: Result, member: str = "state") -> dict[str, str]:
    document(result)
    return {one["profile"]: one[member] for one in result.document["instances"]}


def running(project: Project) -> dict[str, bool]:
    """By profile whether its container runs."""
    return {name: lives(project)[project.container(name)][1] for name in NAMES}


def saves(project: Project, name: str) -> int:
    """How often an instance has saved the session that the pool has."""
    content = json.loads((project.saved / f"{name}.json").read_text())
    count: int = content.get("reference_instance", {}).get("saves", 0)
    return count


def test_stop_saves_the_sessions_and_start_brings_the_same_containers_back(pool: Project) -> None:
    before = containers(pool)
    was = {name: (pool.saved / f"{name}.json").read_bytes() for name in NAMES}

    stopped = pool.command("stop", "user-[ab]", "--output", "json")

    assert told(stopped) == {"user-a": "stopped", "user-b": "stopped"}
    assert told(stopped, "session") == {"user-a": "saved", "user-b": "saved"}
    assert running(pool) == {"user-a": False, "user-b": False, "user-c": True}
    for name in ("user-a", "user-b"):
        assert (pool.saved / f"{name}.json").read_bytes() == pool.copy_of(name).read_bytes()
        assert (pool.saved / f"{name}.json").read_bytes() != was[name]
    again = pool.command("stop", "user-a")
    assert again.code == 0
    assert "was stopped before" in again.err
    assert "the next `up`" in again.out
    seen = pool.command("verify", "--output", "json")
    assert seen.code == 0
    by_hand = dict.fromkeys(("user-a", "user-b"), "stopped by hand")
    assert told(seen) == {**by_hand, "user-c": "ready"}

    started = pool.command("start", "--output", "json")

    assert told(started) == dict.fromkeys(NAMES, "ready")
    assert all(one["proof"]["passed"] for one in started.document["instances"][:2])
    assert containers(pool) == before
    assert serves(pool.api_port, "user-a")


def test_up_starts_what_was_stopped(pool: Project) -> None:
    before = containers(pool)
    must_succeed(pool.command("stop", "user-b"))

    must_succeed(pool.up())

    assert containers(pool) == before
    assert serves(pool.api_port + 1, "user-b")


def test_restart_goes_one_at_a_time_and_keeps_the_containers(pool: Project) -> None:
    before = lives(pool)

    result = must_succeed(pool.command("restart"))

    steps = [line.split(": ") for line in result.err.splitlines()]
    steps = [step for step in steps if step[1:] in (["stopping"], ["ready"])]
    names = [pool.container(name) for name in NAMES]
    assert steps == [[name, step] for name in names for step in ("stopping", "ready")]
    after = lives(pool)
    assert {name: after[name][0] for name in names} == {name: before[name][0] for name in names}
    assert all(after[name][2] > before[name][2] for name in names)
    assert "3 ready" in result.out
    assert result.out.count(" proven ") == 3


def test_restart_of_several_at_once(pool: Project) -> None:
    result = must_succeed(pool.command("restart", "--parallel", "3"))

    lines = result.err.splitlines()
    stopping = [number for number, line in enumerate(lines) if line.endswith(": stopping")]
    first_ready = next(number for number, line in enumerate(lines) if line.endswith(": ready"))
    assert len(stopping) == 3
    assert max(stopping) < first_ready


def test_a_start_whose_port_was_taken_meanwhile_names_the_holder(pool: Project) -> None:
    must_succeed(pool.command("stop", "user-a"))
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", pool.api_port))
        listener.listen()
        result = pool.command("start", "user-a")

    assert result.code == 1
    assert f"port {pool.api_port} is held by" in result.err
    assert f"(pid {os.getpid()})" in result.err
    must_succeed(pool.command("start", "user-a"))


def test_sync_tells_what_became_of_each_session(pool: Project) -> None:
    """One refreshed, one torn, one where both the owner and the instance have a newer session."""
    running_before = lives(pool)
    refreshed, other = session("user-a", mark="refreshed"), session("user-b", mark="refreshed")
    owners = session("user-b", mark="another login")
    pool.copy_of("user-a").write_text(refreshed)
    pool.copy_of("user-b").write_text(other)
    (pool.saved / "user-b.json").write_text(owners)
    whole = pool.copy_of("user-c").read_bytes()
    pool.copy_of("user-c").write_bytes(whole[:20])
    try:
        result = pool.command("sync", "--output", "json")
    finally:
        pool.copy_of("user-c").write_bytes(whole)

    assert result.code == 1
    assert told(result, "session") == {
        "user-a": "saved",
        "user-b": "kept in the history",
        "user-c": "torn, not saved",
    }
    assert (pool.saved / "user-a.json").read_text() == refreshed
    assert (pool.saved / "user-b.json").read_text() == owners
    kept = (pool.state / "history" / pool.container("user-b")).glob("*.json")
    assert other in [path.read_text() for path in kept]
    assert lives(pool) == running_before
    must_succeed(pool.up())
    assert told(pool.command("sync", "--output", "json"), "session") == dict.fromkeys(
        NAMES, "unchanged"
    )


def test_verify_proves_without_the_options_of_the_launch_and_changes_nothing(
    pool: Project,
) -> None:
    must_succeed(pool.command("sync"))
    before, files = lives(pool), pool.snapshot()

    result = pool.command("verify", "--output", "json", env={"API_KEY": None})

    assert result.code == 0, result.text
    assert told(result) == dict.fromkeys(NAMES, "ready")
    for one in result.document["instances"]:
        assert one["proof"]["passed"] is True
        names = {check["name"] for check in one["proof"]["checks"]}
        assert {"active", "saved", "api", "key"} <= names
    assert lives(pool) == before
    assert pool.snapshot() == files
    text = must_succeed(pool.command("verify", "user-a"))
    assert text.out.splitlines()[-1] == "1 of 1 proven"


def test_an_instance_of_other_settings_is_restarted_and_proven_as_it_is(pool: Project) -> None:
    before = containers(pool)

    result = must_succeed(
        pool.command("restart", "user-a", env={"SERVER_LOG_LEVEL": "DEBUG", "API_KEY": "sk-other"})
    )

    assert "`up` would replace it: variable SERVER_LOG_LEVEL changed" in result.err
    assert containers(pool) == before


def test_a_name_that_means_nobody_is_told_with_the_nearest(pool: Project) -> None:
    before = lives(pool)

    must_be_refused(pool.command("down", "user-aa"), "did you mean user-a?", code=2)

    assert lives(pool) == before


def test_a_terminal_shows_a_stop_and_a_start_as_tables(pool: Project) -> None:
    with Terminal(pool, COMMAND, "stop", "user-a") as terminal:
        assert terminal.ended() == 0
        assert "PROFILE" in terminal.text
        assert "1 stopped" in terminal.text
    with Terminal(pool, COMMAND, "start", "user-a", columns=60) as terminal:
        assert terminal.ended() == 0
        assert f"http://127.0.0.1:{pool.api_port}" in terminal.text
        assert "1 ready" in terminal.text
    with Terminal(pool, COMMAND, "verify") as terminal:
        assert terminal.ended() == 0
        assert "3 of 3 proven" in terminal.text


def test_ctrl_c_in_mid_restart_ends_what_it_has_begun_and_touches_no_other(pool: Project) -> None:
    before = lives(pool)
    with Terminal(pool, COMMAND, "restart") as terminal:
        terminal.wait_for("stopping")
        terminal.signal(signal.SIGINT)
        assert terminal.ended() == 130
        assert "interrupted" in terminal.text
        assert "not begun" in terminal.text
    after, last = lives(pool), pool.container("user-c")
    assert after[last] == before[last]
    must_succeed(pool.up())
    assert {name: alive[0] for name, alive in lives(pool).items()} == {
        name: alive[0] for name, alive in before.items()
    }


def test_a_reader_that_has_seen_enough_does_not_fail_the_command(pool: Project) -> None:
    words = f"'{COMMAND}' verify --output json | head -c 1"
    done = pool.run("bash", "-o", "pipefail", "-c", words)

    said = [line for line in done.err.splitlines() if not line.startswith("note: ")]
    assert (done.code, said) == (0, [])


def test_never_launched_profiles_are_pointed_to_up_and_nothing_is_made(project: Project) -> None:
    project.add("user-a")
    before = project.snapshot()

    started, verified = project.command("start"), project.command("verify")

    assert (started.code, verified.code) == (1, 1)
    for result in (started, verified):
        assert "profile user-a: has no container; `multi-instance up` launches it" in result.err
    for command in ("stop", "sync", "down"):
        assert must_succeed(project.command(command)).out == "nothing to do\n"
    assert project.snapshot() == before


def stays(project: Project) -> set[str]:
    """The kinds of files in the state folder."""
    files = (path.relative_to(project.state) for path in project.state.rglob("*") if path.is_file())
    return {path.parts[0] for path in files}


def test_down_asks_and_then_leaves_nothing_but_the_pool_and_the_history(project: Project) -> None:
    """A container without a profile, one removed by hand, and one set aside are among them."""
    project.add("user-a", "user-b", "user-c")
    must_succeed(project.up())
    (project.saved / "user-b.json").unlink()
    docker("rm", "-f", project.container("user-c"))
    docker("stop", "-t", "5", project.container("user-a"))
    docker("rename", project.container("user-a"), f"{project.container('user-a')}.previous")
    with Terminal(project, "env", "AUTO_CONFIRM=false", COMMAND, "down") as terminal:
        terminal.wait_for("Stop and remove 3 instances?", "[y/N]")
        terminal.send("n\n")
        assert terminal.ended() == 6
        assert "nothing was touched" in terminal.text
    assert len(containers(project)) == 2

    with Terminal(project, "env", "AUTO_CONFIRM=false", COMMAND, "down", "--verify") as terminal:
        terminal.wait_for("[y/N]")
        terminal.send("y\n")
        assert terminal.ended() == 0
        assert "verified: no container and no private file" in terminal.text

    assert containers(project) == {}
    assert stays(project) == {".gitignore", "files", "history", "journal", "ledger", "locks"}
    assert sorted(path.name for path in project.saved.iterdir()) == ["user-a.json", "user-c.json"]
    again = project.command("down", "--verify", "--output", "json")
    assert document(again)["message"] == "nothing to do"
    assert again.document["left"] == []


def test_down_without_an_answer_is_declined(project: Project) -> None:
    project.add("user-a")
    must_succeed(project.up())

    result = project.command("down", "--output", "json", env={"AUTO_CONFIRM": None})

    assert result.code == 6
    assert document(result)["result"] == "declined"
    assert serves(project.api_port, "user-a")


def test_a_down_that_is_killed_is_ended_by_the_next_one(project: Project) -> None:
    project.behave(REFERENCE_SHUTDOWN_S="user-a=0,*=6")
    project.add("user-a", "user-b", "user-c")
    must_succeed(project.up())
    first = begun(project, "down")
    eventually(lambda: len(containers(project)) == 2 or first.poll() is not None)
    first.send_signal(signal.SIGKILL)
    assert ended(first).code == -signal.SIGKILL

    second = must_succeed(project.command("down", "--verify", "--output", "json"))

    assert set(told(second).values()) == {"removed"}
    assert document(second)["left"] == []
    assert containers(project) == {}
    for name in ("user-a", "user-b", "user-c"):
        assert saves(project, name) > 0, f"the shutdown save of {name} is not in the pool"
    must_succeed(project.up("--auto-confirm"))


def test_a_stop_waits_for_a_launch_or_names_the_process_in_its_way(project: Project) -> None:
    project.behave(REFERENCE_READY_AFTER_S=2)
    project.add("user-a")
    launch = project.begin()
    eventually(lambda: containers(project) or launch.poll() is not None)

    refused = project.command("stop", "--lock-timeout", "0.2")
    waited = project.command("stop", "--lock-timeout", "30")

    must_be_refused(refused, f"(pid {launch.pid}, since", "--lock-timeout")
    must_succeed(ended(launch))
    must_succeed(waited)
    assert "1 stopped" in waited.out
    assert inspect(project.container("user-a"))["State"]["Running"] is False


def test_an_instance_whose_copy_is_torn_is_not_removed_by_down(project: Project) -> None:
    project.add("user-a")
    must_succeed(project.up())
    docker("stop", "-t", "5", project.container("user-a"))
    project.copy_of("user-a").write_text('{"cookies": [')

    result = project.command("down", "--verify", "--output", "json")

    assert result.code == 1
    assert told(result) == {"user-a": "failed"}
    assert "torn" in result.document["instances"][0]["problem"]
    assert any(line.startswith("container ") for line in result.document["left"])
