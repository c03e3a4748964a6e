"""The report of `endpoints`."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from multi_instance_manager.reports.report import Report


class InstanceEndpoints(msgspec.Struct, frozen=True, kw_only=True):
    """The addresses of one instance. The key is never part of it, only the key's file."""

    profile: Annotated[str, Meta(description="The exact name of the profile.")]
    container_name: Annotated[
        str, Meta(description="The name that its container has or would have.")
    ]
    host: Annotated[str, Meta(description="The host address of its ports.")]
    api_port: Annotated[int, Meta(description="The host port of its API.")]
    stream_port: Annotated[
        int | None,
        Meta(description="The host port of its stream; null: the application has none."),
    ]
    api_url: Annotated[str, Meta(description="The address of its API.")]
    api_key_file: Annotated[
        str | None,
        Meta(description="The file whose first line is a key of its API; null: no key is needed."),
    ]
    is_running: Annotated[bool, Meta(description="Whether its container runs.")]
    is_ready: Annotated[
        bool | None, Meta(description="Whether it reports ready now; null: it was not asked.")
    ]


class EndpointsReport(
    Report, frozen=True, kw_only=True, tag_field="schema", tag="multi-instance/endpoints/1"
):
    """The addresses for clients and scrapers."""

    fleet: Annotated[str, Meta(description="The prefix of the containers.")]
    endpoints: Annotated[
        tuple[InstanceEndpoints, ...], Meta(description="The instances, by profile name.")
    ]
    left_out: Annotated[
        tuple[str, ...],
        Meta(description="Requested profiles that do not run, or are not ready."),
    ]
