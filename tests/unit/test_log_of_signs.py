"""What an instance's log tells, in its last megabyte, and what of it still stands."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import pytest

from multi_instance_manager.application.builtin import builtin_application
from multi_instance_manager.application.verdict import Meaning, Verdict
from multi_instance_manager.engine.protocol.engine import ContainerStatus, Reader
from multi_instance_manager.errors import EngineError
from multi_instance_manager.fleet.containers import ContainerState
from multi_instance_manager.probe.log_file import LAST_BYTES, last_lines_that_may_mean
from multi_instance_manager.probe.log_reading import log_story
from multi_instance_manager.vitals.log_marks import LogMark, marks_in
from multi_instance_manager.vitals.log_search import sent_lines_that_may_mean
from multi_instance_manager.vitals.log_story import story_of

APPLICATION = builtin_application()
SIGNS = APPLICATION.log
NAME = "c0ffee" * 10 + "abcd"
START = 1_800_000_000.0
BEGAN = "INF SYS Starting AI Studio Proxy Server..."
READY = "INF SYS Server startup complete. (Took: 5.58s)"
ENDED = "INFO exited: aistudioproxy (exit status 1; not expected)"
KILLED = "INFO exited: aistudioproxy (terminated by SIGKILL; not expected)"
SIGNED_OUT = "ERR SYS Detected redirect to login page in headless mode."
COLOURED = '\x1b[91mERR\x1b[0m SYS Detected \x1b[1mredirect to\x1b[0m login page <b> & "more"'
ORDINARY = "INF SYS Captured potential model list response (Status: 200)"


def entry(at: float, text: str) -> bytes:
    """A line of the driver's file, as a Docker Engine writes it."""
    time = datetime.fromtimestamp(at, tz=UTC).strftime("%Y-%m-%dT%H:%M:%S.%f") + "000Z"
    written = json.dumps({"log": f"{text}\n", "stream": "stdout", "time": time}, ensure_ascii=False)
    for plain, escaped in (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026")):
        written = written.replace(plain, escaped)
    return written.encode() + b"\n"


def log_file(folder: Path, *entries: bytes, name: str = f"{NAME}-json.log") -> str:
    path = folder / name
    path.write_bytes(b"".join(entries))
    return str(path)


def read(path: str) -> list[str]:
    found = last_lines_that_may_mean(path, NAME, SIGNS)
    assert found is not None
    return [mark.line for mark in marks_in(found, SIGNS)]


def test_a_telling_line_is_found_with_its_moment_and_without_its_colours(tmp_path: Path) -> None:
    path = log_file(tmp_path, entry(START, ORDINARY), entry(START + 1, COLOURED))

    found = last_lines_that_may_mean(path, NAME, SIGNS)
    assert found is not None
    (mark,) = marks_in(found, SIGNS)

    assert mark == LogMark(
        Meaning.SIGNED_OUT, START + 1, 'ERR SYS Detected redirect to login page <b> & "more"'
    )


def test_it_is_found_a_megabyte_before_the_end_and_not_further(tmp_path: Path) -> None:
    filling = entry(START + 2, ORDINARY)
    near = LAST_BYTES // len(filling) - 3
    path = log_file(tmp_path, entry(START, SIGNED_OUT), *[filling] * near)
    assert read(path) == [SIGNED_OUT]

    far = log_file(tmp_path, entry(START, SIGNED_OUT), *[filling] * (near + 10))
    assert read(far) == []


def test_a_file_that_was_begun_anew_is_read_with_the_one_before(tmp_path: Path) -> None:
    log_file(tmp_path, entry(START, SIGNED_OUT), name=f"{NAME}-json.log.1")

    assert read(log_file(tmp_path, entry(START + 1, ORDINARY))) == [SIGNED_OUT]


def test_a_line_that_is_not_whole_yet_is_left_for_the_next_look(tmp_path: Path) -> None:
    path = log_file(tmp_path, entry(START, BEGAN), entry(START, SIGNED_OUT)[:-4])

    assert read(path) == [BEGAN]


def test_nothing_but_the_engines_own_file_is_read(tmp_path: Path) -> None:
    path = log_file(tmp_path, entry(START, SIGNED_OUT))
    link = tmp_path / f"{NAME}-link.log"
    link.symlink_to(path)
    pipe = tmp_path / f"{NAME}-pipe.log"
    os.mkfifo(pipe)

    for other in ("", str(tmp_path / f"{NAME}-none.log"), str(link), str(pipe), str(tmp_path)):
        assert last_lines_that_may_mean(other, NAME, SIGNS) is None
    assert last_lines_that_may_mean(path, "another", SIGNS) is None


def test_damage_in_the_file_costs_its_own_lines_alone(tmp_path: Path) -> None:
    broken = [b'{"log":"Detected redirect to login page"}\n', b"Detected redirect to login page\n"]

    assert read(log_file(tmp_path, *broken, entry(START, BEGAN))) == [BEGAN]


def marks(*lines: tuple[float, str]) -> tuple[LogMark, ...]:
    return marks_in([(START + at, text) for at, text in lines], SIGNS)


def test_what_was_said_is_over_once_it_is_ready_again() -> None:
    said = marks((1, BEGAN), (5, SIGNED_OUT))
    over = (*said, *marks((20, BEGAN), (26, READY)))

    assert story_of(said, since=START, now=START + 6).verdict is Verdict.SIGNED_OUT
    assert story_of(over, since=START, now=START + 30).verdict is None


def test_a_start_that_was_signed_out_stands_while_it_begins_anew() -> None:
    lines = [(14.0 * n + at, text) for n in range(4) for at, text in ((1, BEGAN), (6, SIGNED_OUT))]
    found = story_of(marks(*lines, (57, BEGAN)), since=START, now=START + 60)

    assert found.telling is not None
    assert found.telling.at == START + 48
    assert len(found.rounds) == 5


def test_lines_from_before_the_containers_start_do_not_count() -> None:
    found = story_of(marks((1, SIGNED_OUT), (2, ENDED)), since=START + 10, now=START + 20)

    assert (found.telling, found.rounds, found.ended_as) == (None, (), "")


@pytest.mark.parametrize(
    ("line", "how"), [(ENDED, "exit status 1"), (KILLED, "terminated by SIGKILL")]
)
def test_how_it_ended_is_told_in_the_supervisors_words(line: str, how: str) -> None:
    assert story_of(marks((3, line)), since=START, now=START + 9).ended_as == how


def rounds(*lines: tuple[float, str], now: float) -> int:
    return len(story_of(marks(*lines), since=START, now=START + now).rounds)


def test_a_slow_loop_counts_also_where_it_ends_before_it_can_say_that_it_began() -> None:
    by_beginnings = [(20.0 * n, BEGAN) for n in range(5)]
    by_ends = [(20.0 * n, ENDED) for n in range(5)]

    assert rounds(*by_beginnings, now=90) == 5
    assert rounds(*by_ends, now=90) == 5


def test_a_loop_that_is_ready_for_a_moment_each_time_is_one() -> None:
    lines = [(20.0 * n + at, text) for n in range(4) for at, text in ((0, BEGAN), (9, READY))]

    assert rounds(*lines, now=80) == 4


def test_being_ready_for_a_good_while_ends_the_count() -> None:
    early = [(20.0 * n, BEGAN) for n in range(3)]

    assert rounds(*early, (50, READY), now=109) == 3
    assert rounds(*early, (50, READY), now=110) == 0
    assert rounds(*early, (50, READY), (400, ENDED), (403, BEGAN), now=410) == 1


def test_a_fast_loop_is_over_once_it_is_ready_for_several_of_its_rounds() -> None:
    fast = [(1.0 + 2.0 * n, BEGAN) for n in range(6)]

    assert rounds(*fast, (12, READY), now=17) == 6
    assert rounds(*fast, (12, READY), now=18) == 0
    assert rounds(*fast, (12, READY), (14, ENDED), (15, BEGAN), now=18) == 7


def test_beginning_anew_now_and_then_is_no_loop() -> None:
    assert rounds(*[(4000.0 * n, BEGAN) for n in range(6)], now=20_010) == 1


def sent(at: float, text: str, *, framed: bool = True) -> bytes:
    """A message as an engine sends it."""
    moment = datetime.fromtimestamp(at, tz=UTC).strftime("%Y-%m-%dT%H:%M:%S.%f") + "123Z"
    message = f"{moment} {text}\n".encode()
    header = b"\x01\x00\x00\x00" + len(message).to_bytes(4, "big")
    return (header if framed else b"") + message


@pytest.mark.parametrize("framed", [True, False])
@pytest.mark.parametrize("size", [9, 10, 11, 200])
def test_a_line_is_found_in_what_an_engine_sends(framed: bool, size: int) -> None:
    """A size whose byte is that of a line's end is no end of a line."""
    text = f"{SIGNED_OUT} {'x' * size}"
    text += "x" * ((10 - len(sent(START, text)) + 8) % 256)
    content = sent(START, ORDINARY, framed=framed) + sent(START + 1, text, framed=framed)

    (found,) = sent_lines_that_may_mean(content, SIGNS)

    assert (round(found[0]), found[1]) == (START + 1, text)


def test_what_is_sent_without_a_moment_is_no_line() -> None:
    assert sent_lines_that_may_mean(SIGNED_OUT.encode(), SIGNS) == ()
    assert sent_lines_that_may_mean(b"2026-99-99T00:00:00Z " + SIGNED_OUT.encode(), SIGNS) == ()


class _Engine:
    def __init__(self, sent: bytes = b"", refuses: int = 0) -> None:
        self.sent = sent
        self.refuses = refuses

    def dated_log(self, _: str, *, lines: int) -> bytes:
        if lines > 1000 and self.refuses:
            raise EngineError("is larger than an answer may be")
        if self.refuses > 1:
            raise EngineError("its driver keeps nothing")
        return self.sent


def story(engine: _Engine, log_path: str = "") -> Verdict | None:
    known = ContainerStatus(
        ContainerState.RUNNING, 0, False, 0, started_at=START, log_path=log_path
    )
    reader = cast("Reader", engine)
    return log_story(reader, NAME, known, APPLICATION, now=START + 60).verdict


def test_where_the_file_is_closed_the_engine_is_asked_and_for_less_if_that_is_too_much() -> None:
    line = sent(START + 2, COLOURED)

    assert story(_Engine(line)) is Verdict.SIGNED_OUT
    assert story(_Engine(line, refuses=1), "/var/lib/none") is Verdict.SIGNED_OUT
    assert story(_Engine(line, refuses=2)) is None


def test_where_the_file_is_open_the_engine_is_not_asked(tmp_path: Path) -> None:
    path = log_file(tmp_path, entry(START + 5, SIGNED_OUT))

    assert story(_Engine(refuses=2), path) is Verdict.SIGNED_OUT


def test_the_log_of_another_driver_is_not_read_as_the_engines_json(tmp_path: Path) -> None:
    podman = tmp_path / NAME / "ctr.log"
    podman.parent.mkdir()
    podman.write_text(f"2027-01-15T08:00:00.1+00:00 stdout F {ENDED}\n")

    assert last_lines_that_may_mean(str(podman), NAME, SIGNS) is None


def test_a_moment_in_whole_seconds_counts_where_it_may_be_after_the_start() -> None:
    lines = marks((0, BEGAN), (1, ENDED))

    assert story_of(lines, since=START + 0.4, now=START + 2).began_at == START
    assert story_of(lines, since=START + 1.4, now=START + 2).began_at is None


QUOTA = "ERR SYS [req1] AI Studio quota exceeded: 429 Too Many Requests"
UNAUTHORIZED = "ERR SYS [req1] Error in stream generator: AI Studio error: 401 Unauthorized"
CRASHED = "ERR SYS [req1] Playwright error: Page.reload: Page crashed"
TURN = "INF SYS [req2] (Worker) Lock acquired."
ANSWERED = "INF SYS [req2] Stream response completed. Items: 1"
CLEARED = "INF SYS [req2] Clearing chat history..."
SERVED = (TURN, ANSWERED, CLEARED)


def told(*texts: str) -> Verdict | None:
    lines = marks((1, READY), *((float(at), text) for at, text in enumerate(texts, 5)))
    return story_of(lines, since=START, now=START + 90).verdict


@pytest.mark.parametrize(
    ("said", "verdict"),
    [
        (QUOTA, Verdict.QUOTA),
        (UNAUTHORIZED, Verdict.SIGNED_OUT),
        (CRASHED, Verdict.BROWSER_GONE),
        ("ERR SYS [req1] (Worker) Error: 502: Target crashed", Verdict.BROWSER_GONE),
    ],
)
def test_only_a_request_that_was_served_takes_back_what_was_said(
    said: str, verdict: Verdict
) -> None:
    failed = (TURN, said, ANSWERED, CLEARED)

    assert told(*failed) is verdict
    assert told(*failed, *SERVED) is None
    assert told(*failed, *SERVED, *failed) is verdict
    assert told(said, CLEARED) is verdict
    assert told(said, TURN, CLEARED) is verdict


@pytest.mark.parametrize(
    "failure",
    [
        "ERR SYS [req2] Error in stream generator: AI Studio error: 403 Forbidden",
        "ERR SYS [req2] Stream has no data (TTFB Timeout).",
        "WRN SYS [req2] HTTP exception: 502",
        "ERR SYS [req2] (Worker) Error: 499: Client disconnected",
        "ERR SYS [req2] Non-stream request failed via aux stream: Internal Timeout",
        BEGAN,
    ],
)
def test_a_request_in_which_something_failed_was_not_served(failure: str) -> None:
    assert told(QUOTA, TURN, failure, ANSWERED, CLEARED) is Verdict.QUOTA
    assert told(QUOTA, TURN, ANSWERED, failure, CLEARED) is Verdict.QUOTA


def test_a_client_that_leaves_gives_up_only_what_is_not_answered_yet() -> None:
    left = "INF SYS req2 Client disconnected detected at stage: 'Stream Queue Wait (req2)'"
    gone = "INF SYS req2 Client disconnected detected at stage: 'Post-stream check'"

    assert told(QUOTA, TURN, left, ANSWERED, CLEARED) is Verdict.QUOTA
    assert told(QUOTA, TURN, ANSWERED.replace("1", "0"), CLEARED) is Verdict.QUOTA
    assert told(QUOTA, TURN, ANSWERED, gone, CLEARED) is None
