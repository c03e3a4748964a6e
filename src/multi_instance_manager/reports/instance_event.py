"""One event of an instance, as a JSON document on one line."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta


class InstanceEventReport(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    tag_field="schema",
    tag="multi-instance/instance-event/1",
):
    """One event of one instance's container."""

    time: Annotated[str, Meta(description="Time by the engine: RFC 3339 in UTC, nine decimals.")]
    profile: Annotated[str, Meta(description="The profile of the instance.")]
    container: Annotated[str, Meta(description="The container's name at that time.")]
    container_id: Annotated[
        str, Meta(description="The container's full ID; a new one after a replacement.")
    ]
    event: Annotated[
        str,
        Meta(
            description="created, started, ended (its process), stopped, restarted, "
            "out-of-memory, paused, resumed, health, set-aside (for its replacement), "
            "brought-back (its replacement failed), renamed or removed."
        ),
    ]
    text: Annotated[str, Meta(description="The same in words.")]
    exit_code: Annotated[
        int | None, Meta(description="With ended: the exit code of its process.")
    ] = None
    health: Annotated[
        str | None, Meta(description="With health: the engine's word, such as healthy.")
    ] = None
