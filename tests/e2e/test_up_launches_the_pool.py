"""The main job: one isolated container per profile, proven."""

from __future__ import annotations

import pytest

from e2e.obligations import (
    containers,
    get,
    must_ask_for_the_key,
    must_not_tell_secrets,
    must_run_on_its_own_profile,
    must_succeed,
)
from e2e.project import Project

NAMES = ("user-a", "user-b", "user-c", "user-d", "user-e")


@pytest.mark.podman
def test_five_profiles_give_five_containers_each_on_its_own_profile(project: Project) -> None:
    project.add(*NAMES)
    before = sorted((project.root / "auth_profiles" / "active").iterdir())

    result = must_succeed(project.up())

    assert sorted(containers(project)) == [project.container(name) for name in NAMES]
    for slot, name in enumerate(NAMES):
        must_run_on_its_own_profile(project, name, project.api_port + slot)
        must_ask_for_the_key(project.api_port + slot)
        assert get(project.api_port + slot, "/health")[0] == 200
    assert sorted((project.root / "auth_profiles" / "active").iterdir()) == before
    must_not_tell_secrets(result)
