"""Gathers everything that is known of a pool and its engine, and the plan that follows from it.

Reads only. What was wrong on the way is told as findings, never raised: a report of the state must
come although the engine is down or a record is damaged.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

from msgspec.structs import replace

from multi_instance_manager.checks import preflight
from multi_instance_manager.commands.survey.engine_facts import EngineFacts, gather_engine_facts
from multi_instance_manager.commands.survey.engine_sides import EngineSides, look_at_sides
from multi_instance_manager.commands.survey.fleet_view import view_fleet
from multi_instance_manager.commands.survey.reconcile_context import (
    changed_secrets,
    custody_of_instances,
    differences_of,
    disabled_instances,
    known_before,
    launched_before,
)
from multi_instance_manager.commands.survey.renames import (
    Rename,
    check_renames,
    find_renames,
    new_names,
    standing_containers,
)
from multi_instance_manager.commands.survey.scope import Scope, scope_of
from multi_instance_manager.commands.survey.survey import Survey
from multi_instance_manager.engine.docker_run import ExtraArgs, parse_docker_args
from multi_instance_manager.engine.docker_run.reserved import reserved_by
from multi_instance_manager.errors import StateError
from multi_instance_manager.files.owned_files import LARGEST_TEXT, read_owned
from multi_instance_manager.findings import Finding, Severity, error, finding_of
from multi_instance_manager.fleet.container_names import container_name_of
from multi_instance_manager.fleet.leases import assign_slots, merge_claims
from multi_instance_manager.fleet.networks import named_networks
from multi_instance_manager.plan.desired import Ingredients, wanted_specs
from multi_instance_manager.plan.reconcile import ReconcileContext, reconcile
from multi_instance_manager.probe.host_facts import HostFacts
from multi_instance_manager.probe.host_survey import gather_host_facts
from multi_instance_manager.sessions.open_pools import may_be_planted
from multi_instance_manager.sessions.pool import read_pool
from multi_instance_manager.sessions.profile import Pool
from multi_instance_manager.state import records
from multi_instance_manager.state.journal import stopping_when_cut_short

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from multi_instance_manager.commands.survey.request import Request
    from multi_instance_manager.fleet.containers import Fleet
    from multi_instance_manager.plan.plan import Plan
    from multi_instance_manager.plan.spec import InstanceSpec


Entry = TypeVar("Entry", int, float, str)


def survey(request: Request, launched: Sequence[str] = ()) -> Survey:
    """Look at everything once. That the engine cannot be reached is a finding.

    ``launched`` are names and globs of profiles: specs, plan and findings are then only about
    these. Raises `UsageProblems` if one matches nothing.
    """
    return _Surveying(request, launched).run()


class _Surveying:
    """Collects findings on the way, so that one report names them all."""

    def __init__(self, request: Request, launched: Sequence[str]) -> None:
        self.request = request
        self.launched = launched
        self.scope = Scope(frozenset())
        self.settings = request.settings
        self.layout = request.layout
        self.findings: list[Finding] = []
        self.told_problems: set[str] = set()
        self.renames: tuple[Rename, ...] = ()
        self.state_is_usable = True
        self.leases: dict[str, int] = {}
        self.proven: dict[str, float] = {}
        self.quarantined: dict[str, str] = {}

    def run(self) -> Survey:
        facts = self._host()
        pool = self._pool(facts)
        names = self._enabled(pool)
        self._keys(facts, names)
        extra = self._extra(self.settings.docker_args)
        own_extras = self._own_extras(names)
        engine = self._engine(names, (extra, *own_extras.values()))
        self.proven = self._record(lambda: records.read_proofs(self.layout))
        view = view_fleet(self.settings, engine, pool, self.scope)
        fleet = view.fleet
        self.findings += view.findings
        self.leases = self._record(lambda: records.read_ledger(self.layout))
        if self.state_is_usable:
            self.renames = find_renames(self.layout, pool, fleet, self.leases, self.settings)
        slots = self._slots(pool, fleet, self.leases)
        self.renames = tuple(r for r in self.renames if r.profile.name in self.scope.names)
        self.findings += check_renames(self.settings, self.renames)
        shared = Ingredients(
            settings=self.settings,
            host=facts.host,
            layout=self.layout,
            image=engine.image(self.settings.image),
            extra=extra,
            own_images={name: engine.image(self.settings.of(name).image) for name in names},
            own_extras=own_extras,
            proxies=engine.container_proxies,
        )
        specs = wanted_specs(names, slots, shared)
        sides = self._sides(engine, fleet)
        self.quarantined = self._record(lambda: records.read_quarantine(self.layout))
        plan = self._plan(specs, fleet, pool, engine, sides)
        return Survey(
            settings=self.settings,
            layout=self.layout,
            facts=facts,
            pool=pool,
            engine=engine,
            fleet=fleet,
            home=view.home,
            specs=specs,
            slots=slots,
            ledger=self._ledger(names, slots),
            plan=plan,
            findings=tuple(self.findings),
            proven_at=self.proven,
            quarantined=self.quarantined,
            sides=sides,
            renames=self.renames,
        )

    def _sides(self, engine: EngineFacts, fleet: Fleet) -> EngineSides:
        if engine.is_elsewhere:
            return EngineSides()
        return look_at_sides(engine.reader, fleet, self.settings, self.layout)

    def _host(self) -> HostFacts:
        facts = gather_host_facts(self.settings)
        self.state_is_usable = not facts.state_fault
        self.findings += preflight.check_host(self.settings, facts)
        return facts

    def _enabled(self, pool: Pool) -> list[str]:
        """The profiles to launch; what the file says of a profile that is not there is told."""
        names = [profile.name for profile in pool.profiles]
        self.findings += preflight.check_overrides(self.settings, sorted(pool.lessees))
        self.findings += preflight.check_spellings(names, self.scope.names)
        if not self.scope.is_all:
            self.findings += preflight.check_disabled(self.settings, self.scope.names)
        meant = self.scope.names - self.settings.disabled
        return [name for name in names if name in meant]

    def _keys(self, facts: HostFacts, names: Sequence[str]) -> None:
        self.findings += preflight.check_exposure(self.settings, facts.host, names)
        self.findings += preflight.check_key(self.settings, facts.host, names)

    def _pool(self, facts: HostFacts) -> Pool:
        pool = read_pool(
            self.settings.profile_dir,
            self.settings.application.login,
            now=time.time(),
            may_be_planted=may_be_planted(self.settings),
        )
        self.scope = scope_of(self.launched, pool)
        derived = self.settings.profile_dir.is_relative_to(self.settings.project_root)
        if not (facts.root_fault and derived):
            self.findings += self.scope.findings_in(pool.findings)
        return pool

    def _engine(self, names: Sequence[str], extras: Sequence[ExtraArgs]) -> EngineFacts:
        choices = dict.fromkeys(self.settings.of(name).image for name in names)
        networks = [named_networks(extra.apply_to({"HostConfig": {}})) for extra in extras]
        engine = gather_engine_facts(
            choices or [self.settings.image], self.request.engine, names_networks=any(networks)
        )
        self.findings += engine.findings
        self.findings += preflight.check_networks(networks, engine.networks)
        if engine.api_version:
            found = [preflight.check_engine(extra, engine.api_version) for extra in extras]
            self.findings += dict.fromkeys(finding for each in found for finding in each)
        return engine

    def _extra(self, texts: tuple[str, ...], owner: str | None = None) -> ExtraArgs:
        parsed = parse_docker_args(
            texts,
            reader=lambda path: read_owned(path, at_most=LARGEST_TEXT).decode(),
            environment=self.request.environment,
            reserved=reserved_by(self.settings.application),
        )
        subject = "extra docker arguments" + (f" of profile {owner}" if owner is not None else "")
        new = [problem for problem in parsed.problems if problem not in self.told_problems]
        self.told_problems.update(new)
        found = [error("docker-args", subject, problem, "") for problem in new]
        self.findings += [replace(finding, profile_name=owner) for finding in found]
        return ExtraArgs() if parsed.problems else parsed.extra

    def _own_extras(self, names: Sequence[str]) -> dict[str, ExtraArgs]:
        """The arguments of those profiles that have some of their own, on top of what all have."""
        given = {name: self.settings.of(name).docker_args for name in names}
        return {
            name: self._extra(texts, name)
            for name, texts in given.items()
            if texts != self.settings.docker_args
        }

    def _slots(self, pool: Pool, fleet: Fleet, leases: Mapping[str, int]) -> dict[str, int]:
        names = [profile.name for profile in pool.profiles]
        kept, named = pool.lessees, new_names(self.renames)
        still_there = [(name, slot) for name, slot in leases.items() if name in kept]
        moved = [(named[name], slot) for name, slot in leases.items() if name in named]
        claims = [(named.get(name, name), slot) for name, slot in fleet.slot_claims()]
        held = merge_claims(claims, still_there, moved)
        pins = self.settings.pinned_ports.values()
        pinned = {port for pin in pins for port in (pin.api, pin.stream) if port}
        slots_of = self.settings.bases.slots_using
        return assign_slots(names, held, {slot for port in pinned for slot in slots_of(port)})

    def _ledger(self, names: Sequence[str], slots: Mapping[str, int]) -> dict[str, int]:
        """The leases that a launch records; of profiles that it is not about those from before."""
        if self.scope.is_all:
            return dict(slots)
        return merge_claims([(name, slots[name]) for name in names], self.leases.items())

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
        self,
        specs: Sequence[InstanceSpec],
        fleet: Fleet,
        pool: Pool,
        engine: EngineFacts,
        sides: EngineSides,
    ) -> Plan:
        usable = self.state_is_usable
        prefix = self.settings.container_prefix
        given = ReconcileContext(
            custody=custody_of_instances(self.settings, specs, fleet, pool) if usable else {},
            stopping=stopping_when_cut_short(self.layout) if usable else frozenset(),
            known_before=known_before(self.layout, specs) if usable else frozenset(),
            launched_before=launched_before(self.layout, specs, self.leases)
            if usable
            else frozenset(),
            secret_changes=changed_secrets(self.layout, specs, fleet) if usable else {},
            proven=frozenset(self.proven),
            refused=frozenset(container_name_of(prefix, name) for name in pool.refused),
            disabled=disabled_instances(self.settings, pool, self.scope),
            quarantined=self.quarantined,
            networks=engine.networks,
            differences=differences_of(specs, fleet, sides),
            detached=frozenset(sides.detached),
            renamed=standing_containers(self.renames),
            retry=self.settings.retry,
            recreate=self.settings.recreate,
            remove_orphans=self.settings.remove_orphans,
        )
        return reconcile(specs, fleet if self.scope.is_all else replace(fleet, strays=()), given)
