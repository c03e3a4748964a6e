"""What grows with the pool, and what a start costs: measurements of the manager alone."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

import psutil

from bench.launches import must_run, raw_words
from bench.pool import COMMAND, Pool, scratch_pool
from bench.stopwatch import lap

Figures = dict[str, float]
_WATCHED_S = 10.0
_PLANS = 7


def start() -> Figures:
    """The command's help against the bare library that draws it."""
    own = lap([str(COMMAND), "--help"], os.environ).wall_s
    return {
        "--help": own,
        "import click": lap([sys.executable, "-c", "import click"], os.environ).wall_s,
    }


def dry_run(small: int, large: int) -> Figures:
    """A dry run of two sizes: nothing runs."""
    figures: Figures = {}
    for name, size in (("dry run, small", small), ("dry run, large", large)):
        with scratch_pool(size) as pool:
            words = [str(COMMAND), "up", "--dry-run"]
            # Below the ports that the system gives to whoever calls out.
            ports = {"BASE_API_PORT": "20000", "BASE_STREAM_PORT": "22000"}
            figures[name] = lap(words, {**pool.environment, **ports}).wall_s
    return figures


def pure_plan(small: int, large: int) -> Figures:
    """The pure plan of two sizes, in this process: specs, hashes, reconciliation and its text."""
    pairs = [(_plan_s(small), _plan_s(large)) for _ in range(_PLANS)]
    return {
        "plan, small": median(one for one, _ in pairs),
        "plan, large": median(other for _, other in pairs),
    }


def _plan_s(size: int) -> float:
    from multi_instance_manager.engine.docker_run import ExtraArgs
    from multi_instance_manager.engine.protocol.engine import Image
    from multi_instance_manager.fleet.containers import Fleet
    from multi_instance_manager.fleet.leases import assign_slots
    from multi_instance_manager.plan.desired import Ingredients, wanted_specs
    from multi_instance_manager.plan.mounts import Host
    from multi_instance_manager.plan.reconcile import ReconcileContext, reconcile
    from multi_instance_manager.settings.reading import GivenOptions
    from multi_instance_manager.settings.resolve import resolve_settings
    from multi_instance_manager.state.layout import StateLayout

    root = Path("/srv/application")
    settings = resolve_settings(GivenOptions({}, {}, root))
    layout = StateLayout(settings.state_dir, settings.container_prefix)
    tree = str(root / "auth_profiles")
    image = Image("image:1", "sha256:1")
    shared = Ingredients(settings, Host(tree, f"{tree}/saved"), layout, image, ExtraArgs())
    names = [f"user-{number:05}" for number in range(size)]
    gc.collect()
    began = time.perf_counter()
    specs = wanted_specs(names, assign_slots(names, {}), shared)
    plan = reconcile(specs, Fleet(), ReconcileContext())
    text = plan.text()
    took_s = time.perf_counter() - began
    if len(text.splitlines()) != size:
        raise SystemExit("bench: the plan is not whole")
    return took_s


def growth(small: int, middle: int, large: int) -> Figures:
    """First launches of several sizes: seconds, and the manager's peak memory.

    Bare calls of the API, too: what the engine itself needs for each container grows with them. The
    middle is measured before the large and after, and its mean counts: a machine is not as quick in
    one minute as in the next.
    """
    before = _first_launch("middle", middle)
    of_large = _first_launch("large", large)
    after = _first_launch("middle", middle, ours_first=True)
    of_middle = {name: (before[name] + after[name]) / 2 for name in before}
    return {**_first_launch("small", small), **of_middle, **of_large}


def _first_launch(name: str, size: int, *, ours_first: bool = False) -> Figures:
    figures: Figures = {}
    with scratch_pool(size) as pool:
        for measure in (_ours, _raw) if ours_first else (_raw, _ours):
            figures |= measure(pool, name)
            must_run(pool)
            pool.clear()
    return figures


def _raw(pool: Pool, name: str) -> Figures:
    return {f"raw, {name}": lap(raw_words(pool.payloads()), os.environ).wall_s}


def _ours(pool: Pool, name: str) -> Figures:
    done = lap([str(COMMAND), "up"], pool.environment, memory=True)
    return {f"up, {name}": done.wall_s, f"peak, {name}": done.peak_bytes}


def waiting() -> Figures:
    """The share of one core that an `up` uses while it waits for slow instances."""
    with scratch_pool(4) as pool:
        (pool.root / "docker" / ".env").write_text("REFERENCE_READY_AFTER_S=25\n")
        process = subprocess.Popen(
            [COMMAND, "up"],
            env=pool.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        watched = psutil.Process(process.pid)
        deadline = time.monotonic() + 20
        while pool.running() < pool.size and time.monotonic() < deadline:
            time.sleep(0.2)
        before, began = watched.cpu_times(), time.monotonic()
        time.sleep(_WATCHED_S)
        after, took_s = watched.cpu_times(), time.monotonic() - began
        process.wait(timeout=120)
    used_s = after.user + after.system - before.user - before.system
    return {"waiting, share of a core": used_s / took_s}
