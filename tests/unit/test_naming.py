"""Container names: readable, valid, and never shared."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from multi_instance_manager.fleet.container_names import aside_name_of, container_name_of, slug_of

ACCEPTED = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]+")
prefixes = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}", fullmatch=True)
profile_names = st.text(min_size=1, max_size=220).filter(lambda name: "/" not in name)
slugs = st.from_regex(r"[a-z0-9]([a-z0-9._-]{0,18}[a-z0-9])?", fullmatch=True)


@pytest.mark.parametrize(
    ("profile_name", "container_name"),
    [
        ("user-a", "ai-proxy-user-a"),
        ("a", "ai-proxy-a"),
        ("v1.2_x", "ai-proxy-v1.2_x"),
        ("User A", "ai-proxy-user-a-447f8d5a"),
        ("user@example.org", "ai-proxy-user-example.org-d159ef62"),
        ("é", "ai-proxy-4a99557e"),
        ("-user", "ai-proxy-user-1648a7b2"),
    ],
)
def test_a_name_is_kept_or_carries_a_hash_of_its_spelling_that_never_changes(
    profile_name: str, container_name: str
) -> None:
    assert container_name_of("ai-proxy", profile_name) == container_name


@given(prefixes, profile_names)
@example("ai-proxy", "x" * 200)
@example("a" * 40, "x" * 200)
@example("ai-proxy", ";rm -rf #")
@example("ai-proxy", "💥")
def test_every_name_is_one_that_an_engine_accepts(prefix: str, profile_name: str) -> None:
    name = container_name_of(prefix, profile_name)

    assert ACCEPTED.fullmatch(name)
    assert len(name) <= 63
    assert name.startswith(f"{prefix}-")


@given(prefixes, profile_names, profile_names)
@example("ai-proxy", "User A", "user-a")
@example("ai-proxy", "user a", "user-a")
@example("ai-proxy", "user-a.previous", "user-a")
@example("ai-proxy", "x" * 100, "x" * 101)
@example("ai-proxy", "é", "è")
@example("ai-proxy", "a-", "a")
@example("ai-proxy", "K", "k")
def test_two_profiles_never_share_a_name(prefix: str, first: str, second: str) -> None:
    names = {container_name_of(prefix, first), container_name_of(prefix, second)}

    assert len(names) == len({first, second})


@given(prefixes, profile_names, profile_names)
@example("ai-proxy", "user-a", "user-a.previous")
def test_no_name_is_that_of_another_profile_set_aside(prefix: str, first: str, second: str) -> None:
    assert container_name_of(prefix, first) != aside_name_of(container_name_of(prefix, second))


@given(prefixes.filter(lambda prefix: len(prefix) <= 40), slugs)
def test_a_name_that_is_its_own_slug_is_kept_exactly(prefix: str, slug: str) -> None:
    assert slug_of(slug) == slug
    assert container_name_of(prefix, slug) == f"{prefix}-{slug}"


def test_a_file_name_that_is_not_text_still_gives_a_name() -> None:
    """Such a profile is refused, but its container must be found to be left alone."""
    undecodable = b"user-\xff".decode(errors="surrogateescape")

    assert ACCEPTED.fullmatch(container_name_of("ai-proxy", undecodable))
