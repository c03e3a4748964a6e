"""One round over a pool: launch, look, replace and take down, by each tool in turn."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from statistics import median
from typing import Any

from bench.outages import Outages
from bench.pool import COMMAND, Pool, run, scratch_pool
from bench.stopwatch import lap

BASELINES = Path(__file__).resolve().parent / "baselines"
Figures = dict[str, float]


def one_round(size: int, next_image: str) -> Figures:
    """Seconds by the name of what was done; every tool begins with nothing there."""
    figures: Figures = {}
    with scratch_pool(size) as pool:
        payloads = pool.payloads()
        figures |= _raw(pool, payloads)
        figures |= _manager(pool, next_image)
        payloads = pool.payloads()
        figures |= _shell(pool, payloads)
        figures |= _compose(pool)
    return figures


def _raw(pool: Pool, payloads: Path) -> Figures:
    """Bare calls of the API; then what a person types to get rid of the containers."""
    script = str(BASELINES / "raw_api.py")
    launched = lap([sys.executable, script, "launch", str(payloads)], os.environ)
    _must_run(pool)
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


def _manager(pool: Pool, next_image: str) -> Figures:
    command, environment = str(COMMAND), pool.environment
    no_wait = lap([command, "up", "--no-wait"], environment)
    _must_run(pool)
    pool.clear()
    launched = lap([command, "up"], environment)
    _must_run(pool)
    again = lap([command, "up"], environment)
    status = lap([command, "status"], environment)
    with Outages(pool) as outages:
        replaced = lap([command, "up", "--image", next_image, "--all-at-once"], environment)
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


def _shell(pool: Pool, payloads: Path) -> Figures:
    """The loop on an empty engine, and once more where all runs: it makes all anew."""
    folder = pool.root / "arguments"
    folder.mkdir(exist_ok=True)
    for name, payload in json.loads(payloads.read_text()).items():
        (folder / name).write_text("\n".join(_arguments(payload)) + "\n")
    words = ["bash", str(BASELINES / "shell_loop.sh"), str(folder)]
    first = lap(words, pool.environment)
    _must_run(pool)
    second = lap(words, pool.environment)
    _must_run(pool)
    pool.clear()
    return {"shell loop": first.wall_s, "shell loop again": second.wall_s}


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
    file = pool.compose_file()
    words = ["docker-compose", "-f", str(file), "-p", pool.prefix]
    environment = {**os.environ, "COMPOSE_PARALLEL_LIMIT": "64"}
    first = lap([*words, "up", "-d"], environment)
    _must_run(pool)
    second = lap([*words, "up", "-d"], environment)
    listed = lap([*words, "ps"], environment)
    pool.clear()
    return {
        "compose up": first.wall_s,
        "compose up again": second.wall_s,
        "compose ps": listed.wall_s,
    }


def _must_run(pool: Pool) -> None:
    """A tool that launched less than was asked for has not done the work that is compared."""
    if pool.running() != pool.size:
        raise SystemExit(f"bench: {pool.running()} of {pool.size} containers run")
