"""Where things are written: the result on standard output, everything on the way on standard error.

With ``--output json`` standard output gets one document and nothing else, however the run ends.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import click

from multi_instance_manager.errors import (
    Declined,
    ExitCode,
    ManagerError,
    Refused,
)
from multi_instance_manager.findings import Severity
from multi_instance_manager.render import report
from multi_instance_manager.render.document import document, plan_document
from multi_instance_manager.render.marks import are_unwanted
from multi_instance_manager.render.progress import live_display, plain_lines
from multi_instance_manager.render.proofs import CELL_COLOURS
from multi_instance_manager.render.script import script_text
from multi_instance_manager.render.tables import Sheet, as_columns, as_table, width_of
from multi_instance_manager.settings import Output

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from multi_instance_manager.events import Sink
    from multi_instance_manager.findings import Finding
    from multi_instance_manager.operations.prepare import Prepared
    from multi_instance_manager.operations.up import UpResult
    from multi_instance_manager.plan import Plan

_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow"}


class Screen:
    """Writes one run. Keeps what was found, for the document of a run that ends early.

    ``write`` puts text on standard output; ``was_written`` says whether all of it got there.
    """

    def __init__(self, output: Output, write: Callable[[str], bool]) -> None:
        self._json = output is Output.JSON
        self._to_output = write
        self._prepared: Prepared | None = None
        self.was_written = True

    def found(self, prepared: Prepared) -> None:
        """Say what the checks found and what is planned."""
        self._prepared = prepared
        for finding in prepared.findings:
            _say_finding(finding)
        if not any(finding.severity is Severity.ERROR for finding in prepared.findings):
            for line in report.plan_lines(prepared):
                _say(line)

    def ask(self, prepared: Prepared) -> bool:
        """Put the question; no answer is no."""
        try:
            return click.confirm(report.question(prepared), default=False, err=True)
        except (click.Abort, RuntimeError, OSError, ValueError):  # no input at all is no answer
            _say("")
            return False

    @contextmanager
    def progress(self, plan: Plan) -> Iterator[Sink]:
        """Draw the execution."""
        if self._json or sys.stderr is None or not sys.stderr.isatty():
            yield plain_lines(_say)
            return
        from rich.console import Console

        with live_display(Console(stderr=True), len(plan.operations)) as sink:
            yield sink

    def preview(
        self, prepared: Prepared, script: dict[str, list[str]], exit_code: ExitCode
    ) -> None:
        """Write the dry run."""
        for finding in prepared.findings:
            _say_finding(finding)
        if self._json:
            result = "dry-run" if exit_code is ExitCode.OK else "refused"
            text = document(prepared, result=result, exit_code=exit_code, commands=script)
        else:
            text = script_text(prepared, script)
        self._write(text)
        if exit_code is not ExitCode.OK:
            _say("a launch would be refused for the errors above")

    def plan(self, prepared: Prepared, exit_code: ExitCode) -> None:
        """Write the plan, with what the checks found beside it."""
        for finding in prepared.findings:
            _say_finding(finding)
        if self._json:
            self._write(plan_document(prepared, exit_code))
            return
        if any(finding.code == "engine" for finding in prepared.findings):
            _say("no plan: the engine was not reached")
            return
        lines = [operation.line() for operation in prepared.plan.operations]
        lines += [*report.orphan_hints(prepared.plan), report.pending_line(prepared.plan)]
        self._write("".join(f"{line}\n" for line in lines))

    def ended(self, failure: ManagerError) -> None:
        """Say why a run ended before its execution."""
        if isinstance(failure, Refused):
            message, result = report.refusal(failure.findings), "refused"
        else:
            message = str(failure)
            result = "declined" if isinstance(failure, Declined) else "failed"
        _say(message if result != "failed" else f"error: {message}")
        if self._json:
            self._write(
                document(
                    self._prepared, result=result, exit_code=failure.exit_code, message=message
                )
            )

    def result(self, result: UpResult) -> None:
        """Write the truth about every instance."""
        for outcome in result.outcomes:
            for line in report.failure_lines(outcome):
                _say(line)
            for note in outcome.notes:
                _say(f"{outcome.operation.container_name}: {note}")
        for note in result.notes:
            _say(f"warning: {note}")
        for line in report.notes_of_proofs(result.outcomes):
            _say(line)
        closing = report.closing_line(result)
        if self._json:
            word = _RESULTS.get(result.exit_code, "failed")
            self._write(
                document(
                    result.prepared,
                    result=word,
                    exit_code=result.exit_code,
                    outcomes=result.outcomes,
                    message=closing,
                )
            )
            return
        self._write_sheet(report.summary(result.outcomes))
        proofs = report.proof_sheet(result.outcomes)
        if proofs:
            self._write_sheet(proofs)
        for line in [*report.orphan_lines(result.outcomes), closing]:
            self._write(f"{line}\n")

    def _write(self, text: str) -> None:
        self.was_written &= self._to_output(text)

    def _write_sheet(self, sheet: Sheet) -> None:
        """A table on a terminal that is wide enough, aligned columns elsewhere: no folding."""
        if sys.stdout is None or not sys.stdout.isatty():
            self._write(as_columns(sheet) + "\n\n")
            return
        from rich.console import Console

        console = Console()
        if width_of(sheet) > console.width:
            self._write(as_columns(sheet) + "\n\n")
            return
        with suppress(OSError):
            console.print(as_table(sheet, CELL_COLOURS))


_RESULTS = {ExitCode.OK: "ok", ExitCode.INTERRUPTED: "interrupted"}


def _say(line: str) -> None:
    """Tell something on the way; a reader that has gone away, or a full disk, ends no launch."""
    with suppress(OSError):
        click.echo(line, err=True, color=False if are_unwanted() else None)


def _say_finding(finding: Finding) -> None:
    _say(click.style(report.finding_line(finding), fg=_COLOURS[finding.severity]))
