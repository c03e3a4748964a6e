"""A stop carries the last session home, where a plain `docker stop` of the same loses it."""

from __future__ import annotations

import http.client
import json
import threading
from pathlib import Path
from typing import Any

import pytest

from e2e.obligations import docker, eventually, get, inspect, must_succeed
from e2e.project import KEY, Project, Result

NAMES = ("user-a", "user-b", "user-c")
NAME = "user-a"
READY_S = 60.0


def launched(project: Project, *names: str, **behaviour: object) -> None:
    """Launched and ready; whether they are proven is the matter of other tests."""
    project.add(*names)
    project.behave(REFERENCE_READY_AFTER_S=0, **behaviour)
    must_succeed(project.up("--no-wait"))
    await_ready(project, *names)


def await_ready(project: Project, *names: str) -> None:
    ports = range(project.api_port, project.api_port + len(names))
    eventually(lambda: all(is_ready(port) for port in ports), READY_S)


def is_ready(port: int) -> bool:
    try:
        return get(port, "/health")[0] == 200
    except (OSError, http.client.HTTPException):
        return False


def saved_at(file: Path) -> float:
    """When the instance itself wrote this state; zero for one that it never wrote."""
    content = json.loads(file.read_text())
    return float(content.get("reference_instance", {}).get("saved_at", 0.0))


def in_pool(project: Project, name: str = NAME) -> Path:
    return project.saved / f"{name}.json"


def instances(result: Result) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = result.document["instances"]
    return found


def must_have_saved(project: Project, result: Result, *names: str) -> None:
    must_succeed(result)
    assert {one["profile"]: one["last_save"] for one in instances(result)} == dict.fromkeys(
        names, "saved now"
    )
    for name in names:
        assert saved_at(in_pool(project, name)) > 0, f"the last save of {name} is not in the pool"


@pytest.mark.parametrize("words", [("stop",), ("down",)], ids=["stop", "down"])
def test_every_stop_carries_the_last_session_home(project: Project, words: tuple[str, ...]) -> None:
    launched(project, *NAMES)

    result = project.command(*words, "--output", "json")

    must_have_saved(project, result, *NAMES)


def test_a_plain_docker_stop_of_the_same_instances_loses_it(project: Project) -> None:
    launched(project, *NAMES)

    docker("stop", "--time", "30", *(project.container(name) for name in NAMES))
    must_succeed(project.command("sync"))

    assert [saved_at(in_pool(project, name)) for name in NAMES] == [0.0, 0.0, 0.0]


def test_it_is_told_in_the_table(project: Project) -> None:
    launched(project, NAME)

    result = must_succeed(project.command("stop"))

    heading, row, *_ = result.out.splitlines()
    assert heading.endswith("LAST SAVE")
    assert row.endswith("saved now")


def test_a_restart_saves_and_begins_on_what_was_saved(project: Project) -> None:
    launched(project, NAME)

    result = project.command("restart", "--output", "json")

    (one,) = instances(result)
    assert one["last_save"] == "saved now"
    assert saved_at(in_pool(project)) > 0


def test_a_replaced_instance_saves_before_its_successor_begins(project: Project) -> None:
    launched(project, NAME)

    result = must_succeed(project.up("--no-wait", "--log-level", "DEBUG", "--output", "json"))

    (one,) = instances(result)
    assert one["operation"] == "replace"
    assert one["last_save"] == "saved now"
    assert saved_at(in_pool(project)) > 0


def test_a_save_that_takes_long_is_waited_for_and_whole(project: Project) -> None:
    launched(project, NAME, REFERENCE_SLOW_SAVE_S=3)

    result = project.command("stop", "--output", "json")

    must_have_saved(project, result, NAME)


def test_a_request_under_way_is_answered_before_the_end(project: Project) -> None:
    # The engine's proxy of the port ends with the container, and what it has not passed on by then
    # is lost (stopped by a signal until the container had ended, it lost the answer each time, with
    # the session saved): the application takes longer than that for its save.
    launched(project, NAME, REFERENCE_REQUEST_S=4, REFERENCE_SHUTDOWN_S=1)
    answers: list[int] = []
    begun = threading.Event()

    def ask() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", project.api_port, timeout=60)
        body = json.dumps({"model": "m", "messages": [{"role": "user", "content": "hello"}]})
        headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
        connection.request("POST", "/v1/chat/completions", body, headers)
        begun.set()
        answers.append(connection.getresponse().status)
        connection.close()

    thread = threading.Thread(target=ask)
    thread.start()
    assert begun.wait(30)
    eventually(lambda: get(project.api_port, "/v1/queue", KEY)[1]["is_processing_locked"])

    result = project.command("stop", "--output", "json")

    must_have_saved(project, result, NAME)
    thread.join(60)
    assert answers == [200], "the answer was given, and got lost on its way"


def test_one_that_does_not_end_is_stopped_in_time_and_its_session_said_to_be_in_doubt(
    project: Project,
) -> None:
    launched(project, NAME, REFERENCE_IGNORE_SIGTERM=1)

    result = project.command("stop", "--stop-timeout", "3", "--output", "json")

    assert result.code == 1, result.text
    (one,) = instances(result)
    assert (one["last_save"], one["unsaved_reason"]) == ("not saved", "time ran out")
    assert "its last session may not be saved" in one["problem"]
    assert inspect(project.container(NAME))["State"]["Running"] is False


@pytest.mark.parametrize("saves", ["empty", "login-less"])
def test_one_that_is_signed_out_is_stopped_and_the_pool_keeps_the_login(
    project: Project, saves: str
) -> None:
    project.add(NAME)
    cookies = [
        {"name": name, "value": f"of-{name}", "domain": ".google.com", "expires": 4102444800}
        for name in ("SID", "NID")
    ]
    in_pool(project).write_text(json.dumps({"cookies": cookies, "origins": []}))
    login = in_pool(project).read_text()
    project.behave(
        REFERENCE_READY_AFTER_S=0, REFERENCE_SIGNED_OUT_AFTER_S=0, REFERENCE_SIGNED_OUT_SAVES=saves
    )
    must_succeed(project.up("--no-wait"))
    await_ready(project, NAME)

    result = must_succeed(project.command("stop", "--output", "json"))

    (one,) = instances(result)
    assert (one["last_save"], one["unsaved_reason"]) == ("not saved", "signed out")
    assert in_pool(project).read_text() == login
    kept = sorted((project.state / "history" / project.container(NAME)).glob("*.json"))
    assert saved_at(kept[-1]) > 0, "what it saved since is in the history"


def test_a_program_that_is_the_first_process_is_asked_by_the_stop_alone(project: Project) -> None:
    launched(project, NAME, REFERENCE_WELL_BEHAVED=1)

    result = project.command("stop", "--output", "json")

    must_have_saved(project, result, NAME)
    content = json.loads(in_pool(project).read_text())
    assert content["reference_instance"]["saves"] == 1, "it was asked twice"
    assert inspect(project.container(NAME))["RestartCount"] == 0
    assert inspect(project.container(NAME))["State"]["ExitCode"] == 0


def test_one_that_crashes_again_and_again_is_stopped_as_any_other(project: Project) -> None:
    project.add(NAME)
    project.behave(REFERENCE_CRASH_AT_START=3)
    must_succeed(project.up("--no-wait"))

    result = must_succeed(project.command("stop", "--output", "json"))

    (one,) = instances(result)
    assert one["state"] == "stopped"
    assert one["last_save"] != "saved now"
    assert inspect(project.container(NAME))["State"]["Running"] is False
