"""Leases: nobody's ports move because somebody else came or went."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from multi_instance_manager.fleet.leases import (
    PortBases,
    PortPair,
    assign_slots,
    free_shift,
    merge_claims,
    next_free_slot,
)

BASES = PortBases(2048, 3120)
names = st.sampled_from("abcdefgh")


def test_the_first_launch_gives_the_ports_of_the_guide() -> None:
    slots = assign_slots(["user-a", "user-b"], {})

    assert {name: BASES.pair(slot) for name, slot in slots.items()} == {
        "user-a": PortPair(2048, 3120),
        "user-b": PortPair(2049, 3121),
    }


def test_a_newcomer_takes_the_lowest_slot_that_nobody_holds() -> None:
    assert assign_slots(["a", "b", "c"], {"b": 0, "c": 2}) == {"a": 1, "b": 0, "c": 2}


def test_the_slot_of_a_container_whose_profile_is_gone_stays_occupied() -> None:
    assert assign_slots(["a"], {"gone": 0}) == {"a": 1}


def test_a_renamed_profile_is_a_newcomer_while_its_old_container_stands() -> None:
    assert assign_slots(["renamed", "z"], {"a": 0, "z": 1}) == {"renamed": 2, "z": 1}


def test_the_claim_of_higher_rank_wins_over_the_ledger() -> None:
    assert merge_claims([("a", 3)], [("a", 1)]) == {"a": 3}


def test_a_slot_that_is_taken_is_not_given_to_a_claim_of_lower_rank() -> None:
    assert merge_claims([("a", 0)], [("b", 0), ("c", 1)]) == {"a": 0, "c": 1}


def test_within_a_rank_the_first_claim_wins() -> None:
    assert merge_claims([("a", 2), ("a", 1), ("b", 2)]) == {"a": 2}


def test_a_claim_below_the_first_slot_is_no_claim() -> None:
    assert merge_claims([("a", -1)], [("a", 4)]) == {"a": 4}


class Launches:
    """A pool and its leases through the years: what a launch keeps is what the next one holds."""

    def __init__(self) -> None:
        self.pool: set[str] = set()
        self.containers: dict[str, int] = {}
        self.ledger: dict[str, int] = {}

    def launch(self) -> dict[str, int]:
        kept = [(name, slot) for name, slot in self.ledger.items() if name in self.pool]
        held = merge_claims(self.containers.items(), kept)
        slots = assign_slots(sorted(self.pool), held)
        self.ledger = dict(slots)
        self.containers |= slots
        return slots

    def remove_orphans(self) -> None:
        self.containers = {n: s for n, s in self.containers.items() if n in self.pool}


changes = st.lists(
    st.one_of(
        st.tuples(st.just("add"), names),
        st.tuples(st.just("remove"), names),
        st.tuples(st.just("docker rm"), names),
        st.tuples(st.just("lose the state folder"), names),
        st.tuples(st.just("remove orphans"), names),
    ),
    max_size=25,
)


@given(changes)
def test_no_change_of_the_pool_moves_the_ports_of_a_profile_that_stays(
    steps: list[tuple[str, str]],
) -> None:
    launches = Launches()
    before: dict[str, int] = {}
    for step, name in steps:
        if step == "add":
            launches.pool.add(name)
        elif step == "remove":
            launches.pool.discard(name)
        elif step == "docker rm":
            launches.containers.pop(name, None)
        elif step == "remove orphans":
            launches.remove_orphans()
        elif set(before) <= set(launches.containers):
            launches.ledger = {}
        after = launches.launch()
        stayed = before.keys() & after.keys()
        assert {n: after[n] for n in stayed} == {n: before[n] for n in stayed}
        before = after


@given(st.lists(names, unique=True), st.dictionaries(names, st.integers(0, 30)))
def test_no_two_profiles_ever_hold_the_same_slot(pool: list[str], claimed: dict[str, int]) -> None:
    held = merge_claims(claimed.items())
    slots = assign_slots(pool, held)

    holders = {**{name: slot for name, slot in held.items() if name not in slots}, **slots}
    assert len(set(holders.values())) == len(holders)
    assert set(slots) == set(pool)


def test_the_next_free_slot_is_neither_leased_nor_busy() -> None:
    assert next_free_slot(BASES, {0}, {2049, 3122}) == 3


def test_there_is_no_free_slot_past_the_last_port() -> None:
    bases = PortBases(65534, 1000)

    assert next_free_slot(bases, {0}, set()) == 1
    assert next_free_slot(bases, {0, 1}, set()) is None


def test_a_shift_moves_every_slot_to_free_ports() -> None:
    assert free_shift(BASES, [0, 1], {2048, 2050}) == 3
    assert free_shift(BASES, [0, 1], {2048}) == 1


def test_a_shift_never_lays_the_two_ranges_on_each_other() -> None:
    shift = free_shift(PortBases(1000, 1002), [0, 1, 2], {1000})

    assert shift is None


def test_there_is_no_shift_where_the_ports_end() -> None:
    assert free_shift(PortBases(65535, 3120), [0], {65535}) is None


@given(st.sets(st.integers(0, 12), min_size=1), st.sets(st.integers(2048, 2080)))
def test_a_shift_is_the_smallest_that_works(slots: set[int], busy: set[int]) -> None:
    shift = free_shift(BASES, slots, busy)

    assert shift is not None
    assert not {BASES.pair(slot + shift).api for slot in slots} & busy
    for smaller in range(1, shift):
        assert {BASES.pair(slot + smaller).api for slot in slots} & busy


@pytest.mark.parametrize("busy", [{2048}, {3120}])
def test_either_port_of_a_pair_makes_its_slot_busy(busy: set[int]) -> None:
    assert next_free_slot(BASES, set(), busy) == 1
