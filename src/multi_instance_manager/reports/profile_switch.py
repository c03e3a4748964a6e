"""The report of `profiles enable` and `profiles disable`."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from multi_instance_manager.reports.report import Report


class NextUp(StrEnum):
    """What the next `up` does about a profile."""

    LAUNCH = "launch"
    UPDATE = "update"
    REMOVE = "remove"
    NOTHING = "nothing"


class SwitchedProfile(msgspec.Struct, frozen=True, kw_only=True):
    """One profile that was enabled or disabled."""

    profile: Annotated[str, Meta(description="Its name; unprintable characters are escaped.")]
    is_enabled: Annotated[bool, Meta(description="Whether it is enabled now.")]
    is_changed: Annotated[bool, Meta(description="Whether it was otherwise before.")]
    next_up: Annotated[
        NextUp,
        Meta(
            description="The effect of the next `up`: launch (a new instance); update (its "
            "instance, if it has changed); remove (its instance); nothing."
        ),
    ]


class ProfileSwitchReport(
    Report, frozen=True, kw_only=True, tag_field="schema", tag="multi-instance/profile-switch/1"
):
    """The profiles that were enabled or disabled in the configuration file."""

    file: Annotated[str, Meta(description="The configuration file.")]
    profiles: Annotated[tuple[SwitchedProfile, ...], Meta(description="The profiles, by name.")]
