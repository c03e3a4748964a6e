"""Which of a container's processes are the application's, and which it lacks. Pure."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from multi_instance_manager.application.definition import Application, MainProcess, ProcessSign


class Process(msgspec.Struct, frozen=True):
    """One process of a container, as its host numbers it.

    ``command`` are the words of its command line; ``started_at`` is in seconds since the epoch,
    None where it is not known.
    """

    pid: int
    parent: int
    command: tuple[str, ...]
    started_at: float | None = None

    @property
    def command_line(self) -> str:
        """Its words in one line."""
        return " ".join(self.command)


def main_process_of(processes: Iterable[Process], sign: MainProcess) -> Process | None:
    """The topmost process with the main process's command line; None where it does not run.

    What it forks has the same command line.
    """
    alike = {process.pid: process for process in processes if _is_main(process, sign)}
    tops = [process for process in alike.values() if process.parent not in alike]
    return min(tops, key=lambda process: process.pid, default=None)


def missing_processes(
    processes: Sequence[Process], application: Application
) -> tuple[ProcessSign, ...]:
    """The signs of the processes that it cannot serve without, and that do not run."""
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
