"""Writes one run: the result to standard output, everything else to standard error.

With ``--output json`` standard output gets exactly one document, however the run ends.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from multi_instance_manager.errors import Declined, ExitCode, ManagerError, Refused
from multi_instance_manager.findings import Severity
from multi_instance_manager.plan.plan import kind_width
from multi_instance_manager.render import outlet, up_text
from multi_instance_manager.render.hanging import below
from multi_instance_manager.render.instances import closing_text, launch_sheet, remarks_on
from multi_instance_manager.render.proofs import (
    CELL_COLOURS,
    proof_notes,
    proof_sheet,
    shown_proofs,
)
from multi_instance_manager.render.script import script_of, script_text
from multi_instance_manager.render.sheets import sheet_text
from multi_instance_manager.reports.report import document_of
from multi_instance_manager.reports.up import up_report
from multi_instance_manager.settings.model import Output

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from multi_instance_manager.commands.change.session_result import UpResult
    from multi_instance_manager.commands.look.preview import Preview
    from multi_instance_manager.commands.survey.survey import Survey
    from multi_instance_manager.findings import Finding
    from multi_instance_manager.render.tables import Sheet

_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow"}


class Screen:
    """Writes one run. Keeps the findings for the document of a run that ends early.

    ``write`` writes text or a document to standard output; ``was_written`` says whether all of it
    was written. ``shows_checks`` adds the checks of the proofs that passed.
    """

    def __init__(
        self, output: Output, write: Callable[..., bool], *, shows_checks: bool = False
    ) -> None:
        self._shows_checks = shows_checks
        self._json = output is Output.JSON
        self._to_output = write
        self._seen: Survey | None = None
        self.was_written = True

    def found(self, seen: Survey) -> None:
        """Say what the checks found and what is planned."""
        self._seen = seen
        for finding in seen.findings:
            _say_finding(finding)
        if not any(finding.severity is Severity.ERROR for finding in seen.findings):
            indent = kind_width(seen.plan.operations) + 1
            for line in up_text.plan_lines(seen):
                outlet.tell(line, indent=indent)

    def ask(self, seen: Survey) -> bool:
        """Put the question; no answer is no."""
        return outlet.asks(up_text.question(seen))

    def preview(self, found: Preview) -> ExitCode:
        """Write the dry run; gives its exit code."""
        seen, script = found.seen, script_of(found.seen)
        exit_code = ExitCode.REFUSED if found.is_refused else ExitCode.OK
        for finding in seen.findings:
            _say_finding(finding)
        if self._json:
            result = "refused" if found.is_refused else "dry-run"
            report = up_report(seen, result=result, exit_code=exit_code, commands=script)
            text = document_of(report)
        else:
            text = script_text(seen, script)
        self._write(text)
        if found.is_refused:
            outlet.tell("a launch would be refused for the errors above")
        self._tell_launchable(found.launchable)
        return exit_code

    def plan(self, found: Preview) -> None:
        """Write the plan, with what the checks found beside it."""
        seen = found.seen
        for finding in seen.findings:
            _say_finding(finding)
        if self._json:
            self._write(document_of(found.report()))
            self._tell_launchable(found.launchable)
            return
        if any(finding.code == "engine" for finding in seen.findings):
            outlet.tell("no plan: the engine was not reached")
            return
        width = kind_width(seen.plan.operations)
        lines = [operation.line(width) for operation in seen.plan.operations]
        lines += [*up_text.orphan_hints(seen.plan), up_text.pending_line(seen.plan)]
        self._write("".join(f"{below(line, width + 1)}\n" for line in lines))
        self._tell_launchable(found.launchable)

    def ended(self, failure: ManagerError) -> None:
        """Report why a run ended before its execution."""
        if isinstance(failure, Refused):
            message, result = up_text.refusal(failure.findings), "refused"
        else:
            message = str(failure)
            result = "declined" if isinstance(failure, Declined) else "failed"
        if isinstance(failure, Declined):
            outlet.tell_declined(message)
        else:
            outlet.tell(message if result != "failed" else f"error: {message}")
        if isinstance(failure, Refused):
            self._tell_launchable(failure.launchable)
        if self._json:
            report = up_report(
                self._seen, result=result, exit_code=failure.exit_code, message=message
            )
            self._write(document_of(report))

    def result(self, result: UpResult) -> None:
        """Write the truth about every instance."""
        report = result.report()
        proofs = [(one.profile, one.proof) for one in report.instances]
        for one in report.instances:
            for line in remarks_on(one):
                outlet.tell(line)
        for note in result.notes:
            outlet.tell(f"warning: {note}")
        for line in proof_notes(proofs):
            outlet.tell(line)
        if self._json:
            self._write(document_of(report))
            return
        self._write_sheet(launch_sheet(report.instances))
        sheet = proof_sheet(shown_proofs(proofs, shows_all=self._shows_checks))
        if sheet:
            self._write_sheet(sheet)
        closing = closing_text(report.message or "", report.elapsed_s)
        for line in [*up_text.orphan_lines(result.outcomes), closing]:
            self._write(f"{below(line)}\n")

    def _tell_launchable(self, profile_names: Sequence[str]) -> None:
        for line in up_text.launchable_lines(profile_names):
            outlet.tell(line)

    def _write(self, text: str) -> None:
        self.was_written &= self._to_output(text, is_document=self._json)

    def _write_sheet(self, sheet: Sheet) -> None:
        on_terminal = sys.stdout is not None and sys.stdout.isatty()
        self._write(sheet_text(sheet, CELL_COLOURS) + ("" if on_terminal else "\n"))


def _say_finding(finding: Finding) -> None:
    if finding.severity is Severity.NOTE:
        outlet.tell(up_text.finding_line(finding))
    elif finding.severity is Severity.ERROR:
        outlet.tell(up_text.finding_line(finding), _COLOURS[finding.severity])
    else:  # the word only: a launch that goes well is not to look like one that fails
        line = up_text.finding_line(finding)
        outlet.tell(line, _COLOURS[finding.severity], coloured=line.index(":") + 1)
