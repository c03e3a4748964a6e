"""Leases: which slot each profile holds, and the two host ports that follow from it. Pure.

Slot *i* is API port ``base + i`` and stream port ``base + i``. A slot stays with its profile for
as long as the profile or its container exists, so that a change of the pool moves nobody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

HIGHEST_PORT = 65535


class PortPair(msgspec.Struct, frozen=True, gc=False):
    """The host ports of one instance."""

    api: int
    stream: int


class PortBases(msgspec.Struct, frozen=True):
    """Where the two ranges of host ports begin."""

    api: int
    stream: int

    def pair(self, slot: int) -> PortPair:
        """The ports of a slot, counted from 0."""
        return PortPair(self.api + slot, self.stream + slot)

    def slots_using(self, port: int) -> frozenset[int]:
        """The slots that have the port, as API or as stream port."""
        return frozenset(slot for slot in (port - self.api, port - self.stream) if slot >= 0)


def merge_claims(*claims_by_rank: Iterable[tuple[str, int]]) -> dict[str, int]:
    """One slot per name out of several sources, the most trusted first.

    A later claim gives way where its name has a slot already, or its slot another holder.
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
    """A slot for every profile: the one it holds, or the lowest that nobody holds.

    ``held`` may name more than the profiles given (containers whose profile is gone); their
    slots stay occupied and are not part of the result. ``avoided`` are not given to anybody anew.
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
    """The lowest slot that is neither leased nor has a busy port, or None within the port range."""
    slot = 0
    while max(bases.api, bases.stream) + slot <= HIGHEST_PORT:
        pair = bases.pair(slot)
        if slot not in leased and pair.api not in busy and pair.stream not in busy:
            return slot
        slot += 1
    return None


def free_shift(bases: PortBases, slots: Iterable[int], busy: set[int]) -> int | None:
    """By how much both ranges must move up so that every slot given has free ports."""
    wanted = tuple(slots)
    highest = max(bases.api, bases.stream) + max(wanted, default=0)
    for shift in range(1, HIGHEST_PORT - highest + 1):
        pairs = [bases.pair(slot + shift) for slot in wanted]
        if not any(pair.api in busy or pair.stream in busy for pair in pairs):
            apis, streams = {p.api for p in pairs}, {p.stream for p in pairs}
            if not apis & streams:
                return shift
    return None
