"""One line of an instance's log, as a JSON document on one line."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta


class LogLineReport(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    tag_field="schema",
    tag="multi-instance/log-line/1",
):
    """One line that an instance wrote. Keys and sessions in it are masked."""

    time: Annotated[str, Meta(description="Time by the engine: RFC 3339 in UTC, nine decimals.")]
    profile: Annotated[str, Meta(description="The profile of the instance.")]
    container: Annotated[str, Meta(description="The container's name.")]
    container_id: Annotated[
        str, Meta(description="The container's full ID; a new one after a replacement.")
    ]
    source: Annotated[
        str, Meta(description="stdout or stderr; engine: a message of the engine itself.")
    ]
    line: Annotated[str, Meta(description="The text, without its line end.")]
    continued: Annotated[
        bool, Meta(description="Whether it continues the line before, which was too long.")
    ] = False
