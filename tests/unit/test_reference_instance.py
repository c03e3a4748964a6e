"""The reference instance keeps the container's side of the contract, seen from outside."""

import contextlib
import hashlib
import json
import os
import re
import signal
import socket
import time
from pathlib import Path

import pytest

from unit.reference_program import (
    DEADLINE_S,
    PROFILE,
    Launch,
    Pool,
    begin,
    end,
    free_port,
    is_ready,
    read_until,
    run_to_end,
    until,
)


def test_the_first_active_profile_by_name_beats_the_variable(pool: Pool, launch: Launch) -> None:
    pool.add("active/user-b.json")
    first = pool.add("active/user-a.json")
    named = pool.add("saved/user-c.json")
    identity = launch(ACTIVE_AUTH_JSON_PATH=str(named)).whoami()
    assert (identity["profile"], identity["resolved_path"]) == ("user-a", str(first))


def test_the_variable_names_the_profile_where_active_is_empty(pool: Pool, launch: Launch) -> None:
    named = pool.add("saved/user-c.json")
    assert launch(ACTIVE_AUTH_JSON_PATH=str(named)).whoami()["resolved_path"] == str(named)


@pytest.mark.parametrize("variable", ["", "/nowhere/user-a.json"])
def test_without_a_profile_it_refuses_to_start(pool: Pool, variable: str) -> None:
    exit_code, output = run_to_end(pool, ACTIVE_AUTH_JSON_PATH=variable)
    assert exit_code == 1
    assert "cannot start: no profile: active/ holds no *.json" in output


@pytest.mark.parametrize("text", ["", '{"cookies": "torn-secret', '["list-secret"]', "\udcff"])
def test_a_broken_profile_ends_it_with_a_line_that_shows_none_of_it(pool: Pool, text: str) -> None:
    path = pool.add("active/user-a.json", "")
    path.write_bytes(text.encode(errors="surrogateescape"))
    exit_code, output = run_to_end(pool)
    assert exit_code == 1
    assert re.search(rf"cannot start: profile {re.escape(str(path))}: is not .*JSON", output)
    assert "secret" not in output


def test_it_takes_variables_from_the_environment_file_without_overriding(
    pool: Pool, launch: Launch
) -> None:
    named = pool.add("saved/user-c.json")
    other = pool.add("saved/user-d.json")
    lines = f"# comment\nACTIVE_AUTH_JSON_PATH={other}\nexport FROM_FILE='yes'\nno line\n"
    (pool.root.parent / ".env").write_text(lines)
    identity = launch(ACTIVE_AUTH_JSON_PATH=str(named)).whoami()
    assert identity["resolved_path"] == str(named)
    assert "FROM_FILE" in identity["variables"]
    assert "# comment" not in identity["variables"]


def test_it_reports_every_visible_file_with_its_digest(pool: Pool, launch: Launch) -> None:
    pool.add("active/user-a.json")
    pool.add("saved/user-b.json", "{}")
    pool.add("emergency/stray.txt", "")
    (pool.root / "saved" / "folder.json").mkdir()
    identity = launch().whoami()
    profile_digest = hashlib.sha256(json.dumps(PROFILE).encode()).hexdigest()
    assert identity["sha256"] == profile_digest
    assert identity["visible"] == {
        "active": {"user-a.json": profile_digest},
        "saved": {"folder.json": None, "user-b.json": hashlib.sha256(b"{}").hexdigest()},
        "emergency": {"stray.txt": hashlib.sha256(b"").hexdigest()},
    }


def test_nothing_listens_until_it_is_ready(pool: Pool) -> None:
    pool.add("active/user-a.json")
    port = free_port()
    variables = {"REFERENCE_API_PORT": str(port), "REFERENCE_READY_AFTER_S": "1"}
    with begin(pool, variables) as process, contextlib.ExitStack() as stack:
        stack.callback(end, process)
        read_until(process, r"Context created \(Auth: user-a\.json\)")
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), DEADLINE_S)
        said = read_until(process, "API on port")
    assert "Server startup complete. (Took: " in said


def test_health_is_that_of_the_application(pool: Pool, launch: Launch) -> None:
    pool.add("active/user-a.json")
    status, health = launch().get("/health")
    assert (status, health["status"], health["message"]) == (
        200,
        "OK",
        "Service running; Queue length: 0.",
    )
    assert health["details"]["is_browser_connected"] is True


@pytest.mark.parametrize("how", ["REFERENCE_NEVER_READY", "REFERENCE_CHALLENGED"])
def test_a_stop_reaches_one_that_is_not_ready_and_saves_nothing(pool: Pool, how: str) -> None:
    path = pool.add("active/user-a.json")
    with begin(pool, {how: "user-a=1"}) as process, contextlib.ExitStack() as stack:
        stack.callback(end, process)
        read_until(process, "Context created")
        process.send_signal(signal.SIGTERM)
        output, _ = process.communicate(timeout=DEADLINE_S)
        assert process.returncode == 0
    assert "startup complete" not in output
    assert json.loads(path.read_text()) == PROFILE


KEYED: list[tuple[dict[str, str], int]] = [
    ({}, 401),
    ({"Authorization": "Bearer wrong"}, 401),
    ({"Authorization": "Basic first-key"}, 401),
    ({"X-API-Key": ""}, 401),
    ({"Authorization": "Bearer first-key"}, 200),
    ({"X-API-Key": "second-key"}, 200),
]


@pytest.mark.parametrize(("headers", "status"), KEYED)
def test_v1_asks_for_one_of_the_keys(
    pool: Pool, launch: Launch, headers: dict[str, str], status: int
) -> None:
    pool.add("active/user-a.json")
    pool.add("key.txt", "first-key\n\n  second-key  \n")
    running = launch()
    assert running.get("/v1/queue", headers)[0] == status
    assert running.ask("POST", "/v1/chat/completions", {}, headers)[0] == status


def test_everything_but_the_rest_of_v1_is_open(pool: Pool, launch: Launch) -> None:
    pool.add("active/user-a.json")
    pool.add("key.txt", "first-key\n")
    running = launch()
    paths = ["/health", "/whoami", "/v1/models", "/api/server/status", "/api/keys"]
    assert [running.get(path)[0] for path in paths] == [200] * len(paths)
    assert running.get("/api/keys")[1]["keys"] == [{"value": "first-key", "status": "Valid"}]


def test_keys_are_read_at_the_start_and_when_they_are_shown(pool: Pool, launch: Launch) -> None:
    pool.add("active/user-a.json")
    running = launch(API_KEY="is-not-read")
    assert (pool.root / "key.txt").read_text() == "", "it makes the file where it is missing"
    pool.add("key.txt", "first-key\n")
    assert running.get("/v1/queue")[0] == 200
    running.get("/api/keys")
    assert running.get("/v1/queue")[0] == 401
    assert running.whoami()["keys"] == 1


def test_v1_can_be_left_open_or_left_out(pool: Pool, launch: Launch) -> None:
    pool.add("active/user-a.json")
    pool.add("key.txt", "first-key\n")
    assert launch(REFERENCE_OPEN_V1="1").get("/v1/queue")[0] == 200
    without = launch(REFERENCE_NO_V1="1")
    key = {"X-API-Key": "first-key"}
    assert [without.get(path, key)[0] for path in ("/v1/queue", "/v1/models")] == [404, 404]


def test_the_stream_port_answers(pool: Pool, launch: Launch) -> None:
    pool.add("active/user-a.json")
    with socket.create_connection(("127.0.0.1", launch().stream_port), DEADLINE_S) as stream:
        stream.sendall(b"GET / HTTP/1.1\r\n\r\n")
        assert stream.recv(4096).startswith(b"HTTP/1.1 200 OK\r\n")


@pytest.mark.parametrize("line", ["hello", "GET /health", "GET /health nonsense"])
def test_what_is_no_http_is_refused(pool: Pool, launch: Launch, line: str) -> None:
    pool.add("active/user-a.json")
    with socket.create_connection(("127.0.0.1", launch().api_port), DEADLINE_S) as caller:
        caller.sendall(f"{line}\r\n\r\n".encode())
        assert caller.recv(4096).startswith(b"HTTP/1.1 400 Bad Request\r\n")


def test_a_caller_that_says_nothing_keeps_nobody_else_waiting(pool: Pool, launch: Launch) -> None:
    pool.add("active/user-a.json")
    running = launch()
    with socket.create_connection(("127.0.0.1", running.api_port), DEADLINE_S):
        until(lambda: is_ready(running), "ready")


def test_a_stop_saves_in_place_and_keeps_the_content(pool: Pool, launch: Launch) -> None:
    path = pool.add("active/user-a.json")
    inode = path.stat().st_ino
    exit_code, _ = launch().stop()
    assert exit_code == 0
    assert path.stat().st_ino == inode
    saved = json.loads(path.read_text())
    assert saved.pop("reference_instance")["saves"] == 1
    assert saved == PROFILE


def test_every_tenth_answer_saves(pool: Pool, launch: Launch) -> None:
    pool.add("active/user-a.json")
    running = launch()
    for _ in range(9):
        running.chat()
        running.get("/v1/models")
    assert running.whoami()["saves"] == 0
    assert running.chat()[0] == 200
    assert running.whoami()["saves"] == 1


def test_time_saves_again_and_again(pool: Pool, launch: Launch) -> None:
    pool.add("active/user-a.json")
    running = launch(REFERENCE_SAVE_EVERY_S="0.05")
    until(lambda: running.whoami()["saves"] >= 3, "three saves")


def test_a_save_replaces_cookies_and_origins_and_keeps_the_rest_of_the_file(
    pool: Pool, launch: Launch
) -> None:
    path = pool.add("active/user-a.json")
    running = launch()
    path.write_text(json.dumps({"cookies": [], "owner": "kept"}))
    running.stop()
    saved = json.loads(path.read_text())
    assert (saved["cookies"], saved["origins"], saved["owner"]) == (
        PROFILE["cookies"],
        [],
        "kept",
    )


def test_a_save_that_works_says_nothing_unless_it_is_told_to(pool: Pool, launch: Launch) -> None:
    pool.add("active/user-a.json")
    assert "ookies" not in launch().stop()[1].replace("Stopping Cookie Refresh", "")
    told = launch(REFERENCE_SAVES_TOLD="1").stop()[1]
    assert "Cookies saved to 'user-a.json' (1 cookies)" in told


def test_a_save_that_fails_is_told_and_survived(pool: Pool, launch: Launch) -> None:
    path = pool.add("active/user-a.json")
    running = launch()
    path.unlink()
    path.mkdir()
    exit_code, output = running.stop()
    assert exit_code == 0
    assert re.search(r"^Failed to save cookies: .*Is a directory", output, re.MULTILINE)


def test_a_file_that_is_gone_is_not_made_anew(pool: Pool, launch: Launch) -> None:
    path = pool.add("active/user-a.json")
    running = launch()
    path.unlink()
    assert running.stop()[0] == 0
    assert not path.exists()


def test_a_slow_save_can_be_met_torn(pool: Pool, launch: Launch) -> None:
    path = pool.add("active/user-a.json")
    running = launch(REFERENCE_SLOW_SAVE_S="3")
    running.process.send_signal(signal.SIGTERM)
    until(lambda: is_torn(path), "a torn file")
    running.process.wait(DEADLINE_S)
    assert json.loads(path.read_text())["cookies"] == PROFILE["cookies"]


def is_torn(path: Path) -> bool:
    try:
        json.loads(path.read_text())
    except ValueError:
        return True
    return False


def test_it_can_take_its_time_to_save(pool: Pool, launch: Launch) -> None:
    pool.add("active/user-a.json")
    running = launch(REFERENCE_SHUTDOWN_S="0.5")
    told_at_s = time.monotonic()
    exit_code, output = running.stop()
    assert (exit_code, "Server shut down." in output) == (0, True)
    assert time.monotonic() - told_at_s >= 0.5


def test_it_can_ignore_a_stop(pool: Pool, launch: Launch) -> None:
    path = pool.add("active/user-a.json")
    running = launch(REFERENCE_IGNORE_SIGTERM="1")
    running.process.send_signal(signal.SIGTERM)
    running.told("SIGTERM: ignored")
    assert running.whoami()["saves"] == 0
    assert json.loads(path.read_text()) == PROFILE


def test_it_can_crash_after_a_while_saving_nothing(pool: Pool) -> None:
    path = pool.add("active/user-a.json")
    exit_code, output = run_to_end(pool, REFERENCE_CRASH_AFTER_S="0.1")
    assert exit_code == 1
    assert output.splitlines()[-1].endswith("crashing with exit code 1")
    assert json.loads(path.read_text()) == PROFILE


@pytest.mark.parametrize(
    ("setting", "exit_code"),
    [("3", 3), ("user-a=4,*=5", 4), ("user-b=4, *=5", 5), ("*=5,user-a=4", 4), (" user-a = 6 ", 6)],
)
def test_a_behaviour_applies_to_the_profiles_it_names(
    pool: Pool, setting: str, exit_code: int
) -> None:
    pool.add("active/user-a.json")
    assert run_to_end(pool, REFERENCE_CRASH_AT_START=setting)[0] == exit_code


def test_a_behaviour_for_others_alone_changes_nothing(pool: Pool, launch: Launch) -> None:
    pool.add("active/user-a.json")
    assert launch(REFERENCE_CRASH_AT_START="user-b=4").whoami()["profile"] == "user-a"


def test_a_behaviour_that_is_no_number_is_named(pool: Pool) -> None:
    pool.add("active/user-a.json")
    exit_code, output = run_to_end(pool, REFERENCE_READY_AFTER_S="soon")
    assert exit_code == 1
    assert "cannot start: REFERENCE_READY_AFTER_S: not a number: 'soon'" in output


def test_memory_is_really_taken_before_it_is_ready(pool: Pool, launch: Launch) -> None:
    pool.add("active/user-a.json")
    running = launch(REFERENCE_MEMORY_MB="64")
    until(lambda: is_ready(running), "ready")
    status = Path(f"/proc/{running.process.pid}/status").read_text()
    resident_kb = re.search(r"VmRSS:\s+(\d+) kB", status)
    assert resident_kb is not None
    assert int(resident_kb[1]) > 64 * 1024


def test_busy_burns_the_processor_before_it_is_ready(pool: Pool, launch: Launch) -> None:
    pool.add("active/user-a.json")
    running = launch(REFERENCE_BUSY_S="1")
    until(lambda: is_ready(running), "ready")
    fields = Path(f"/proc/{running.process.pid}/stat").read_text().rpartition(")")[2].split()
    processor_s = int(fields[11]) / os.sysconf("SC_CLK_TCK")
    assert processor_s > 0.1


def test_neither_content_nor_key_nor_value_is_ever_told(pool: Pool, launch: Launch) -> None:
    pool.add("active/user-a.json")
    pool.add("key.txt", "key-nobody-may-see\n")
    running = launch(API_KEY="value-nobody-may-see")
    told = json.dumps([running.whoami(), running.get("/health"), running.get("/v1/models")])
    told += running.said + running.stop()[1]
    assert "API_KEY" in told
    assert "nobody-may-see" not in told
