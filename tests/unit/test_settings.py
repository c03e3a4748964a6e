"""Settings: which source wins, and every problem in one report."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from multi_instance_manager.errors import ExitCode, UsageProblems
from multi_instance_manager.fleet.leases import PortBases
from multi_instance_manager.settings import values
from multi_instance_manager.settings.model import ImageChoice, Isolation, Limits, Output, Settings
from multi_instance_manager.settings.project_root import LAUNCHER_VARIABLE
from multi_instance_manager.settings.reading import GivenOptions
from multi_instance_manager.settings.resolve import resolve_settings

HERE = Path("/nowhere/in/particular")


def resolved(
    flags: dict[str, Any] | None = None, working_dir: Path = HERE, /, **environment: str
) -> Settings:
    return resolve_settings(GivenOptions(flags or {}, environment, working_dir))


def problems_of(flags: dict[str, Any] | None = None, /, **environment: str) -> tuple[str, ...]:
    with pytest.raises(UsageProblems) as caught:
        resolved(flags, **environment)
    assert caught.value.exit_code is ExitCode.USAGE
    return caught.value.problems


def test_the_defaults_are_those_of_the_guide() -> None:
    settings = resolved()

    assert settings.project_root == HERE
    assert settings.profile_dir == HERE / "auth_profiles" / "saved"
    assert settings.docker_env_file == HERE / "docker" / ".env"
    assert settings.state_dir == HERE / ".multi-instance-runtime"
    assert settings.image == ImageChoice("ai-studio-proxy:latest", "docker-ai-studio-proxy:latest")
    assert settings.container_prefix == "ai-proxy"
    assert settings.api_key.reveal() == "sk-dummy"
    assert not settings.api_key_asked_for
    assert settings.log_level == "INFO"
    assert settings.bases == PortBases(2048, 3120)
    assert settings.memory_per_instance_gb == 1.0
    assert not settings.auto_confirm
    assert not settings.dry_run
    assert not settings.rotation
    assert settings.docker_args == ()


def test_the_further_defaults_are_safe() -> None:
    settings = resolved()

    assert settings.host_ip == "127.0.0.1"
    assert settings.isolation is Isolation.PRIVATE
    assert settings.limits == Limits()
    assert settings.timeouts.wait
    assert settings.timeouts.wait_timeout_s == 120
    assert settings.timeouts.stop_timeout_s == 30
    assert settings.output is Output.TEXT
    assert not settings.show_secrets
    assert not settings.recreate
    assert not settings.remove_orphans


def test_a_flag_beats_a_variable_and_a_variable_the_default() -> None:
    assert resolved(BASE_API_PORT="3048").bases.api == 3048
    assert resolved({"base_api_port": "4048"}, BASE_API_PORT="3048").bases.api == 4048
    assert resolved({"base_api_port": None}, BASE_API_PORT="3048").bases.api == 3048


def test_a_variable_that_a_flag_overrides_is_not_even_read() -> None:
    assert resolved({"base_api_port": "4048"}, BASE_API_PORT="nonsense").bases.api == 4048


@pytest.mark.parametrize(
    "variable",
    [
        "PROJECT_ROOT",
        "PROFILE_DIR",
        "DOCKER_ENV_FILE",
        "IMAGE_NAME",
        "CONTAINER_PREFIX",
        "API_KEY",
        "SERVER_LOG_LEVEL",
        "BASE_API_PORT",
        "BASE_STREAM_PORT",
        "MEMORY_PER_INSTANCE_GB",
        "AUTO_CONFIRM",
        "DRY_RUN",
        "MOUNT_DOCKER_ENV",
        "DISABLE_AUTH_ROTATION",
        "EXTRA_DOCKER_ARGS",
        "RUNTIME_STATE_DIR",
    ],
)
def test_an_empty_variable_counts_as_not_set(variable: str) -> None:
    assert resolved(**{variable: ""}) == resolved()


@pytest.mark.parametrize(
    ("variable", "name", "when_true"),
    [
        ("AUTO_CONFIRM", "auto_confirm", True),
        ("DRY_RUN", "dry_run", True),
        ("DISABLE_AUTH_ROTATION", "rotation", False),
    ],
)
@pytest.mark.parametrize(
    ("text", "said"),
    [("true", True), ("1", True), ("YES", True), ("on", True), ("false", False), ("0", False)],
)
def test_a_switch_can_be_turned_by_its_variable(
    variable: str, name: str, when_true: bool, text: str, said: bool
) -> None:
    assert getattr(resolved(**{variable: text}), name) is (when_true if said else not when_true)


@pytest.mark.parametrize(("text", "mounted"), [("true", True), ("false", False), ("no", False)])
def test_the_environment_file_is_mounted_as_its_variable_says(text: str, mounted: bool) -> None:
    assert (resolved(MOUNT_DOCKER_ENV=text).docker_env_file is not None) is mounted


@pytest.mark.parametrize(
    ("flag", "variable", "against", "name", "expected"),
    [
        ("auto_confirm", "AUTO_CONFIRM", "false", "auto_confirm", True),
        ("dry_run", "DRY_RUN", "false", "dry_run", True),
        ("mount_docker_env", "MOUNT_DOCKER_ENV", "true", "docker_env_file", None),
        ("disable_auth_rotation", "DISABLE_AUTH_ROTATION", "true", "rotation", True),
    ],
)
def test_a_switch_beats_its_variable(
    flag: str, variable: str, against: str, name: str, expected: object
) -> None:
    assert getattr(resolved({flag: True}, **{variable: against}), name) is expected


@pytest.mark.parametrize("text", ["maybe", "2", "truely"])
def test_a_switch_variable_that_is_neither_true_nor_false_is_a_problem(text: str) -> None:
    assert problems_of(AUTO_CONFIRM=text) == (
        f"AUTO_CONFIRM {text!r}: is neither true nor false; write true or false",
    )


def test_an_image_that_is_named_has_no_fallback_even_where_it_is_the_default() -> None:
    named = ImageChoice("ai-studio-proxy:latest", None)

    assert resolved({"image": "ai-studio-proxy:latest"}).image == named
    assert resolved(IMAGE_NAME="ai-studio-proxy:latest").image == named


def test_a_key_that_is_given_is_one_that_was_asked_for_even_where_it_is_the_default() -> None:
    assert resolved({"api_key": "sk-dummy"}).api_key_asked_for
    assert resolved(API_KEY="sk-dummy").api_key_asked_for


def test_every_problem_of_every_source_is_told_at_once_by_the_name_it_was_given() -> None:
    found = problems_of(
        {"base_api_port": "70000", "memory_limit": "much", "isolation": "some"},
        BASE_STREAM_PORT="port",
        MEMORY_PER_INSTANCE_GB="-1",
        AUTO_CONFIRM="perhaps",
        CONTAINER_PREFIX="-x",
    )

    assert sorted(problem.partition(":")[0] for problem in found) == [
        "--base-api-port '70000'",
        "--isolation 'some'",
        "--memory-limit 'much'",
        "AUTO_CONFIRM 'perhaps'",
        "BASE_STREAM_PORT 'port'",
        "CONTAINER_PREFIX '-x'",
        "MEMORY_PER_INSTANCE_GB '-1'",
    ]


@pytest.mark.parametrize("source", ["flag", "variable"])
def test_a_key_that_cannot_be_used_is_not_repeated(source: str) -> None:
    key = "sk-nobody may see"
    found = problems_of({"api_key": key}) if source == "flag" else problems_of(API_KEY=key)

    assert len(found) == 1
    assert "nobody" not in found[0]


def test_two_ways_to_name_an_engine_are_a_problem() -> None:
    (problem,) = problems_of({"host": "tcp://a:1", "context": "b"})

    assert problem.startswith("--host, --context: ")


def test_an_empty_flag_is_a_problem_and_not_the_default() -> None:
    assert len(problems_of({"image": ""})) == 1
    assert len(problems_of({"api_key": ""})) == 1


def test_paths_follow_the_project_root_however_it_was_given(tmp_path: Path) -> None:
    for settings in (
        resolved({"project_root": str(tmp_path)}),
        resolved(PROJECT_ROOT=str(tmp_path)),
        resolved({"project_root": tmp_path.name}, tmp_path.parent),
    ):
        assert settings.project_root == tmp_path.resolve()
        assert settings.profile_dir == tmp_path.resolve() / "auth_profiles" / "saved"
        assert settings.docker_env_file == tmp_path.resolve() / "docker" / ".env"
        assert settings.state_dir == tmp_path.resolve() / ".multi-instance-runtime"


def test_a_path_that_is_given_is_taken_from_the_working_directory(tmp_path: Path) -> None:
    settings = resolved(
        {"profile_dir": "pool", "state_dir": "/var/state"},
        tmp_path,
        DOCKER_ENV_FILE="../env",
    )

    assert settings.profile_dir == tmp_path / "pool"
    assert settings.state_dir == Path("/var/state")
    assert settings.docker_env_file == tmp_path / "../env"


def test_the_project_root_is_found_upwards_from_the_working_directory(tmp_path: Path) -> None:
    (tmp_path / "auth_profiles").mkdir()
    deep = tmp_path / "a" / "b"
    deep.mkdir(parents=True)

    assert resolved({}, deep).project_root == tmp_path.resolve()


def test_the_project_root_is_that_of_the_launcher_where_none_is_found_upwards(
    tmp_path: Path,
) -> None:
    launcher, elsewhere = tmp_path / "application", tmp_path / "elsewhere"
    launcher.mkdir()
    elsewhere.mkdir()

    found = resolved({}, elsewhere, **{LAUNCHER_VARIABLE: str(launcher)})

    assert found.project_root == launcher.resolve()


def test_extra_arguments_of_the_variable_come_before_those_of_the_flags() -> None:
    settings = resolved({"docker_args": ("--init", "-m 2g")}, EXTRA_DOCKER_ARGS="-e A=1")

    assert settings.docker_args == ("-e A=1", "--init", "-m 2g")


def test_extra_arguments_that_are_blank_are_none() -> None:
    assert resolved({"docker_args": (" ",)}, EXTRA_DOCKER_ARGS="  ").docker_args == ()


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("memory_limit", "2g", 2 * 1024**3),
        ("memory_limit", "512m", 512 * 1024**2),
        ("memory_limit", "1.5GiB", 1610612736),
        ("shm_size", "64M", 64 * 1024**2),
        ("cpus", "1.5", 1_500_000_000),
    ],
)
def test_limits_are_read_in_the_usual_units(name: str, text: str, value: int) -> None:
    fields = {"memory_limit": "memory_bytes", "shm_size": "shm_bytes", "cpus": "nano_cpus"}

    assert getattr(resolved({name: text}).limits, fields[name]) == value


@pytest.mark.parametrize(
    ("flag", "text"),
    [
        ("base_api_port", "0"),
        ("base_api_port", "65536"),
        ("base_api_port", "-1"),
        ("base_api_port", "2048.0"),
        ("base_api_port", "²"),
        ("base_api_port", " 2048"),
        ("memory_per_instance_gb", "0"),
        ("memory_per_instance_gb", "nan"),
        ("memory_per_instance_gb", "inf"),
        ("memory_per_instance_gb", "one"),
        ("memory_limit", "5m"),
        ("memory_limit", "-2g"),
        ("memory_limit", "2x"),
        ("memory_limit", "9" * 400 + "g"),
        ("shm_size", "0"),
        ("shm_size", "9" * 400),
        ("cpus", "0"),
        ("cpus", "1e300"),
        ("parallel", "0"),
        ("starting", "1.5"),
        ("wait_timeout", "-1"),
        ("wait_timeout", "soon"),
        ("stop_timeout", "inf"),
        ("log_level", "LOUD"),
        ("container_prefix", ""),
        ("container_prefix", "a b"),
        ("container_prefix", "é"),
        ("container_prefix", "x" * 41),
        ("image", "-latest"),
        ("image", "a b"),
        ("host_ip", "localhost"),
        ("host_ip", "999.0.0.1"),
        ("project_root", ""),
        ("project_root", "a\0b"),
        ("api_key", "with space"),
        ("api_key", "line\nbreak"),
        ("api_key", "bell\a"),
        ("output", "yaml"),
        ("isolation", ""),
    ],
)
def test_a_value_that_cannot_be_used_is_one_problem(flag: str, text: str) -> None:
    assert len(problems_of({flag: text})) == 1


@pytest.mark.parametrize(
    ("flag", "text", "name", "value"),
    [
        ("log_level", "debug", "log_level", "DEBUG"),
        ("host_ip", "[::1]", "host_ip", "::1"),
        ("isolation", "shared", "isolation", Isolation.SHARED),
        ("output", "json", "output", Output.JSON),
        ("container_prefix", "Team_a.1", "container_prefix", "Team_a.1"),
    ],
)
def test_a_value_is_read_as_it_is_meant(flag: str, text: str, name: str, value: object) -> None:
    assert getattr(resolved({flag: text}), name) == value


READERS = (
    values.boolean,
    values.port,
    values.positive_number,
    values.seconds,
    values.count,
    values.size,
    values.memory_size,
    values.shm_size,
    values.nano_cpus,
    values.prefix,
    values.image_name,
    values.api_key,
    values.log_level,
    values.address,
    values.path,
)


@given(
    st.one_of(
        st.text(),
        st.from_regex(r"[0-9]{1,500}(\.[0-9]{1,5})?(e[0-9]{1,4})?[kmgt]?", fullmatch=True),
    )
)
def test_no_text_makes_a_reader_fail_in_any_other_way_than_by_a_sentence(text: str) -> None:
    said = [str(problem) for problem in map(partial(refusal_of, text), READERS) if problem]

    assert said, "a text that is a port is no address, and the other way round"
    assert all(sentence.startswith(("is ", "cannot ")) for sentence in said)


ODD = "zQ7!" * 20


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.__name__)
def test_no_reader_repeats_a_value_that_may_be_a_secret(reader: Callable[[str], object]) -> None:
    for text in (ODD, f" {ODD}", f"{ODD} {ODD}", f"{ODD}\n", f"{ODD}\0"):
        problem = refusal_of(text, reader)

        assert "zQ7!" not in str(problem), text
    assert problem, "no value has the character that ends a text for the system"


def refusal_of(text: str, reader: Callable[[str], object]) -> ValueError | None:
    try:
        reader(text)
    except ValueError as problem:
        return problem
    return None
