"""What the instances use at one moment."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from multi_instance_manager.reports.report import Report


class Use(msgspec.Struct, frozen=True, kw_only=True):
    """What one instance, or all together, use. Null where it could not be measured."""

    cpu_percent: Annotated[
        float | None,
        Meta(description="Processor time in the last second; 100 is one processor."),
    ] = None
    memory_bytes: Annotated[int | None, Meta(description="Memory, without the page cache.")] = None
    received_bytes: Annotated[
        int | None, Meta(description="Received over networks since the start.")
    ] = None
    sent_bytes: Annotated[int | None, Meta(description="Sent over networks since the start.")] = (
        None
    )
    read_bytes: Annotated[
        int | None, Meta(description="Read from block devices since the start.")
    ] = None
    written_bytes: Annotated[
        int | None, Meta(description="Written to block devices since the start.")
    ] = None
    processes: Annotated[int | None, Meta(description="Processes and threads.")] = None


class InstanceStats(msgspec.Struct, frozen=True, kw_only=True):
    """One instance."""

    profile: Annotated[str, Meta(description="The profile of the instance.")]
    container: Annotated[
        str | None, Meta(description="The container's name; null where there is none.")
    ]
    container_id: Annotated[str | None, Meta(description="The container's whole ID.")]
    state: Annotated[
        str, Meta(description="The engine's word, such as running or exited; absent without one.")
    ]
    memory_limit_bytes: Annotated[
        int | None, Meta(description="Its limit; the machine's memory where it has none.")
    ] = None
    memory_percent: Annotated[float | None, Meta(description="Memory in percent of the limit.")] = (
        None
    )
    use: Annotated[Use, Meta(description="What it uses.")] = Use()


class StatsReport(
    Report, frozen=True, kw_only=True, tag_field="schema", tag="multi-instance/stats/1"
):
    """The use of each instance and of all together."""

    read_at: Annotated[str, Meta(description="When it was read: RFC 3339 in UTC.")]
    instances: Annotated[tuple[InstanceStats, ...], Meta(description="By profile name.")]
    total: Annotated[Use, Meta(description="The sum of what could be measured.")]
