"""The way to an engine: how a connection to its endpoint is opened, and how requests name it.

Owns sockets until they are connected, and nothing of HTTP but what a proxy on the way asks for.
"""

from __future__ import annotations

import base64
import os
import socket
from typing import TYPE_CHECKING, Protocol
from urllib.parse import unquote, urlsplit

import msgspec

from multi_instance_manager.engine.endpoint.endpoint import http_headers
from multi_instance_manager.engine.endpoint.proxies import proxy_to
from multi_instance_manager.engine.wire.tcp import connected
from multi_instance_manager.errors import EngineUnreachable
from multi_instance_manager.http.deadline import Deadline
from multi_instance_manager.http.exchange import BadAnswer, Exchange

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping
    from urllib.parse import SplitResult

    from multi_instance_manager.engine.endpoint.endpoint import Endpoint

_PORTS = {"http": 80, "https": 443}
_PORTION = 4096
_OK = range(200, 300)


class Transport(Protocol):
    """What calls need to know of the way that they go."""

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers of every request."""

    @property
    def prefix(self) -> str:
        """What stands before each path of the API."""

    def open(self, timeout_s: float) -> socket.socket:
        """A connected socket, within that time and whatever is on the way; its timeout is any.

        Raises `OSError`, or an `EngineError` where it knows better.
        """


def way_to(endpoint: Endpoint) -> Transport:
    """The way to an endpoint; raises `EngineUnreachable` where it cannot be gone."""
    added = http_headers(os.environ)
    if endpoint.url.startswith("unix://"):
        path = endpoint.url.removeprefix("unix://")
        return SocketTransport({"Host": "localhost"} | added, path)
    if endpoint.url.startswith("ssh://"):
        from multi_instance_manager.engine.wire.ssh_transport import SshTransport

        return SshTransport({"Host": "localhost"} | added, endpoint)
    return _network_way(endpoint, added)


class SocketTransport(msgspec.Struct, frozen=True):
    """To a socket of this machine."""

    headers: Mapping[str, str]
    path: str
    prefix: str = ""

    def open(self, timeout_s: float) -> socket.socket:
        """Connect to the socket."""
        opened = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            opened.settimeout(timeout_s)
            opened.connect(self.path)
        except BaseException:
            opened.close()
            raise
        return opened


class NetworkTransport(msgspec.Struct, frozen=True):
    """To a port, by TLS where there is a ``context``, through ``proxy`` where there is one."""

    headers: Mapping[str, str]
    prefix: str
    host: str
    port: int
    context: ssl.SSLContext | None = None
    proxy: Proxy | None = None

    def open(self, timeout_s: float) -> socket.socket:
        """Connect, and agree on TLS."""
        deadline = Deadline(timeout_s)
        goal = (self.proxy.host, self.proxy.port) if self.proxy else (self.host, self.port)
        opened = connected(*goal, deadline)
        try:
            opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self.context is None:
                return opened
            if self.proxy:
                _ask_for_tunnel(opened, self.host, self.port, self.proxy, deadline)
            opened.settimeout(deadline.left_s())  # of the whole handshake
            return self.context.wrap_socket(opened, server_hostname=self.host)
        except BaseException:
            opened.close()
            raise


class Proxy(msgspec.Struct, frozen=True):
    """An HTTP proxy, and the header by which it knows us."""

    host: str
    port: int
    headers: Mapping[str, str]


def _network_way(endpoint: Endpoint, added: Mapping[str, str]) -> NetworkTransport:
    parts = urlsplit(endpoint.url)
    context, proxy = _context(endpoint), _proxy(endpoint)
    host, port = parts.hostname or "", parts.port or 0
    headers, prefix = {"Host": parts.netloc, **added}, parts.path.rstrip("/")
    if proxy and context is None:  # such a proxy is asked for the whole address
        headers, prefix = headers | dict(proxy.headers), f"http://{parts.netloc}{prefix}"
    return NetworkTransport(headers, prefix, host, port, context, proxy)


def _context(endpoint: Endpoint) -> ssl.SSLContext | None:
    if endpoint.tls is None:
        return None
    from multi_instance_manager.engine.endpoint.certificates import tls_context

    return tls_context(endpoint, endpoint.tls)


def _proxy(endpoint: Endpoint) -> Proxy | None:
    secure = endpoint.tls is not None
    url = proxy_to(endpoint.url, secure=secure, environment=os.environ)
    if url is None:
        return None
    try:
        return _proxy_of(urlsplit(url))
    except ValueError as problem:
        name = "HTTPS_PROXY" if secure else "HTTP_PROXY"
        raise EngineUnreachable(
            f"engine at {endpoint}",
            f"{name} is not the address of an HTTP proxy",
            "write it like http://proxy:3128, or name the engine's host in NO_PROXY",
        ) from problem


def _proxy_of(parts: SplitResult) -> Proxy:
    if parts.scheme != "http" or not parts.hostname:
        raise ValueError("not an HTTP proxy")
    headers = {}
    if parts.username is not None:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        word = base64.b64encode(pair.encode()).decode()
        headers["Proxy-Authorization"] = f"Basic {word}"
    return Proxy(parts.hostname, parts.port or _PORTS[parts.scheme], headers)


def _ask_for_tunnel(
    opened: socket.socket, host: str, port: int, proxy: Proxy, deadline: Deadline
) -> None:
    """Have a proxy connect us through; raises `ConnectionError` where it does not."""
    bracketed = f"[{host}]" if ":" in host else host
    target = f"{bracketed}:{port}"
    asked = Exchange("CONNECT", target, {"Host": target, **proxy.headers})
    deadline.send(opened, asked.request)
    while asked.status is None:
        try:
            asked.head_of(deadline.receive(opened, _PORTION))
        except BadAnswer as problem:
            raise ConnectionError("the proxy does not speak HTTP") from problem
    if asked.status not in _OK:
        raise ConnectionRefusedError(f"the proxy answers {asked.status}")
