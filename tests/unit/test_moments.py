from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from multi_instance_manager.commands.stream.time_range import Between, between, expression, log_span
from multi_instance_manager.errors import UsageProblems
from multi_instance_manager.text.times import SECOND, moment_from, ns_of, stamp_of

NOW = 1_800_000_000 * SECOND


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("10m", 600),
        ("2h", 7200),
        ("1d", 86400),
        ("1w", 604800),
        ("1h30m", 5400),
        ("1.5h", 5400),
        ("90s", 90),
        ("now", 0),
    ],
)
def test_a_duration_is_counted_back_from_now(text: str, seconds: int) -> None:
    assert moment_from(text, NOW) == NOW - seconds * SECOND


@pytest.mark.parametrize(
    ("text", "at_ns"),
    [
        ("1970-01-02T00:00:00Z", 86400 * SECOND),
        ("1970-01-02T00:00:00.5Z", 86400 * SECOND + SECOND // 2),
        ("1970-01-02T01:00:00+01:00", 86400 * SECOND),
        ("1970-01-02 00:00Z", 86400 * SECOND),
        ("1700000000", 1_700_000_000 * SECOND),
        ("1700000000.000000001", 1_700_000_000 * SECOND + 1),
    ],
)
def test_a_time_is_taken_as_it_is(text: str, at_ns: int) -> None:
    assert moment_from(text, NOW) == at_ns


def test_a_time_without_a_zone_is_local() -> None:
    # Whatever the zone is, an hour later is an hour later.
    hour = moment_from("2026-01-10T10:00", NOW) - moment_from("2026-01-10T09:00", NOW)
    assert hour == 3600 * SECOND


@pytest.mark.parametrize("text", ["", "x", "10", "10q", "-5m", "m", "2026-13-01", "5 m", "\u0665m"])
def test_anything_else_is_refused_with_what_to_write(text: str) -> None:
    with pytest.raises(ValueError, match=r"write"):
        moment_from(text, NOW)


@given(st.integers(0, 4 * 10**18))
def test_a_moment_survives_its_way_through_text(at_ns: int) -> None:
    assert ns_of(stamp_of(at_ns)) == at_ns


def test_both_ends_are_told_at_once() -> None:
    with pytest.raises(UsageProblems) as told:
        between("x", "y", now_ns=NOW)
    assert len(told.value.problems) == 2


def test_an_end_before_the_beginning_is_refused() -> None:
    with pytest.raises(UsageProblems, match="later than --until"):
        between("1h", "2h", now_ns=NOW)


@pytest.mark.parametrize("tail", ["x", "-1", "1.5", "²"])
def test_a_tail_that_is_no_number_is_refused(tail: str) -> None:
    with pytest.raises(UsageProblems, match="no number of lines"):
        log_span(tail, Between(None, None), follow=False, now_ns=NOW)


def test_following_has_no_end() -> None:
    with pytest.raises(UsageProblems, match="leave one out"):
        log_span(None, Between(None, NOW), follow=True, now_ns=NOW)


def test_following_from_no_line_at_all_begins_now() -> None:
    span = log_span("0", Between(None, None), follow=True, now_ns=NOW)
    assert (span.since_ns, span.tail) == (NOW, None)


def test_a_broken_expression_is_refused() -> None:
    with pytest.raises(UsageProblems, match="no regular expression"):
        expression("(")
