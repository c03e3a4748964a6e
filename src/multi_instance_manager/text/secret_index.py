"""Finds known secrets in bytes, in a time that does not grow with their number. Pure.

At one place only the two secrets beside it in their order are compared, however many begin alike.
A pool of many logins, with every version that is kept, knows a hundred thousand secrets.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING

from multi_instance_manager.text.secret import MASK

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_BEGINNING = 6
_LONG, _ENOUGH = 24, 12
_FEW = 64
_FIRST_LOOK = 64  # most of what begins like a long secret is none, and is not copied as far
_MASK = MASK.encode()
_CONTINUES, _CONTINUATION = 0xC0, 0x80  # UTF-8's mark on the later bytes of a character


class SecretIndex:
    """Knows secrets by their beginnings. For a long one, the first twelve bytes identify it.

    So a secret that was cut off, in a log or by its writer, is found as far as it goes. ``longest``
    is the length of the longest in bytes.
    """

    def __init__(self, secrets: Iterable[bytes]) -> None:
        self._short: list[bytes] = []
        self._by_beginning: dict[bytes, list[bytes]] = {}
        self._families: dict[bytes, _Family] = {}
        known = {*secrets} - {b""}
        for secret in known:
            if len(secret) < _BEGINNING:
                self._short.append(secret)
            else:
                self._by_beginning.setdefault(secret[:_BEGINNING], []).append(secret)
        self._short.sort(key=len, reverse=True)
        self.longest = max(map(len, known), default=0)

    def __len__(self) -> int:
        return len(self._short) + sum(map(len, self._by_beginning.values()))

    def masked(self, text: bytes) -> bytes:
        """Return the text without a secret."""
        pieces, shown_to = [], 0
        for start, end in self._spans(text, len(text)):
            pieces += [text[shown_to:start], _MASK]
            shown_to = end
        whole = b"".join([*pieces, text[shown_to:]]) if pieces else text
        for secret in self._short:
            whole = whole.replace(secret, _MASK)
        return whole

    def places(self, text: bytes, before: int) -> Iterator[tuple[int, int]]:
        """The start and end of each secret that starts before there, in no order.

        A short one may lie within another.
        """
        yield from self._spans(text, before)
        for secret in self._short:
            at = text.find(secret)
            while 0 <= at < before:
                yield at, at + len(secret)
                at = text.find(secret, at + 1)

    def _spans(self, text: bytes, before: int) -> Iterator[tuple[int, int]]:
        """Where secrets lie that start before there, in order; those that overlap as one."""
        known = self._by_beginning
        last = min(before, len(text) - _BEGINNING + 1)
        begin = end = 0
        for at in [at for at in range(last) if text[at : at + _BEGINNING] in known]:
            family = self._family(text[at : at + _BEGINNING])
            if not family.reaches_beyond(text, at, end):
                continue
            length = family.length(text, at)
            if not length:
                continue
            if at >= end > begin:
                yield begin, end
            if at >= end:
                begin = at
            end = max(end, at + length)
        if end > begin:
            yield begin, end

    def _family(self, beginning: bytes) -> _Family:
        """Put in order once a text has their beginning: most of all families are never met."""
        found = self._families.get(beginning)
        if found is None:
            found = self._families[beginning] = _Family(self._by_beginning[beginning])
        return found


class _Family:
    """The secrets that share a beginning, in order: a text is most like those beside its place."""

    def __init__(self, secrets: list[bytes]) -> None:
        self._all = sorted(secrets)
        self._within = _longest_within(self._all)
        # An address begins as others do.
        self._cut_off = [one for one in self._all if len(one) >= _LONG and b"://" not in one]
        self._longest = max(map(len, secrets))

    def reaches_beyond(self, text: bytes, at: int, end: int) -> bool:
        """Whether a secret that begins there could go on behind ``end``."""
        if end <= at:
            return True
        if end >= len(text):
            return False
        over = end + 1
        if over - at > _FIRST_LOOK:
            first, last = self._alike(text[at : at + _FIRST_LOOK])
            if last - first <= _FEW:
                return any(_begins_with(one, text, at, over) for one in self._all[first:last])
        return self._has(text[at:over])

    def length(self, text: bytes, at: int) -> int:
        """How much of a secret lies there; 0 for none, or too little to know it."""
        look = _FIRST_LOOK
        while look < self._longest and self._has(text[at : at + look]):
            look *= 2
        found = text[at : at + look]
        return max(self._whole(found), self._part(found))

    def _alike(self, beginning: bytes) -> tuple[int, int]:
        """From where to where those stand that begin so."""
        size = len(beginning)
        first = bisect_left(self._all, beginning)
        return first, bisect_right(self._all, beginning, first, key=lambda one: one[:size])

    def _has(self, beginning: bytes) -> bool:
        """Whether any of them begins so."""
        place = bisect_left(self._all, beginning)
        return place < len(self._all) and self._all[place].startswith(beginning)

    def _whole(self, text: bytes) -> int:
        """The longest secret that the text begins with: the next below, or one within that."""
        place = bisect_right(self._all, text) - 1
        common = _common(text, self._all[place]) if place >= 0 else 0
        while place >= 0 and len(self._all[place]) > common:
            place = self._within[place]
        return len(self._all[place]) if place >= 0 else 0

    def _part(self, text: bytes) -> int:
        """The longest beginning of a secret that was cut off, without that of a character."""
        place = bisect_left(self._cut_off, text)
        beside = self._cut_off[max(0, place - 1) : place + 1]
        length = max((_common(text, one) for one in beside), default=0)
        while 0 < length < len(text) and text[length] & _CONTINUES == _CONTINUATION:
            length -= 1
        return length if length >= _ENOUGH else 0


def _begins_with(secret: bytes, text: bytes, at: int, over: int) -> bool:
    """Whether a secret begins with that part of a text.

    Its last bytes come first: in a text that repeats itself nothing else may differ, and at every
    place all of it would be compared.
    """
    last = over - _BEGINNING
    is_alike = secret[last - at : over - at] == text[last:over]
    return is_alike and secret.startswith(text[at:over])


def _longest_within(secrets: list[bytes]) -> list[int]:
    """For each of these, in order, the place of the longest other that it begins with, or -1."""
    within: list[int] = []
    for place, secret in enumerate(secrets):
        candidate = place - 1
        while candidate >= 0 and not secret.startswith(secrets[candidate]):
            candidate = within[candidate]
        within.append(candidate)
    return within


def _common(text: bytes, secret: bytes) -> int:
    """How many bytes they have in common from the start, found by halving."""
    same, over = 0, min(len(text), len(secret)) + 1
    while over - same > 1:
        middle = (same + over) // 2
        if text[same:middle] == secret[same:middle]:
            same = middle
        else:
            over = middle
    return same
