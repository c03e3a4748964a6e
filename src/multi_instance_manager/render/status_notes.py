"""What is to be said of instances in sentences: subject, fact, next step. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from multi_instance_manager.reports.status import Condition

if TYPE_CHECKING:
    from collections.abc import Iterator

    from multi_instance_manager.reports.status import MemberStatus, StatusReport

_ERROR = "error"
_OF_ONE_PROFILE = "profile"


def notes(report: StatusReport) -> Iterator[str]:
    """A sentence for each thing that needs one, then what would keep `up` from launching."""
    for one in report.instances:
        for fact in _facts(one):
            yield f"{one.profile}: {fact}"
    for finding in report.findings:
        if finding.severity == _ERROR and finding.code != _OF_ONE_PROFILE:
            step = f"; {finding.next_step}" if finding.next_step else ""
            yield f"`up` would be refused: {finding.subject}: {finding.fact}{step}"


def _facts(one: MemberStatus) -> Iterator[str]:
    if one.is_orphan:
        cause = ", ".join(one.causes) or "no profile asks for it"
        yield f"orphan {one.container_name}: {cause}; `up --remove-orphans` removes it"
        return
    if one.reason:
        yield _REASONS[one.condition].format(one.reason)
    if not one.is_enabled:
        yield _disabled(one)
    if one.container and one.container.error:
        yield f"the engine could not start it: {one.container.error}"
    if one.aside:
        yield f"its container from before is set aside as {one.aside.name}; `up` sorts it out"
    yield from _differences(one)


_CANNOT_BE_USED = "its profile cannot be used: {}"
_REASONS = {
    **dict.fromkeys(Condition, _CANNOT_BE_USED),
    Condition.QUARANTINED: "quarantined: {}; `up --retry` tries it again",
    Condition.UNKNOWN: "not known: {}",
}


def _disabled(one: MemberStatus) -> str:
    word = "disabled in the configuration file"
    return word if one.condition is Condition.DISABLED else f"{word}, and not stopped yet"


def _differences(one: MemberStatus) -> Iterator[str]:
    """What `up` would change about an instance that is there."""
    if one.changes:
        yield f"`up` would replace it: {', '.join(one.changes)}"
    elif one.container and one.container.image_is_outdated:
        yield f"its image is older than {one.container.image} is by now"
