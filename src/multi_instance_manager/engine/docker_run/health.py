"""Options that define the container's own health check. Pure.

The manager has its own readiness probe; this one only shows in `docker ps`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from multi_instance_manager.engine.docker_run.docker_option import (
    DockerOption,
    OptionKind,
    ParsedOptions,
    Theme,
)
from multi_instance_manager.engine.docker_run.value_parsers import (
    boolean,
    duration_ns,
    integer,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from multi_instance_manager.engine.docker_run.draft import Draft

_FIELDS = {
    "health-interval": "Interval",
    "health-timeout": "Timeout",
    "health-start-period": "StartPeriod",
    "health-start-interval": "StartInterval",
    "health-retries": "Retries",
}


def _settings(given: ParsedOptions) -> dict[str, Any]:
    # In the client a zero means "not set": it never overrides the image's value.
    found = {field: given.last(name) for name, field in _FIELDS.items() if given.last(name)}
    if given.last("health-cmd"):
        found["Test"] = ["CMD-SHELL", given.last("health-cmd")]
    return found


def _compose(draft: Draft, given: ParsedOptions) -> None:
    if given.last("no-healthcheck"):
        draft.set("Healthcheck", {"Test": ["NONE"]})
    elif settings := _settings(given):
        draft.update("Healthcheck", settings)


def _check(given: ParsedOptions) -> Iterator[str]:
    if given.last("no-healthcheck") and _settings(given):
        yield "--no-healthcheck: other --health-* options are given too; keep one or the other"


THEME = Theme(
    options=(
        DockerOption("health-cmd", read=text),
        DockerOption("health-interval", read=duration_ns),
        DockerOption("health-timeout", read=duration_ns),
        DockerOption("health-start-period", read=duration_ns),
        DockerOption("health-start-interval", read=duration_ns, needs_api="1.44"),
        DockerOption("health-retries", read=integer(minimum=0)),
        DockerOption("no-healthcheck", kind=OptionKind.BOOLEAN, read=boolean),
    ),
    compose=_compose,
    check=_check,
)
