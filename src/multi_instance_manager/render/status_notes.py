"""Remarks on instances in sentences: subject, fact, next step. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from multi_instance_manager.application.verdict import Verdict
from multi_instance_manager.text.sentence import problem_text
from multi_instance_manager.vitals.sentences import with_moment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from multi_instance_manager.reports.status import MemberStatus, StatusReport

_ERROR = "error"
_TAKEN_OVER = {"replace", "finish"}
_OF_ONE_PROFILE, _SAME_LOGIN = "profile", "same-login"


def notes(report: StatusReport) -> Iterator[str]:
    """Return the remarks on instances, then the problems that would stop `up`."""
    for one in report.instances:
        for fact in _facts(one, report.taken_at):
            yield f"{one.profile}: {fact}"
    for finding in report.findings:
        if finding.code == _SAME_LOGIN:
            yield problem_text(finding.subject, finding.fact, finding.next_step)
        if finding.severity == _ERROR and finding.code != _OF_ONE_PROFILE:
            problem = problem_text(finding.subject, finding.fact, finding.next_step)
            yield f"`up` would be refused: {problem}"


def _facts(one: MemberStatus, taken_at: datetime) -> Iterator[str]:
    if one.is_orphan and one.pending in _TAKEN_OVER:
        yield "its file was renamed; `up` takes its instance over under the new name"
        return
    if one.is_orphan:
        cause = ", ".join(one.causes) or "no profile asks for it"
        yield f"orphan {one.container_name}: {cause}; `up --remove-orphans` removes it"
        return
    if one.reason:
        yield _REASONS[one.condition].format(one.reason)
    elif one.condition in _EXPLAINED:
        yield _explained(one, taken_at)
    if not one.is_enabled:
        yield _disabled(one)
    if one.container and one.container.error:
        yield f"the engine could not start it: {one.container.error}"
    if one.aside:
        yield f"its container from before is set aside as {one.aside.name}; `up` sorts it out"
    yield from _differences(one)


def _explained(one: MemberStatus, taken_at: datetime) -> str:
    """Return the evidence for the condition, and the first step to take."""
    now = taken_at.timestamp()
    moments = [sign.at.timestamp() if sign.at else None for sign in one.evidence]
    pairs = zip(one.evidence, moments, strict=True)
    seen = "; ".join(with_moment(sign.seen, at, now=now) for sign, at in pairs)
    step = f"; {one.advice[0]}" if one.advice else ""
    return f"{one.condition}: {seen}{step}"


# Conditions that need an explanation.
_EXPLAINED = {
    Verdict.SIGNED_OUT,
    Verdict.CHALLENGED,
    Verdict.QUOTA,
    Verdict.STALLED,
    Verdict.BROWSER_GONE,
    Verdict.OUT_OF_MEMORY,
    Verdict.CRASH_LOOP,
    Verdict.NOT_READY,
}
_CANNOT_BE_USED = "its profile cannot be used: {}"
_REASONS = {
    **dict.fromkeys(Verdict, _CANNOT_BE_USED),
    Verdict.QUARANTINED: "quarantined: {}; `up --retry` tries it again",
    Verdict.UNKNOWN: "not known: {}",
}


def _disabled(one: MemberStatus) -> str:
    word = "disabled in the configuration file"
    return word if one.condition is Verdict.DISABLED else f"{word}, and not stopped yet"


def _differences(one: MemberStatus) -> Iterator[str]:
    """Return what `up` would change about an existing instance."""
    if one.changes:
        yield f"`up` would replace it: {', '.join(one.changes)}"
    elif one.container and one.container.image_is_outdated:
        yield f"its image is older than {one.container.image} is by now"
