"""The proxy on the way to an engine, by the rules of the docker client. Pure.

HTTP libraries have rules of their own: they send what is meant for this machine to a proxy, too, or
take ``ALL_PROXY``, or add a password out of ``.netrc``.
"""

from __future__ import annotations

import ipaddress
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping


def proxy_to(url: str, *, secure: bool, environment: Mapping[str, str]) -> str | None:
    """The address of the proxy for a ``tcp://`` address, or None."""
    parts = urlsplit(url)
    host, port = (parts.hostname or "").lower(), parts.port or 0
    scheme = "https" if secure else "http"
    proxy = _first(environment, f"{scheme}_proxy")
    # In a CGI program HTTP_PROXY may be the header of somebody's request.
    is_foreign = scheme == "http" and bool(environment.get("REQUEST_METHOD"))
    if not proxy or is_foreign or _is_here(host):
        return None
    exceptions = _first(environment, "no_proxy").lower().split(",")
    if any(_is_excepted(host, port, exception.strip()) for exception in exceptions):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


def _first(environment: Mapping[str, str], name: str) -> str:
    return environment.get(name.upper()) or environment.get(name) or ""


def _is_here(host: str) -> bool:
    with suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host == "localhost"


def _is_excepted(host: str, port: int, exception: str) -> bool:
    """Whether one entry of ``NO_PROXY`` speaks of a host: ``*``, network, address or domain."""
    if exception == "*":
        return True
    with suppress(ValueError):
        return ipaddress.ip_address(host) in ipaddress.ip_network(exception, strict=False)
    name, number = _split(exception)
    if not name or (number and number != str(port)):
        return False
    name = name.removeprefix("*") if name.startswith("*.") else name
    return host.endswith(name) if name.startswith(".") else f".{host}".endswith(f".{name}")


def _split(entry: str) -> tuple[str, str]:
    """The host and the port of an entry; the port is empty where it has none."""
    if entry.startswith("["):
        host, _, rest = entry[1:].partition("]")
        return host, rest.removeprefix(":")
    host, _, port = entry.partition(":")
    return host, port
