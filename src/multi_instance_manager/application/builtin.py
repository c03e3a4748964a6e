"""The built-in definition."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from multi_instance_manager.application.definition import Application

BUILTIN_FILE = Path(__file__).with_name("ai-studio-proxy.toml")


@cache
def builtin_tables() -> dict[str, Any]:
    """Return the tables of the file, as TOML parses them; callers must not change them."""
    import tomllib

    return tomllib.loads(BUILTIN_FILE.read_text(encoding="utf-8"))


@cache
def builtin_application() -> Application:
    """Return the application that the manager was made for."""
    return msgspec.convert(builtin_tables(), Application)
