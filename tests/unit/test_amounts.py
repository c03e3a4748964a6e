from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from multi_instance_manager.text.amounts import rough_span_text, size_text, span_text


@pytest.mark.parametrize(
    ("seconds", "text", "rough"),
    [
        (-3, "0s", "0s"),
        (0.9, "0s", "0s"),
        (59, "59s", "59s"),
        (60, "1m", "1m"),
        (3 * 3600 + 12 * 60 + 9, "3h 12m", "3h"),
        (3600 + 5, "1h", "1h"),
        (2 * 86400 + 3600, "2d 1h", "2d"),
        (700 * 86400 + 3600, "700d", "700d"),
    ],
)
def test_spans_are_short_and_never_longer_than_they_are(
    seconds: float, text: str, rough: str
) -> None:
    assert (span_text(seconds), rough_span_text(seconds)) == (text, rough)


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1536, "1.5 kB"),
        (10475000, "10 MB"),
        (112 * 1024**2, "112 MB"),
        (1.5 * 1024**3, "1.5 GB"),
        (5000 * 1024**4, "5000 TB"),
    ],
)
def test_sizes_are_in_their_largest_unit(size: int, text: str) -> None:
    assert size_text(size) == text


@given(st.integers(0, 10**15), st.integers(0, 10**15))
def test_texts_are_as_narrow_as_a_column(seconds: int, size: int) -> None:
    assert len(rough_span_text(seconds)) <= 12
    assert len(size_text(size)) <= 8
