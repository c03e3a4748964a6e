"""The report of `stats`."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from multi_instance_manager.reports.report import Report


class Use(msgspec.Struct, frozen=True, kw_only=True):
    """The resources that one instance uses, or all together. Null: could not be measured."""

    cpu_percent: Annotated[
        float | None,
        Meta(description="Processor time in the last second; 100 is one processor."),
    ] = None
    memory_bytes: Annotated[int | None, Meta(description="Memory, without the page cache.")] = None
    received_bytes: Annotated[
        int | None, Meta(description="Received over the network since the start.")
    ] = None
    sent_bytes: Annotated[
        int | None, Meta(description="Sent over the network since the start.")
    ] = None
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
    container: Annotated[str | None, Meta(description="The container's name; null: no container.")]
    container_id: Annotated[str | None, Meta(description="The container's full ID.")]
    state: Annotated[
        str, Meta(description="The engine's word, such as running; absent: no container.")
    ]
    memory_limit_bytes: Annotated[
        int | None, Meta(description="Its limit; without one, the machine's memory.")
    ] = None
    memory_percent: Annotated[float | None, Meta(description="Memory in percent of the limit.")] = (
        None
    )
    use: Annotated[Use, Meta(description="The resources it uses.")] = Use()


class StatsReport(
    Report, frozen=True, kw_only=True, tag_field="schema", tag="multi-instance/stats/1"
):
    """The resources that each instance uses, and all together."""

    read_at: Annotated[str, Meta(description="Time of the measurement: RFC 3339 in UTC.")]
    instances: Annotated[
        tuple[InstanceStats, ...], Meta(description="The instances, by profile name.")
    ]
    total: Annotated[Use, Meta(description="The sum of all measured values.")]
