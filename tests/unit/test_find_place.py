"""Where an engine runs, as asked of it and of its address."""

from __future__ import annotations

import os
from typing import cast

import pytest

from multi_instance_manager.commands.survey.engine_location import find_place, this_machine
from multi_instance_manager.engine.protocol.engine import EngineHost, EngineInfo, Reader
from multi_instance_manager.errors import EngineError
from multi_instance_manager.probe.engine_location import EngineLocation, Reach


class Told:
    """An engine that tells of a host, or does not let itself be asked."""

    def __init__(self, host: EngineHost | None) -> None:
        self._host = host

    def host(self) -> EngineHost:
        if self._host is None:
            raise EngineError("asking the engine for its host: the engine answered 403: no")
        return self._host


def place(url: str, host: EngineHost | None) -> EngineLocation:
    return find_place(cast("Reader", Told(host)), EngineInfo(url, "1.41", url))


HERE = EngineHost(os.uname().nodename, os.uname().release, this_machine().memory_bytes, "Debian")
FAR = EngineHost("far", "1.2.3", 7, "Debian")


@pytest.mark.parametrize("url", ["unix:///x", "tcp://127.0.0.1:1", "tcp://192.0.2.1:1", "ssh://h"])
def test_an_engine_that_tells_of_this_machine_is_here(url: str) -> None:
    assert place(url, HERE).reach is Reach.HERE


@pytest.mark.parametrize(
    ("url", "login"),
    [
        ("unix:///x", "far"),
        ("tcp://127.0.0.1:1", "far"),
        ("tcp://192.0.2.1:1", "far"),
        ("ssh://alias", "alias"),
        ("ssh://me@alias:2222", "-p 2222 me@alias"),
    ],
)
def test_an_engine_that_tells_of_another_is_there_and_this_is_the_way(url: str, login: str) -> None:
    found = place(url, FAR)

    assert found.reach is Reach.ELSEWHERE
    assert found.login == login
    assert found.engine_machine == "far"


@pytest.mark.parametrize(
    ("url", "reach"),
    [
        ("unix:///x", Reach.HERE),
        ("tcp://127.0.0.1:1", Reach.HERE),
        ("tcp://[::1]:1", Reach.HERE),
        ("tcp://localhost:1", Reach.HERE),
        ("tcp://192.0.2.1:1", Reach.ELSEWHERE),
        ("tcp://no-such-name.invalid:1", Reach.ELSEWHERE),
    ],
)
def test_an_engine_that_may_not_be_asked_is_taken_at_its_address(url: str, reach: Reach) -> None:
    assert place(url, None).reach is reach


def test_a_name_that_a_terminal_or_a_shell_would_act_on_does_nothing() -> None:
    found = place("unix:///x", EngineHost("x\x1b[2J; reboot", "1.2.3", 7, "Debian"))

    assert found.engine_machine == "x\\x1b[2J; reboot"
    assert found.login == "'x\\x1b[2J; reboot'"
