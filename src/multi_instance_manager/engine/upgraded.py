"""A connection to the engine that stops speaking HTTP after its first answer, and then streams.

The SDK reads that answer through a buffer and hands on the socket without it: what the engine sent
right behind its answer would be lost. So the request is written and the answer read here, over a
socket that the SDK's own transport has opened.
"""

from __future__ import annotations

import json
import re
import ssl
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec
import requests
import urllib3

from multi_instance_manager.engine.mapping import answered
from multi_instance_manager.errors import EngineError, EngineTimeout, EngineUnreachable

if TYPE_CHECKING:
    import socket

    from docker import APIClient

_LARGEST_HEAD = 64 * 1024
_END_OF_HEAD = b"\r\n\r\n"
_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})")
_LENGTH = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")
_STREAMING = {101, 200}


class Upgraded(msgspec.Struct, frozen=True):
    """The socket, from now on without blocking, and what came behind the answer already.

    ``owner`` is what opened the socket: it may hold a process or a tunnel that must live as long.
    """

    socket: socket.socket
    received: bytes
    owner: object


def upgraded(client: APIClient, path: str, body: dict[str, Any], action: str) -> Upgraded:
    """Post to a path of the API and take over the connection; raises `EngineError`."""
    url = f"{client.base_url}/v{client.api_version}{path}"
    try:
        connection, owner = _open(client, url)
        connection.sendall(_request(url, body))
        head, rest = _head(connection)
        status = _STATUS.match(head)
        if status is None:
            raise EngineError(f"{action}: the engine's answer is no HTTP")
        if int(status[1]) not in _STREAMING:
            raise answered(action, int(status[1]), _message(connection, head, rest))
    except TimeoutError as problem:
        raise EngineTimeout(f"{action}: the engine did not answer in time") from problem
    except (OSError, urllib3.exceptions.HTTPError) as problem:
        raise EngineUnreachable(f"{action}: the connection to the engine broke") from problem
    connection.setblocking(False)
    return Upgraded(connection, rest, owner)


def _open(client: APIClient, url: str) -> tuple[socket.socket, object]:
    """A new connection of the client's own kind: to a socket, over TCP, or over TLS."""
    adapter: Any = client.get_adapter(url)
    request = requests.Request("POST", url).prepare()
    pool = adapter.get_connection_with_tls_context(
        request, verify=client.verify, proxies={}, cert=client.cert
    )
    connection = pool._new_conn()
    connection.timeout = client.timeout
    connection.connect()
    opened: socket.socket = connection.sock
    opened.settimeout(client.timeout)
    return opened, connection


def _request(url: str, body: dict[str, Any]) -> bytes:
    content = json.dumps(body).encode()
    parts = urlsplit(url)
    head = [
        f"POST {parts.path} HTTP/1.1",
        f"Host: {parts.netloc}",
        "Content-Type: application/json",
        f"Content-Length: {len(content)}",
        "Connection: Upgrade",
        "Upgrade: tcp",
    ]
    return "\r\n".join([*head, "", ""]).encode() + content


def _head(connection: socket.socket) -> tuple[bytes, bytes]:
    received = b""
    while _END_OF_HEAD not in received:
        chunk = connection.recv(4096)
        if not chunk or len(received) > _LARGEST_HEAD:
            raise ConnectionError
        received += chunk
    head, _, rest = received.partition(_END_OF_HEAD)
    return head, rest


def _message(connection: socket.socket, head: bytes, body: bytes) -> str:
    """The engine's own words, as far as they come."""
    found = _LENGTH.search(head)
    length = min(int(found[1]), _LARGEST_HEAD) if found else 0
    with suppress(OSError):
        while len(body) < length and (chunk := connection.recv(4096)):
            body += chunk
    with suppress(ValueError, AttributeError):
        return str(json.loads(body).get("message", ""))
    return ""


def close_for_writing(connection: socket.socket) -> None:
    """Say that nothing more will be sent, and go on reading."""
    with suppress(OSError):
        if isinstance(connection, ssl.SSLSocket):
            # Sends the farewell, and complains that the other side's has not come yet.
            connection.unwrap()
        else:
            connection.shutdown(1)
