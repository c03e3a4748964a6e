"""A server of the standard library in a thread of its own, for as long as a block lasts."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from socketserver import BaseServer
from typing import TypeVar

# How often a server looks whether it is over; asked for something, it answers at once.
_LOOK_EVERY_S = 0.01
Server = TypeVar("Server", bound=BaseServer)


@contextmanager
def serving(server: Server) -> Iterator[Server]:
    """Serve until the block ends; the server and its thread are gone then."""
    with server:
        thread = threading.Thread(target=server.serve_forever, args=(_LOOK_EVERY_S,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
