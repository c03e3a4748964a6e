"""One login in two profiles: by what they hold, or by the names that programs give to copies."""

from __future__ import annotations

from pathlib import Path

import pytest

from multi_instance_manager.checks.preflight import check_twins
from multi_instance_manager.sessions.profile import Profile


def profile(name: str, *marks: bytes) -> Profile:
    return Profile(name, Path(f"{name}.json"), name, frozenset(marks))


def told(*profiles: Profile, disabled: tuple[str, ...] = ()) -> list[str]:
    launched = [one.name for one in profiles if one.name not in disabled]
    return [finding.subject for finding in check_twins(profiles, launched)]


def test_profiles_that_share_a_mark_are_told_once_and_all_together() -> None:
    a, b, c, d = profile("a", b"1"), profile("b", b"1", b"2"), profile("c", b"1"), profile("d")

    assert told(a, b, c, d) == ["profiles a and b and c"]
    assert told(a, b, c, d, disabled=("a", "b")) == []
    assert told(a, d) == []


@pytest.mark.parametrize(
    "copy",
    [
        "user-a.sync-conflict-20260101-120000-ABCDEFG",
        "user-a (1)",
        "user-a(2)",
        "user-a (conflicted copy 2026-01-01 120000)",
        "user-a (Jane's conflicted copy 2026-01-01)",
        "user-a - Copy",
        "user-a - Copy (2)",
        "user-a copy",
        "user-a_copy 3",
    ],
)
def test_a_copy_is_known_by_its_name_too(copy: str) -> None:
    """A session that was refreshed since has other cookies, and is the same login."""
    assert told(profile("user-a", b"1"), profile(copy, b"2")) == [f"profiles user-a and {copy}"]


@pytest.mark.parametrize("name", ["user-b", "user-a-2", "user-a1", "user-copy-a", "user-b (1)"])
def test_another_name_is_no_copys(name: str) -> None:
    assert told(profile("user-a", b"1"), profile(name, b"2")) == []
