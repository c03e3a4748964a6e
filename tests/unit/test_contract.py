"""What one instance sees of the host, in each mode."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from multi_instance_manager.application.definition import VariableNames
from multi_instance_manager.engine.docker_run import ExtraArgs, parse_docker_args
from multi_instance_manager.plan import mounts
from multi_instance_manager.plan.desired import Ingredients, wanted_specs
from multi_instance_manager.plan.mounts import Mount, Variable
from multi_instance_manager.settings.model import Isolation
from multi_instance_manager.settings.override import Override
from multi_instance_manager.text.secret import Secret
from unit.builders import (
    APPLICATION,
    IMAGE,
    KEY,
    RESERVED,
    ROOT,
    layout_of,
    other_application,
    some_host,
    some_settings,
)

STATE = f"{ROOT}/.multi-instance-runtime"
NAME = "ai-proxy-user-a"
TREE = Mount(f"{ROOT}/auth_profiles", "/app/auth_profiles", read_only=True)
POOL = Mount(f"{ROOT}/auth_profiles/saved", "/app/auth_profiles/saved")
FURTHER_PROFILES = Mount(f"{ROOT}/auth_profiles/emergency", "/app/auth_profiles/emergency")
ACTIVE = Mount(f"{STATE}/active/{NAME}", "/app/auth_profiles/active")
SAVED = Mount(f"{STATE}/private/{NAME}/saved", "/app/auth_profiles/saved", read_only=True)
EMERGENCY = Mount(
    f"{STATE}/private/{NAME}/emergency", "/app/auth_profiles/emergency", read_only=True
)
KEY_FILE = Mount(f"{STATE}/private/{NAME}/key.txt", "/app/auth_profiles/key.txt", read_only=True)
ENV_FILE = Mount(f"{ROOT}/docker/.env", "/app/.env", read_only=True)
OUT_OF_REACH = {"QUOTA_SOFT_LIMIT": "1000000000000", "QUOTA_HARD_LIMIT": "1000000000000"}
ENV_FILE_OF_DOCKER = "QUOTA_SOFT_LIMIT=5\n"
HOST_KEYS = (Secret("sk-of-the-host"), Secret("sk-second"))


def mounts_of(host_changes: dict[str, Any] | None = None, **changes: Any) -> tuple[Mount, ...]:
    settings = some_settings(**changes)
    host = some_host(**(host_changes or {}))
    return mounts.mounts(mounts.common_of(settings, host), layout_of(settings).mount_sources(NAME))


def test_an_instance_sees_the_tree_and_its_own_profile_alone() -> None:
    assert mounts_of() == (TREE, ACTIVE, SAVED, EMERGENCY, KEY_FILE, ENV_FILE)


def test_the_folder_in_use_is_the_only_one_that_an_instance_writes_to() -> None:
    """What it takes into use it takes from its pool: one folder for both would be emptied first."""
    writable = [mount.target for mount in mounts_of() if not mount.read_only]

    assert writable == [ACTIVE.target]
    by_target = {mount.target: mount for mount in mounts_of()}
    assert by_target[ACTIVE.target].source != by_target[SAVED.target].source


def test_outer_mounts_come_before_those_that_lie_in_them() -> None:
    targets = [mount.target for mount in mounts_of()]

    for index, target in enumerate(targets):
        assert not any(target.startswith(f"{later}/") for later in targets[index + 1 :])


def test_with_rotation_the_pool_is_written_to_and_the_tree_with_the_keys_is_not() -> None:
    """The session of a profile that it has changed to lies in the pool."""
    assert mounts_of(rotation=True) == (TREE, ACTIVE, POOL, FURTHER_PROFILES, KEY_FILE, ENV_FILE)


def test_where_the_pool_is_only_shown_nothing_of_it_is_written_to() -> None:
    found = mounts_of(isolation=Isolation.SHARED)

    assert found == (TREE, ACTIVE, KEY_FILE, ENV_FILE)
    assert [mount for mount in found if not mount.read_only] == [ACTIVE]


@pytest.mark.parametrize(
    ("mode", "read_only", "further"),
    [
        ({"rotation": True}, False, (FURTHER_PROFILES,)),
        ({"isolation": Isolation.SHARED}, True, ()),
    ],
)
def test_a_pool_outside_the_tree_is_mounted_where_the_application_looks(
    mode: dict[str, Any], read_only: bool, further: tuple[Mount, ...]
) -> None:
    found = mounts_of({"pool_dir": "/srv/pool"}, **mode)

    pool = Mount("/srv/pool", "/app/auth_profiles/saved", read_only=read_only)
    assert found == (TREE, ACTIVE, pool, *further, KEY_FILE, ENV_FILE)


@pytest.mark.parametrize("pool_dir", [POOL.source, "/srv/pool", TREE.source])
@pytest.mark.parametrize("mode", [{"rotation": True}, {"isolation": Isolation.SHARED}, {}])
def test_no_instance_can_replace_the_keys_of_all(mode: dict[str, Any], pool_dir: str) -> None:
    found = mounts_of({"pool_dir": pool_dir}, **mode)

    over_tree = {mount.target: mount for mount in found if mount.source == TREE.source}
    assert over_tree[TREE.target].read_only


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

    variables = {v.name: v for v in mounts.variables(mounts.common_of(settings, host), "user-a")}

    assert variables["API_KEY"].value == expected
    assert variables["API_KEY"].secret
    assert mounts.effective_key(settings, host).reveal() == expected


def test_an_application_that_has_the_least_gets_its_login_alone() -> None:
    settings = some_settings(application=other_application(), docker_env_file=None)
    common = mounts.common_of(settings, some_host(tree=None, pool_dir="/srv/logins"))
    found = mounts.mounts(common, layout_of(settings).mount_sources(NAME))

    assert found == (
        Mount(f"{STATE}/active/{NAME}", "/data/logins/in-use"),
        Mount(f"{STATE}/private/{NAME}/saved", "/data/logins/all", read_only=True),
    )
    assert mounts.variables(common, "user-a") == (
        Variable("LOGIN_FILE", "/data/logins/all/user-a.json"),
    )


def test_an_application_may_have_no_variable_at_all() -> None:
    application = replace(other_application(), variables=VariableNames())
    common = mounts.common_of(some_settings(application=application), some_host())

    assert mounts.variables(common, "user-a") == ()


def test_an_environment_file_is_not_mounted_where_none_is_read() -> None:
    application = replace(
        APPLICATION, paths=replace(APPLICATION.paths, environment_file=None, emergency=None)
    )

    assert mounts_of(application=application) == (TREE, ACTIVE, SAVED, KEY_FILE)


@pytest.mark.parametrize(("rotation", "word"), [(False, "false"), (True, "true")])
def test_the_variables_name_the_profile_and_switch_rotation(rotation: bool, word: str) -> None:
    assert variables_of(rotation=rotation) == {
        "ACTIVE_AUTH_JSON_PATH": "/app/auth_profiles/saved/User A.json",
        "AUTO_AUTH_ROTATION_ON_STARTUP": "false",
        "AUTO_ROTATE_AUTH_PROFILE": word,
        "SERVER_LOG_LEVEL": "INFO",
        **({} if rotation else OUT_OF_REACH),
    }


def variables_of(
    host_changes: dict[str, Any] | None = None, extra: str = "", **changes: Any
) -> dict[str, str]:
    """The variables of an instance that are no secrets, as its spec has them."""
    settings = some_settings(**changes)
    parsed = parse_docker_args(
        (extra,), reader=lambda _: ENV_FILE_OF_DOCKER, environment={}, reserved=RESERVED
    )
    assert not parsed.problems
    host, layout = some_host(**(host_changes or {})), layout_of(settings)
    shared = Ingredients(settings, host, layout, IMAGE, parsed.extra)
    (spec,) = wanted_specs(["User A"], {"User A": 0}, shared)
    return {v.name: v.value for v in spec.variables if not v.secret}


def test_both_quota_limits_are_out_of_reach_while_rotation_is_off() -> None:
    assert OUT_OF_REACH.items() <= variables_of().items()


def test_rotation_keeps_the_applications_own_quota_limits() -> None:
    assert not OUT_OF_REACH.keys() & variables_of(rotation=True).keys()


@pytest.mark.parametrize(
    "extra",
    [
        "-e QUOTA_SOFT_LIMIT=5",
        "--env=QUOTA_SOFT_LIMIT=",
        "-e QUOTA_SOFT_LIMIT",
        "--env-file some.env",
    ],
)
def test_a_quota_limit_of_the_persons_own_arguments_is_left_alone(extra: str) -> None:
    found = variables_of(extra=extra)

    assert "QUOTA_SOFT_LIMIT" not in found
    assert found["QUOTA_HARD_LIMIT"] == OUT_OF_REACH["QUOTA_HARD_LIMIT"]


def test_a_quota_limit_in_the_environment_file_is_left_alone() -> None:
    found = variables_of({"env_variables": {"QUOTA_HARD_LIMIT": Secret("7")}})

    assert "QUOTA_HARD_LIMIT" not in found
    assert "QUOTA_SOFT_LIMIT" in found


def test_a_quota_limit_of_one_profile_leaves_those_of_the_others_alone() -> None:
    own = Override(environment=(("QUOTA_SOFT_LIMIT", Secret("5")),))
    settings = some_settings(overrides={"user-a": own})
    parsed = parse_docker_args(
        settings.of("user-a").docker_args, reader=lambda _: "", environment={}, reserved=RESERVED
    )
    shared = Ingredients(
        settings,
        some_host(),
        layout_of(settings),
        IMAGE,
        ExtraArgs(),
        own_extras={"user-a": parsed.extra},
    )

    first, second = wanted_specs(["user-a", "user-b"], {"user-a": 0, "user-b": 1}, shared)

    assert "QUOTA_SOFT_LIMIT" not in {v.name for v in first.variables}
    assert "QUOTA_SOFT_LIMIT=5" in first.payload()["Env"]
    assert "QUOTA_SOFT_LIMIT" in {v.name for v in second.variables}
