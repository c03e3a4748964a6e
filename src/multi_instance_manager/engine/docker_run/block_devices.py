"""Options that weigh or throttle the input and output of block devices. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from multi_instance_manager.engine.docker_run.docker_option import (
    DockerOption,
    OptionKind,
    Refusal,
    Theme,
)
from multi_instance_manager.engine.docker_run.draft import appended, scalar
from multi_instance_manager.engine.docker_run.value_parsers import size_bytes

if TYPE_CHECKING:
    from collections.abc import Callable

_LARGEST_WEIGHT = 1000
_SMALLEST_WEIGHT = 10


def weight(value: str) -> int:
    """10 to 1000, or 0 for the default."""
    number = _count(value)
    if number != 0 and not _SMALLEST_WEIGHT <= number <= _LARGEST_WEIGHT:
        raise Refusal(f"{value!r} is out of range; write a weight from 10 to 1000, or 0")
    return number


def _count(value: str) -> int:
    if not re.fullmatch(r"\d{1,19}", value, re.ASCII):
        raise Refusal(f"{value!r} is not a whole number; write one")
    return int(value)


def _limit(key: str, read: Callable[[str], int]) -> Callable[[str], dict[str, str | int]]:
    def device_limit(value: str) -> dict[str, str | int]:
        device, separator, amount = value.partition(":")
        if not separator or not device.startswith("/dev/"):
            raise Refusal(f"{value!r} names no device; write one such as /dev/sda:10")
        return {"Path": device, key: read(amount)}

    return device_limit


def _throttle(name: str, key: str, read: Callable[[str], int], limit: str = "Rate") -> DockerOption:
    writer = appended(f"HostConfig.{key}")
    return DockerOption(name, kind=OptionKind.REPEATABLE, read=_limit(limit, read), write=writer)


THEME = Theme(
    options=(
        DockerOption("blkio-weight", read=weight, write=scalar("HostConfig.BlkioWeight")),
        _throttle("blkio-weight-device", "BlkioWeightDevice", weight, limit="Weight"),
        _throttle("device-read-bps", "BlkioDeviceReadBps", size_bytes),
        _throttle("device-write-bps", "BlkioDeviceWriteBps", size_bytes),
        _throttle("device-read-iops", "BlkioDeviceReadIOps", _count),
        _throttle("device-write-iops", "BlkioDeviceWriteIOps", _count),
    ),
)
