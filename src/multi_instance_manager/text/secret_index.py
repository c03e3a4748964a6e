"""Finds known secrets in bytes, in a time that does not grow with their number. Pure.

A pool of many logins, with every kept version, has a hundred thousand secrets.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from multi_instance_manager.text.secret import MASK

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_BEGINNING = 6
_LONG, _ENOUGH = 24, 12
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
        for start, end in self._spans(text):
            pieces += [text[shown_to:start], _MASK]
            shown_to = end
        whole = b"".join([*pieces, text[shown_to:]]) if pieces else text
        for secret in self._short:
            whole = whole.replace(secret, _MASK)
        return whole

    def _spans(self, text: bytes) -> Iterator[tuple[int, int]]:
        """Return the positions of secrets, in order; overlapping ones as one."""
        known = self._by_beginning
        last = len(text) - _BEGINNING + 1
        begin = end = 0
        for at in [at for at in range(last) if text[at : at + _BEGINNING] in known]:
            length = max(_length(text, at, one) for one in known[text[at : at + _BEGINNING]])
            if not length:
                continue
            if at >= end > begin:
                yield begin, end
            if at >= end:
                begin = at
            end = max(end, at + length)
        if end > begin:
            yield begin, end


def _length(text: bytes, at: int, secret: bytes) -> int:
    """Return the length of a secret at that place; 0 for none, or too little to identify it."""
    if text.startswith(secret, at):
        return len(secret)
    if len(secret) < _LONG or b"://" in secret:  # an address begins like any other
        return 0
    common = _common(text[at : at + len(secret)], secret)
    return common if common >= _ENOUGH else 0


def _common(text: bytes, secret: bytes) -> int:
    """Return the length of their common start in bytes, without a partial character."""
    pairs = enumerate(zip(text, secret, strict=False))
    length = next((n for n, (one, other) in pairs if one != other), len(text))
    while 0 < length < len(text) and text[length] & _CONTINUES == _CONTINUATION:
        length -= 1
    return length
