"""Gathers everything that is known of one instance. Reads only."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec.structs import replace

from multi_instance_manager.checks import preflight
from multi_instance_manager.checks.explain.instance_facts import Health, InstanceFacts
from multi_instance_manager.commands.look.instance_status import diagnosis_of
from multi_instance_manager.commands.look.vital_signs import login_of, seen_members
from multi_instance_manager.commands.survey.members import chosen, members_of
from multi_instance_manager.commands.survey.reach import refuse_without_a_project
from multi_instance_manager.errors import EngineError, StateError, UsageProblems
from multi_instance_manager.fleet.containers import ContainerState
from multi_instance_manager.fleet.networks import lost_networks
from multi_instance_manager.http.probes import get_all
from multi_instance_manager.http.urls import url_of
from multi_instance_manager.plan.causes import cause_text, lost_network
from multi_instance_manager.probe.port_holders import survey_ports
from multi_instance_manager.proof.host_addresses import reachable_address
from multi_instance_manager.sessions.custodian import Custodian
from multi_instance_manager.state import records
from multi_instance_manager.text.json_faults import JSON_FAULTS
from multi_instance_manager.text.printable import printable
from multi_instance_manager.text.times import moment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from multi_instance_manager.commands.look.instance_status import Seen
    from multi_instance_manager.commands.survey.members import Member
    from multi_instance_manager.commands.survey.request import Request
    from multi_instance_manager.commands.survey.survey import Survey
    from multi_instance_manager.findings import Finding
    from multi_instance_manager.host.port_holder import Holder
    from multi_instance_manager.text.redactor import Redactor
    from multi_instance_manager.vitals.diagnosis import Diagnosis

LOG_LINES = 20
_HEALTH_WITHIN_S = 5.0
_LONGEST_WORDS = 300
_LONGEST_LINE = 500
_KEPT_LOGS = 3
_JOURNAL_LINES = 5
# Findings that bear on every instance, apart from those that name the profile.
_FOR_ALL = {
    "engine",
    "network",
    "project-root",
    "tree",
    "docker-env",
    "docker-args",
    "state-folder",
}


class Gatherer(msgspec.Struct, frozen=True):
    """Looks at one member of a pool; what it shows has gone through the redactor."""

    seen: Survey
    request: Request
    redactor: Redactor

    def facts_of(self, member: Member) -> InstanceFacts:
        """Everything, as of now."""
        seen, container = self.seen, member.container
        spec = member.spec
        read = self._read(member)
        status = read.reading.status if read else None
        if status is not None:
            status = replace(status, error=self._shown(status.error))
        is_running = status is not None and status.state is ContainerState.RUNNING
        ports, api_url = _addresses(member)
        now = time.time()
        return InstanceFacts(
            profile_name=member.profile_name,
            container_name=member.container_name,
            now=now,
            has_profile=not member.is_orphan,
            is_refused=member.is_refused,
            is_disabled=member.profile_name in seen.settings.disabled,
            findings=tuple(self._findings(member)),
            operation=member.operation,
            container=container,
            aside=member.aside,
            status=status,
            restarts_by_itself=status.restarts_by_itself if status else None,
            health=self._health(api_url) if is_running and api_url else None,
            diagnosis=self._redacted(diagnosis_of(read)) if read else None,
            login=login_of(seen, member).sign(now),
            ports=ports,
            api_url=api_url,
            image_name=spec.image.name if spec else seen.settings.image.name,
            holders=self._holders(member),
            custody=self._custody(member),
            proven_at=seen.proven_at.get(container.container_id) if container else None,
            log_tail=self.log_tail(member, LOG_LINES),
            log_files=tuple(self.log_files(member)[-_KEPT_LOGS:]),
            journal=tuple(self.journal(member)[-_JOURNAL_LINES:]),
            lost_network=self._lost_network(member),
            undone=self._undone(member),
        )

    def _undone(self, member: Member) -> str:
        """Why the last try to make of it what is wanted now came to nothing."""
        if member.container is None or member.spec is None:
            return ""
        with suppress(StateError):
            undone = records.read_undone(self.seen.layout).get(member.container.container_id)
            if undone and undone.spec_hash == member.spec.hash:
                return self._shown(undone.reason)
        return ""

    def _lost_network(self, member: Member) -> str:
        known = self.seen.engine.networks
        lost = lost_networks(member.container, known) if member.container else ()
        return cause_text(lost_network(lost[0], known)) if lost else ""

    def _read(self, member: Member) -> Seen | None:
        """What `status` would read of it; None where no engine answers."""
        reader = self.seen.engine.reader
        return seen_members(self.seen, reader, [member])[0] if reader else None

    def _redacted(self, diagnosis: Diagnosis) -> Diagnosis:
        evidence = (replace(one, seen=self._shown(one.seen)) for one in diagnosis.evidence)
        return replace(diagnosis, evidence=tuple(evidence))

    def _findings(self, member: Member) -> Iterator[Finding]:
        for finding in self.seen.findings:
            if finding.profile_name == member.profile_name or finding.code in _FOR_ALL:
                yield finding
        if member.spec:
            image = member.spec.image.name
            yield from (one for one in self.seen.findings if one.image_name == image)
            yield from preflight.check_names([member.spec], self.seen.fleet)

    def _health(self, api_url: str) -> Health:
        readiness = self.seen.settings.application.readiness
        answer, body = get_all(f"{api_url}{readiness.path}", timeout_s=_HEALTH_WITHIN_S)
        is_ready = answer.status == readiness.status
        words = "" if is_ready else self._shown(_words_of(body))[:_LONGEST_WORDS]
        return Health(answer.status, answer.fault, words, readiness.status)

    def _holders(self, member: Member) -> dict[int, tuple[Holder, ...]]:
        if member.spec is None:
            return {}
        seen = self.seen
        specs, containers = [member.spec], seen.engine.containers
        return dict(survey_ports(member.spec.host_ip, specs, containers, seen.plan).facts.holders)

    def _custody(self, member: Member) -> str:
        if member.profile is None or not (member.container or member.aside):
            return ""
        custodian = Custodian(self.seen.layout, self.seen.settings.application.login)
        try:
            return custodian.custody_of(
                member.container_name,
                member.profile_name,
                member.profile.path,
                is_aside=member.container is None,
            ).value
        except StateError as problem:
            return f"cannot be told: {problem}"

    def log_tail(self, member: Member, lines: int) -> tuple[str, ...]:
        """The last lines of its log."""
        reader, container = self.seen.engine.reader, member.container
        if reader is None or container is None:
            return ()
        try:
            tail = reader.logs(container.container_id, lines=lines)
        except EngineError:
            return ()
        # As one text, so that a secret that goes over several lines is found.
        return tuple(printable(line)[:_LONGEST_LINE] for line in self._lines("\n".join(tail)))

    def log_files(self, member: Member) -> list[str]:
        """The logs that were kept of its failures, oldest first."""
        folder = self.seen.layout.failures_dir
        moments = "[0-9]" * 8 + "T*Z.log"
        with suppress(OSError):
            return [str(path) for path in sorted(folder.glob(f"{member.container_name}-{moments}"))]
        return []

    def journal(self, member: Member) -> list[str]:
        """What the last run began to do with it."""
        try:
            lines = self.seen.layout.journal.read_bytes().splitlines()
            entries = [msgspec.json.decode(line, type=dict[str, Any]) for line in lines]
        except (OSError, *JSON_FAULTS):
            return []
        mine = [e for e in entries if e.get("container") == member.container_name]
        steps = "\n".join(f"{_moment(e.get('at'))} {e.get('step')}" for e in mine)
        return [printable(line) for line in self._lines(steps)]

    def _shown(self, text: str) -> str:
        return printable(self.redactor.excerpt(text))

    def _lines(self, text: str) -> list[str]:
        return self.redactor.excerpt(text).splitlines()


def member_of(seen: Survey, profile_name: str) -> Member:
    """The one member that a name or glob means; raises `UsageProblems` for none and for several.

    `Refused` where there is no project.
    """
    members = members_of(seen)
    refuse_without_a_project(seen.settings, members)
    found = chosen(members, [profile_name])
    names = {member.profile_name for member in found}
    if len(names) > 1:
        raise UsageProblems([f"profile {profile_name!r}: matches {len(names)}; name one of them"])
    return found[0]


def _addresses(member: Member) -> tuple[tuple[int, ...] | None, str]:
    """The host ports and the API's address: the container's own, else the ones it would have."""
    labels = member.container.ours if member.container else None
    if labels is not None:
        ports = labels.identity.host_ports
    elif member.spec is not None:
        ports = member.spec.host_ports
    else:
        return None, ""
    published = member.container.published if member.container else ()
    own = next((p.host_ip for p in published if p.port == ports[0]), None)
    host = reachable_address(own or (member.spec.host_ip if member.spec else "127.0.0.1"))
    return ports, url_of(host, ports[0])


def _words_of(body: bytes) -> str:
    """What an answer says of itself: its message, and which of its details are not so."""
    try:
        content = msgspec.json.decode(body, type=dict[str, Any])
    except JSON_FAULTS:
        return ""
    details = content.get("details")
    told = details.items() if isinstance(details, dict) else ()
    lacking = [f"{name}: false" for name, value in told if value is False]
    message = content.get("message") or content.get("error") or content.get("status") or ""
    words = "; ".join(text for text in (str(message), *lacking) if text)
    return f"({words})" if words else ""


def _moment(seconds: object) -> str:
    if not isinstance(seconds, int | float):
        return "at an unknown time:"
    return moment(seconds)
