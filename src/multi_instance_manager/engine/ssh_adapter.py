"""HTTP to an engine through ``ssh``: connections, their pool, and the adapter for the SDK.

A connection counts only once the engine has answered on it: what is wrong with ``ssh`` is said as
that, in one sentence, and not as a connection that broke.
"""

from __future__ import annotations

import socket
import threading
import time
from typing import TYPE_CHECKING

import urllib3
from docker.transport.basehttpadapter import BaseHTTPAdapter

from multi_instance_manager.engine.address import ssh_address
from multi_instance_manager.engine.ssh import SshProcess, command_line
from multi_instance_manager.errors import EngineUnreachable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from requests import PreparedRequest

    from multi_instance_manager.engine.endpoint import Endpoint

_PING = b"HEAD /_ping HTTP/1.1\r\nHost: docker\r\n\r\n"
_END_OF_HEAD = b"\r\n\r\n"
_LONGEST_HEAD = 65536
# A server drops connections at random where more than ten are about to log in (MaxStartups).
_LOGINS_AT_ONCE = 4
_LOGIN_TIMEOUT_S = 15


class SshAdapter(BaseHTTPAdapter):
    """Sends each request through a connection of one endpoint's pool."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._pool = _Pool(endpoint)
        super().__init__()

    def get_connection(self, url: str | bytes, proxies: Mapping[str, str] | None = None) -> _Pool:
        """Give the pool; a proxy has no part in it."""
        del url, proxies
        return self._pool

    def request_url(self, request: PreparedRequest, proxies: Mapping[str, str] | None) -> str:
        """The path alone: the host is what ``ssh`` goes to."""
        del proxies
        return request.path_url

    def close(self) -> None:
        """Close the connections that nobody uses."""
        super().close()
        self._pool.close()


class _Pool(urllib3.HTTPConnectionPool):
    """The connections to one endpoint, opened as they are needed."""

    def __init__(self, endpoint: Endpoint) -> None:
        super().__init__("localhost", maxsize=10)
        self._endpoint = endpoint
        self._logins = threading.BoundedSemaphore(_LOGINS_AT_ONCE)

    def _new_conn(self) -> _Connection:
        return _Connection(self._endpoint, self._logins)


class _Connection(urllib3.connection.HTTPConnection):
    """One connection: a socket whose other side is a process."""

    def __init__(self, endpoint: Endpoint, logins: threading.BoundedSemaphore) -> None:
        super().__init__("localhost")
        self._endpoint = endpoint
        self._logins = logins

    def connect(self) -> None:
        """Start ``ssh``, and wait until the engine has answered through it."""
        with self._logins:
            self.sock = self._logged_in()
        self.sock.settimeout(self.timeout if isinstance(self.timeout, int | float) else None)

    def _logged_in(self) -> socket.socket:
        words = command_line(ssh_address(self._endpoint.url))
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                process = SshProcess(self._endpoint, words, theirs)
            self._judge(_answer_to_ping(ours, _LOGIN_TIMEOUT_S), process)
        except BaseException:
            ours.close()
            raise
        return ours

    def _judge(self, head: bytes | None, process: SshProcess) -> None:
        """Raise `EngineUnreachable` where what came is no answer of an engine."""
        if head is None:
            raise process.failure()
        if not head.startswith(b"HTTP/1."):
            process.end()
            raise EngineUnreachable(
                f"engine at {self._endpoint}: something else than an engine answers through ssh; "
                "see that logging in there prints nothing when no terminal is present"
            )


def _answer_to_ping(stream: socket.socket, timeout_s: float) -> bytes | None:
    """The head of the engine's answer, or whatever came instead; None where nothing came."""
    deadline = time.monotonic() + timeout_s
    gathered = b""
    try:
        stream.settimeout(timeout_s)
        stream.sendall(_PING)
        while _END_OF_HEAD not in gathered and len(gathered) < _LONGEST_HEAD:
            stream.settimeout(max(0.01, deadline - time.monotonic()))
            piece = stream.recv(4096)
            if not piece:
                return gathered or None
            gathered += piece
    except OSError:
        return gathered or None
    return gathered
