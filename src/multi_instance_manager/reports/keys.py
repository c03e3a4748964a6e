"""The reports of `keys show` and `keys rotate`."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from multi_instance_manager.reports.change import ChangeReport
from multi_instance_manager.reports.report import Report

_PROFILE = "The profile's exact name; null: the shared key."


class ShownKey(msgspec.Struct, frozen=True, kw_only=True):
    """Where one key comes from, and where it is kept."""

    profile: Annotated[str | None, Meta(description=_PROFILE)]
    source: Annotated[
        str,
        Meta(
            description="default, command line, variable, configuration file, key file, generated, "
            "'to be generated' or application."
        ),
    ]
    path: Annotated[
        str | None, Meta(description="The file with the key; null: it is in no file.")
    ] = None
    key: Annotated[str | None, Meta(description="With --reveal, the key; else null.")] = None


class KeysShowReport(
    Report, frozen=True, kw_only=True, tag_field="schema", tag="multi-instance/keys-show/1"
):
    """Where the API keys are kept."""

    keys: Annotated[
        tuple[ShownKey, ...],
        Meta(description="The shared key and those of single profiles, or those that were named."),
    ]


class RotatedKey(msgspec.Struct, frozen=True, kw_only=True):
    """One key that was replaced."""

    profiles: Annotated[
        tuple[str, ...], Meta(description="The profiles that use it, of those in the pool.")
    ]
    path: Annotated[str, Meta(description="The file with the new key.")]
    old_path: Annotated[str, Meta(description="The private file with the old key.")]


class KeysRotateReport(
    ChangeReport, frozen=True, kw_only=True, tag_field="schema", tag="multi-instance/keys-rotate/1"
):
    """The result of `keys rotate`."""

    keys: Annotated[tuple[RotatedKey, ...], Meta(description="The keys that were replaced.")]
