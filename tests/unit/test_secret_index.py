"""Known secrets are found as a plain search finds them, and in no time that their number sets."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from multi_instance_manager.text.secret import MASK
from multi_instance_manager.text.secret_index import SecretIndex

_BEGINNING, _LONG, _ENOUGH = 6, 24, 12
_FOR_EVER_S = 120
_PIECES = st.sampled_from(
    [b"a", b"b", b"ab" * 6, b"a" * 24, "é".encode(), "è".encode(), b"://", b"\xa9"]
)
_WORDS = st.lists(_PIECES, max_size=12).map(b"".join)
_MASKED_IN_TIME = """
from multi_instance_manager.text.secret_index import SecretIndex
{secrets}
SecretIndex(secrets).masked(text)
"""
_ALIKE = """
secrets = [b"a" * 2000 + b"%d" % number for number in range(4000)]
text = b"a" * 40_000
"""
_ONE_WITHIN_THE_OTHER = """
secrets = [b"a" * length for length in range(6, 4000)]
text = (b"a" * 3000 + b"b") * 10
"""
_LONG_AS_THE_TEXT = """
secrets = [b"a" * 1_000_000, b"a" * 30 + b"b"]
text = b"a" * 200_000
"""


def plainly_masked(secrets: list[bytes], text: bytes) -> bytes:
    """Each secret is looked for at each place; those that overlap are one."""
    spans: list[list[int]] = []
    for at in range(len(text)):
        length = max((length_at(text[at:], secret) for secret in secrets), default=0)
        if length and spans and at < spans[-1][1]:
            spans[-1][1] = max(spans[-1][1], at + length)
        elif length:
            spans.append([at, at + length])
    shown = text
    for start, end in reversed(spans):
        shown = shown[:start] + MASK.encode() + shown[end:]
    for secret in sorted(secrets, key=len, reverse=True):
        if 0 < len(secret) < _BEGINNING:
            shown = shown.replace(secret, MASK.encode())
    return shown


def length_at(text: bytes, secret: bytes) -> int:
    if len(secret) < _BEGINNING:
        return 0
    if text.startswith(secret):
        return len(secret)
    pairs = enumerate(zip(text, secret, strict=False))
    same = next((n for n, (one, other) in pairs if one != other), len(text))
    while 0 < same < len(text) and text[same] & 0xC0 == 0x80:
        same -= 1
    is_known = len(secret) >= _LONG and b"://" not in secret and same >= _ENOUGH
    return same if is_known else 0


@given(st.lists(_WORDS, max_size=6), _WORDS, st.lists(st.integers(0, 60), max_size=4), _WORDS)
@example([b"abcdefgh", b"efghijkl"], b"abcdefghijkl", [], b"")
@example([b"a" * 99, b"a" * 70 + b"b" * 30], b"a" * 99 + b"b" * 30, [], b"a")
@example([b"a" * 99, b"a" * 70 + b"b" * 30], b"a" * 99 + b"c", [], b"a")
@example([b"a" * 99] + [b"a" * 70 + b"b" * n for n in range(1, 80)], b"a" * 99 + b"b" * 79, [], b"")
@example([b"a" * 30, b"a" * 29 + "é".encode()], b"a" * 29 + "è".encode(), [30, 29], b"a")
def test_secrets_are_found_as_a_plain_search_finds_them(
    secrets: list[bytes], before: bytes, cuts: list[int], after: bytes
) -> None:
    parts = [secret[:cut] for secret, cut in zip(secrets, cuts, strict=False)]
    text = b"".join([before, *parts, after, *secrets[:2]])

    assert SecretIndex(secrets).masked(text) == plainly_masked(secrets, text)


@pytest.mark.parametrize(
    "secrets",
    [_ALIKE, _ONE_WITHIN_THE_OTHER, _LONG_AS_THE_TEXT],
    ids=["alike", "one within the other", "long as the text"],
)
def test_no_number_of_secrets_that_begin_alike_takes_for_ever(secrets: str) -> None:
    program = _MASKED_IN_TIME.format(secrets=secrets)

    subprocess.run([sys.executable, "-c", program], check=True, timeout=_FOR_EVER_S)


def test_places_hold_the_short_secrets_too() -> None:
    index = SecretIndex([b"k1", b"longer-one"])

    assert sorted(index.places(b"k1 longer-one k1", 16)) == [(0, 2), (3, 13), (14, 16)]
    assert sorted(index.places(b"k1 longer-one k1", 14)) == [(0, 2), (3, 13)]
    assert sorted(index.places(b"k1 longer-one k1", 3)) == [(0, 2)]
