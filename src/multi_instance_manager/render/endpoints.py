"""The addresses of instances, in formats for clients and scrapers. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from multi_instance_manager.http.urls import authority_of
from multi_instance_manager.render.foreign_text import harmless_json
from multi_instance_manager.render.tables import Sheet
from multi_instance_manager.render.variable_names import variable_part_of
from multi_instance_manager.text.json_text import json_text
from multi_instance_manager.text.printable import printable
from multi_instance_manager.text.shell_words import quote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from multi_instance_manager.reports.endpoints import EndpointsReport, InstanceEndpoints

_PREFIX = "MULTI_INSTANCE_"


def endpoints_sheet(report: EndpointsReport) -> Sheet:
    """A row for each instance."""
    return Sheet(
        ("PROFILE", "API URL", "STREAM", "API KEY FILE"),
        tuple(
            (
                printable(one.profile),
                one.api_url,
                str(one.stream_port or "-"),
                printable(one.api_key_file or "none: no key is asked for"),
            )
            for one in report.endpoints
        ),
    )


def env_text(report: EndpointsReport) -> str:
    """Return lines for a shell: a variable with all URLs, then up to three for each profile."""
    urls = ",".join(one.api_url for one in report.endpoints)
    lines = [_assignment("API_URLS", urls)]
    for one in report.endpoints:
        lines += [_assignment(name, value) for name, value in _variables(one)]
    return "".join(f"{line}\n" for line in lines)


def _variables(one: InstanceEndpoints) -> Iterator[tuple[str, str]]:
    part = variable_part_of(one.profile)
    yield f"API_URL_{part}", one.api_url
    if one.stream_port is not None:
        yield f"STREAM_PORT_{part}", str(one.stream_port)
    if one.api_key_file:
        yield f"API_KEY_FILE_{part}", one.api_key_file


def _assignment(name: str, value: str) -> str:
    return f"{_PREFIX}{name}={quote(value)}"


def prometheus_text(report: EndpointsReport) -> str:
    """Return targets for Prometheus' file_sd_configs, one group for each instance."""
    groups = [_group(report.fleet, one) for one in report.endpoints]
    return harmless_json(json_text(groups))


def _group(fleet: str, one: InstanceEndpoints) -> dict[str, Any]:
    labels = {"profile": one.profile, "container": one.container_name, "fleet": fleet}
    return {"targets": [authority_of(one.host, one.api_port)], "labels": labels}
