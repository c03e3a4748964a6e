"""The one name of a Podman's default network.

Its Docker-compatible list of networks (4.3) calls it ``bridge``, whatever it is called; its
containers have it under the name that its configuration gives, with that name instead of the ID.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from multi_instance_manager.engine.wire.api import Api
from multi_instance_manager.engine.wire.mapping import mapped
from multi_instance_manager.errors import EngineError, EngineUnreachable
from multi_instance_manager.fleet.labels import FLEET

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_LISTED = "bridge"
_LIBPOD = "4.0.0"


def with_bridge(api: Api, rows: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    """The rows of a list of containers with the default network called as the engine lists it."""
    action = "listing networks"
    with mapped(action):
        if not any(_may_be_ours(row) and _LISTED not in _networks(row) for row in rows):
            return rows
        listed = {str(one["Name"]): str(one["Id"]) for one in api.get(action, "/networks")}
        number = listed.get(_LISTED, "")
        own = _own_name(api, action, number)
        return [_renamed(row, own, number) for row in rows] if own else rows


def _own_name(api: Api, action: str, number: str) -> str:
    """What its configuration calls the network of that ID; empty where it does not tell."""
    try:
        found = Api(api.calls, _LIBPOD).get(action, "/libpod/networks/json")
    except EngineUnreachable:
        raise
    except EngineError:  # an older one knows no such call
        return ""
    return next((str(one["name"]) for one in found if str(one["id"]) == number), "")


def _renamed(row: Mapping[str, Any], own: str, number: str) -> Mapping[str, Any]:
    networks = _networks(row)
    if own not in networks or not _may_be_ours(row):
        return row
    others = {name: endpoint for name, endpoint in networks.items() if name != own}
    endpoint = {**(networks[own] or {}), "NetworkID": number}
    return {**row, "NetworkSettings": {"Networks": {**others, _LISTED: endpoint}}}


def _may_be_ours(row: Mapping[str, Any]) -> bool:
    return FLEET in (row.get("Labels") or {})


def _networks(row: Mapping[str, Any]) -> Mapping[str, Any]:
    return (row.get("NetworkSettings") or {}).get("Networks") or {}
