"""What happens to managers at work: killed, interrupted, doubled, failed by an instance."""

from __future__ import annotations

import signal
import subprocess
import time
from contextlib import suppress

import engine
from accidents import remove_container
from operation import INTERRUPTED, REFUSED, NotNow, Violation, bring_up, expect, note
from owner import add, change_image, change_setting, remove, rename, rewrite
from scratch import ended
from world import World

_LONGEST_UP_S = 4.0


def crash_one(world: World) -> str:
    """One instance crashes at every start until its environment is mended; its peers serve."""
    if len(world.pool.profiles) < 2:
        raise NotNow
    name = world.any_profile()
    world.pool.settings.crashing = name
    result = bring_up(world)
    world.pool.settings.crashing = ""
    expect(result, 1, 4)
    served = {one.profile for one in world.containers() if one.status == "running"}
    missing = set(world.pool.profiles) - {name} - served
    if missing:
        raise Violation(f"while {name} crashed, {sorted(missing)} did not run\n{result.text}")
    return f"{name} (up gave {result.code})"


def launch_twice(world: World) -> str:
    """Two managers are started at once; the second waits for the first."""
    change = _change_something(world)
    both = [world.pool.begin_up("--lock-timeout", "120") for _ in range(2)]
    for result in [ended(process) for process in both]:
        note(world, result)
        expect(result, 0)
    return change


def recreate(world: World) -> str:
    """The owner asks for every instance to be made anew."""
    expect(bring_up(world, "--recreate"), 0)
    return f"{len(world.pool.profiles)} instances"


def kill_manager(world: World) -> str:
    """The manager is killed at a random moment of its work."""
    change, process, moment_s = _begin_work(world)
    process.kill()
    note(world, ended(process))
    return f"{change}; SIGKILL after {moment_s:.1f} s"


def interrupt_manager(world: World) -> str:
    """The manager is interrupted at a random moment, by chance twice."""
    change, process, moment_s = _begin_work(world)
    process.send_signal(signal.SIGINT)
    is_twice = world.chance.random() < 0.4
    if is_twice:
        time.sleep(world.chance.uniform(0.1, 1.0))
        process.send_signal(signal.SIGINT)
    result = ended(process)
    note(world, result)
    expect(result, 0, INTERRUPTED)
    times = "twice " if is_twice else ""
    return f"{change}; SIGINT {times}after {moment_s:.1f} s, exit code {result.code}"


def restart_engine(world: World) -> str:
    """The engine restarts, by chance while the manager works."""
    if not world.restart_engine:
        raise NotNow
    change, process, moment_s = _begin_work(world)
    subprocess.run(world.restart_engine, shell=True, check=True)  # noqa: S602  # a command line
    engine.wait_until_it_answers()
    result = ended(process)
    note(world, result)
    if "Traceback" in result.text or result.code not in {0, 1, REFUSED, 4}:
        raise Violation(f"engine restarted: exit code {result.code}\n{result.text}")
    # Whether containers of others came back with it is the engine's doing.
    others = {one.id for one in world.bystanders}
    now = engine.containers(world.pool.prefix)
    world.bystanders = tuple(one for one in now if one.id in others)
    return f"{change}; engine restarted after {moment_s:.1f} s, exit code {result.code}"


def _change_something(world: World) -> str:
    """Give the next `up` something to do."""
    changes = (add, remove, rename, rewrite, remove_container, change_image, change_setting)
    while True:
        change = world.chance.choice(changes)
        try:
            return f"{change.__name__} {change(world)}"
        except NotNow:
            continue


def _begin_work(world: World) -> tuple[str, subprocess.Popen[str], float]:
    """Start an `up` that has something to do, and let a random time pass."""
    change = _change_something(world)
    world.sessions.look()
    process = world.pool.begin_up()
    moment_s = world.chance.uniform(0.2, _LONGEST_UP_S)
    with suppress(subprocess.TimeoutExpired):
        process.wait(moment_s)
    return change, process, moment_s
