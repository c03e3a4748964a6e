"""A connection that stops speaking HTTP after its first answer, and then carries a stream."""

from __future__ import annotations

import json
import ssl
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import msgspec

from multi_instance_manager.engine.wire.mapping import answered, broken, nonsense, silent
from multi_instance_manager.http.deadline import Deadline
from multi_instance_manager.http.exchange import BadAnswer

if TYPE_CHECKING:
    import socket

    from multi_instance_manager.engine.wire.http_calls import HttpCalls
    from multi_instance_manager.http.exchange import Exchange

_PORTION = 4096
_LARGEST_REASON = 64 * 1024
_STREAMING = {101, 200}
_HEADERS = {"Content-Type": "application/json", "Connection": "Upgrade", "Upgrade": "tcp"}


class Hijacked(msgspec.Struct, frozen=True):
    """The socket, from now on non-blocking, and what came behind the answer already."""

    socket: socket.socket
    received: bytes


def hijacked(calls: HttpCalls, target: str, body: dict[str, Any], action: str) -> Hijacked:
    """Post to a path of the API and take over the connection; raises `EngineError`."""
    exchange = calls.request("POST", target, json.dumps(body).encode(), _HEADERS)
    deadline = Deadline(calls.timeout_s)
    try:
        connection = calls.way.open(deadline.left_s())
        try:
            _take_over(connection, exchange, deadline, action)
        except BaseException:
            connection.close()
            raise
    except BadAnswer as problem:
        raise nonsense(action, problem) from problem
    except TimeoutError as problem:
        raise silent(action) from problem
    except OSError as problem:
        raise broken(action) from problem
    return Hijacked(connection, exchange.rest)


def _take_over(
    connection: socket.socket, exchange: Exchange, deadline: Deadline, action: str
) -> None:
    deadline.send(connection, exchange.request)
    while exchange.status is None:
        exchange.head_of(deadline.receive(connection, _PORTION))
    if exchange.status not in _STREAMING:
        raise answered(action, exchange.status, _reason(connection, exchange, deadline))
    connection.setblocking(False)


def _reason(connection: socket.socket, exchange: Exchange, deadline: Deadline) -> str:
    """The engine's own words, as far as they come in time."""
    said = bytearray()
    with suppress(OSError, BadAnswer):
        said += exchange.go_on()
        while not exchange.is_complete and len(said) < _LARGEST_REASON:
            said += exchange.feed(deadline.receive(connection, _PORTION))
    with suppress(ValueError, AttributeError):
        return str(json.loads(said).get("message", ""))
    return ""


def close_for_writing(connection: socket.socket) -> None:
    """Say that nothing more will be sent, and go on reading."""
    with suppress(OSError):
        if isinstance(connection, ssl.SSLSocket):
            # Sends the farewell, and complains that the other side's has not come yet.
            connection.unwrap()
        else:
            connection.shutdown(1)
