"""Options that choose the container's log driver. Pure.

The options of a driver may hold tokens: their values are never shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from multi_instance_manager.engine.docker_run.docker_option import (
    DockerOption,
    OptionKind,
    ParsedOptions,
    Refusal,
    Theme,
)
from multi_instance_manager.engine.docker_run.value_parsers import filled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from multi_instance_manager.engine.docker_run.draft import Draft


def log_option(value: str) -> tuple[str, str]:
    """`name=value`, or a name alone for an empty value."""
    name, _, setting = value.partition("=")
    if not name:
        raise Refusal("an option of the log driver has no name; write NAME=value")
    return name, setting


def _compose(draft: Draft, given: ParsedOptions) -> None:
    driver = given.last("log-driver")
    if driver is not None and driver != draft.get("HostConfig.LogConfig.Type"):
        # Another driver would not know the options of the one it replaces.
        draft.set("HostConfig.LogConfig", {"Type": driver, "Config": {}})
    if "log-opt" in given:
        draft.update("HostConfig.LogConfig.Config", dict(given.all("log-opt")))


def _check(given: ParsedOptions) -> Iterator[str]:
    if given.last("log-driver") == "none" and "log-opt" in given:
        yield "--log-opt: the log driver none takes no options; remove them, or the driver"


THEME = Theme(
    options=(
        DockerOption("log-driver", read=filled),
        DockerOption("log-opt", kind=OptionKind.REPEATABLE, read=log_option),
    ),
    compose=_compose,
    check=_check,
)
