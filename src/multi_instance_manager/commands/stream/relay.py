"""Carries bytes between a command in a container and this process's own input and output.

Nothing is gathered: the command is read from only once what it wrote before has been passed on,
and the input only once the command has taken what came before. So a reader that is slow slows the
command down, and no output is too large.
"""

from __future__ import annotations

import os
import select
import time
from collections import deque
from typing import TYPE_CHECKING

import msgspec

from multi_instance_manager.engine.protocol.exec import OutputStream
from multi_instance_manager.errors import EngineError, EngineUnreachable

if TYPE_CHECKING:
    from collections.abc import Callable

    from multi_instance_manager.engine.protocol.exec import Running

_LARGEST_READ = 64 * 1024
# What a pipe that has room takes at once for sure; more could block, and the input with it.
_LARGEST_WRITE = select.PIPE_BUF
_RESIZE_ATTEMPTS = 10
_RESIZE_PAUSE_S = 0.05


class Ends(msgspec.Struct, frozen=True):
    """The descriptors on this side, ``stdin`` None where nothing is to be sent.

    ``size`` gives columns and rows of the terminal; ``resized`` becomes readable when they change.
    """

    stdin: int | None
    stdout: int
    stderr: int
    size: Callable[[], tuple[int, int]] | None = None
    resized: int | None = None


class OutputLost(Exception):
    """The output cannot be written on this side, such as to a disk that is full."""

    def __init__(self, problem: OSError) -> None:
        super().__init__(problem)
        self.problem = problem


def relay(running: Running, ends: Ends) -> None:
    """Pass everything on until the command's output ends.

    Raises BrokenPipeError where nobody reads on this side any more, and `OutputLost` where what
    was to be written there could not be.
    """
    _Relay(running, ends).run()


class _Relay:
    def __init__(self, running: Running, ends: Ends) -> None:
        self._running = running
        self._ends = ends
        self._stdin = ends.stdin
        self._to_show: deque[tuple[int, bytes]] = deque()
        self._to_send = b""
        self._over = False
        self._resizes = _RESIZE_ATTEMPTS if ends.size else 0
        self._resize_at = time.monotonic()

    def run(self) -> None:
        self._receive()
        while not self._over or self._to_show:
            self._resize_when_due()
            ready = dict(self._poll())
            self._resize_anew(ready)
            self._show(ready)
            self._read_input(ready)
            if self._running.fileno() in ready:
                self._send()
                self._receive()

    def _poll(self) -> list[tuple[int, int]]:
        """Wait for whatever can go on; each side is asked only for what there is room for."""
        poll = select.poll()
        wanted = 0 if self._to_show or self._over else select.POLLIN
        wanted |= select.POLLOUT if self._to_send else 0
        if wanted:
            poll.register(self._running.fileno(), wanted)
        if self._to_show:
            poll.register(self._to_show[0][0], select.POLLOUT)
        if self._stdin is not None and not self._to_send:
            poll.register(self._stdin, select.POLLIN)
        if self._ends.resized is not None:
            poll.register(self._ends.resized, select.POLLIN)
        return poll.poll(_RESIZE_PAUSE_S * 1000 if self._resizes else None)

    def _show(self, ready: dict[int, int]) -> None:
        if not self._to_show or self._to_show[0][0] not in ready:
            return
        descriptor, content = self._to_show.popleft()
        if ready[descriptor] & (select.POLLERR | select.POLLNVAL):
            raise BrokenPipeError
        written = _written(descriptor, content[:_LARGEST_WRITE])
        if content[written:]:
            self._to_show.appendleft((descriptor, content[written:]))

    def _read_input(self, ready: dict[int, int]) -> None:
        if self._stdin is None or self._stdin not in ready or self._to_send:
            return
        try:
            self._to_send = os.read(self._stdin, _LARGEST_READ)
        except BlockingIOError:
            return
        except OSError:  # a terminal that was hung up, a descriptor that is closed
            self._to_send = b""
        if self._to_send:
            self._send()
        else:
            self._end_input()

    def _end_input(self) -> None:
        self._stdin = None
        self._running.end_input()

    def _send(self) -> None:
        """Send what there is room for; input that nobody takes any more is dropped."""
        if not self._to_send:
            return
        try:
            sent = self._running.send(self._to_send)
            self._to_send = self._to_send[sent:]
        except OSError:
            self._to_send, self._stdin = b"", None

    def _receive(self) -> None:
        if self._over or self._to_show:
            return
        pieces = self._running.receive()
        if pieces is None:
            self._over = True
            return
        ends = {OutputStream.OUTPUT: self._ends.stdout, OutputStream.ERROR: self._ends.stderr}
        self._to_show.extend((ends[piece.stream], piece.content) for piece in pieces)

    def _resize_anew(self, ready: dict[int, int]) -> None:
        """The terminal on this side has another size."""
        if self._ends.resized in ready:
            os.read(self._ends.resized, _LARGEST_READ)
            self._resizes, self._resize_at = _RESIZE_ATTEMPTS, time.monotonic()

    def _resize_when_due(self) -> None:
        """Tell the size; an engine refuses it until the command has really started."""
        if not self._resizes or not self._ends.size or time.monotonic() < self._resize_at:
            return
        try:
            self._running.resize(*self._ends.size())
        except EngineUnreachable:
            raise
        except EngineError:
            self._resizes -= 1
            self._resize_at = time.monotonic() + _RESIZE_PAUSE_S
        else:
            self._resizes = 0


def _written(descriptor: int, content: bytes) -> int:
    """How much of it was taken."""
    try:
        return os.write(descriptor, content)
    except BlockingIOError:
        return 0
    except BrokenPipeError:
        raise
    except OSError as problem:
        raise OutputLost(problem) from problem
