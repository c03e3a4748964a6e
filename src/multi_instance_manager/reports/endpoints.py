"""Where the instances answer, as a report."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from multi_instance_manager.reports.report import Report


class InstanceEndpoints(msgspec.Struct, frozen=True, kw_only=True):
    """The addresses of one instance. Its key is in a file, and never here."""

    profile: Annotated[str, Meta(description="The exact name of the profile.")]
    container_name: Annotated[str, Meta(description="The name that its container has, or would.")]
    host: Annotated[str, Meta(description="The address that its ports are reached at.")]
    api_port: Annotated[int, Meta(description="The host port of its API.")]
    stream_port: Annotated[
        int | None,
        Meta(description="The host port of its stream; null: the application has none."),
    ]
    api_url: Annotated[str, Meta(description="Where its API answers.")]
    api_key_file: Annotated[
        str | None,
        Meta(description="The file whose first line is a key of its API; null: it asks for none."),
    ]
    is_running: Annotated[bool, Meta(description="Whether its container runs.")]
    is_ready: Annotated[
        bool | None, Meta(description="Whether it says so now; null: it was not asked.")
    ]


class EndpointsReport(
    Report, frozen=True, kw_only=True, tag_field="schema", tag="multi-instance/endpoints/1"
):
    """What a client or a scraper needs to know."""

    fleet: Annotated[str, Meta(description="What every container name begins with.")]
    endpoints: Annotated[
        tuple[InstanceEndpoints, ...], Meta(description="The instances, by profile name.")
    ]
    left_out: Annotated[
        tuple[str, ...],
        Meta(description="Profiles that were asked for and do not run, or are not ready."),
    ]
