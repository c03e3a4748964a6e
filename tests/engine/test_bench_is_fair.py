"""The benchmark's baselines launch what the manager launches: the engine tells no difference."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
from bench import launches
from bench.pool import COMMAND, Pool, scratch_pool

from e2e.project import free_block

_HOST_PARTS = (
    "Mounts",
    "PortBindings",
    "RestartPolicy",
    "LogConfig",
    "NetworkMode",
    "Memory",
    "NanoCpus",
    "ShmSize",
    "Privileged",
    "ReadonlyRootfs",
    "SecurityOpt",
    "PidsLimit",
)


@pytest.fixture
def pool() -> Iterator[Pool]:
    with scratch_pool(2) as found:
        found.api_port = free_block()
        found.stream_port = found.api_port + 20
        yield found


def by_raw_calls(pool: Pool) -> list[str]:
    return launches.raw_words(pool.payloads())


def by_shell_loop(pool: Pool) -> list[str]:
    return launches.loop_words(pool, pool.payloads())


def by_compose(pool: Pool) -> list[str]:
    return [*launches.compose_words(pool), "up", "-d"]


def by_compose_on_the_bridge(pool: Pool) -> list[str]:
    return [*launches.compose_words(pool, network_mode="bridge"), "up", "-d"]


def test_each_baseline_launches_the_same_containers(pool: Pool) -> None:
    launched(pool, [str(COMMAND), "up"])
    ours = containers(pool)

    for words_of in (by_raw_calls, by_shell_loop, by_compose_on_the_bridge):
        pool.clear()
        launched(pool, words_of(pool))
        theirs = containers(pool)
        assert theirs.keys() == ours.keys()
        for name, one in theirs.items():
            assert one == ours[name], f"{words_of.__name__}, {name}"


def test_compose_as_people_write_it_differs_in_its_network_alone(pool: Pool) -> None:
    launched(pool, [str(COMMAND), "up"])
    ours = containers(pool)
    pool.clear()
    launched(pool, by_compose(pool))

    own_network = {"NetworkMode": f"{pool.prefix}_default"}
    assert containers(pool) == {name: {**one, **own_network} for name, one in ours.items()}


def launched(pool: Pool, words: list[str]) -> None:
    environment = {**os.environ, **pool.environment}
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert pool.running() == pool.size


def containers(pool: Pool) -> dict[str, dict[str, Any]]:
    """What of each container costs the engine work, in one form for all ways to say it."""
    words = ["docker", "inspect", *pool.containers]
    told = json.loads(subprocess.run(words, capture_output=True, check=True).stdout)
    return {one["Name"].lstrip("/"): essence(one) for one in told}


def essence(one: dict[str, Any]) -> dict[str, Any]:
    host = {part: one["HostConfig"].get(part) for part in _HOST_PARTS if part != "Mounts"}
    mounts = [(m["Type"], m["Source"], m["Destination"], m["RW"]) for m in one["Mounts"]]
    networks = {"default": "bridge"}
    return {
        "image": one["Image"],
        "environment": sorted(one["Config"]["Env"]),
        "exposed": one["Config"]["ExposedPorts"],
        "mounts": sorted(mounts),
        **host,
        "NetworkMode": networks.get(host["NetworkMode"], host["NetworkMode"]),
    }
