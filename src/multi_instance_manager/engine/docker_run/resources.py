"""Options that limit memory, CPU, processes and files. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from multi_instance_manager.engine.docker_run.docker_option import (
    DockerOption,
    OptionKind,
    Refusal,
    Theme,
)
from multi_instance_manager.engine.docker_run.draft import scalar
from multi_instance_manager.engine.docker_run.value_parsers import (
    boolean,
    integer,
    nano_cpus,
    size_bytes,
    swap_bytes,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from multi_instance_manager.engine.docker_run.draft import Draft

_ULIMITS = (
    *("core", "cpu", "data", "fsize", "locks", "memlock", "msgqueue", "nice"),
    *("nofile", "nproc", "rss", "rtprio", "rttime", "sigpending", "stack"),
)
_UNLIMITED = -1


def ulimit(value: str) -> dict[str, str | int]:
    """`name=soft[:hard]`; the hard limit is the soft one when it is not given."""
    name, separator, limits = value.partition("=")
    if not separator or name not in _ULIMITS:
        raise Refusal(f"{name!r} is not a limit; write NAME=soft[:hard] of: {', '.join(_ULIMITS)}")
    soft, has_hard, hard = limits.partition(":")
    lower = _limit(soft)
    upper = _limit(hard) if has_hard else lower
    if _exceeds(lower, upper):
        raise Refusal(f"the soft limit of {name} is above its hard limit; lower it")
    return {"Name": name, "Soft": lower, "Hard": upper}


def _limit(value: str) -> int:
    if not re.fullmatch(r"[+-]?\d{1,18}", value, re.ASCII):
        raise Refusal(
            f"{value!r} is not a limit; write NAME=soft[:hard] in whole numbers, -1 for none"
        )
    return int(value)


def _exceeds(soft: int, hard: int) -> bool:
    return hard != _UNLIMITED and (soft == _UNLIMITED or soft > hard)


def _write_ulimits(draft: Draft, values: Sequence[dict[str, Any]]) -> None:
    everything = [*draft.get("HostConfig.Ulimits", []), *values]
    draft.set("HostConfig.Ulimits", list({limit["Name"]: limit for limit in everything}.values()))


def _resource(name: str, key: str, read: Callable[[str], Any], short: str = "") -> DockerOption:
    return DockerOption(name, read=read, write=scalar(f"HostConfig.{key}"), short=short)


THEME = Theme(
    options=(
        _resource("memory", "Memory", size_bytes, short="m"),
        _resource("memory-reservation", "MemoryReservation", size_bytes),
        _resource("memory-swap", "MemorySwap", swap_bytes),
        _resource("memory-swappiness", "MemorySwappiness", integer(-1, 100)),
        _resource("shm-size", "ShmSize", size_bytes),
        _resource("cpus", "NanoCpus", nano_cpus),
        _resource("cpu-shares", "CpuShares", integer(minimum=0), short="c"),
        _resource("cpu-period", "CpuPeriod", integer(minimum=0)),
        _resource("cpu-quota", "CpuQuota", integer(minimum=-1)),
        _resource("cpu-rt-period", "CpuRealtimePeriod", integer(minimum=0)),
        _resource("cpu-rt-runtime", "CpuRealtimeRuntime", integer(minimum=0)),
        _resource("cpuset-cpus", "CpusetCpus", text),
        _resource("cpuset-mems", "CpusetMems", text),
        _resource("pids-limit", "PidsLimit", integer(minimum=-1)),
        _resource("oom-score-adj", "OomScoreAdj", integer(-1000, 1000)),
        DockerOption(
            "oom-kill-disable",
            kind=OptionKind.BOOLEAN,
            read=boolean,
            write=scalar("HostConfig.OomKillDisable"),
        ),
        DockerOption("ulimit", kind=OptionKind.REPEATABLE, read=ulimit, write=_write_ulimits),
    ),
)
