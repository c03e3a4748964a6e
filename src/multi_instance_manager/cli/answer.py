"""Writes a command's answer: the report to standard output, messages to standard error."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, NoReturn, TypeVar

import click

from multi_instance_manager.errors import Declined, ExitCode, Refused, UsageProblems
from multi_instance_manager.render import outlet

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from multi_instance_manager.errors import ManagerError
    from multi_instance_manager.reports.report import Report
    from multi_instance_manager.settings.model import Output

Answer = TypeVar("Answer", bound="Report")
_CANNOT_WRITE = (
    "error: the result could not be written ({}); what it tells has happened all the same"
)


def answer(output: Output, report: Answer, text: Callable[[Answer], str]) -> NoReturn:
    """Write the report, as a document or as text, and end the command with its exit code."""
    from multi_instance_manager.reports.report import document_of

    is_document = output == "json"
    whole = document_of(report) if is_document else text(report)
    end(report.exit_code, written=write(whole, is_document=is_document))


def end(code: int, *, written: bool) -> NoReturn:
    """End the command; a report that could not be written turns success into failure."""
    raise click.exceptions.Exit(code if written or code else int(ExitCode.INSTANCE_FAILED))


def write(text: str, *, is_document: bool = False) -> bool:
    """Write to standard output; on failure, say so and return False.

    A reader that has gone away is no failure: it has read what it wanted.
    """
    try:
        outlet.write(text, is_document=is_document)
    except BrokenPipeError:
        _look_away()
    except OSError as problem:
        say_unwritten(problem)
        return False
    return True


def say_unwritten(problem: OSError) -> None:
    """Say that standard output cannot be written, and write nothing more to it."""
    say(_CANNOT_WRITE.format(problem.strerror))
    _look_away()


def say(line: str) -> None:
    """Write a message to standard error; ignore a missing reader."""
    outlet.tell(line)


def _look_away() -> None:
    """Discard the buffer, so that the process does not fail once more at its exit."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def fail(failure: ManagerError, *, as_json: bool, command: str) -> int:
    """Say why a command failed; returns the exit code."""
    if isinstance(failure, Declined):
        outlet.tell_declined(str(failure))
    else:
        for problem in _problems_of(failure):
            outlet.tell(f"error: {problem}", colour="red")
    if isinstance(failure, UsageProblems):
        say(f"nothing was touched; see `{command} --help`")
    if as_json:
        _write_failure(failure)
    return int(failure.exit_code)


def _problems_of(failure: ManagerError) -> Sequence[str]:
    if isinstance(failure, UsageProblems):
        return failure.problems
    if isinstance(failure, Refused):
        return [finding.sentence() for finding in failure.findings]
    return (str(failure),)


def _write_failure(failure: ManagerError) -> None:
    from multi_instance_manager.reports.failure import FailureReport
    from multi_instance_manager.reports.report import document_of

    report = FailureReport(
        exit_code=int(failure.exit_code), result=_result_of(failure), message=str(failure)
    )
    write(document_of(report), is_document=True)


def _result_of(failure: ManagerError) -> str:
    if isinstance(failure, UsageProblems):
        return "usage"
    if isinstance(failure, Declined):
        return "declined"
    refused = isinstance(failure, Refused) or failure.exit_code is ExitCode.REFUSED
    return "refused" if refused else "failed"
