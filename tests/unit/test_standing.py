"""What an instance was launched as can be read from its container alone."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from multi_instance_manager.fleet.containers import ContainerState
from multi_instance_manager.fleet.leases import PortBases
from multi_instance_manager.plan.desired import Ingredients, wanted_specs
from multi_instance_manager.plan.launched import standing_of
from multi_instance_manager.settings.model import Isolation
from multi_instance_manager.text.secret import Secret
from unit.builders import (
    ACTIVE,
    APPLICATION,
    EMERGENCY,
    IMAGE,
    SAVED,
    container_of,
    layout_of,
    some_host,
    some_settings,
    specs_of,
)

ADDRESSES = ("127.0.0.1", "127.0.0.2", "0.0.0.0", "::1", "::", "192.0.2.7")


@given(
    host_ip=st.sampled_from(ADDRESSES),
    isolation=st.sampled_from(Isolation),
    rotation=st.booleans(),
    bases=st.builds(PortBases, st.integers(1, 9000), st.integers(10000, 60000)),
    state=st.sampled_from(ContainerState),
    name=st.sampled_from(["user-a", "User A", "ü@example.org"]),
)
def test_ports_address_and_folders_are_those_of_the_launch(
    name: str, state: ContainerState, **launch: Any
) -> None:
    settings = some_settings(**launch)
    (spec,) = specs_of(name, settings=settings)
    container = container_of(spec, state)

    standing = standing_of(
        spec.container_name,
        container,
        IMAGE,
        layout_of(settings),
        APPLICATION,
        ["192.0.2.7", "127.0.0.2"],
    )

    assert standing.spec.identity == spec.identity
    assert standing.spec.api_url == spec.api_url
    assert standing.spec.profile_name == name
    sees_pool = settings.rotation or settings.isolation is Isolation.SHARED
    assert standing.own_folders == ((ACTIVE,) if sees_pool else (ACTIVE, SAVED))
    assert standing.has_own_key


@pytest.mark.parametrize(("asked_for", "own"), [(True, True), (False, False)])
def test_whose_key_file_an_instance_has_is_known(asked_for: bool, own: bool) -> None:
    settings = some_settings(api_key_asked_for=asked_for)
    host = some_host(host_keys=(Secret("sk-of-the-host"),))
    shared = Ingredients(settings, host, layout_of(settings), IMAGE, specs_of("user-a")[0].extra)
    (spec,) = wanted_specs(["user-a"], {"user-a": 0}, shared)
    container = container_of(spec)

    standing = standing_of(spec.container_name, container, IMAGE, layout_of(settings), APPLICATION)

    assert standing.has_own_key is own


def test_an_instance_of_an_earlier_version_has_its_profile_in_both_places() -> None:
    """Then one folder was mounted at both: it can be proven until it is replaced."""
    settings = some_settings()
    (spec,) = specs_of("user-a", settings=settings)
    active = next(mount for mount in spec.mounts if mount.target == ACTIVE)
    earlier = [replace(active, target=SAVED) if m.target == SAVED else m for m in spec.mounts]
    container = container_of(replace(spec, mounts=tuple(earlier)))

    standing = standing_of(spec.container_name, container, IMAGE, layout_of(settings), APPLICATION)

    assert standing.own_folders == (ACTIVE, SAVED)


@pytest.mark.parametrize(("isolation", "hidden"), [("private", True), ("shared", False)])
def test_the_emergency_folder_must_be_empty_where_it_is_hidden(
    isolation: str, hidden: bool
) -> None:
    settings = some_settings(isolation=Isolation(isolation))
    (spec,) = specs_of("user-a", settings=settings)

    standing = standing_of(
        spec.container_name, container_of(spec), IMAGE, layout_of(settings), APPLICATION
    )

    assert standing.empty_folders == ((EMERGENCY,) if hidden else ())
