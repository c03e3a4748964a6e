"""What `up` would do, without doing it. Reads only."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from multi_instance_manager.commands.survey.launchable import launchable
from multi_instance_manager.commands.survey.prepare import prepare
from multi_instance_manager.commands.survey.survey import Survey
from multi_instance_manager.errors import ExitCode
from multi_instance_manager.findings import errors_of
from multi_instance_manager.reports.up import PlanReport, plan_report

if TYPE_CHECKING:
    from multi_instance_manager.commands.survey.request import Request


class Preview(msgspec.Struct, frozen=True):
    """What was seen, with the plan and everything that stands in the way of a launch.

    ``launchable`` are the profiles that can be launched although others cannot.
    """

    seen: Survey
    launchable: tuple[str, ...] = ()

    @property
    def is_refused(self) -> bool:
        """Whether a launch would not begin."""
        return bool(errors_of(self.seen.findings))

    @property
    def exit_code(self) -> ExitCode:
        """The exit code of `plan`."""
        if self.is_refused:
            return ExitCode.REFUSED
        return ExitCode.CHANGES_PENDING if self.seen.plan.pending else ExitCode.OK

    def report(self) -> PlanReport:
        """The report of `plan`."""
        return plan_report(self.seen, self.exit_code)


def preview(request: Request) -> Preview:
    """Gather, plan and check."""
    seen = prepare(request)
    return Preview(seen, launchable(request, seen))
