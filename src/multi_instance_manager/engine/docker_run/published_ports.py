"""Options that publish or expose ports besides the manager's own two. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from multi_instance_manager.engine.docker_run.docker_option import (
    DockerOption,
    OptionKind,
    Refusal,
    Theme,
)
from multi_instance_manager.engine.docker_run.value_parsers import ip_address

if TYPE_CHECKING:
    from collections.abc import Sequence

    from multi_instance_manager.engine.docker_run.draft import Draft
    from multi_instance_manager.engine.docker_run.reserved import Reserved

_PROTOCOLS = ("tcp", "udp", "sctp")
_LAST_PORT = 65535


class Binding(msgspec.Struct, frozen=True):
    """One container port and its host port.

    `host_port` is empty if the engine chooses, and a range if it chooses from that range.
    """

    container_port: str
    host_ip: str
    host_port: str

    @property
    def inner_port(self) -> int:
        """Return the container port without its protocol."""
        return int(self.container_port.partition("/")[0])

    @property
    def fixed_host_port(self) -> int | None:
        """Return the host port, if it is fixed."""
        return int(self.host_port) if self.host_port.isdecimal() and int(self.host_port) else None


def publish(value: str) -> tuple[Binding, ...]:
    """`[[ip:]host:]container[/protocol]`, ports or ranges; or `published=…,target=…`."""
    address, host, container = _split(_plain(value))
    ports, protocol = _protocol(container)
    first, last = _range(ports)
    host_ports = _host_ports(host, last - first + 1)
    return tuple(
        Binding(f"{port}/{protocol}", _host_ip(address), host_port)
        for port, host_port in zip(range(first, last + 1), host_ports, strict=True)
    )


def _refuse_publish(reserved: Reserved, bindings: Sequence[Binding]) -> None:
    for binding in bindings:
        reserved.refuse_port(binding.inner_port)


def _plain(value: str) -> str:
    if "=" not in value:
        return value
    found = {"protocol": "tcp", "published": "", "target": ""}
    for field in value.split(","):
        key, separator, setting = field.partition("=")
        if not separator or key not in found:
            raise Refusal(f"{field!r} is not a field; write published=…,target=…,protocol=…")
        found[key] = setting
    return f"{found['published']}:{found['target']}/{found['protocol']}"


def _split(value: str) -> tuple[str, str, str]:
    front, _, container = value.rpartition(":")
    address, _, host = front.rpartition(":")
    return address, host, container


def _protocol(value: str) -> tuple[str, str]:
    ports, _, protocol = value.partition("/")
    protocol = protocol.lower() or "tcp"
    if protocol not in _PROTOCOLS:
        raise Refusal(f"{protocol!r} is not a protocol; write tcp, udp or sctp")
    return ports, protocol


def _host_ip(address: str) -> str:
    if not address:
        return ""
    bare = address[1:-1] if address.startswith("[") and address.endswith("]") else address
    ip_address(bare)
    return bare


def _range(value: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d{1,5})(?:-(\d{1,5}))?", value, re.ASCII)
    if match is None:
        raise Refusal(f"{value!r} is not a port; write a number or a range such as 8000-8010")
    first, last = int(match[1]), int(match[2] or match[1])
    if last > _LAST_PORT or first > last:
        raise Refusal(f"{value!r} is not a range of ports; write numbers up to 65535, rising")
    return first, last


def _host_ports(value: str, count: int) -> list[str]:
    if not value:
        return [""] * count
    first, last = _range(value)
    if last - first + 1 == count:
        return [str(port) for port in range(first, last + 1)]
    if count == 1:
        return [f"{first}-{last}"]
    raise Refusal("the ranges of host and container ports differ in length; make them equal")


def _write_publish(draft: Draft, values: Sequence[tuple[Binding, ...]]) -> None:
    for binding in (binding for bindings in values for binding in bindings):
        draft.update("ExposedPorts", {binding.container_port: {}})
        # A container port has a slash and no dot, so it is safe as the last key of a path.
        path = f"HostConfig.PortBindings.{binding.container_port}"
        draft.extend(path, [{"HostIp": binding.host_ip, "HostPort": binding.host_port}])


def expose(value: str) -> tuple[str, ...]:
    """`port[/protocol]` or a range."""
    ports, protocol = _protocol(value)
    first, last = _range(ports)
    return tuple(f"{port}/{protocol}" for port in range(first, last + 1))


def _write_expose(draft: Draft, values: Sequence[tuple[str, ...]]) -> None:
    draft.update("ExposedPorts", {port: {} for ports in values for port in ports})


THEME = Theme(
    options=(
        DockerOption(
            "publish",
            short="p",
            kind=OptionKind.REPEATABLE,
            read=publish,
            write=_write_publish,
            refuse=_refuse_publish,
        ),
        DockerOption("expose", kind=OptionKind.REPEATABLE, read=expose, write=_write_expose),
    ),
)
