from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from multi_instance_manager.engine.docker.answers import (
    event_of,
    host_of,
    image_of,
    moment_of,
    observed_of,
    processes_of,
    status_of,
    usage_of,
)
from multi_instance_manager.engine.protocol.engine import EngineHost
from multi_instance_manager.engine.wire.mapping import mapped
from multi_instance_manager.errors import EngineError
from multi_instance_manager.fleet.containers import ContainerState, PublishedPort


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-02T03:04:05Z", 1767323045.0),
        ("2026-01-02T03:04:05.5Z", 1767323045.5),
        ("2026-01-02T03:04:05.123456789Z", 1767323045.123456),
        ("2026-01-02T04:04:05.123456789+01:00", 1767323045.123456),
        ("0001-01-01T00:00:00Z", None),
        ("", None),
    ],
)
def test_moments_of_the_engine_are_understood_to_the_microsecond(
    text: str, moment: float | None
) -> None:
    assert moment_of(text) == moment


def test_a_status_tells_times_limit_and_the_engines_own_error() -> None:
    status = status_of(
        {
            "State": {
                "Status": "exited",
                "ExitCode": 137,
                "OOMKilled": True,
                "Error": "no such device",
                "StartedAt": "2026-01-02T03:04:05Z",
                "FinishedAt": "0001-01-01T00:00:00Z",
                "Pid": 412,
            },
            "RestartCount": 2,
            "HostConfig": {"Memory": 64},
            "Config": {"Image": "proxy:2"},
        }
    )

    assert (status.state, status.exit_code, status.oom_killed) == (ContainerState.EXITED, 137, True)
    assert (status.error, status.started_at, status.finished_at) == (
        "no such device",
        1767323045.0,
        None,
    )
    assert (status.restart_count, status.memory_limit_bytes) == (2, 64)
    assert (status.image_name, status.pid) == ("proxy:2", 412)


def test_memory_is_told_without_the_page_cache_on_either_cgroup_version() -> None:
    old = {"usage": 100, "limit": 2**63, "stats": {"total_inactive_file": 30, "inactive_file": 1}}
    new = {"usage": 100, "limit": 500, "stats": {"inactive_file": 40}}

    assert usage_of({"memory_stats": old}).memory_bytes == 70
    assert usage_of({"memory_stats": old}).memory_limit_bytes is None
    assert usage_of({"memory_stats": new}).memory_bytes == 60
    assert usage_of({"memory_stats": new}).memory_limit_bytes == 500


def test_usage_adds_up_networks_and_disks() -> None:
    usage = usage_of(
        {
            "networks": {
                "a": {"rx_bytes": 1, "tx_bytes": 2},
                "b": {"rx_bytes": 10, "tx_bytes": 20},
            },
            "blkio_stats": {
                "io_service_bytes_recursive": [
                    {"op": "Read", "value": 5},
                    {"op": "write", "value": 7},
                    {"op": "Total", "value": 12},
                ]
            },
            "cpu_stats": {"cpu_usage": {"total_usage": 9, "percpu_usage": [4, 5]}},
            "pids_stats": {"current": 3},
        }
    )

    assert (usage.received_bytes, usage.sent_bytes) == (11, 22)
    assert (usage.read_bytes, usage.written_bytes) == (5, 7)
    assert (usage.cpu_ns, usage.cpus, usage.processes) == (9, 2, 3)


def test_a_container_that_does_not_run_uses_nothing() -> None:
    usage = usage_of({"memory_stats": {}, "blkio_stats": {"io_service_bytes_recursive": None}})

    assert (usage.memory_bytes, usage.read_bytes, usage.processes) == (0, 0, 0)


def test_a_container_goes_by_its_own_name_and_not_by_a_link_to_it() -> None:
    row = {
        "Id": "1",
        "Names": ["/other/alias", "/own"],
        "State": "running",
        "Ports": [{"IP": "127.0.0.1", "PublicPort": 80, "Type": "tcp"}, {"PrivatePort": 1}],
    }

    assert observed_of(row).name == "own"
    assert observed_of(row).published == (PublishedPort("127.0.0.1", 80),)


def test_the_host_of_an_engine_is_what_it_tells_and_nothing_where_it_does_not() -> None:
    told = {"Name": "box", "KernelVersion": "6.1", "MemTotal": 7, "OperatingSystem": "Debian"}

    assert host_of(told) == EngineHost("box", "6.1", 7, "Debian", "box")
    assert host_of({}) == EngineHost()
    assert host_of(dict.fromkeys(told)) == EngineHost()


@pytest.mark.parametrize("row", [1, None, "text", [], [1]])
def test_a_row_that_is_no_container_makes_no_sense(row: Any) -> None:
    with (
        pytest.raises(EngineError, match="listing: the engine's answer makes no sense"),
        mapped("listing"),
    ):
        observed_of(row)


ODD: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    1e400,
    "",
    "x",
    "\x1b[2J",
    [],
    [1],
    [None],
    [[]],
    {},
    {"": None},
)
MEMBERS = (
    *("State", "HostConfig", "Config", "RestartPolicy", "LogConfig", "Status", "ExitCode", "Pid"),
    *("StartedAt", "Memory", "Env", "Id", "GraphDriver", "Data", "MemTotal", "Processes"),
    *("memory_stats", "cpu_stats", "cpu_usage", "networks", "blkio_stats", "pids_stats", "stats"),
    *("Names", "Labels", "Ports", "Mounts", "Actor", "Attributes", "time", "timeNano", "read"),
)
READERS: dict[str, Callable[[Any], object]] = {
    "status": status_of,
    "usage": usage_of,
    "host": host_of,
    "container": observed_of,
    "image": lambda told: image_of("name", told),
    "processes": processes_of,
    "event": event_of,
}
ODD_JSON = st.recursive(
    st.sampled_from(ODD),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(MEMBERS), inner, max_size=5)
    ),
    max_leaves=12,
)


@pytest.mark.parametrize("name", sorted(READERS))
@given(told=ODD_JSON)
def test_an_answer_of_any_shape_is_read_or_makes_no_sense(name: str, told: Any) -> None:
    with suppress(EngineError), mapped("asking"):
        READERS[name](told)
