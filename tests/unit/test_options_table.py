"""Every option and variable of the guide is in the table, by its spelling."""

from __future__ import annotations

from collections import Counter

import pytest

from multi_instance_manager.settings.options import OPTIONS
from reference_pages.manual import whole_manual

FLAGS = (
    "--project-root",
    "--profile-dir",
    "--docker-env-file",
    "--image",
    "--container-prefix",
    "--api-key",
    "--log-level",
    "--base-api-port",
    "--base-stream-port",
    "--memory-per-instance-gb",
    "--auto-confirm",
    "--dry-run",
    "--no-docker-env",
    "--enable-auth-rotation",
)
VARIABLES = {
    "PROJECT_ROOT": "--project-root",
    "PROFILE_DIR": "--profile-dir",
    "DOCKER_ENV_FILE": "--docker-env-file",
    "IMAGE_NAME": "--image",
    "CONTAINER_PREFIX": "--container-prefix",
    "API_KEY": "--api-key",
    "SERVER_LOG_LEVEL": "--log-level",
    "BASE_API_PORT": "--base-api-port",
    "BASE_STREAM_PORT": "--base-stream-port",
    "MEMORY_PER_INSTANCE_GB": "--memory-per-instance-gb",
    "AUTO_CONFIRM": "--auto-confirm",
    "DRY_RUN": "--dry-run",
    "MOUNT_DOCKER_ENV": "--no-docker-env",
    "DISABLE_AUTH_ROTATION": "--enable-auth-rotation",
    "EXTRA_DOCKER_ARGS": "--docker-arg",
    "RUNTIME_STATE_DIR": "--state-dir",
    "WAIT_TIMEOUT": "--wait-timeout",
}
SWITCHES = {
    "--auto-confirm": True,
    "--dry-run": True,
    "--no-docker-env": False,
    "--enable-auth-rotation": False,
}
DEFAULTS = {
    "--container-prefix": "ai-proxy",
    "--api-key": "sk-dummy",
    "--log-level": "INFO",
    "--base-api-port": "2048",
    "--base-stream-port": "3120",
    "--memory-per-instance-gb": "1",
}
BY_FLAG = {option.flag: option for option in OPTIONS}


@pytest.mark.parametrize("flag", FLAGS)
def test_every_option_of_the_guide_is_there(flag: str) -> None:
    assert flag in BY_FLAG


@pytest.mark.parametrize(("variable", "flag"), VARIABLES.items())
def test_every_variable_of_the_guide_belongs_to_its_option(variable: str, flag: str) -> None:
    assert BY_FLAG[flag].variable == variable


@pytest.mark.parametrize(("flag", "turned_to"), SWITCHES.items())
def test_a_switch_of_the_guide_stands_alone_and_turns_its_setting(
    flag: str, turned_to: bool
) -> None:
    assert BY_FLAG[flag].is_switch
    assert BY_FLAG[flag].switch_value is turned_to
    assert BY_FLAG[flag].default == str(not turned_to).lower()


@pytest.mark.parametrize("flag", [flag for flag in FLAGS if flag not in SWITCHES])
def test_every_other_option_of_the_guide_takes_a_value(flag: str) -> None:
    assert not BY_FLAG[flag].is_switch


@pytest.mark.parametrize(("flag", "default"), DEFAULTS.items())
def test_the_defaults_of_the_guide_are_kept(flag: str, default: str) -> None:
    assert BY_FLAG[flag].default == default


def test_no_name_flag_or_variable_is_used_twice() -> None:
    for used in (
        [option.name for option in OPTIONS],
        [option.flag for option in OPTIONS],
        [option.variable for option in OPTIONS if option.variable],
    ):
        assert [name for name, number in Counter(used).items() if number > 1] == []


def test_every_option_says_what_it_does_in_a_sentence() -> None:
    assert [option.flag for option in OPTIONS if not option.help.endswith(".")] == []
    assert [option.flag for option in OPTIONS if len(option.help.split()) < 3] == []


def test_every_default_is_one_that_its_reader_takes() -> None:
    for option in OPTIONS:
        if option.default is not None:
            option.reader(option.default)


def test_every_command_that_asks_takes_y() -> None:
    asking = {
        manual.title: option.flags
        for manual in whole_manual().all_below
        for option in manual.options
        if "--auto-confirm" in option.flags
    }

    assert asking.keys() >= {"multi-instance up", "multi-instance down"}
    assert set(asking.values()) == {"-y, --auto-confirm"}


def test_the_key_is_the_one_option_that_is_secret() -> None:
    assert [option.flag for option in OPTIONS if option.secret] == ["--api-key"]
