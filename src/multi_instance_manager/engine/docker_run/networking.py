"""Options that attach a container to networks and configure its names. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from multi_instance_manager.engine.docker_run.comma_separated import fields
from multi_instance_manager.engine.docker_run.docker_option import (
    DockerOption,
    OptionKind,
    ParsedOptions,
    Refusal,
    Theme,
)
from multi_instance_manager.engine.docker_run.draft import Draft, appended
from multi_instance_manager.engine.docker_run.value_parsers import (
    filled,
    integer,
    ip_address,
    ip_address_of,
    mac_address,
    pair,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_DEFAULTS = ("default", "bridge")
_LONG_SYNTAX = re.compile(r"\w+=\w+")
_DOMAIN = re.compile(
    r"([a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*)\.?\s*"
)
_LONGEST_DOMAIN = 254
Endpoint = dict[str, Any]


def network(value: str) -> tuple[str, Endpoint]:
    """Read a network's name, or `name=…,alias=…,ip=…`, with the endpoint's configuration."""
    if not _LONG_SYNTAX.search(value):
        return _network_name(value), {}
    draft = Draft({})
    name = ""
    for field in fields(value):
        key, _, setting = (part.strip() for part in field.partition("="))
        if key == "name":
            name = setting
        else:
            _write_field(draft, key, setting)
    return _network_name(name), draft.payload


def _network_name(name: str) -> str:
    if name in {"host", "none"} or name.startswith("container:"):
        raise Refusal(
            f"a container on the network {name!r} has no ports to publish; name a bridge network"
        )
    return filled(name)


def _write_field(draft: Draft, key: str, setting: str) -> None:
    field = _NETWORK_FIELDS.get(key)
    if field is None:
        known = ", ".join(["name", *_NETWORK_FIELDS])
        raise Refusal(f"{key!r} is not a field of a network; use {known}")
    path, read = field
    if path.endswith(("Aliases", "LinkLocalIPs")):
        draft.extend(path, [read(setting)])
    elif path == "DriverOpts":
        draft.update(path, dict([read(setting)]))
    else:
        draft.set(path, read(setting))


_NETWORK_FIELDS: dict[str, tuple[str, Callable[[str], Any]]] = {
    "alias": ("Aliases", filled),
    "ip": ("IPAMConfig.IPv4Address", ip_address_of(4)),
    "ip6": ("IPAMConfig.IPv6Address", ip_address_of(6)),
    "link-local-ip": ("IPAMConfig.LinkLocalIPs", ip_address),
    "mac-address": ("MacAddress", mac_address),
    "driver-opt": ("DriverOpts", pair("an option of the network driver")),
    "gw-priority": ("GwPriority", integer()),
}
# With --network, these options belong to the first network.
_FIRST_NETWORK = {
    "ip": "IPAMConfig.IPv4Address",
    "ip6": "IPAMConfig.IPv6Address",
    "mac-address": "MacAddress",
}


def _compose(draft: Draft, given: ParsedOptions) -> None:
    names = [name for name, _ in given.all("network")]
    endpoints = dict(given.all("network"))
    first = names[0] if names else draft.get("HostConfig.NetworkMode", "default")
    beside = _beside(given)
    if not names and not beside:
        return
    if names:
        draft.set("HostConfig.NetworkMode", first)
        draft.set("NetworkingConfig.EndpointsConfig", {})
    known = draft.get("NetworkingConfig.EndpointsConfig", {})
    attached = {**known, **endpoints}
    attached[first] = _merged(attached.get(first) or {}, beside)
    draft.set("NetworkingConfig.EndpointsConfig", attached)


def _beside(given: ParsedOptions) -> Endpoint:
    draft = Draft({})
    for name, path in _FIRST_NETWORK.items():
        if name in given:
            draft.set(path, given.last(name))
    if "network-alias" in given:
        draft.set("Aliases", list(given.all("network-alias")))
    if "link-local-ip" in given:
        draft.set("IPAMConfig.LinkLocalIPs", list(given.all("link-local-ip")))
    return draft.payload


def _merged(endpoint: Endpoint, beside: Endpoint) -> Endpoint:
    addresses = {**(endpoint.get("IPAMConfig") or {}), **beside.get("IPAMConfig", {})}
    merged = {**endpoint, **beside}
    return {**merged, "IPAMConfig": addresses} if addresses else merged


def _check(given: ParsedOptions) -> Iterator[str]:
    names = [name for name, _ in given.all("network")]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"--network: {name} is named more than once; keep one"
    if len(names) > 1 and any(name in _DEFAULTS for name in names):
        yield "--network: the default network does not go with others; name only your own"
    if "network-alias" in given and (not names or names[0] in _DEFAULTS):
        yield "--network-alias: the default network has no aliases; add --network with one that has"
    yield from _double_settings(given)


def _double_settings(given: ParsedOptions) -> Iterator[str]:
    endpoint = given.all("network")[0][1] if "network" in given else {}
    addresses = endpoint.get("IPAMConfig", {})
    both = {
        "network-alias": endpoint.get("Aliases"),
        "ip": addresses.get("IPv4Address"),
        "ip6": addresses.get("IPv6Address"),
        "mac-address": endpoint.get("MacAddress"),
        "link-local-ip": addresses.get("LinkLocalIPs"),
    }
    for name, setting in both.items():
        if setting and name in given:
            yield f"--{name}: --network gives the same for its network; keep one of the two"


def _needs_api(given: ParsedOptions) -> Iterator[tuple[str, str]]:
    networks: Sequence[tuple[str, Endpoint]] = given.all("network")
    if len(networks) > 1 or any("MacAddress" in endpoint for _, endpoint in networks):
        yield "--network", "1.44"
    if any("GwPriority" in endpoint for _, endpoint in networks):
        yield "--network", "1.48"


def extra_host(value: str) -> str:
    """`name:address` or `name=address`; the address may be `host-gateway`."""
    separator = "=" if "=" in value else ":"
    name, found, address = value.partition(separator)
    if not found or not name or ":" in name:
        raise Refusal(f"{value!r} is not a host; write NAME:ADDRESS")
    if address != "host-gateway":
        if address.startswith("[") and address.endswith("]"):
            address = address[1:-1]
        ip_address(address)
    return f"{name}:{address}"


def search_domain(value: str) -> str:
    """A domain, or `.` for none."""
    domain = value.strip(" ")
    if domain == ".":
        return domain
    match = _DOMAIN.fullmatch(domain)
    if match is None or not re.search("[a-zA-Z]", domain) or len(match[1]) > _LONGEST_DOMAIN:
        raise Refusal(f"{value!r} is not a domain; write one such as example.org")
    return match[1]


def _listed(
    name: str, key: str, read: Callable[[str], Any], aliases: tuple[str, ...] = ()
) -> DockerOption:
    writer = appended(f"HostConfig.{key}")
    return DockerOption(name, kind=OptionKind.REPEATABLE, read=read, write=writer, aliases=aliases)


THEME = Theme(
    options=(
        DockerOption("network", kind=OptionKind.REPEATABLE, read=network, aliases=("net",)),
        DockerOption(
            "network-alias", kind=OptionKind.REPEATABLE, read=filled, aliases=("net-alias",)
        ),
        DockerOption("ip", read=ip_address_of(4)),
        DockerOption("ip6", read=ip_address_of(6)),
        DockerOption("link-local-ip", kind=OptionKind.REPEATABLE, read=ip_address),
        DockerOption("mac-address", read=mac_address, needs_api="1.44"),
        _listed("add-host", "ExtraHosts", extra_host),
        _listed("dns", "Dns", ip_address),
        _listed("dns-search", "DnsSearch", search_domain),
        _listed("dns-option", "DnsOptions", filled, aliases=("dns-opt",)),
    ),
    compose=_compose,
    check=_check,
    needs_api=_needs_api,
)
