"""Over generated pools and engines: a plan that was carried out leaves nothing to do."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from multi_instance_manager.engine.protocol.engine import Image
from multi_instance_manager.fleet.container_names import aside_name_of
from multi_instance_manager.fleet.containers import (
    ContainerState,
    ObservedContainer,
    sort_containers,
)
from multi_instance_manager.fleet.leases import PortBases, assign_slots, merge_claims
from multi_instance_manager.plan.plan import Operation, OperationKind, Plan
from multi_instance_manager.plan.reconcile import ReconcileContext, reconcile
from multi_instance_manager.plan.spec import InstanceSpec
from multi_instance_manager.sessions.sync_state import Custody
from unit.builders import (
    IMAGE,
    NEXT_IMAGE,
    PREFIX,
    container_of,
    foreign_container,
    home_of,
    name_of,
    some_settings,
    specs_of,
)

NAMES = ("user-a", "user-b", "User A", "c", "d")
STATES = tuple(ContainerState)
SHOWN = ("current", "aside", "both", "legacy", "aside and legacy", "foreign", "none")


@dataclass
class Engine:
    """An engine's containers, and the sessions' custody, as plain values."""

    containers: list[ObservedContainer]
    custody: dict[str, Custody] = field(default_factory=dict)
    proven: set[str] = field(default_factory=set)
    made: int = 0

    def drop(self, container: ObservedContainer | None) -> None:
        self.containers = [c for c in self.containers if container is None or c is not container]

    def run(self, spec: InstanceSpec) -> None:
        """What every operation that launches ends in: one running, proven container."""
        self.made += 1
        made = container_of(spec, container_id=f"new-{self.made}")
        self.containers.append(made)
        self.proven.add(made.container_id)
        self.custody[spec.container_name] = Custody.IN_SYNC

    def keep(self, container: ObservedContainer, spec: InstanceSpec) -> None:
        """The container serves on under its proper name, with its own labels."""
        self.drop(container)
        back = container_of(spec, labels=container.labels, container_id=container.container_id)
        self.containers.append(back)
        self.proven.add(back.container_id)


def carry_out(operation: Operation, engine: Engine) -> None:
    """What an execution that succeeds leaves behind."""
    spec, current, old = operation.spec, operation.current, operation.old
    for leftover in operation.discard:
        engine.drop(leftover)
    if operation.kind is OperationKind.REMOVE:
        engine.drop(current)
    elif operation.kind is OperationKind.CREATE:
        assert spec is not None
        engine.run(spec)
    elif operation.kind is OperationKind.REPLACE:
        assert spec is not None
        assert old is not None
        engine.drop(old)
        engine.run(spec)
    elif operation.kind in {OperationKind.START, OperationKind.RESTORE, OperationKind.FINISH}:
        assert spec is not None
        assert current is not None
        if old is not None:
            engine.drop(old)
        engine.keep(current, spec)


@dataclass(frozen=True)
class World:
    """One generated case: the wanted profiles, what the engine shows, and the wishes."""

    pool: tuple[str, ...]
    containers: tuple[ObservedContainer, ...]
    legacy: frozenset[str]
    custody: dict[str, Custody]
    proven: frozenset[str]
    moved_bases: bool
    remove_orphans: bool


@st.composite
def worlds(draw: st.DrawFn) -> World:
    launched = draw(st.lists(st.sampled_from(NAMES), unique=True))
    containers: list[ObservedContainer] = []
    legacy: set[str] = set()
    for spec in specs_of(*launched):
        image: Image = draw(st.sampled_from([IMAGE, NEXT_IMAGE]))
        made = replace(spec, image=image)
        shown = draw(st.sampled_from(SHOWN))
        if shown in {"current", "both"}:
            containers.append(container_of(made, draw(st.sampled_from(STATES))))
        if shown in {"aside", "both", "aside and legacy"}:
            name = aside_name_of(spec.container_name)
            state = draw(st.sampled_from(STATES))
            containers.append(container_of(spec, state, name=name))
        if shown in {"legacy", "aside and legacy", "foreign"}:
            containers.append(foreign_container(spec.container_name))
        if shown in {"legacy", "aside and legacy"}:
            legacy.add(spec.container_name)
    containers.append(foreign_container("database"))
    containers.append(foreign_container(f"{PREFIX}-of-somebody-else"))
    ids = [container.container_id for container in containers]
    return World(
        pool=tuple(sorted(draw(st.lists(st.sampled_from(NAMES), unique=True)))),
        containers=tuple(containers),
        legacy=frozenset(legacy),
        custody={name_of(name): draw(st.sampled_from(list(Custody))) for name in launched},
        proven=frozenset(draw(st.lists(st.sampled_from(ids), unique=True))),
        moved_bases=draw(st.booleans()),
        remove_orphans=draw(st.booleans()),
    )


def plan_of(world: World, engine: Engine, *, recreate: bool = False) -> Plan:
    wanted_names = frozenset(name_of(name) for name in world.pool)
    fleet = sort_containers(
        engine.containers,
        home_of(),
        wanted_names=wanted_names,
        legacy_names=world.legacy & wanted_names,
    )
    bases = PortBases(5000, 6000) if world.moved_bases else PortBases(2048, 3120)
    slots = assign_slots(world.pool, merge_claims(fleet.slot_claims()))
    specs = specs_of(*world.pool, settings=some_settings(bases=bases), held=slots)
    foreign = {container.name for container in fleet.foreign}
    known = {*fleet.current, *fleet.aside}
    circumstances = ReconcileContext(
        custody={name: custody for name, custody in engine.custody.items() if name in known},
        proven=frozenset(engine.proven),
        recreate=recreate,
        remove_orphans=world.remove_orphans,
    )
    launchable = [spec for spec in specs if spec.container_name not in foreign]
    return reconcile(launchable, fleet, circumstances)


def engine_of(world: World) -> Engine:
    return Engine(list(world.containers), dict(world.custody), set(world.proven))


@given(worlds())
@settings(max_examples=80, deadline=None)
def test_a_plan_leaves_nothing_to_do_after_its_own_execution(world: World) -> None:
    engine = engine_of(world)
    for operation in plan_of(world, engine).operations:
        carry_out(operation, engine)

    assert [operation.line() for operation in plan_of(world, engine).pending] == []


@given(worlds())
@settings(max_examples=80, deadline=None)
def test_every_wanted_profile_ends_in_one_running_container_and_no_name_is_used_twice(
    world: World,
) -> None:
    engine = engine_of(world)
    plan = plan_of(world, engine)
    for operation in plan.operations:
        carry_out(operation, engine)

    names = Counter(container.name for container in engine.containers)
    assert [name for name, number in names.items() if number > 1] == []
    running = {c.name for c in engine.containers if c.state is ContainerState.RUNNING}
    wanted = {operation.container_name for operation in plan.operations if operation.spec}
    assert wanted <= running


@given(worlds(), st.booleans())
@settings(max_examples=80, deadline=None)
def test_a_foreign_container_is_part_of_no_operation(world: World, recreate: bool) -> None:
    engine = engine_of(world)
    plan = plan_of(world, engine, recreate=recreate)

    touched = {
        container.container_id
        for operation in plan.operations
        for container in (operation.current, operation.old, *operation.discard)
        if container is not None
    }
    ours_or_legacy = {
        c.container_id for c in world.containers if c.ours is not None or c.name in world.legacy
    }
    assert touched <= ours_or_legacy


@given(worlds(), st.booleans())
@settings(max_examples=80, deadline=None)
def test_a_plan_has_one_operation_for_each_name(world: World, recreate: bool) -> None:
    plan = plan_of(world, engine_of(world), recreate=recreate)

    names = Counter(operation.container_name for operation in plan.operations)
    assert [name for name, number in names.items() if number > 1] == []


@given(worlds(), st.booleans())
@settings(max_examples=80, deadline=None)
def test_no_operation_waits_for_itself_or_for_one_that_is_not_in_the_plan(
    world: World, recreate: bool
) -> None:
    plan = plan_of(world, engine_of(world), recreate=recreate)

    names = {operation.container_name for operation in plan.operations}
    for operation in plan.operations:
        assert operation.container_name not in operation.after
        assert set(operation.after) <= names


@given(worlds())
@settings(max_examples=80, deadline=None)
def test_every_container_of_a_wanted_name_is_either_kept_replaced_or_discarded(
    world: World,
) -> None:
    """None of ours is forgotten: what nobody answers for would run on for ever."""
    engine = engine_of(world)
    plan = plan_of(world, engine)

    answered_for = {
        container.container_id
        for operation in plan.operations
        for container in (operation.current, operation.old, *operation.discard)
        if container is not None
    }
    foreign_names = {c.name for c in world.containers if c.ours is None} - world.legacy
    ours = {c.container_id for c in world.containers if c.ours is not None}
    beside_foreign = {
        c.container_id
        for c in world.containers
        if c.name.removesuffix(".previous") in foreign_names
    }
    assert ours - beside_foreign <= answered_for
