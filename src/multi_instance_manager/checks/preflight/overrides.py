"""Checks of what the configuration file says of single profiles. Pure."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from msgspec.structs import replace

from multi_instance_manager.findings import Finding, warning
from multi_instance_manager.text.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from multi_instance_manager.settings.model import Settings


def check_overrides(settings: Settings, profile_names: Sequence[str]) -> list[Finding]:
    """Overrides of profiles that the pool does not hold: most likely a name is misspelt."""
    unknown = [name for name in settings.overrides if name not in profile_names]
    return [
        warning(
            "override",
            f"{settings.config_path}: profiles.{name}",
            "names a profile that the pool does not hold",
            _advice(name, profile_names),
        )
        for name in unknown
    ]


def check_disabled(settings: Settings, named: Iterable[str]) -> list[Finding]:
    """Profiles that a person names for a launch although the configuration disables them."""
    return [
        replace(
            warning(
                "disabled",
                f"profile {printable(name)}",
                f"is disabled in {settings.config_path}, so that it is not launched",
                "remove `enabled = false` there to launch it",
            ),
            profile_name=name,
        )
        for name in sorted(named)
        if name in settings.disabled
    ]


def _advice(name: str, profile_names: Sequence[str]) -> str:
    near = difflib.get_close_matches(name, profile_names, n=1)
    return f"did you mean {near[0]}?" if near else "add the profile, or remove the table"
