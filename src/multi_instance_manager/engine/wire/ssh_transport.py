"""The way through ``ssh``: each connection is a process of its own.

A connection counts only once the engine has answered on it: what is wrong with ``ssh`` is said as
that, in one sentence, and not as a connection that broke.
"""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING

from multi_instance_manager.engine.endpoint.address import ssh_address
from multi_instance_manager.engine.wire.ssh import SshProcess, command_line
from multi_instance_manager.errors import EngineUnreachable
from multi_instance_manager.http.deadline import Deadline
from multi_instance_manager.http.exchange import BadAnswer, Exchange

if TYPE_CHECKING:
    from collections.abc import Mapping

    from multi_instance_manager.engine.endpoint.endpoint import Endpoint

# A server drops connections at random where more than ten are about to log in (MaxStartups).
_LOGINS_AT_ONCE = 4
_LOGIN_TIMEOUT_S = 15
_PORTION = 4096


class SshTransport:
    """To the engine that ``ssh`` reaches."""

    prefix = ""

    def __init__(self, headers: Mapping[str, str], endpoint: Endpoint) -> None:
        self.headers = headers
        self._endpoint = endpoint
        self._logins = threading.BoundedSemaphore(_LOGINS_AT_ONCE)

    def open(self, timeout_s: float) -> socket.socket:
        """Start ``ssh``, and wait until the engine has answered through it."""
        deadline = Deadline(timeout_s)
        if not self._logins.acquire(timeout=deadline.left_s()):
            raise TimeoutError
        try:
            return self._logged_in(Deadline(min(deadline.left_s(), _LOGIN_TIMEOUT_S)))
        finally:
            self._logins.release()

    def _logged_in(self, deadline: Deadline) -> socket.socket:
        words = command_line(ssh_address(self._endpoint.url))
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                process = SshProcess(self._endpoint, words, theirs)
            self._await_engine(ours, process, deadline)
        except BaseException:
            ours.close()
            raise
        return ours

    def _await_engine(self, stream: socket.socket, process: SshProcess, deadline: Deadline) -> None:
        """Raise `EngineUnreachable` where what comes is no answer of an engine."""
        try:
            _ping(stream, deadline)
        except BadAnswer as problem:
            process.end()
            raise EngineUnreachable(
                f"engine at {self._endpoint}",
                "something else than an engine answers through ssh",
                "see that logging in there prints nothing when no terminal is present",
            ) from problem
        except OSError as problem:
            raise process.failure() from problem


def _ping(stream: socket.socket, deadline: Deadline) -> None:
    """Have one question answered; raises `OSError` where nothing comes, `BadAnswer`."""
    asked = Exchange("HEAD", "/_ping", {"Host": "docker"})
    deadline.send(stream, asked.request)
    while not asked.is_complete:
        asked.feed(deadline.receive(stream, _PORTION))
