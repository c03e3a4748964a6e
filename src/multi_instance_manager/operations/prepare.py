"""Gathers the facts, makes the plan and checks it. Reads only: it is given no changing call."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from multi_instance_manager import contract, preflight, records
from multi_instance_manager.custody import Custodian
from multi_instance_manager.docker_args import ExtraArgs, parse_docker_args
from multi_instance_manager.errors import StateError
from multi_instance_manager.execute.journal import stopping_when_cut_short
from multi_instance_manager.findings import Finding, Severity, error, finding_of
from multi_instance_manager.host_facts import HostFacts, gather_host_facts
from multi_instance_manager.naming import aside_name_of, container_name_of
from multi_instance_manager.observed import Fleet, sort_containers
from multi_instance_manager.operations.engine_facts import EngineFacts, gather_engine_facts
from multi_instance_manager.plan_file import check_plan_file
from multi_instance_manager.port_facts import survey_ports
from multi_instance_manager.ports import assign_slots, merge_claims
from multi_instance_manager.profiles import Pool, Profile, read_pool
from multi_instance_manager.reconcile import Circumstances, reconcile
from multi_instance_manager.secret_record import secret_changes
from multi_instance_manager.state_layout import RECORD_OF_SECRETS, StateLayout
from multi_instance_manager.wanted import Ingredients, wanted_specs

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from multi_instance_manager.custody_state import Custody
    from multi_instance_manager.engine.protocol import Reader
    from multi_instance_manager.plan import Plan
    from multi_instance_manager.settings import Settings
    from multi_instance_manager.spec import InstanceSpec

Entry = TypeVar("Entry", int, float, str)
_TIMES_TO_SETTLE = 5
_PAUSE_TO_SETTLE_S = 0.4


@dataclass(frozen=True, slots=True)
class Prepared:
    """All that is known before anything is touched: the plan, and what the checks found."""

    settings: Settings
    layout: StateLayout
    host: contract.Host
    pool: Pool
    specs: tuple[InstanceSpec, ...]
    slots: Mapping[str, int]
    plan: Plan
    findings: tuple[Finding, ...]
    proven_at: Mapping[str, float] = field(default_factory=dict)

    def profile(self, name: str) -> Profile:
        """The profile of that name."""
        return next(profile for profile in self.pool.profiles if profile.name == name)


def prepare(
    settings: Settings, connect: Callable[[], Reader], environment: Mapping[str, str]
) -> Prepared:
    """Everything left of the execution. ``connect`` may raise `EngineUnreachable`.

    An engine that is just starting or stopping a container of ours is given a moment to settle.
    """
    for _ in range(_TIMES_TO_SETTLE):
        preparation = _Preparation(settings, environment)
        prepared = preparation.run(connect)
        if not preparation.unsettled_ports:
            break
        time.sleep(_PAUSE_TO_SETTLE_S)
    return prepared


class _Preparation:
    """Collects findings on the way, so that one report names them all."""

    def __init__(self, settings: Settings, environment: Mapping[str, str]) -> None:
        self.settings = settings
        self.environment = environment
        self.layout = StateLayout(settings.state_dir, settings.container_prefix)
        self.findings: list[Finding] = []
        self.state_is_usable = True
        self.unsettled_ports: frozenset[int] = frozenset()

    def run(self, connect: Callable[[], Reader]) -> Prepared:
        settings = self.settings
        facts = gather_host_facts(settings)
        self.state_is_usable = not facts.state_fault
        self.findings += preflight.check_host(settings, facts)
        self.findings += preflight.check_exposure(settings, facts.host)
        self.findings += preflight.check_key(settings, facts.host)
        pool = read_pool(settings.profile_dir, now=time.time())
        derived = settings.profile_dir.is_relative_to(settings.project_root)
        if not (facts.root_fault and derived):
            self.findings += pool.findings
        extra = self._extra()
        engine = gather_engine_facts(settings.image, connect)
        self.findings += engine.findings
        if engine.api_version:
            self.findings += preflight.check_engine(extra, engine.api_version)
        proven = self._record(lambda: records.read_proofs(self.layout))
        fleet = self._fleet(engine, pool)
        slots = self._slots(pool, fleet)
        shared = Ingredients(settings, facts.host, self.layout, engine.image, extra)
        specs = wanted_specs([profile.name for profile in pool.profiles], slots, shared)
        plan = self._plan(specs, fleet, pool, frozenset(proven))
        self._check(specs, fleet, plan, facts, pool)
        self.findings += check_plan_file(settings.plan_file, plan)
        survey = survey_ports(settings.host_ip, specs, engine.containers, plan)
        self.unsettled_ports = survey.unsettled
        self.findings += preflight.check_ports(settings, specs, survey.facts)
        findings = tuple(sorted(self.findings, key=lambda finding: finding.severity))
        return Prepared(
            settings, self.layout, facts.host, pool, specs, slots, plan, findings, proven
        )

    def _extra(self) -> ExtraArgs:
        parsed = parse_docker_args(
            self.settings.docker_args,
            reader=lambda path: Path(path).read_text(encoding="utf-8"),
            environment=self.environment,
        )
        self.findings += [
            error("docker-args", "extra docker arguments", problem, "")
            for problem in parsed.problems
        ]
        return ExtraArgs() if parsed.problems else parsed.extra

    def _fleet(self, engine: EngineFacts, pool: Pool) -> Fleet:
        prefix = self.settings.container_prefix
        wanted = {container_name_of(prefix, profile.name) for profile in pool.profiles}
        names = wanted | {aside_name_of(name) for name in wanted}
        containers = engine.containers or ()
        unlabelled = [c for c in containers if c.name in names and c.ours is None]
        return sort_containers(
            containers,
            fleet=prefix,
            root=str(self.settings.project_root),
            wanted_names=frozenset(wanted),
            legacy_names=frozenset(c.name for c in unlabelled if engine.is_legacy(c)),
        )

    def _slots(self, pool: Pool, fleet: Fleet) -> dict[str, int]:
        names = [profile.name for profile in pool.profiles]
        ledger = self._record(lambda: records.read_ledger(self.layout))
        kept = {*names, *pool.refused}
        still_there = [(name, slot) for name, slot in ledger.items() if name in kept]
        held = merge_claims(fleet.slot_claims(), still_there)
        return assign_slots(names, held)

    def _record(self, read: Callable[[], dict[str, Entry]]) -> dict[str, Entry]:
        """A record of the state folder; a damaged one is said and counts as empty."""
        if not self.state_is_usable:
            return {}
        try:
            return read()
        except records.UnreadableRecord as problem:
            self.findings.append(finding_of("record", problem, Severity.WARNING))
        except StateError as problem:
            self.findings.append(finding_of("state-folder", problem))
        return {}

    def _plan(
        self, specs: Sequence[InstanceSpec], fleet: Fleet, pool: Pool, proven: frozenset[str]
    ) -> Plan:
        usable = self.state_is_usable
        prefix = self.settings.container_prefix
        given = Circumstances(
            custody=self._custody(specs, fleet, pool) if usable else {},
            stopping=stopping_when_cut_short(self.layout) if usable else frozenset(),
            known_before=self._known_before(specs) if usable else frozenset(),
            secret_changes=self._secret_changes(specs, fleet),
            proven=proven,
            refused=frozenset(container_name_of(prefix, name) for name in pool.refused),
            quarantined=self._record(lambda: records.read_quarantine(self.layout)),
            retry=self.settings.retry,
            recreate=self.settings.recreate,
            remove_orphans=self.settings.remove_orphans,
        )
        return reconcile(specs, fleet, given)

    def _custody(
        self, specs: Sequence[InstanceSpec], fleet: Fleet, pool: Pool
    ) -> dict[str, Custody]:
        custodian = Custodian(self.layout)
        known = {*fleet.current, *fleet.aside}
        paths = {profile.name: profile.path for profile in pool.profiles}
        return {
            spec.container_name: custodian.custody_of(
                spec.container_name,
                spec.profile_name,
                paths[spec.profile_name],
                is_aside=spec.container_name not in fleet.current,
            )
            for spec in specs
            if spec.container_name in known
        }

    def _known_before(self, specs: Sequence[InstanceSpec]) -> frozenset[str]:
        """The containers that have existed before: their custody was recorded."""
        names = (spec.container_name for spec in specs)
        return frozenset(n for n in names if self.layout.custody_record(n).exists())

    def _secret_changes(
        self, specs: Sequence[InstanceSpec], fleet: Fleet
    ) -> dict[str, tuple[str, ...]]:
        records_of = {name: self.layout.secret_record(name) for name in fleet.current}
        for name in fleet.aside.keys() - fleet.current.keys():
            records_of[name] = self.layout.aside_dir(name) / RECORD_OF_SECRETS
        return {
            spec.container_name: secret_changes(records_of[spec.container_name], spec)
            for spec in specs
            if spec.container_name in records_of
        }

    def _check(
        self,
        specs: Sequence[InstanceSpec],
        fleet: Fleet,
        plan: Plan,
        facts: HostFacts,
        pool: Pool,
    ) -> None:
        settings = self.settings
        sizes = {profile.name: _size_of(profile.path) for profile in pool.profiles}
        needed = sum(2 * sizes.get(o.profile_name, 0) for o in plan.pending)
        derived = settings.state_dir.is_relative_to(settings.project_root)
        if not (facts.root_fault and derived):
            self.findings += preflight.check_state_folder(settings, facts, needed)
        self.findings += preflight.check_ranges(settings, specs)
        self.findings += preflight.check_names(specs, fleet)
        if specs and not contract.sees_pool(settings):
            private = [facts.host.pool_dir, os.path.realpath(settings.state_dir)]
            self.findings += preflight.check_extra_isolation(specs[0].extra, private)
        self.findings += preflight.check_other_fleets(specs, fleet)
        self.findings += preflight.check_extra_ports(specs)
        self.findings += preflight.check_rings(plan)
        self.findings += preflight.check_pool_writable(
            settings, plan, writable=facts.pool_is_writable
        )
        self.findings += preflight.check_memory(settings, plan, facts.available_memory_bytes)


def _size_of(path: Path) -> int:
    try:
        return os.stat(path).st_size  # noqa: PTH116  # one call, symbolic links followed
    except OSError:
        return 0
