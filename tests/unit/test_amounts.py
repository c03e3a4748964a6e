from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from multi_instance_manager.http.urls import url_of
from multi_instance_manager.text.amounts import (
    ago,
    limit_text,
    rough_span_text,
    size,
    size_text,
    span_text,
)
from multi_instance_manager.text.plurals import counted


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
    ("size_bytes", "text"),
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
def test_sizes_are_in_their_largest_unit(size_bytes: int, text: str) -> None:
    assert size_text(size_bytes) == text


@given(st.integers(0, 10**15), st.integers(0, 10**15))
def test_texts_are_as_narrow_as_a_column(seconds: int, size_bytes: int) -> None:
    assert len(rough_span_text(seconds)) <= 12
    assert len(size_text(size_bytes)) <= 8


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, ""),
        (0.9, " less than a second ago"),
        (1, " 1 second ago"),
        (3 * 3600 + 12 * 60, " 3 hours ago"),
        (86400, " 1 day ago"),
    ],
)
def test_spans_in_words_have_one_unit(seconds: float | None, text: str) -> None:
    assert ago(seconds) == text


@pytest.mark.parametrize(
    ("size_bytes", "in_words", "as_a_limit"),
    [
        (1023, "1023 bytes", "1023 bytes"),
        (64 * 1024**2, "64 MB", "64 MiB"),
        (1.5 * 1024**3, "1.5 GB", "1.5 GiB"),
    ],
)
def test_sizes_in_words(size_bytes: int, in_words: str, as_a_limit: str) -> None:
    assert (size(size_bytes), limit_text(size_bytes)) == (in_words, as_a_limit)


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0 requests wait"), (1, "1 request waits"), (2, "2 requests wait")]
)
def test_a_number_has_its_noun(number: int, text: str) -> None:
    assert counted(number, "request waits", "requests wait") == text
    assert counted(number, "profile") == f"{number} profile{'s' * (number != 1)}"


@pytest.mark.parametrize(
    ("host", "url"),
    [("127.0.0.1", "http://127.0.0.1:2048"), ("::1", "http://[::1]:2048")],
)
def test_a_url_has_an_address_with_colons_in_brackets(host: str, url: str) -> None:
    assert url_of(host, 2048) == url
