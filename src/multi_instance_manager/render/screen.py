"""Writes one run: the result to standard output, everything else to standard error.

With ``--output json`` standard output gets exactly one document, however the run ends.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from multi_instance_manager.errors import Declined, ExitCode, ManagerError, Refused
from multi_instance_manager.findings import Severity
from multi_instance_manager.plan.plan import kind_width
from multi_instance_manager.render import outlet, up_text
from multi_instance_manager.render.progress import live_display, plain_lines
from multi_instance_manager.render.proofs import CELL_COLOURS
from multi_instance_manager.render.script import script_text
from multi_instance_manager.render.sheets import sheet_text
from multi_instance_manager.render.up_document import document, plan_document
from multi_instance_manager.settings.model import Output
from multi_instance_manager.text.printable import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from multi_instance_manager.commands.change.up import UpResult
    from multi_instance_manager.commands.survey.prepare import Prepared
    from multi_instance_manager.findings import Finding
    from multi_instance_manager.plan.plan import Plan
    from multi_instance_manager.progress import Sink
    from multi_instance_manager.render.tables import Sheet

_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow"}


class Screen:
    """Writes one run. Keeps the findings for the document of a run that ends early.

    ``write`` writes text or a document to standard output; ``was_written`` says whether all of it
    was written.
    """

    def __init__(self, output: Output, write: Callable[..., bool]) -> None:
        self._json = output is Output.JSON
        self._to_output = write
        self._prepared: Prepared | None = None
        self.was_written = True

    def found(self, prepared: Prepared) -> None:
        """Show the findings and the plan."""
        self._prepared = prepared
        for finding in prepared.findings:
            _say_finding(finding)
        if not any(finding.severity is Severity.ERROR for finding in prepared.findings):
            for line in up_text.plan_lines(prepared):
                outlet.tell(line)

    def ask(self, prepared: Prepared) -> bool:
        """Ask the question; no answer means no."""
        return outlet.asks(up_text.question(prepared))

    @contextmanager
    def progress(self, plan: Plan) -> Iterator[Sink]:
        """Show the progress."""
        if self._json or sys.stderr is None or not sys.stderr.isatty():
            yield plain_lines(outlet.tell)
            return
        with live_display(outlet.console(is_stderr=True), len(plan.operations)) as sink:
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
            outlet.tell("a launch would be refused for the errors above")

    def plan(self, prepared: Prepared, exit_code: ExitCode) -> None:
        """Write the plan with the findings."""
        for finding in prepared.findings:
            _say_finding(finding)
        if self._json:
            self._write(plan_document(prepared, exit_code))
            return
        if any(finding.code == "engine" for finding in prepared.findings):
            outlet.tell("no plan: the engine was not reached")
            return
        width = kind_width(prepared.plan.operations)
        lines = [operation.line(width) for operation in prepared.plan.operations]
        lines += [*up_text.orphan_hints(prepared.plan), up_text.pending_line(prepared.plan)]
        self._write("".join(f"{printable(line)}\n" for line in lines))

    def ended(self, failure: ManagerError) -> None:
        """Report why a run ended before its execution."""
        if isinstance(failure, Refused):
            message, result = up_text.refusal(failure.findings), "refused"
        else:
            message = str(failure)
            result = "declined" if isinstance(failure, Declined) else "failed"
        outlet.tell(message if result != "failed" else f"error: {message}")
        if self._json:
            self._write(
                document(
                    self._prepared, result=result, exit_code=failure.exit_code, message=message
                )
            )

    def result(self, result: UpResult) -> None:
        """Write the result of every instance."""
        for outcome in result.outcomes:
            for line in up_text.failure_lines(outcome):
                outlet.tell(line)
            for note in outcome.notes:
                outlet.tell(f"{outcome.operation.container_name}: {note}")
        for note in result.notes:
            outlet.tell(f"warning: {note}")
        for line in up_text.notes_of_proofs(result.outcomes):
            outlet.tell(line)
        closing = up_text.closing_line(result)
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
        self._write_sheet(up_text.summary(result.outcomes))
        proofs = up_text.proof_sheet(result.outcomes)
        if proofs:
            self._write_sheet(proofs)
        for line in [*up_text.orphan_lines(result.outcomes), closing]:
            self._write(f"{printable(line)}\n")

    def _write(self, text: str) -> None:
        self.was_written &= self._to_output(text, is_document=self._json)

    def _write_sheet(self, sheet: Sheet) -> None:
        on_terminal = sys.stdout is not None and sys.stdout.isatty()
        self._write(sheet_text(sheet, CELL_COLOURS) + ("" if on_terminal else "\n"))


_RESULTS = {ExitCode.OK: "ok", ExitCode.INTERRUPTED: "interrupted"}


def _say_finding(finding: Finding) -> None:
    if finding.severity is Severity.ERROR:
        outlet.tell(up_text.finding_line(finding), _COLOURS[finding.severity])
    else:  # the word only: a launch that goes well is not to look like one that fails
        line = up_text.finding_line(finding)
        outlet.tell(line, _COLOURS[finding.severity], coloured=line.index(":") + 1)
