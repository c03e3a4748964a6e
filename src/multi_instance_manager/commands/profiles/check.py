"""Whether the saved profiles can serve: readable, whole, not expired, each its own. Reads only."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from multi_instance_manager.commands.profiles.login_findings import DAY_S, login_findings
from multi_instance_manager.commands.profiles.saved import SavedProfile, saved_profiles
from multi_instance_manager.commands.survey.selection import select
from multi_instance_manager.errors import ExitCode, UsageProblems
from multi_instance_manager.reports.profile_check import ProfileCheckReport
from multi_instance_manager.reports.profile_finding import ProfileFinding
from multi_instance_manager.text.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from multi_instance_manager.commands.survey.request import Request


def check_profiles(request: Request, *, soon_days: float) -> ProfileCheckReport:
    """Look at the profiles that names and globs mean; twins are looked for among all."""
    settings, now = request.settings, time.time()
    found = saved_profiles(settings, now=now)
    if not found:
        step = "`multi-instance profiles add FILE` adds one"
        raise UsageProblems([f"profile directory {settings.profile_dir}: holds no profile; {step}"])
    meant = set(select(request.patterns, [one.name for one in found]))
    looked_at = [one for one in found if one.name in meant]
    findings = tuple(
        finding for one in looked_at for finding in _findings(one, now, soon_days * DAY_S)
    )
    return ProfileCheckReport(
        exit_code=int(ExitCode.INSTANCE_FAILED if findings else ExitCode.OK),
        folder=str(settings.profile_dir),
        checked=tuple(printable(one.name) for one in looked_at),
        findings=findings,
    )


def _findings(one: SavedProfile, now: float, soon_s: float) -> Iterator[ProfileFinding]:
    if one.refusal is not None:
        yield ProfileFinding(
            profile=printable(one.name),
            severity="error",
            code="invalid" if _can_be_read(one) else "unreadable",
            fact=one.refusal.fact,
            next_step=one.refusal.next_step,
        )
    elif (login := one.login).facts is not None:
        yield from login_findings(
            one.name, login.facts, one.twins, now=now, soon_s=soon_s, before=login.before
        )


def _can_be_read(one: SavedProfile) -> bool:
    """Whether there is any content that could be judged."""
    if not one.path.is_file():
        return False
    try:
        with one.path.open("rb"):
            return True
    except OSError:
        return False
