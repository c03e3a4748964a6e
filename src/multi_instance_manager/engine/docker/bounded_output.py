"""What a command in a container writes, with a bound and an end whatever the command does.

The image's own programs are not trusted: one that reads a pipe never ends, and one that was
replaced may write for ever.
"""

from __future__ import annotations

import select
import time
from contextlib import closing
from typing import TYPE_CHECKING

from multi_instance_manager.engine.protocol.exec import Command, OutputStream
from multi_instance_manager.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from multi_instance_manager.engine.protocol.exec import Runner, Running


def output_within(
    runner: Runner, reference: str, words: Sequence[str], *, at_most: int, deadline: float
) -> bytes | None:
    """The whole output of a command that succeeds, or None.

    None also where it writes more, or has not ended by ``deadline``, a moment of the monotonic
    clock: the connection is closed then, and what still runs ends with the container.
    """
    try:
        with closing(runner.begin(reference, Command(tuple(words)))) as running:
            output = _received(running, at_most, deadline)
            return output if output is not None and running.exit_code() == 0 else None
    except EngineError:
        return None


def _received(running: Running, at_most: int, deadline: float) -> bytes | None:
    output = bytearray()
    poll = select.poll()
    poll.register(running.fileno(), select.POLLIN)
    while (left_s := deadline - time.monotonic()) > 0:
        pieces = running.receive()
        if pieces is None:
            return bytes(output)
        output += b"".join(piece.content for piece in pieces if piece.stream is OutputStream.OUTPUT)
        if len(output) > at_most:
            return None
        if not pieces:
            poll.poll(left_s * 1000)
    return None
