"""Where the instances answer. Reads only."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from multi_instance_manager.commands.look.readings import Subject, probe_all
from multi_instance_manager.commands.survey.addresses import Address, address_of
from multi_instance_manager.commands.survey.gather import survey
from multi_instance_manager.commands.survey.members import Member, chosen, members_of
from multi_instance_manager.commands.survey.reach import (
    refuse_out_of_reach,
    refuse_without_a_project,
)
from multi_instance_manager.errors import ExitCode
from multi_instance_manager.fleet.containers import ContainerState
from multi_instance_manager.plan.launched import has_own_key
from multi_instance_manager.reports.endpoints import EndpointsReport, InstanceEndpoints
from multi_instance_manager.text.printable import printable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from multi_instance_manager.commands.survey.request import Request
    from multi_instance_manager.commands.survey.survey import Survey
    from multi_instance_manager.http.response import Answer

_ENGINE = "engine"


class Which(StrEnum):
    """Which instances are meant: those that say that they are ready, those that run, or all."""

    READY = "ready"
    RUNNING = "running"
    ALL = "all"


class _Place(msgspec.Struct, frozen=True):
    member: Member
    address: Address

    @property
    def runs(self) -> bool:
        container = self.member.container
        return container is not None and container.state is ContainerState.RUNNING


def endpoints(request: Request, which: Which) -> EndpointsReport:
    """The addresses of the profiles' instances, orphans left out. Raises `Refused`."""
    settings = request.settings
    seen = survey(request)
    refuse_out_of_reach(seen)
    refuse_without_a_project(settings, members_of(seen))
    members = sorted(chosen(_of_profiles(seen), request.patterns), key=lambda m: m.profile_name)
    places = [
        _Place(member, address)
        for member in members
        if (address := address_of(member, settings.host_ip)) is not None
    ]
    found = _chosen_places(seen, places, which)
    shown = {endpoint.profile for endpoint in found}
    return EndpointsReport(
        exit_code=int(ExitCode.OK if found else ExitCode.INSTANCE_FAILED),
        fleet=settings.container_prefix,
        endpoints=tuple(found),
        left_out=tuple(printable(m.profile_name) for m in members if m.profile_name not in shown),
    )


def _of_profiles(seen: Survey) -> tuple[Member, ...]:
    """The members that a profile asks for, also where it cannot be used at the moment."""
    return tuple(member for member in members_of(seen) if not member.is_orphan)


def _chosen_places(seen: Survey, places: Sequence[_Place], which: Which) -> list[InstanceEndpoints]:
    if which is Which.ALL:
        return [_endpoint(seen, place, None) for place in places]
    running = [place for place in places if place.runs]
    if which is Which.RUNNING:
        return [_endpoint(seen, place, None) for place in running]
    asked = [Subject(p.member.container, p.address) for p in running if p.member.container]
    application = seen.settings.application
    answers = probe_all(asked, application)
    status = application.readiness.status
    return [_endpoint(seen, p, True) for p in running if _answers(p, answers, status)]


def _answers(place: _Place, answers: Mapping[str, Answer], status: int) -> bool:
    container = place.member.container
    answer = answers.get(container.container_id) if container else None
    return answer is not None and answer.status == status


def _endpoint(seen: Survey, place: _Place, is_ready: bool | None) -> InstanceEndpoints:
    member, address = place.member, place.address
    return InstanceEndpoints(
        profile=member.profile_name,
        container_name=member.container_name,
        host=address.host,
        api_port=address.api_port,
        stream_port=address.stream_port,
        api_url=address.api_url,
        api_key_file=_key_file(seen, member),
        is_running=place.runs,
        is_ready=is_ready,
    )


def _key_file(seen: Survey, member: Member) -> str | None:
    """The file on this host that the instance reads its keys from, or would."""
    labels = member.container.ours if member.container else None
    own = str(seen.layout.key_file(member.container_name))
    if labels is not None:
        has_own = has_own_key(member.container_name, labels, seen.layout)
    else:
        mounts = member.spec.mounts if member.spec else ()
        has_own = any(mount.source == own for mount in mounts)
    if has_own:
        return own
    host = seen.facts.host
    paths = seen.settings.application.paths
    return paths.key_file_in(f"{host.tree}") if host.host_keys else None
