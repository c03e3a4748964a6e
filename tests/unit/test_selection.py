from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from multi_instance_manager.commands.survey.selection import select
from multi_instance_manager.errors import UsageProblems

NAMES = ("user-a", "user-b", "work")
WORDS = st.lists(st.text("ab*?[]-", min_size=1, max_size=4), unique=True, max_size=6)


def test_without_a_pattern_all_are_meant() -> None:
    assert select((), NAMES) == NAMES


def test_names_and_globs_come_in_the_order_of_the_pool_and_once() -> None:
    assert select(("work", "user-*", "user-a"), NAMES) == NAMES


def test_an_exact_name_wins_over_its_meaning_as_a_glob() -> None:
    assert select(("[ab]",), ("[ab]", "a", "b")) == ("[ab]",)


def test_capitals_matter() -> None:
    with pytest.raises(UsageProblems):
        select(("USER-*",), NAMES)


def test_everything_that_matches_nothing_comes_in_one_report_with_the_nearest_name() -> None:
    with pytest.raises(UsageProblems) as caught:
        select(("usr-a", "x*", "work", "nobody"), NAMES)
    assert caught.value.problems == (
        "profile 'usr-a': is not known; did you mean user-a?",
        "profile 'x*': matches none of 3 profiles",
        "profile 'nobody': is not known; `multi-instance profiles list` names them",
    )


@given(WORDS)
def test_every_name_selects_itself_alone(names: list[str]) -> None:
    for name in names:
        assert select((name,), names) == (name,)


def test_names_that_are_equally_near_are_all_named() -> None:
    with pytest.raises(UsageProblems) as caught:
        select(("user-c",), NAMES)

    assert caught.value.problems == (
        "profile 'user-c': is not known; did you mean user-a or user-b?",
    )
