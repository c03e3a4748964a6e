"""The reference instance fails as the application does: what it answers, says and saves then."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import signal
import threading
from pathlib import Path

import pytest

from multi_instance_manager.application.builtin import builtin_application
from multi_instance_manager.application.process_table import (
    Process,
    main_process_of,
    missing_processes,
)
from multi_instance_manager.application.verdict import Meaning
from unit.reference_program import (
    DEADLINE_S,
    Child,
    Launch,
    Pool,
    Running,
    begin,
    children_of,
    end,
    free_port,
    run_to_end,
    until,
)

LOGIN = [{"name": "SID", "value": "s", "domain": ".google.com"}, {"name": "NID", "value": "n"}]
SIGNED_IN = json.dumps({"cookies": LOGIN, "origins": [{"origin": "https://example.invalid"}]})


@pytest.fixture(autouse=True)
def profile(pool: Pool) -> Path:
    return pool.add("active/user-a.json", SIGNED_IN)


def meanings(output: str) -> set[Meaning]:
    """What the definition reads from the lines."""
    return {
        sign.meaning
        for line in output.splitlines()
        for sign in builtin_application().log
        if all(text in line for text in sign.contains)
    }


def processes_of(running: Running) -> list[Process]:
    """The program's process and its children, as a look from outside finds them."""
    main = running.process.pid
    words = Path(f"/proc/{main}/cmdline").read_text().rstrip("\0").split("\0")
    children = [Process(one.pid, main, tuple(one.words)) for one in children_of(running.process)]
    return [Process(main, 1, tuple(words)), *children]


def missing(running: Running) -> list[str]:
    return [sign.name for sign in missing_processes(processes_of(running), builtin_application())]


def kill(child: Child) -> None:
    """Its words go a moment before its parent can see its end."""
    os.kill(child.pid, signal.SIGKILL)
    stat = Path(f"/proc/{child.pid}/stat")
    until(lambda: stat.read_text().rpartition(")")[2].split()[0] == "Z", "its end")


def test_its_processes_are_those_that_the_definition_knows(launch: Launch) -> None:
    running = launch()
    sign = builtin_application().main_process
    assert sign is not None
    main = main_process_of(processes_of(running), sign)
    assert main is not None
    assert main.pid == running.process.pid
    assert missing(running) == []


@pytest.mark.parametrize(
    ("text", "name", "status"),
    [
        ("camoufox-bin", "the browser", 503),
        ("run-driver", "the browser driver", 500),
    ],
)
def test_a_process_that_was_killed_is_missing_and_health_stays_well(
    launch: Launch, text: str, name: str, status: int
) -> None:
    running = launch()
    kill(running.child(text))
    until(lambda: missing(running) == [name], f"{name} to be missing")
    assert running.get("/health")[0] == 200
    answered, content = running.chat()
    assert answered == status
    assert "detail" in content


@pytest.mark.parametrize(
    ("variable", "name"),
    [
        ("REFERENCE_BROWSER_GONE_AFTER_S", "the browser"),
        ("REFERENCE_DRIVER_GONE_AFTER_S", "the browser driver"),
        ("REFERENCE_STREAM_GONE_AFTER_S", "the stream process"),
    ],
)
def test_each_process_can_go_by_itself(launch: Launch, variable: str, name: str) -> None:
    running = launch(**{variable: "0.1"})
    until(lambda: missing(running) == [name], f"{name} to be missing")
    assert running.get("/health")[0] == 200


def test_without_the_stream_process_requests_hang(launch: Launch) -> None:
    running = launch(REFERENCE_STREAM_GONE_AFTER_S="0.1")
    until(lambda: missing(running) == ["the stream process"], "the stream process to be missing")
    with pytest.raises(TimeoutError):
        running.chat(timeout_s=1.0)
    assert Meaning.STALLED in meanings(running.told("Client disconnected"))


@pytest.mark.parametrize("text", ["camoufox-bin", "run-driver"])
def test_without_browser_or_driver_nothing_is_saved(
    profile: Path, launch: Launch, text: str
) -> None:
    running = launch()
    kill(running.child(text))
    until(lambda: bool(missing(running)), "a missing process")
    exit_code, output = running.stop()
    assert exit_code == 0
    assert profile.read_text() == SIGNED_IN
    assert (Meaning.NOT_SAVED in meanings(output)) is (text == "run-driver")


def test_a_signal_to_its_whole_group_loses_the_session(pool: Pool, profile: Path) -> None:
    variables = {"REFERENCE_SHUTDOWN_S": "0"}
    with begin(pool, variables, own_group=True) as process, contextlib.ExitStack() as stack:
        stack.callback(end, process)
        assert process.stdout is not None
        said = ""
        while "API on port" not in said:
            said += process.stdout.readline()
        os.killpg(process.pid, signal.SIGTERM)
        output, _ = process.communicate(timeout=DEADLINE_S)
    assert process.returncode == 0
    assert Meaning.NOT_SAVED in meanings(output)
    assert profile.read_text() == SIGNED_IN


def test_killed_it_leaves_its_browser_behind_which_no_new_one_survives(
    pool: Pool, launch: Launch
) -> None:
    port = free_port()
    running = launch(REFERENCE_DEBUG_PORT=str(port))
    left = children_of(running.process)
    running.process.kill()
    running.process.wait(DEADLINE_S)
    try:
        exit_code, output = run_to_end(pool, REFERENCE_DEBUG_PORT=str(port))
    finally:
        for child in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child.pid, signal.SIGKILL)
    assert exit_code == 1
    assert Meaning.CRASH_LOOP in meanings(output)
    assert Meaning.BEGAN not in meanings(output)


@pytest.mark.parametrize(
    ("variables", "meaning"),
    [
        ({"REFERENCE_SIGNED_OUT": "1"}, Meaning.SIGNED_OUT),
        ({"REFERENCE_CHALLENGED": "1"}, Meaning.CHALLENGED),
        ({"REFERENCE_CHALLENGED": "url"}, Meaning.CHALLENGED),
    ],
)
@pytest.mark.parametrize("colours", ["", "1"])
def test_a_start_at_the_wrong_page_is_told_and_ends_orderly(
    pool: Pool, profile: Path, variables: dict[str, str], meaning: Meaning, colours: str
) -> None:
    quick = {"REFERENCE_CYCLE_S": "0.2", "REFERENCE_COLOURS": colours}
    exit_code, output = run_to_end(pool, **variables, **quick)
    assert exit_code == 0
    assert ("\x1b[" in output) is bool(colours)
    assert meanings(without_colours(output)) == {Meaning.BEGAN, meaning}
    assert profile.read_text() == SIGNED_IN


def without_colours(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


@pytest.mark.parametrize(
    ("saves", "left"), [("", [LOGIN[1]]), ("login-less", [LOGIN[1]]), ("empty", [])]
)
def test_signed_out_while_it_runs_it_saves_a_state_without_login(
    profile: Path, launch: Launch, saves: str, left: list[dict[str, str]]
) -> None:
    running = launch(REFERENCE_SIGNED_OUT_AFTER_S="0", REFERENCE_SIGNED_OUT_SAVES=saves)
    until(lambda: running.chat()[0] == 500, "signed out")
    assert running.get("/health")[0] == 200
    _, output = running.stop()
    assert json.loads(profile.read_text())["cookies"] == left
    assert Meaning.SIGNED_OUT in meanings(output)


def test_a_stalled_worker_takes_no_request(launch: Launch) -> None:
    running = launch(REFERENCE_STALLED_AFTER_S="0")
    running.told("rotation failed")
    with pytest.raises(TimeoutError):
        running.chat(timeout_s=1.0)
    queue = running.get("/v1/queue")[1]
    assert (queue["queue_length"], queue["is_processing_locked"]) == (1, False)
    assert queue["items"][0]["wait_time_seconds"] > 0
    until(
        lambda: running.get("/v1/queue")[1]["items"][0]["wait_time_seconds"] >= 1.0,
        "a wait that goes on",
    )
    until(lambda: running.get("/v1/queue")[1]["items"][0]["cancelled"], "a cancelled request")
    assert running.get("/health")[0] == 200


def test_at_its_soft_limit_it_stalls(launch: Launch) -> None:
    running = launch(QUOTA_SOFT_LIMIT="40")
    assert [running.chat()[0], running.chat()[0]] == [200, 200]
    with pytest.raises(TimeoutError):
        running.chat(timeout_s=1.0)
    assert meanings(running.told("rotation failed")) >= {Meaning.STALLED}


def test_far_from_its_limits_it_goes_on(launch: Launch) -> None:
    running = launch(QUOTA_SOFT_LIMIT="1000000000000", QUOTA_HARD_LIMIT="1000000000000")
    assert [running.chat()[0] for _ in range(3)] == [200] * 3


def test_with_its_quota_used_up_it_tries_again_and_again(launch: Launch) -> None:
    running = launch(REFERENCE_QUOTA_AFTER_S="0", REFERENCE_RETRY_S="0.3")
    with pytest.raises(TimeoutError):
        running.chat(timeout_s=2.0)
    output = running.stop()[1]
    assert Meaning.QUOTA in meanings(output)
    assert output.count("GLOBAL ALERT: Quota Exceeded") > 1


def test_requests_wait_for_each_other(launch: Launch) -> None:
    running = launch(REFERENCE_REQUEST_S="2")
    threads = [threading.Thread(target=running.chat) for _ in range(2)]
    for thread in threads:
        thread.start()
    until(lambda: waits(running) == (1, True), "one request served and one waiting")
    for thread in threads:
        thread.join(DEADLINE_S)
    assert waits(running) == (0, False)


def waits(running: Running) -> tuple[int, bool]:
    queue = running.get("/v1/queue")[1]
    return queue["queue_length"], queue["is_processing_locked"]


def test_a_stop_waits_for_a_request_under_way(profile: Path, launch: Launch) -> None:
    running = launch(REFERENCE_REQUEST_S="2")
    answers: list[int] = []
    thread = threading.Thread(target=lambda: answers.append(running.chat()[0]))
    thread.start()
    until(lambda: waits(running)[1], "a request under way")
    exit_code, _ = running.stop()
    thread.join(DEADLINE_S)
    assert (exit_code, answers) == (0, [200])
    assert "reference_instance" in profile.read_text()


def test_without_a_list_of_models_it_answers_with_its_fallback(launch: Launch) -> None:
    facts = builtin_application().models
    assert facts is not None
    (fallback,) = launch(REFERENCE_NO_MODELS="1").get(facts.path)[1]["data"]
    models = launch().get(facts.path)[1]["data"]
    assert fallback["owned_by"] == facts.fallback_owner
    assert len(models) > 1
    assert facts.fallback_owner not in {model["owned_by"] for model in models}


def test_it_tells_since_when_it_runs(launch: Launch) -> None:
    facts = builtin_application().uptime
    assert facts is not None
    running = launch()
    first = running.get(facts.path)[1][facts.seconds]
    until(lambda: running.get(facts.path)[1][facts.seconds] > first, "a longer uptime")


def test_an_activated_profile_replaces_the_one_in_use(pool: Pool, launch: Launch) -> None:
    own = pool.add("active/user-a.json", SIGNED_IN)
    pool.add("saved/user-b.json", "{}")
    running = launch()
    status, _ = running.ask("POST", "/api/auth/activate", {"filename": "user-b.json"})
    assert status == 200
    assert [path.name for path in own.parent.iterdir()] == ["user-b.json"]
    assert running.get("/api/auth/files")[1]["saved_files"][0]["is_active"] is True
    assert running.ask("DELETE", "/api/auth/deactivate")[0] == 200
    assert running.get("/api/auth/active")[1] == {"active_file": None}


def test_activating_its_own_profile_deletes_it_where_both_folders_are_one(
    pool: Pool, launch: Launch
) -> None:
    own = pool.add("active/user-a.json", SIGNED_IN)
    (pool.root / "saved").symlink_to("active")
    running = launch()
    with pytest.raises(http.client.HTTPException):
        running.ask("POST", "/api/auth/activate", {"filename": "user-a.json"})
    assert not own.exists()


def test_an_environment_file_that_cannot_be_read_ends_it(pool: Pool) -> None:
    (pool.root.parent / ".env").mkdir()
    exit_code, output = run_to_end(pool)
    assert exit_code == 1
    assert f"cannot start: {pool.root.parent / '.env'}: cannot be read" in output


def test_at_once_is_sooner_than_under_a_supervisor(pool: Pool) -> None:
    exit_code, output = run_to_end(pool, REFERENCE_CRASH_AT_ONCE="user-a=9")
    assert (exit_code, "crashing with exit code 9" in output) == (9, True)


def test_its_exit_status_can_be_chosen(pool: Pool) -> None:
    exit_code, _ = run_to_end(pool, REFERENCE_CRASH_AFTER_S="0.1", REFERENCE_EXIT_CODE="7")
    assert exit_code == 7
