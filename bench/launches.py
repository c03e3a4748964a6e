"""One round over a pool: launch, look, replace and take down, by each tool in turn."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from bench.outages import Outages
from bench.pool import COMMAND, Pool, run, scratch_pool
from bench.stopwatch import lap

BASELINES = Path(__file__).resolve().parent / "baselines"
RAW = str(BASELINES / "raw_api.py")
COMPOSE_ENVIRONMENT = {**os.environ, "COMPOSE_PARALLEL_LIMIT": "64"}
Figures = dict[str, float]


def one_round(size: int, next_image: str, number: int = 0) -> Figures:
    """Seconds by the name of what was done; every tool begins with nothing there.

    ``number`` is that of the round: each begins with another tool, so that none always comes first.
    """
    with scratch_pool(size) as pool:
        tools: list[Callable[[Pool], Figures]] = [
            _raw,
            partial(_manager, next_image=next_image),
            _shell,
            _compose,
        ]
        first = number % len(tools)
        figures: Figures = {}
        for measure in (*tools[first:], *tools[:first]):
            figures |= measure(pool)
    return figures


def by_size(sizes: Sequence[int]) -> Figures:
    """First launches alone, of pools of several sizes: what the picture shows."""
    figures: Figures = {}
    for size in sizes:
        with scratch_pool(size) as pool:
            raw = lap(raw_words(pool.payloads()), os.environ)
            pool.clear()
            no_wait = lap([str(COMMAND), "up", "--no-wait"], pool.environment)
            pool.clear()
            proven = lap([str(COMMAND), "up"], pool.environment)
            pool.clear()
            shell = lap(loop_words(pool, pool.payloads()), pool.environment)
            pool.clear()
            compose = lap([*compose_words(pool), "up", "-d"], COMPOSE_ENVIRONMENT)
            pool.clear()
        done = {
            "raw launch": raw,
            "up, no wait": no_wait,
            "up": proven,
            "shell loop": shell,
            "compose up": compose,
        }
        figures |= {f"{name} of {size}": one.wall_s for name, one in done.items()}
    return figures


def _raw(pool: Pool) -> Figures:
    """Bare calls of the API; then what a person types to get rid of the containers."""
    payloads = pool.payloads()
    launched = lap(raw_words(payloads), os.environ)
    must_run(pool)
    with Outages(pool) as outages:
        run([sys.executable, str(BASELINES / "outage.py"), str(payloads)], os.environ)
    removing = "for name in $0 $@; do docker rm -f $name; done"
    removed = lap(["bash", "-c", removing, *pool.containers], os.environ)
    pool.clear()
    return {
        "raw launch": launched.wall_s,
        "raw outage": median(outages.seconds),
        "rm -f one by one": removed.wall_s,
    }


def _manager(pool: Pool, *, next_image: str) -> Figures:
    command, environment = str(COMMAND), pool.environment
    no_wait = lap([command, "up", "--no-wait"], environment)
    must_run(pool)
    pool.clear()
    launched = lap([command, "up"], environment)
    must_run(pool)
    again = lap([command, "up"], environment)
    status = lap([command, "status"], environment)
    with Outages(pool) as outages:
        replaced = lap([command, "up", "--image", next_image, "--canary", "never"], environment)
    down = lap([command, "down"], environment)
    if pool.running():
        raise SystemExit("bench: `down` left containers")
    pool.clear()
    return {
        "up, no wait": no_wait.wall_s,
        "up": launched.wall_s,
        "up again": again.wall_s,
        "status": status.wall_s,
        "replace all": replaced.wall_s,
        "outage": median(outages.seconds),
        "down": down.wall_s,
    }


def _shell(pool: Pool) -> Figures:
    """The loop on an empty engine, and once more where all runs: it makes all anew."""
    words = loop_words(pool, pool.payloads())
    first = lap(words, pool.environment)
    must_run(pool)
    second = lap(words, pool.environment)
    must_run(pool)
    pool.clear()
    return {"shell loop": first.wall_s, "shell loop again": second.wall_s}


def raw_words(payloads: Path) -> list[str]:
    """The words that launch the payloads by bare calls."""
    return [sys.executable, RAW, "launch", str(payloads)]


def loop_words(pool: Pool, payloads: Path) -> list[str]:
    """The words that run the loop, its arguments written."""
    folder = pool.root / "arguments"
    folder.mkdir(exist_ok=True)
    for name, payload in json.loads(payloads.read_text()).items():
        (folder / name).write_text("\n".join(_arguments(payload)) + "\n")
    return ["bash", str(BASELINES / "shell_loop.sh"), str(folder)]


def _arguments(payload: dict[str, Any]) -> list[str]:
    """The payload as `docker run` options, one word a line, the image last."""
    host = payload["HostConfig"]
    words = [f"--env={entry}" for entry in payload["Env"]]
    words += [f"--label={name}={value}" for name, value in payload["Labels"].items()]
    words += [
        f"--publish={binding['HostIp']}:{binding['HostPort']}:{inner}"
        for inner, (binding,) in host["PortBindings"].items()
    ]
    words += [
        f"--mount=type=bind,source={m['Source']},target={m['Target']}"
        + (",readonly" if m["ReadOnly"] else "")
        for m in host["Mounts"]
    ]
    options = host["LogConfig"]["Config"].items()
    words += [f"--log-opt={name}={value}" for name, value in options]
    return [*words, "--restart=unless-stopped", payload["Image"]]


def _compose(pool: Pool) -> Figures:
    """As people write it; then once more without a network of its own, for comparison."""
    words = compose_words(pool)
    first = lap([*words, "up", "-d"], COMPOSE_ENVIRONMENT)
    must_run(pool)
    second = lap([*words, "up", "-d"], COMPOSE_ENVIRONMENT)
    listed = lap([*words, "ps"], COMPOSE_ENVIRONMENT)
    pool.clear()
    on_bridge = compose_words(pool, network_mode="bridge")
    bridged = lap([*on_bridge, "up", "-d"], COMPOSE_ENVIRONMENT)
    must_run(pool)
    pool.clear()
    return {
        "compose up": first.wall_s,
        "compose up, bridge": bridged.wall_s,
        "compose up again": second.wall_s,
        "compose ps": listed.wall_s,
    }


def compose_words(pool: Pool, **more: str) -> list[str]:
    """The words that reach the services of the pool, their file written."""
    return ["docker-compose", "-f", str(pool.compose_file(**more)), "-p", pool.prefix]


def must_run(pool: Pool) -> None:
    """A tool that launched less than was asked for has not done the work that is compared."""
    if pool.running() != pool.size:
        raise SystemExit(f"bench: {pool.running()} of {pool.size} containers run")
