"""`multi-instance events` and `multi-instance stats`, in a pipe and in a terminal."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from e2e.launched import launched
from e2e.obligations import docker, inspect, must_be_refused, must_succeed
from e2e.project import COMMAND, Project
from e2e.schemas import must_match_its_schema
from e2e.streaming import streaming
from e2e.terminal import Terminal


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    with launched(tmp_path_factory.mktemp("events"), "user-a", "user-b") as project:
        yield project


def test_what_an_instance_uses_is_a_table_with_a_sum(pool: Project) -> None:
    result = must_succeed(pool.command("stats"))

    heading, a, b, total = result.out.splitlines()
    assert heading.split()[:3] == ["PROFILE", "STATE", "CPU"]
    assert a.split()[:2] == ["user-a", "running"]
    assert " MB" in b
    assert total.split()[:3] == ["TOTAL", "2", "measured"]
    assert "\x1b" not in result.out


def test_what_an_instance_uses_is_a_document_by_the_published_schema(pool: Project) -> None:
    document = must_succeed(pool.command("stats", "user-a", "--output", "json")).document

    must_match_its_schema(document)
    (only,) = document["instances"]
    assert only["profile"] == "user-a"
    assert only["container_id"] == inspect(pool.container("user-a"))["Id"]
    assert only["use"]["memory_bytes"] > 2**20
    assert only["use"]["cpu_percent"] >= 0
    assert only["use"]["processes"] >= 1
    assert document["total"] == only["use"]


def test_what_does_not_run_has_no_numbers(pool: Project) -> None:
    pool.add("user-new")
    docker("stop", "-t", "5", pool.container("user-b"))
    try:
        document = must_succeed(pool.command("stats", "--output", "json")).document
    finally:
        docker("start", pool.container("user-b"))
        (pool.saved / "user-new.json").unlink()

    states = {one["profile"]: one["state"] for one in document["instances"]}
    assert states == {"user-a": "running", "user-b": "exited", "user-new": "absent"}
    assert document["instances"][1]["use"]["memory_bytes"] is None


def test_on_a_terminal_the_table_is_live_until_ctrl_c(pool: Project) -> None:
    with Terminal(pool, COMMAND, "stats", columns=60, rows=12) as terminal:
        terminal.wait_for("user-a", "TOTAL")
        terminal.wait_for("user-a", "TOTAL")
        terminal.send("\x03")
        assert terminal.ended() == 130
        assert "BLOCK" not in terminal.text, "what has no room is left out"
        assert "Traceback" not in terminal.text


def test_a_terminal_can_have_it_once(pool: Project) -> None:
    with Terminal(pool, COMMAND, "stats", "--no-stream") as terminal:
        assert terminal.ended() == 0
        assert terminal.text.count("TOTAL") == 1


def test_events_are_told_as_they_happen_and_later_from_memory(pool: Project) -> None:
    container = pool.container("user-a")
    docker("rm", "-f", container)  # made anew now: an engine remembers its last few hundred events
    must_succeed(pool.up())
    with streaming(pool, "events", "--output", "json") as events:
        # Until it listens nothing is told: let something happen until something is.
        events.until(lambda: _paused_for_a_moment(container) and events.out)
        docker("kill", container)
        events.shows('"exit_code":137')
        docker("start", container)
        events.shows('"event":"started"')
        assert events.interrupt() == 130
        live = [json.loads(line) for line in events.lines]

    result = must_succeed(
        pool.command("events", "user-a", "--since", "5m", "--until", "now", "--output", "json")
    )

    past = [json.loads(line) for line in result.out.splitlines()]
    for document in [*live, *past]:
        must_match_its_schema(document)
    assert {document["container"] for document in past} == {container}
    assert [d for d in past if d["time"] >= live[0]["time"]][: len(live)] == live
    kinds = [document["event"] for document in past]
    made = kinds.index("created", kinds.index("removed") if "removed" in kinds else 0)
    assert kinds[made : made + 2] == ["created", "started"]
    assert kinds[-2:] == ["ended", "started"]


def test_a_replacement_is_told_in_words_on_a_terminal(pool: Project) -> None:
    with Terminal(pool, COMMAND, "events", "--since", "10s", "user-b") as terminal:
        must_succeed(pool.up("--log-level", "DEBUG"))
        terminal.wait_for("was set aside for its replacement", "was removed")
        terminal.send("\x03")
        assert terminal.ended() == 130
        assert "user-b  ended with exit code" in terminal.text
        assert "user-a" not in terminal.text


def test_words_that_cannot_be_used_come_in_one_report(pool: Project) -> None:
    result = pool.command("events", "nobody", "--since", "x", "--until", "y")

    must_be_refused(result, "--since", "--until", "nobody", code=2)
    must_be_refused(pool.command("stats", "nobody"), "nobody", code=2)


def _paused_for_a_moment(container: str) -> bool:
    docker("pause", container)
    docker("unpause", container)
    return True
