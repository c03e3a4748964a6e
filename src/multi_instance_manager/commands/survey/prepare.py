"""Surveys the pool, and checks what a launch would need. Reads only: it has no changing call."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from msgspec.structs import replace

from multi_instance_manager.checks import preflight
from multi_instance_manager.commands.survey.gather import survey
from multi_instance_manager.commands.survey.plan_file import check_plan_file
from multi_instance_manager.commands.survey.reach import findings_of_place
from multi_instance_manager.commands.survey.survey import Survey
from multi_instance_manager.files.resolved_paths import shown_by
from multi_instance_manager.findings import Severity
from multi_instance_manager.plan import mounts
from multi_instance_manager.probe.build_context import build_context
from multi_instance_manager.probe.image_contents import baked_in
from multi_instance_manager.probe.port_holders import address_faults, survey_ports

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from multi_instance_manager.commands.survey.request import Request
    from multi_instance_manager.findings import Finding
    from multi_instance_manager.fleet.leases import PortPair

_ORDER = tuple(Severity)
_TIMES_TO_SETTLE = 5
_PAUSE_TO_SETTLE_S = 0.4


def prepare(request: Request) -> Survey:
    """The survey, with all that stands in the way of a launch among its findings, errors first.

    Patterns narrow it to the profiles that they mean. An engine that is just starting or stopping a
    container of ours is given a moment to settle.
    """
    settings = request.settings
    for _ in range(_TIMES_TO_SETTLE):
        seen = survey(request, request.patterns)
        if seen.engine.is_elsewhere:
            # What is checked on this machine says nothing about that one.
            return _prepared(seen, seen.findings)
        if away := findings_of_place(seen):
            return _prepared(seen, tuple(away))
        ports = survey_ports(settings.host_ip, seen.specs, seen.engine.containers, seen.plan)
        if not ports.unsettled:
            break
        time.sleep(_PAUSE_TO_SETTLE_S)
    return _prepared(
        seen,
        (
            *seen.findings,
            *_checked(seen),
            *preflight.check_addresses(settings, address_faults(settings.host_ip, seen.specs)),
            *check_plan_file(settings.plan_file, seen.plan),
            *preflight.check_ports(settings, seen.specs, ports.facts),
        ),
    )


def _prepared(seen: Survey, findings: tuple[Finding, ...]) -> Survey:
    found = (*preflight.check_place(seen.engine.place, seen.engine.endpoint), *findings)
    return replace(
        seen, findings=tuple(sorted(found, key=lambda finding: _ORDER.index(finding.severity)))
    )


def _checked(seen: Survey) -> Iterator[Finding]:
    """What the survey shows to be in the way of a launch."""
    settings, facts, specs, plan = seen.settings, seen.facts, seen.specs, seen.plan
    derived = settings.state_dir.is_relative_to(settings.project_root)
    if not (facts.root_fault and derived):
        yield from preflight.check_state_folder(settings, facts, _bytes_needed(seen))
    yield from preflight.check_environment_file(settings, facts.host, specs)
    images = {spec.image.name: spec.image for spec in specs}
    baked = {name: baked_in(settings, image) for name, image in images.items()}
    yield from preflight.check_image_state(build_context(settings), baked)
    yield from preflight.check_readable(settings, facts.host, facts.mounted, specs)
    yield from preflight.check_ranges(settings, specs, _leases_of_others(seen))
    yield from preflight.check_names(specs, seen.fleet)
    if specs and not mounts.sees_pool(settings):
        private = [facts.host.pool_dir, os.path.realpath(settings.state_dir)]
        extras = dict.fromkeys(spec.extra for spec in specs)
        found = [preflight.check_extra_isolation(e, private, shown_by) for e in extras]
        yield from dict.fromkeys(finding for each in found for finding in each)
    yield from preflight.check_other_fleets(specs, seen.fleet)
    yield from preflight.check_extra_ports(specs)
    yield from preflight.check_rings(plan)
    yield from preflight.check_pool_writable(settings, plan, writable=facts.pool_is_writable)
    yield from preflight.check_memory(settings, plan, facts.available_memory_bytes)


def _leases_of_others(seen: Survey) -> dict[str, PortPair]:
    """The ports of the enabled profiles that this launch is not about."""
    ours = {spec.profile_name for spec in seen.specs} | seen.settings.disabled
    slots = {name: slot for name, slot in seen.slots.items() if name not in ours}
    return {name: seen.settings.ports_of(name, slot) for name, slot in slots.items()}


def _bytes_needed(seen: Survey) -> int:
    """Disk for the copies, those of the pool and the stashes of what the plan would launch."""
    sizes = {profile.name: _size_of(profile.path) for profile in seen.pool.profiles}
    return sum(3 * sizes.get(operation.profile_name, 0) for operation in seen.plan.pending)


def _size_of(path: Path) -> int:
    try:
        return os.stat(path).st_size  # noqa: PTH116  # one call, symbolic links followed
    except OSError:
        return 0
