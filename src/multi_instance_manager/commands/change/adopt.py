"""Makes a fleet at home where it is now, once a person has said so: the one remedy for all of it.

Containers are left as they are. Those of a project that has moved count as this fleet's from now
on; the next launch makes them anew, on the folders that are here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from multi_instance_manager.commands.survey.displacement import (
    Displacement,
    DisplacementKind,
    displacement_of,
    engine_displacement,
    finding_of,
)
from multi_instance_manager.commands.survey.gather import survey
from multi_instance_manager.commands.survey.home_guard import settle_here
from multi_instance_manager.commands.survey.reach import (
    refuse_engine_elsewhere,
    refuse_without_a_project,
    refuse_without_engine,
)
from multi_instance_manager.errors import ExitCode, Refused
from multi_instance_manager.reports.adopt import AdoptReport
from multi_instance_manager.state.folder import prepare_top
from multi_instance_manager.state.lock import fleet_lock
from multi_instance_manager.text.printable import printable

if TYPE_CHECKING:
    from multi_instance_manager.commands.survey.request import Request
    from multi_instance_manager.commands.survey.survey import Survey
    from multi_instance_manager.engine.protocol.engine import Reader
    from multi_instance_manager.settings.model import Settings
    from multi_instance_manager.state.layout import StateLayout


def adopt(request: Request) -> AdoptReport:
    """Adopt what was displaced; raises `Busy`, `Refused` where another project is in the way."""
    settings, layout = request.settings, request.layout
    seen = survey(request)
    refuse_without_engine(seen)
    refuse_engine_elsewhere(seen)
    refuse_without_a_project(settings, seen.pool.profiles)
    if _displaced(seen) is None:
        return _report(settings, None)
    prepare_top(layout)
    with fleet_lock(layout, timeout_s=settings.timeouts.lock_timeout_s):
        seen = survey(request)
        displaced = _displaced(seen)
        if displaced is not None:
            _carry_out(settings, layout, displaced, request.engine())
    return _report(settings, displaced)


def _displaced(seen: Survey) -> Displacement | None:
    found = displacement_of(seen.settings, seen.engine.containers or ())
    return found or engine_displacement(seen.settings, seen.engine)


def _carry_out(
    settings: Settings, layout: StateLayout, displaced: Displacement, engine: Reader
) -> None:
    if displaced.way is DisplacementKind.SHARED:
        raise Refused([finding_of(displaced, settings)])
    adopted = displaced.containers if displaced.are_ours else ()
    settle_here(settings, layout, engine, tuple(container.container_id for container in adopted))


def _report(settings: Settings, displaced: Displacement | None) -> AdoptReport:
    adopted = displaced.containers if displaced and displaced.are_ours else ()
    return AdoptReport(
        exit_code=int(ExitCode.OK),
        project_root=str(settings.project_root),
        fleet=settings.container_prefix,
        way=displaced.way.value if displaced else None,
        before=printable(displaced.before) if displaced else None,
        containers=tuple(container.name for container in adopted),
    )
