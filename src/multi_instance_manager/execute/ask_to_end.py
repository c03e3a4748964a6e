"""Asks an application to end before its container is stopped, so that it saves its session.

A stop reaches a container's first process. Where that is a supervisor it ends everything at once,
and the application can save no more: its own main process has to be asked first. Where the main
process is the first one, the stop is what asks it.
"""

from __future__ import annotations

import threading
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING, Protocol

from multi_instance_manager.application.process_table import main_process_of
from multi_instance_manager.engine.docker.main_process import Reply, ask_inside
from multi_instance_manager.host.process_handle import handle_of, inner_number
from multi_instance_manager.sessions.last_save import EndedHow

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from multi_instance_manager.application.definition import MainProcess
    from multi_instance_manager.application.process_table import Process
    from multi_instance_manager.execute.context import ExecutionContext

_LOOKS = 3
_LOOK_AGAIN_S = 0.25
_COUNTS_FOR_S = 0.5
# What an engine puts before a program with --init: it passes the stop's signal on to that.
_INITS = {"docker-init", "podman-init", "tini", "catatonit", "dumb-init"}
_REPLIES = {
    Reply.FIRST: EndedHow.BY_STOP,
    Reply.NONE: EndedHow.NO_MAIN_PROCESS,
    Reply.UNABLE: EndedHow.NOT_ASKED,
}


class EndRequest(Protocol):
    """A main process that was asked to end. To be closed."""

    def has_ended(self, *, within_s: float) -> bool:
        """Whether it has ended, or does so within that time."""

    def close(self) -> None:
        """Let go of it."""


def asked_to_end(
    tools: ExecutionContext, container_id: str, *, within_s: float
) -> EndRequest | EndedHow:
    """Ask the main process; where none was asked, how its end comes about instead."""
    sign = tools.settings.application.main_process
    if sign is None:
        return EndedHow.BY_STOP
    asked = _asked_from_here(tools, container_id, sign)
    return asked or _asked_inside(tools, container_id, sign, within_s)


def _asked_from_here(
    tools: ExecutionContext, container_id: str, sign: MainProcess
) -> EndRequest | EndedHow | None:
    """None where this machine does not show the process, or this user may not signal it."""
    for _ in range(_LOOKS):
        processes = tools.processes.of(container_id)
        if not processes:
            return None
        main = main_process_of(processes, sign)
        if main is None:
            return EndedHow.NO_MAIN_PROCESS
        if _is_reached_by_stop(main, processes):
            return EndedHow.BY_STOP
        handle = handle_of(main.pid, container_id)
        if handle is None:  # it has ended meanwhile, and is looked for anew
            continue
        try:
            handle.send(sign.end_signal)
        except OSError as problem:
            handle.close()
            if isinstance(problem, ProcessLookupError):
                continue
            return None
        return handle
    return None


@contextmanager
def no_successor(tools: ExecutionContext, container_id: str) -> Iterator[None]:
    """While this is entered, kill whatever is begun: a stop may take a while to be heard."""
    over = threading.Event()

    def look_again() -> None:
        while not over.wait(_LOOK_AGAIN_S):
            end_successor(tools, container_id)

    end_successor(tools, container_id)
    thread = threading.Thread(target=look_again, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def end_successor(tools: ExecutionContext, container_id: str) -> None:
    """Kill what the supervisor has begun in the place of a main process that has ended.

    It has just begun and holds nothing; left alone it would write to the copy, and take as long to
    end as the first one did. Where that cannot be done from here, the stop ends it.
    """
    sign = tools.settings.application.main_process
    main = main_process_of(tools.processes.of(container_id), sign) if sign else None
    handle = handle_of(main.pid, container_id) if main else None
    if handle is not None:
        with closing(handle), suppress(OSError):
            handle.send("SIGKILL")


def _is_reached_by_stop(main: Process, processes: Sequence[Process]) -> bool:
    if inner_number(main.pid) == 1:
        return True
    parent = next((process for process in processes if process.pid == main.parent), None)
    if parent is None or not parent.command or inner_number(parent.pid) != 1:
        return False
    return parent.command[0].rpartition("/")[2] in _INITS


def _asked_inside(
    tools: ExecutionContext, container_id: str, sign: MainProcess, within_s: float
) -> EndRequest | EndedHow:
    with tools.engine_calls.turn(counts_for_s=_COUNTS_FOR_S):
        asked = ask_inside(tools.engine, container_id, sign, within_s=within_s)
    return asked if asked.reply is Reply.ASKED else _REPLIES[asked.reply]
