"""Whole plans, as text, for every state that an engine can show."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from multi_instance_manager.engine.docker_run import ExtraArgs
from multi_instance_manager.engine.protocol.engine import Image
from multi_instance_manager.fleet.container_names import aside_name_of
from multi_instance_manager.fleet.containers import ContainerState, Fleet, ObservedContainer
from multi_instance_manager.fleet.labels import SPEC_HASH, SPEC_PARTS
from multi_instance_manager.fleet.leases import PortBases
from multi_instance_manager.plan.causes import Cause, CauseCode, causes_text
from multi_instance_manager.plan.plan import OperationKind, Plan
from multi_instance_manager.plan.reconcile import ReconcileContext, reconcile
from multi_instance_manager.plan.spec import InstanceSpec
from multi_instance_manager.sessions.sync_state import Custody
from multi_instance_manager.settings.model import Limits
from unit.builders import (
    IMAGE,
    NEXT_IMAGE,
    container_of,
    foreign_container,
    name_of,
    some_settings,
    spec_of,
    specs_of,
)

SPEC = spec_of("user-a")
NAME = SPEC.container_name
GONE = "its container is gone"
BEFORE, AFTER = f"{IMAGE.name} (aaaaaaaaaaaa)", f"{NEXT_IMAGE.name} (bbbbbbbbbbbb)"


def plan_for(
    spec: InstanceSpec = SPEC,
    current: ObservedContainer | None = None,
    aside: ObservedContainer | None = None,
    **given: Any,
) -> Plan:
    fleet = Fleet(
        current={spec.container_name: current} if current else {},
        aside={spec.container_name: aside} if aside else {},
    )
    return reconcile([spec], fleet, ReconcileContext(**given))


def set_aside(spec: InstanceSpec = SPEC) -> ObservedContainer:
    return container_of(spec, ContainerState.EXITED, name=aside_name_of(spec.container_name))


def test_no_profile_and_no_container_make_an_empty_plan() -> None:
    plan = reconcile([], Fleet(), ReconcileContext())

    assert plan.text() == ""
    assert plan.pending == ()


def test_new_profiles_are_created_in_their_order() -> None:
    plan = reconcile(specs_of("user-a", "user-b"), Fleet(), ReconcileContext())

    assert plan.text() == (
        "create   ai-proxy-user-a: profile is new\ncreate   ai-proxy-user-b: profile is new"
    )


@pytest.mark.parametrize(
    ("given", "cause"),
    [
        ({"launched_before": frozenset({NAME})}, "has no container"),
        ({"known_before": frozenset({NAME}), "launched_before": frozenset({NAME})}, GONE),
    ],
)
def test_a_profile_that_was_launched_before_is_not_called_new(
    given: dict[str, Any], cause: str
) -> None:
    assert plan_for(**given).text() == f"create   ai-proxy-user-a: {cause}"


@pytest.mark.parametrize(
    ("state", "line"),
    [
        ("running", "keep     ai-proxy-user-a: unchanged"),
        ("exited", "start    ai-proxy-user-a: is exited"),
        ("created", "start    ai-proxy-user-a: was created but never started"),
        ("paused", "start    ai-proxy-user-a: is paused"),
        ("restarting", "start    ai-proxy-user-a: keeps restarting"),
        ("dead", "replace  ai-proxy-user-a: its container is dead"),
        ("removing", "replace  ai-proxy-user-a: its container is removing"),
        ("unknown", "start    ai-proxy-user-a: is unknown"),
    ],
)
def test_an_unchanged_container_is_answered_by_its_state(state: str, line: str) -> None:
    current = container_of(SPEC, ContainerState(state))

    assert plan_for(current=current).text() == line


def test_every_state_of_a_container_has_an_answer_that_brings_it_to_service() -> None:
    for state in ContainerState:
        (operation,) = plan_for(current=container_of(SPEC, state)).operations
        assert operation.has_effect is (state is not ContainerState.RUNNING), state


def test_a_container_of_the_earlier_script_is_replaced_and_comes_back_on_failure() -> None:
    legacy = foreign_container(NAME)

    plan = reconcile([SPEC], Fleet(legacy={NAME: legacy}), ReconcileContext())

    assert plan.text() == "replace  ai-proxy-user-a: was started by the earlier script"
    assert plan.operations[0].old == legacy


def test_an_instance_set_aside_with_nothing_in_its_place_is_restored() -> None:
    plan = plan_for(aside=set_aside())

    assert plan.text() == "restore  ai-proxy-user-a: an earlier replacement was interrupted"
    assert plan.operations[0].current == set_aside()


def test_an_image_that_is_gone_is_told_as_such() -> None:
    plan = plan_for(spec_of("user-a", image=Image("gone:1", "")), current=container_of(SPEC))

    assert f"image changed: {BEFORE} → gone:1 (does not exist)" in plan.text()


def test_an_outdated_instance_set_aside_is_replaced_and_comes_back_on_failure() -> None:
    plan = plan_for(spec_of("user-a", image=NEXT_IMAGE), aside=set_aside())

    assert plan.text() == (
        f"replace  ai-proxy-user-a: image changed: {BEFORE} → {AFTER}, "
        "an earlier replacement was interrupted"
    )
    assert plan.operations[0].old == set_aside()
    assert plan.operations[0].discard == ()


@pytest.mark.parametrize(
    ("proven", "cause"),
    [
        (frozenset(), "its replacement is not proven yet"),
        (frozenset({f"id-of-{NAME}"}), "its predecessor is still there"),
    ],
)
def test_an_unfinished_replacement_whose_new_container_is_up_to_date_is_finished(
    proven: frozenset[str], cause: str
) -> None:
    current = container_of(SPEC)

    plan = plan_for(current=current, aside=set_aside(), proven=proven)

    assert plan.text() == f"finish   ai-proxy-user-a: {cause}"
    assert plan.operations[0].current == current
    assert plan.operations[0].old == set_aside()


def test_an_unproven_outdated_newcomer_is_discarded_and_the_old_one_comes_back_on_failure() -> None:
    current = container_of(SPEC)

    plan = plan_for(spec_of("user-a", image=NEXT_IMAGE), current=current, aside=set_aside())

    assert plan.text() == (
        f"replace  ai-proxy-user-a: image changed: {BEFORE} → {AFTER}, "
        "its replacement is not proven yet"
    )
    assert plan.operations[0].old == set_aside()
    assert plan.operations[0].discard == (current,)


def test_a_proven_outdated_newcomer_comes_back_on_failure_and_its_predecessor_is_discarded() -> (
    None
):
    current = container_of(SPEC)

    plan = plan_for(
        spec_of("user-a", image=NEXT_IMAGE),
        current=current,
        aside=set_aside(),
        proven=frozenset({current.container_id}),
    )

    assert plan.text() == (f"replace  ai-proxy-user-a: image changed: {BEFORE} → {AFTER}")
    assert plan.operations[0].old == current
    assert plan.operations[0].discard == (set_aside(),)


def wanted_with(**changes: Any) -> InstanceSpec:
    return spec_of("user-a", settings=some_settings(**changes))


@pytest.mark.parametrize(
    ("wanted", "causes"),
    [
        (
            spec_of("user-a", image=NEXT_IMAGE),
            f"image changed: {BEFORE} → {AFTER}",
        ),
        (wanted_with(bases=PortBases(3048, 3120)), "API port changed: 2048 → 3048"),
        (wanted_with(bases=PortBases(2048, 4120)), "stream port changed: 3120 → 4120"),
        (wanted_with(host_ip="0.0.0.0"), "host address changed"),
        (wanted_with(limits=Limits(memory_bytes=2**30)), "memory limit changed"),
        (wanted_with(limits=Limits(nano_cpus=10**9)), "CPU limit changed"),
        (wanted_with(limits=Limits(shm_bytes=2**26)), "shared memory changed"),
        (wanted_with(log_level="DEBUG"), "variable SERVER_LOG_LEVEL changed"),
        (
            wanted_with(docker_env_file=None),
            "mount /app/.env is no longer set",
        ),
        (
            spec_of("user-a", extra=ExtraArgs(("--init=true",))),
            "option --init changed",
        ),
    ],
)
def test_a_drift_is_told_by_what_changed(wanted: InstanceSpec, causes: str) -> None:
    assert plan_for(wanted, container_of(SPEC)).text() == f"replace  ai-proxy-user-a: {causes}"


def test_a_secret_that_changed_is_told_by_its_name_alone() -> None:
    changes = {NAME: (Cause(CauseCode.KEY_CHANGED),)}

    text = plan_for(current=container_of(SPEC), secret_changes=changes).text()

    assert text == "replace  ai-proxy-user-a: API key changed"


def test_a_quarantined_instance_rests_until_somebody_asks_for_another_try() -> None:
    stopped = container_of(SPEC, ContainerState.EXITED)
    given: dict[str, Any] = {"quarantined": {stopped.container_id: "crashed 3 times in a row"}}

    resting = plan_for(current=stopped, **given)
    tried = plan_for(current=stopped, retry=True, **given)
    changed = plan_for(spec_of("user-a", image=NEXT_IMAGE), stopped, **given)

    assert "crashed 3 times in a row" in resting.text()
    assert resting.pending == ()
    assert tried.text() == "start    ai-proxy-user-a: is exited"
    assert [operation.kind for operation in changed.operations] == [OperationKind.REPLACE]


def test_rotation_switched_on_is_told_by_variables_and_mounts() -> None:
    text = plan_for(wanted_with(rotation=True), container_of(SPEC)).text()

    assert text == (
        "replace  ai-proxy-user-a: mount /app/auth_profiles/emergency changed, "
        "mount /app/auth_profiles/saved changed, variable AUTO_ROTATE_AUTH_PROFILE changed, "
        "variable QUOTA_HARD_LIMIT is no longer set, "
        "variable QUOTA_SOFT_LIMIT is no longer set"
    )


def test_a_hash_of_another_version_is_drift_even_where_every_part_is_the_same() -> None:
    labels = {**SPEC.labels().as_mapping(), SPEC_HASH: "v0:0000"}

    text = plan_for(current=container_of(SPEC, labels=labels)).text()

    assert text == "replace  ai-proxy-user-a: was made by another version of the manager"


def test_labels_without_the_parts_still_give_a_cause() -> None:
    labels = {**SPEC.labels().as_mapping(), SPEC_HASH: "v0:0000", SPEC_PARTS: "{}"}

    (operation,) = plan_for(current=container_of(SPEC, labels=labels)).operations

    assert operation.kind is OperationKind.REPLACE
    assert "variable SERVER_LOG_LEVEL changed" in causes_text(operation.causes)


@pytest.mark.parametrize(
    ("custody", "line"),
    [
        (Custody.IN_SYNC, "keep     ai-proxy-user-a: unchanged"),
        (Custody.COPY_CHANGED, "keep     ai-proxy-user-a: unchanged"),
        (Custody.TORN, "keep     ai-proxy-user-a: unchanged"),
        (Custody.POOL_CHANGED, "replace  ai-proxy-user-a: profile was replaced in the pool"),
        (Custody.BOTH_CHANGED, "replace  ai-proxy-user-a: profile was replaced in the pool"),
        (Custody.NO_COPY, "replace  ai-proxy-user-a: its runtime copy is gone"),
    ],
)
def test_a_running_instance_is_replaced_where_its_owner_logged_in_again(
    custody: Custody, line: str
) -> None:
    assert plan_for(current=container_of(SPEC), custody={NAME: custody}).text() == line


@pytest.mark.parametrize("state", [ContainerState.EXITED, ContainerState.CREATED])
def test_a_stopped_instance_is_never_started_on_a_torn_copy(state: ContainerState) -> None:
    plan = plan_for(current=container_of(SPEC, state), custody={NAME: Custody.TORN})

    assert [operation.kind for operation in plan.operations] == [OperationKind.REPLACE]


def test_all_causes_are_told_at_once() -> None:
    plan = plan_for(
        spec_of("user-a", image=NEXT_IMAGE),
        container_of(SPEC, ContainerState.DEAD),
        custody={NAME: Custody.POOL_CHANGED},
        recreate=True,
    )

    assert plan.text() == (
        "replace  ai-proxy-user-a: its container is dead, "
        f"image changed: {BEFORE} → {AFTER}, "
        "profile was replaced in the pool, asked for with --recreate"
    )


def test_recreate_replaces_what_is_unchanged() -> None:
    plan = plan_for(current=container_of(SPEC), recreate=True)

    assert plan.text() == "replace  ai-proxy-user-a: asked for with --recreate"


def test_a_container_without_its_profile_is_named_and_left_alone() -> None:
    stray = container_of(spec_of("gone"))

    plan = reconcile([], Fleet(strays=(stray,)), ReconcileContext())

    assert plan.text() == "orphan   ai-proxy-gone: profile is gone"
    assert plan.pending == ()


def test_a_container_without_its_profile_is_removed_when_asked_for() -> None:
    stray = container_of(spec_of("gone"))

    plan = reconcile([], Fleet(strays=(stray,)), ReconcileContext(remove_orphans=True))

    assert plan.text() == "remove   ai-proxy-gone: profile is gone"
    assert plan.operations[0].current == stray


@pytest.mark.parametrize("remove_orphans", [False, True])
@pytest.mark.parametrize("name", [name_of("broken"), aside_name_of(name_of("broken"))])
def test_the_container_of_a_profile_that_cannot_be_used_is_never_removed(
    name: str, remove_orphans: bool
) -> None:
    stray = container_of(spec_of("broken"), name=name)
    given = ReconcileContext(refused=frozenset({name_of("broken")}), remove_orphans=remove_orphans)

    plan = reconcile([], Fleet(strays=(stray,)), given)

    assert plan.text() == f"orphan   {name}: its profile cannot be used"


def test_the_container_of_a_present_profile_is_not_said_to_have_lost_it() -> None:
    """Somebody renamed the container: the profile is still there."""
    renamed = container_of(SPEC, name="renamed-by-hand")

    plan = reconcile([SPEC], Fleet(strays=(renamed,)), ReconcileContext())

    (about_it,) = [o for o in plan.operations if o.container_name == "renamed-by-hand"]
    assert not about_it.has_cause(CauseCode.PROFILE_GONE)


def test_an_operation_waits_for_the_one_that_holds_its_port() -> None:
    before = specs_of("user-a", "user-b")
    moved = specs_of("user-a", "user-b", settings=some_settings(bases=PortBases(2049, 4120)))
    fleet = Fleet(current={spec.container_name: container_of(spec) for spec in before})

    plan = reconcile(moved, fleet, ReconcileContext())

    assert {o.container_name: o.after for o in plan.operations} == {
        "ai-proxy-user-a": ("ai-proxy-user-b",),
        "ai-proxy-user-b": (),
    }


def test_a_newcomer_waits_for_the_removal_of_the_orphan_on_its_port() -> None:
    stray = container_of(spec_of("gone"))

    removing = reconcile([SPEC], Fleet(strays=(stray,)), ReconcileContext(remove_orphans=True))

    assert removing.operations[0].after == ("ai-proxy-gone",)


def test_an_orphan_that_stays_is_waited_for_by_nobody() -> None:
    stray = container_of(spec_of("gone"))

    keeping = reconcile([SPEC], Fleet(strays=(stray,)), ReconcileContext())

    assert [operation.after for operation in keeping.operations] == [(), ()]


def test_instances_on_ports_of_their_own_wait_for_nobody() -> None:
    specs = specs_of("user-a", "user-b", "user-c")
    fleet = Fleet(current={spec.container_name: container_of(spec) for spec in specs})

    plan = reconcile(specs, fleet, ReconcileContext(recreate=True))

    assert [operation.after for operation in plan.operations] == [(), (), ()]


@pytest.mark.parametrize(
    ("current", "names"),
    [(None, [NAME]), (container_of(SPEC), [aside_name_of(NAME), NAME])],
    ids=["alone", "with its replacement"],
)
def test_what_was_set_aside_of_a_disabled_profile_takes_its_files_along_where_it_is_alone(
    current: ObservedContainer | None, names: list[str]
) -> None:
    fleet = Fleet(current={NAME: current} if current else {}, aside={NAME: set_aside()})

    plan = reconcile([], fleet, ReconcileContext(disabled={NAME: "user-a"}))

    assert [operation.kind for operation in plan.operations] == [OperationKind.REMOVE] * len(names)
    assert [operation.container_name for operation in plan.operations] == names
    assert plan.operations[-1].current == (current or set_aside())


def test_a_stopped_instance_whose_network_was_made_again_is_replaced() -> None:
    current = replace(container_of(SPEC, ContainerState.EXITED), networks={"net": "old"})

    assert plan_for(current=current, networks={"old": "net"}).text() == (
        "start    ai-proxy-user-a: is exited"
    )
    assert plan_for(current=current, networks=None).text() == "start    ai-proxy-user-a: is exited"
    assert plan_for(current=current, networks={"new": "net"}).text() == (
        "replace  ai-proxy-user-a: its network net was removed and made again"
    )
    assert plan_for(current=current, networks={}).text() == (
        "replace  ai-proxy-user-a: its network net was removed"
    )


def test_a_running_instance_that_no_port_leads_to_is_replaced() -> None:
    current = replace(container_of(SPEC), published=())

    assert plan_for(current=current).text() == (
        "replace  ai-proxy-user-a: no port of this machine leads to it"
    )


def test_the_columns_of_a_plan_stand_in_one_line_whatever_its_longest_word_is() -> None:
    first, second = specs_of("user-a", "user-b")
    stopped = container_of(first, ContainerState.EXITED)
    given = ReconcileContext(quarantined={stopped.container_id: "crashed"})

    plan = reconcile([first, second], Fleet(current={NAME: stopped}), given)

    assert plan.text() == (
        "quarantined ai-proxy-user-a: crashed\ncreate      ai-proxy-user-b: profile is new"
    )
