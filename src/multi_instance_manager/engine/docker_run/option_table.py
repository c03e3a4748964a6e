"""The table of every supported option, collected from its themes. Pure."""

from __future__ import annotations

import difflib

from multi_instance_manager.engine.docker_run import (
    block_devices,
    devices,
    environment,
    health,
    log,
    metadata,
    namespaces,
    networking,
    process,
    published_ports,
    resources,
    security,
    storage,
)

THEMES = (
    environment.THEME,
    metadata.THEME,
    process.THEME,
    namespaces.THEME,
    resources.THEME,
    block_devices.THEME,
    devices.THEME,
    security.THEME,
    storage.THEME,
    networking.THEME,
    published_ports.THEME,
    log.THEME,
    health.THEME,
)
OPTIONS = tuple(option for theme in THEMES for option in theme.options)
BY_NAME = {name: option for option in OPTIONS for name in (option.name, *option.aliases)}
BY_SHORT = {option.short: option for option in OPTIONS if option.short}


def nearest(name: str) -> str | None:
    """Return the option that an unknown name most likely means."""
    matches = difflib.get_close_matches(name, BY_NAME, n=1)
    return BY_NAME[matches[0]].flag if matches else None
