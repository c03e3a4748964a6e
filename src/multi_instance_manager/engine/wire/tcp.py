"""A connection to a port, within one deadline: whatever the name's servers and addresses do."""

from __future__ import annotations

import queue
import socket
import threading
from typing import Any

from multi_instance_manager.http.deadline import Deadline


def connected(host: str, port: int, deadline: Deadline) -> socket.socket:
    """A connection to the first address that takes one; raises `OSError` of the last.

    Each has its share of the time that is left: one that swallows everything is no reason not to
    try the next.
    """
    addresses = _addresses(host, port, deadline)
    for number, (family, kind, protocol, _, address) in enumerate(addresses, start=1):
        share = Deadline(deadline.left_s() / (len(addresses) - number + 1))
        try:
            return _connected_to(socket.socket(family, kind, protocol), address, share)
        except OSError:
            if number == len(addresses):
                raise
    raise OSError("the name has no address")


def _connected_to(opened: socket.socket, address: Any, deadline: Deadline) -> socket.socket:
    try:
        opened.settimeout(deadline.left_s())
        opened.connect(address)
    except BaseException:
        opened.close()
        raise
    return opened


def _addresses(host: str, port: int, deadline: Deadline) -> list[Any]:
    """What the name means; on a thread, since a resolver has a patience of its own."""
    answers: queue.SimpleQueue[list[Any] | OSError] = queue.SimpleQueue()

    def resolve() -> None:
        try:
            answers.put(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except OSError as problem:
            answers.put(problem)

    threading.Thread(target=resolve, daemon=True).start()
    try:
        found = answers.get(timeout=deadline.left_s())
    except queue.Empty:
        raise TimeoutError from None
    if isinstance(found, OSError):
        raise found
    return found
