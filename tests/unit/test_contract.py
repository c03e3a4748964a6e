"""What one instance sees of the host, in each mode."""

from __future__ import annotations

from typing import Any

import pytest

from multi_instance_manager import contract
from multi_instance_manager.contract import Mount
from multi_instance_manager.secret import Secret
from multi_instance_manager.settings import Isolation
from unit.builders import KEY, ROOT, layout_of, some_host, some_settings

STATE = f"{ROOT}/.multi-instance-runtime"
NAME = "ai-proxy-user-a"
TREE = Mount(f"{ROOT}/auth_profiles", "/app/auth_profiles", read_only=True)
WRITABLE_TREE = Mount(f"{ROOT}/auth_profiles", "/app/auth_profiles")
ACTIVE = Mount(f"{STATE}/active/{NAME}", "/app/auth_profiles/active")
SAVED = Mount(f"{STATE}/private/{NAME}/saved", "/app/auth_profiles/saved", read_only=True)
EMERGENCY = Mount(
    f"{STATE}/private/{NAME}/emergency", "/app/auth_profiles/emergency", read_only=True
)
KEY_FILE = Mount(f"{STATE}/private/{NAME}/key.txt", "/app/auth_profiles/key.txt", read_only=True)
ENV_FILE = Mount(f"{ROOT}/docker/.env", "/app/.env", read_only=True)
HOST_KEYS = (Secret("sk-of-the-host"), Secret("sk-second"))


def mounts_of(host_changes: dict[str, Any] | None = None, **changes: Any) -> tuple[Mount, ...]:
    settings = some_settings(**changes)
    host = some_host(**(host_changes or {}))
    return contract.mounts(
        contract.common_of(settings, host), layout_of(settings).mount_sources(NAME)
    )


def test_an_instance_sees_the_tree_and_its_own_profile_alone() -> None:
    assert mounts_of() == (TREE, ACTIVE, SAVED, EMERGENCY, KEY_FILE, ENV_FILE)


def test_the_folder_in_use_is_the_only_one_that_an_instance_writes_to() -> None:
    """What it takes into use it takes from its pool: one folder for both would be emptied first."""
    writable = [mount.target for mount in mounts_of() if not mount.read_only]

    assert writable == [contract.ACTIVE]
    by_target = {mount.target: mount for mount in mounts_of()}
    assert by_target[contract.ACTIVE].source != by_target[contract.SAVED].source


def test_outer_mounts_come_before_those_that_lie_in_them() -> None:
    targets = [mount.target for mount in mounts_of()]

    for index, target in enumerate(targets):
        assert not any(target.startswith(f"{later}/") for later in targets[index + 1 :])


MODES = pytest.mark.parametrize(
    ("mode", "tree"),
    [({"rotation": True}, WRITABLE_TREE), ({"isolation": Isolation.SHARED}, TREE)],
)


@MODES
def test_the_pool_in_the_tree_is_visible_where_it_is_meant_to_be(
    mode: dict[str, Any], tree: Mount
) -> None:
    """It is written to only where an instance may change to another profile of it."""
    assert mounts_of(**mode) == (tree, ACTIVE, KEY_FILE, ENV_FILE)


@MODES
def test_a_pool_outside_the_tree_is_mounted_where_the_application_looks(
    mode: dict[str, Any], tree: Mount
) -> None:
    found = mounts_of({"pool_dir": "/srv/pool"}, **mode)

    pool = Mount("/srv/pool", "/app/auth_profiles/saved", read_only=tree.read_only)
    assert found == (tree, ACTIVE, pool, KEY_FILE, ENV_FILE)


def test_a_pool_outside_the_tree_is_not_visible_by_default() -> None:
    assert mounts_of({"pool_dir": "/srv/pool"}) == mounts_of()


def test_an_application_without_a_tree_still_gets_its_profile() -> None:
    assert mounts_of({"tree": None}) == (ACTIVE, SAVED, EMERGENCY, KEY_FILE, ENV_FILE)


def test_no_environment_file_is_mounted_where_none_is_wanted() -> None:
    assert ENV_FILE not in mounts_of(docker_env_file=None)


def test_the_hosts_own_keys_stay_in_force_where_no_key_was_asked_for() -> None:
    found = mounts_of({"host_keys": HOST_KEYS}, api_key_asked_for=False)

    assert KEY_FILE not in found


def test_a_key_that_was_asked_for_is_mounted_over_the_hosts_own() -> None:
    assert KEY_FILE in mounts_of({"host_keys": HOST_KEYS}, api_key_asked_for=True)


def test_the_default_key_is_mounted_where_the_host_has_none() -> None:
    assert KEY_FILE in mounts_of({"host_keys": ()}, api_key_asked_for=False)


@pytest.mark.parametrize(
    ("keys", "asked_for", "expected"),
    [
        ((), False, KEY),
        ((), True, KEY),
        (HOST_KEYS, True, KEY),
        (HOST_KEYS, False, "sk-of-the-host"),
    ],
)
def test_the_variable_has_the_key_that_the_instance_answers_to(
    keys: tuple[Secret, ...], asked_for: bool, expected: str
) -> None:
    settings, host = some_settings(api_key_asked_for=asked_for), some_host(host_keys=keys)

    variables = {
        v.name: v for v in contract.variables(contract.common_of(settings, host), "user-a")
    }

    assert variables["API_KEY"].value == expected
    assert variables["API_KEY"].secret
    assert contract.effective_key(settings, host).reveal() == expected


@pytest.mark.parametrize(("rotation", "word"), [(False, "false"), (True, "true")])
def test_the_variables_name_the_profile_and_switch_rotation(rotation: bool, word: str) -> None:
    found = contract.variables(
        contract.common_of(some_settings(rotation=rotation), some_host()), "User A"
    )

    assert {v.name: v.value for v in found if not v.secret} == {
        "ACTIVE_AUTH_JSON_PATH": "/app/auth_profiles/saved/User A.json",
        "AUTO_AUTH_ROTATION_ON_STARTUP": word,
        "AUTO_ROTATE_AUTH_PROFILE": word,
        "SERVER_LOG_LEVEL": "INFO",
    }
