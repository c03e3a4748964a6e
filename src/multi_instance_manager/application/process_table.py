"""Finds the application's processes among those of a container. Pure."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from multi_instance_manager.application.definition import Application, MainProcess, ProcessSign


class Process(msgspec.Struct, frozen=True):
    """One process of a container, with its number on the host.

    ``command`` are the words of its command line; ``started_at`` is in seconds since the epoch,
    None if unknown.
    """

    pid: int
    parent: int
    command: tuple[str, ...]
    started_at: float | None = None

    @property
    def command_line(self) -> str:
        """Return its command line as text."""
        return " ".join(self.command)


def main_process_of(processes: Iterable[Process], sign: MainProcess) -> Process | None:
    """Return the topmost process with the main process's command line; None if none runs.

    Its forks have the same command line.
    """
    alike = {process.pid: process for process in processes if _is_main(process, sign)}
    tops = [process for process in alike.values() if process.parent not in alike]
    return min(tops, key=lambda process: process.pid, default=None)


def missing_processes(
    processes: Sequence[Process], application: Application
) -> tuple[ProcessSign, ...]:
    """Return the signs of required processes that do not run."""
    sign = application.main_process
    main = main_process_of(processes, sign) if sign else None
    return tuple(
        one
        for one in application.process
        if not any(_is_meant(process, one, main) for process in processes)
    )


def _is_main(process: Process, sign: MainProcess) -> bool:
    line = process.command_line
    return all(text in line for text in sign.command) and not any(
        text in line for text in sign.not_command
    )


def _is_meant(process: Process, sign: ProcessSign, main: Process | None) -> bool:
    if sign.child_of_main:
        return main is not None and process.parent == main.pid and process.command == main.command
    program = process.command[0].rpartition("/")[2] if process.command else ""
    if sign.program and not any(fnmatchcase(program, glob) for glob in sign.program):
        return False
    return all(text in process.command_line for text in sign.command)
