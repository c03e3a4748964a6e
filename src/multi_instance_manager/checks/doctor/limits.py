"""Checks of what runs out: memory, disk, ports, inotify, bridge, file descriptors. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from multi_instance_manager.checks.doctor.check_result import (
    CheckOutcome,
    failed,
    ok,
    skipped,
    warned,
)
from multi_instance_manager.checks.doctor.engine import NO_ENGINE
from multi_instance_manager.text.plurals import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from multi_instance_manager.checks.doctor.doctor_facts import Facts

GIGABYTE = 1024**3
_MEGABYTE = 1024**2
BRIDGE_LIMIT = 1000
_BRIDGE_NEAR = 900
_LITTLE_DISK_BYTES = 1 * GIGABYTE
_NO_DISK_BYTES = 50 * _MEGABYTE
_LOG_BYTES = 30 * _MEGABYTE  # three rotated files of ten megabytes
# What a browser and the engine's own supervisor take for a container, on the safe side.
_INSTANCES_EACH, _INSTANCES_OTHERS = 4, 32
_WATCHES_EACH, _WATCHES_OTHERS = 128, 1024
# Following a log takes a connection; the rest is what the manager has open anyway.
_FILES_EACH, _FILES_OTHERS = 2, 64
_ELSEWHERE = "not looked at: the engine is not on this machine"


def check_limits(facts: Facts) -> Iterator[CheckOutcome]:
    """All checks of what runs out."""
    yield _check_memory(facts)
    yield from _check_disks(facts)
    yield _check_inotify(facts)
    yield _check_bridge(facts)
    yield _check_open_files(facts)


def _check_memory(facts: Facts) -> CheckOutcome:
    limit = facts.settings.limits.memory_bytes
    each = facts.settings.memory_per_instance_gb if limit is None else limit / GIGABYTE
    need = facts.to_come * each
    seen = f"{counted(facts.profiles, 'profile')}, {facts.up} up; about {need:.1f} GB more needed"
    available = facts.here.available_memory_bytes if facts.limits_are_those_here else None
    if available is None and facts.engine and facts.engine.machine:
        available = facts.engine.machine.memory_bytes or None
        need = facts.profiles * each
        seen = f"{counted(facts.profiles, 'profile')} need about {need:.1f} GB"
    if available is None:
        return skipped("memory", f"{seen}; how much there is could not be told")
    seen += f", {available / GIGABYTE:.1f} GB available"
    if need * GIGABYTE > available:
        step = "launch fewer profiles, or set --memory-limit; the kernel kills processes otherwise"
        return warned("memory", seen, step)
    return ok("memory", seen)


def _check_disks(facts: Facts) -> Iterator[CheckOutcome]:
    state = facts.here.state_free_bytes
    yield _disk("disk-state", f"state folder {facts.settings.state_dir}", state, 0)
    engine = facts.engine
    if engine is None or engine.machine is None:
        yield skipped("disk-engine", NO_ENGINE)
    elif not facts.engine_is_here:
        yield skipped("disk-engine", _ELSEWHERE)
    else:
        logs = facts.profiles * _LOG_BYTES
        place = f"engine's folder {engine.machine.root_dir}"
        yield _disk("disk-engine", place, facts.here.engine_free_bytes, logs)


def _disk(name: str, place: str, free: int | None, to_come: int) -> CheckOutcome:
    if free is None:
        return skipped(name, f"{place}: its disk cannot be seen by this user")
    seen = f"{place}: {free / GIGABYTE:.1f} GB free"
    if free < _NO_DISK_BYTES:
        return failed(name, seen, "free space there: profiles and logs could not be written")
    if free < _LITTLE_DISK_BYTES + to_come:
        return warned(name, seen, "free space there before it runs full")
    return ok(name, seen)


def _check_inotify(facts: Facts) -> CheckOutcome:
    here = facts.here
    instances, watches = here.inotify_instances, here.inotify_watches
    if not facts.limits_are_those_here:
        return skipped("inotify", _ELSEWHERE)
    if instances is None or watches is None:
        return skipped("inotify", "not looked at: this system has none of these limits")
    seen = f"max_user_instances {instances}, max_user_watches {watches}"
    needed = {
        "max_user_instances": _INSTANCES_OTHERS + _INSTANCES_EACH * facts.profiles,
        "max_user_watches": _WATCHES_OTHERS + _WATCHES_EACH * facts.profiles,
    }
    there = {"max_user_instances": instances, "max_user_watches": watches}
    short = [f"fs.inotify.{name}={needed[name]}" for name in needed if there[name] < needed[name]]
    if short:
        seen += f": little for {counted(facts.profiles, 'instance')}, which share a user"
        return warned("inotify", seen, f"`sysctl -w {' '.join(short)}`, and keep it in sysctl.d")
    return ok("inotify", f"{seen}: enough for {counted(facts.profiles, 'instance')}")


def _check_bridge(facts: Facts) -> CheckOutcome:
    if facts.engine is None or facts.engine.bridged is None:
        return skipped("bridge", NO_ENGINE)
    total = facts.engine.bridged + facts.to_come
    there = counted(facts.engine.bridged, "container")
    seen = f"{there} on the default bridge, {total} after a launch"
    step = "spread instances over networks with --docker-arg '--network NAME'"
    if total > BRIDGE_LIMIT:
        return failed("bridge", f"{seen}; a bridge takes about {BRIDGE_LIMIT}", step)
    if total > _BRIDGE_NEAR:
        return warned("bridge", f"{seen}; a bridge takes about {BRIDGE_LIMIT}", step)
    return ok("bridge", seen)


def _check_open_files(facts: Facts) -> CheckOutcome:
    limit = facts.here.open_files
    if limit is None:
        return ok("open-files", "no limit of open files")
    needed = _FILES_OTHERS + _FILES_EACH * facts.profiles
    seen = f"this user's commands may have {limit} files open, about {needed} are needed at most"
    if limit < needed:
        return warned("open-files", seen, f"`ulimit -n {needed}` before a command that follows all")
    return ok("open-files", seen)
