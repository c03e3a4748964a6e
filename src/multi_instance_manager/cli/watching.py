"""How a command shows an execution: a live display on a terminal, lines elsewhere."""

from __future__ import annotations

import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from multi_instance_manager.cli.signals import interruptible
from multi_instance_manager.render import outlet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from multi_instance_manager.commands.change.fleet_session import SessionWatch
    from multi_instance_manager.plan.plan import Plan
    from multi_instance_manager.progress import Sink
    from multi_instance_manager.settings.model import Output


def watching(output: Output, doing: str, *, again: str) -> SessionWatch:
    """A watch for an execution; ``again`` is the command that ends an interrupted one."""
    from multi_instance_manager.commands.change.fleet_session import SessionWatch

    stop = threading.Event()

    @contextmanager
    def progress(plan: Plan) -> Iterator[Sink]:
        with interruptible(stop, again), _display(output, doing, len(plan.operations)) as sink:
            yield sink

    return SessionWatch(progress, stop)


@contextmanager
def _display(output: Output, doing: str, total: int) -> Iterator[Sink]:
    from multi_instance_manager.render.progress import live_display, plain_lines

    if output == "json" or sys.stderr is None or not sys.stderr.isatty():
        yield plain_lines(outlet.tell)
        return
    with live_display(outlet.console(is_stderr=True), total, doing) as sink:
        yield sink
