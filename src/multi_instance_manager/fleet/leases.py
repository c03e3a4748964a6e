"""Leases: the slot of each profile, and its two host ports. Pure.

Slot *i* is API port ``base + i`` and stream port ``base + i``. A profile keeps its slot for as long
as it or its container exists, so that a change of the pool moves no other profile.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

HIGHEST_PORT = 65535


class PortPair(msgspec.Struct, frozen=True, gc=False):
    """The host ports of one instance; ``stream`` is None if the application has none."""

    api: int
    stream: int | None

    @property
    def each(self) -> tuple[int, ...]:
        """Return the existing ports: API, then stream."""
        return (self.api,) if self.stream is None else (self.api, self.stream)


class PortBases(msgspec.Struct, frozen=True):
    """The first ports of the ranges; ``stream`` is None if there are no streams."""

    api: int
    stream: int | None

    @property
    def each(self) -> tuple[int, ...]:
        """Return the base of every range."""
        return (self.api,) if self.stream is None else (self.api, self.stream)

    @property
    def highest(self) -> int:
        """Return the higher base."""
        return max(self.each)

    def pair(self, slot: int) -> PortPair:
        """Return the ports of a slot, counted from 0."""
        return PortPair(self.api + slot, None if self.stream is None else self.stream + slot)

    def slots_using(self, port: int) -> frozenset[int]:
        """Return the slots with this port, as API or as stream port."""
        return frozenset(port - base for base in self.each if port >= base)


def merge_claims(*claims_by_rank: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Merge claims into one slot per name, the most trusted source first.

    A later claim is dropped if its name has a slot already, or its slot another holder.
    """
    slots: dict[str, int] = {}
    taken: set[int] = set()
    for claims in claims_by_rank:
        for name, slot in claims:
            if name not in slots and slot not in taken and slot >= 0:
                slots[name] = slot
                taken.add(slot)
    return slots


def assign_slots(
    profile_names: Sequence[str], held: Mapping[str, int], avoided: Iterable[int] = ()
) -> dict[str, int]:
    """Assign a slot to every profile: the one it holds, or the lowest free one.

    ``held`` may name more than the given profiles (containers whose profile is gone); their slots
    stay occupied and are not in the result. ``avoided`` are not assigned to new profiles.
    """
    taken = {*held.values(), *avoided}
    slots: dict[str, int] = {}
    candidate = 0
    for name in profile_names:
        if name in held:
            slots[name] = held[name]
            continue
        while candidate in taken:
            candidate += 1
        slots[name] = candidate
        taken.add(candidate)
    return slots


def next_free_slot(bases: PortBases, leased: set[int], busy: set[int]) -> int | None:
    """Return the lowest slot without a lease or a busy port, or None within the port range."""
    slot = 0
    while bases.highest + slot <= HIGHEST_PORT:
        if slot not in leased and not busy.intersection(bases.pair(slot).each):
            return slot
        slot += 1
    return None


def free_shift(bases: PortBases, slots: Iterable[int], busy: set[int]) -> int | None:
    """Return how far both ranges must move up so that all given slots have free ports."""
    wanted = tuple(slots)
    highest = bases.highest + max(wanted, default=0)
    for shift in range(1, HIGHEST_PORT - highest + 1):
        pairs = [bases.pair(slot + shift) for slot in wanted]
        if not any(busy.intersection(pair.each) for pair in pairs):
            apis, streams = {p.api for p in pairs}, {p.stream for p in pairs}
            if not apis & streams:
                return shift
    return None
