"""Asking many instances at once: each has its own answer, whatever the others do."""

from __future__ import annotations

import errno
import os
import selectors
import socket
import time
from collections.abc import Container, Iterator
from contextlib import ExitStack
from itertools import count
from types import SimpleNamespace

import pytest

from multi_instance_manager.http import probes
from multi_instance_manager.http.probes import get_each
from multi_instance_manager.http.response import Answer
from unit.scripted_server import Line, Play, ScriptedServer, answers, falls_silent_after, plain

PATIENCE_S = 30
SHORT_S = 0.05
READY, BUSY = Answer(200), Answer(503)
SILENT = Answer(None, fault="does not answer in time")
CLOSING = Answer(None, fault="closes the connection")
REFUSING = Answer(None, fault="refuses connections")
NO_HTTP = Answer(None, fault="does not speak HTTP")


def trickles(line: Line) -> None:
    """Bring a whole answer, byte by byte."""
    line.request()
    line.say(*(bytes([byte]) for byte in b"HTTP/1.1 200 OK\r\n\r\n"))


def trickles_for_ever(line: Line) -> None:
    """Keep the line busy, and never end it."""
    line.request()
    line.say(b"HTTP/1.1 200 ")
    while True:
        line.say(b"O")
        time.sleep(0.02)


def closes_at_once(_: Line) -> None:
    """Hang up before anything was asked."""


def says_the_status_of_its_path(line: Line) -> None:
    """Answer ``/503`` with 503."""
    status = line.request().split(b" ")[1][1:]
    line.say(b"HTTP/1.1 " + status + b" Fine\r\n\r\n")


class Asked:
    """What a server does, and what it is to be taken for."""

    def __init__(self, play: Play, answer: Answer) -> None:
        self.play = play
        self.answer = answer


KINDS = {
    "ready": Asked(answers(plain(b"ok")), READY),
    "ready without a word": Asked(answers(b"HTTP/1.1 200\r\n\r\n"), READY),
    "ready in an older way": Asked(answers(b"HTTP/1.0 200 OK\n\n"), READY),
    "ready and then silent": Asked(
        falls_silent_after(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"), READY
    ),
    "silent in the head": Asked(falls_silent_after(b"HTTP/1.1 200 OK\r\n"), SILENT),
    "a head without an end": Asked(
        falls_silent_after(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000), NO_HTTP
    ),
    "busy": Asked(answers(plain(b"", status="503 Service Unavailable")), BUSY),
    "elsewhere": Asked(answers(plain(b"", "Location: /", status="302 Found")), Answer(302)),
    "trickling": Asked(trickles, READY),
    "another protocol": Asked(answers(b"SSH-2.0-OpenSSH_9.9\r\n"), NO_HTTP),
    "another protocol that waits": Asked(falls_silent_after(b"SSH-2.0-OpenSSH_9.9\r\n"), NO_HTTP),
    "another status": Asked(answers(b"HTTP/1.1 999 What\r\n\r\n"), NO_HTTP),
    "a line without an end": Asked(falls_silent_after(b"x" * 100_000), NO_HTTP),
    "a line cut off": Asked(answers(b"HTTP/1.1 200 OK"), CLOSING),
    "closing at once": Asked(closes_at_once, CLOSING),
    "closing once asked": Asked(answers(b""), CLOSING),
    "silent": Asked(falls_silent_after(b""), SILENT),
    "silent in the line": Asked(falls_silent_after(b"HTTP/1.1 200 OK"), SILENT),
    "trickling for ever": Asked(trickles_for_ever, SILENT),
}


class Town:
    """Servers on ports of this machine, until the end of a test."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack

    def url(self, play: Play, path: str = "/health") -> str:
        server = self._stack.enter_context(ScriptedServer.on_port(play))
        return f"http://127.0.0.1:{server.port}{path}"

    def refusing(self) -> str:
        """A port that is taken, so that nobody else can listen there, and that nobody hears."""
        taken = self._stack.enter_context(socket.socket())
        taken.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{taken.getsockname()[1]}/health"


@pytest.fixture
def town() -> Iterator[Town]:
    with ExitStack() as stack:
        yield Town(stack)


class StoppedClock:
    """Goes only while nobody but the ``silent`` is waited for: others are never too late."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.silent: Container[int] = ()
        self.now = 1000.0
        self.most_at_once = 0
        clock = self

        class Selector(selectors.DefaultSelector):
            def select(
                self, timeout: float | None = None
            ) -> list[tuple[selectors.SelectorKey, int]]:
                asked = self.get_map().values()
                clock.most_at_once = max(clock.most_at_once, len(asked))
                if any(key.data.number not in clock.silent for key in asked):
                    return super().select(timeout)
                clock.now += timeout or 0
                return super().select(0)

        replaced = {**vars(selectors), "DefaultSelector": Selector}
        monkeypatch.setattr(probes, "selectors", SimpleNamespace(**replaced))
        monkeypatch.setattr(probes, "time", SimpleNamespace(monotonic=lambda: self.now))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> StoppedClock:
    return StoppedClock(monkeypatch)


def test_each_has_its_own_answer_in_the_order_of_the_asking(
    town: Town, clock: StoppedClock
) -> None:
    urls = [town.url(kind.play) for kind in KINDS.values()] + [town.refusing()]
    expected = [kind.answer for kind in KINDS.values()] + [REFUSING]
    clock.silent = [number for number, answer in enumerate(expected) if answer == SILENT]

    assert get_each(urls, timeout_s=PATIENCE_S) == expected
    assert clock.now == 1000.0 + PATIENCE_S


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_many_are_judged_as_one_is(town: Town, kind: Asked) -> None:
    url, timeout_s = town.url(kind.play), SHORT_S if kind.answer == SILENT else PATIENCE_S

    assert probes.get(url, timeout_s=timeout_s) == kind.answer
    assert get_each([url], timeout_s=timeout_s) == [kind.answer]


def test_a_port_that_nobody_hears_is_judged_as_for_one(town: Town) -> None:
    url = town.refusing()

    assert get_each([url], timeout_s=PATIENCE_S) == [probes.get(url, timeout_s=PATIENCE_S)]


def test_an_address_to_which_there_is_no_way_is_told_in_the_same_words() -> None:
    url = "http://255.255.255.255:2048/health"

    (answer,) = get_each([url], timeout_s=PATIENCE_S)

    assert answer.status is None
    assert answer.fault.startswith("cannot be reached (")
    assert answer == probes.get(url, timeout_s=PATIENCE_S)


def test_an_address_that_turns_out_to_have_no_way_to_it_is_told_in_the_same_words(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Unreachable(socket.socket):
        def getsockopt(self, *_: object) -> int:  # type: ignore[override]
            return errno.EHOSTUNREACH

    replaced = {**vars(socket), "socket": Unreachable}
    monkeypatch.setattr(probes, "socket", SimpleNamespace(**replaced))

    (answer,) = get_each([town.url(answers(b""))], timeout_s=PATIENCE_S)

    fault = probes.fault_of(OSError(errno.EHOSTUNREACH, os.strerror(errno.EHOSTUNREACH)))
    assert answer == Answer(None, fault)


def test_the_request_is_that_of_one() -> None:
    with ScriptedServer.on_port(answers(plain(b""))) as server:
        url = f"http://127.0.0.1:{server.port}/health"
        get_each([url], timeout_s=PATIENCE_S)
        probes.get(url, timeout_s=PATIENCE_S)

    (_, of_many), (_, of_one) = server.requests
    assert of_many == of_one


def test_addresses_of_the_newer_kind_are_asked_too() -> None:
    with ScriptedServer.on_port(says_the_status_of_its_path, "::1") as server:
        url = f"http://[::1]:{server.port}/503"
        assert get_each([url], timeout_s=PATIENCE_S) == [BUSY]
        assert probes.get(url, timeout_s=PATIENCE_S) == BUSY


def test_hundreds_are_answered_in_order(town: Town, clock: StoppedClock) -> None:
    statuses = [200 + number for number in range(300)]
    base = town.url(says_the_status_of_its_path, "")

    found = get_each([f"{base}/{status}" for status in statuses], timeout_s=PATIENCE_S)

    assert found == [Answer(status) for status in statuses]
    assert clock.most_at_once == 128


def test_those_behind_many_silent_ones_have_their_whole_time(
    town: Town, clock: StoppedClock
) -> None:
    silent, ready = town.url(falls_silent_after(b"")), town.url(answers(plain(b"ok")))
    clock.silent = range(130)

    found = get_each([silent] * 130 + [ready] * 20, timeout_s=PATIENCE_S)

    assert found == [SILENT] * 130 + [READY] * 20
    assert clock.now == 1000.0 + 2 * PATIENCE_S


def test_one_that_cannot_be_asked_takes_nobody_elses_answer(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    urls = [town.url(answers(plain(b"ok"))) for _ in range(3)]
    begin = count()

    def scarce(family: int) -> socket.socket:
        if next(begin) == 1:
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
        return socket.socket(family)

    replaced = {**vars(socket), "socket": scarce}
    monkeypatch.setattr(probes, "socket", SimpleNamespace(**replaced))

    nobody = Answer(None, fault="cannot be reached (Too many open files)")
    assert get_each(urls, timeout_s=PATIENCE_S) == [READY, nobody, READY]
    begin = count(1)
    assert get_each(urls[:1], timeout_s=PATIENCE_S) == [nobody]


def test_nobody_asked_is_nobody_answered() -> None:
    assert get_each([], timeout_s=PATIENCE_S) == []
