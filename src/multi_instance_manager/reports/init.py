"""The report of `init`."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from multi_instance_manager.reports.report import Report


class WrittenSetting(msgspec.Struct, frozen=True, kw_only=True):
    """One setting of the new file."""

    key: Annotated[str, Meta(description="Its key in the file.")]
    value: Annotated[str, Meta(description="Its value, as TOML.")]


class InitReport(
    Report, frozen=True, kw_only=True, tag_field="schema", tag="multi-instance/init/1"
):
    """The configuration file that was written."""

    file: Annotated[str, Meta(description="The new configuration file.")]
    kept_as: Annotated[
        str | None, Meta(description="The file that keeps the earlier one; null: there was none.")
    ]
    settings: Annotated[
        tuple[WrittenSetting, ...], Meta(description="The settings that differ from the defaults.")
    ]
    profiles: Annotated[int, Meta(description="Number of profiles in the pool.")]
    notes: Annotated[
        tuple[str, ...], Meta(description="What else is missing for a launch, in a sentence each.")
    ]
