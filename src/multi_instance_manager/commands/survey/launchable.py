"""Finds the profiles that can be launched although others cannot. Reads only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from multi_instance_manager.commands.survey.prepare import prepare
from multi_instance_manager.findings import errors_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from multi_instance_manager.commands.survey.request import Request
    from multi_instance_manager.commands.survey.survey import Survey
    from multi_instance_manager.findings import Finding


def launchable(request: Request, seen: Survey) -> tuple[str, ...]:
    """The profiles that `up NAME…` would launch now; none if more than single profiles is at fault.

    They are checked again without the others: an instance may need a port that another one gives
    up.
    """
    errors = errors_of(seen.findings)
    at_fault = {name for finding in errors for name in _profiles_of(finding, seen)}
    names = tuple(s.profile_name for s in seen.specs if s.profile_name not in at_fault)
    if not errors or not names or not all(any(_profiles_of(e, seen)) for e in errors):
        return ()
    checked = prepare(replace(request, patterns=names))
    return () if errors_of(checked.findings) else names


def _profiles_of(finding: Finding, seen: Survey) -> Iterator[str]:
    """The profiles that a finding is about; none if it is about the fleet."""
    if finding.profile_name is not None:
        yield finding.profile_name
    elif finding.image_name not in {None, seen.settings.image.name}:
        names = (spec.profile_name for spec in seen.specs)
        yield from (n for n in names if seen.settings.of(n).image.name == finding.image_name)
