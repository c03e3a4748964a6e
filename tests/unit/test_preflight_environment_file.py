"""Which settings of the environment file are told to have no effect, and what to do about each."""

from __future__ import annotations

from typing import Any

import pytest

from multi_instance_manager.application.environment_file import variables_of
from multi_instance_manager.checks.preflight import check_environment_file
from multi_instance_manager.engine.docker.answers import image_of
from multi_instance_manager.engine.docker_run import parse_docker_args
from multi_instance_manager.plan.desired import Ingredients, wanted_specs
from multi_instance_manager.text.secret import Secret
from unit.builders import KEY, RESERVED, ROOT, layout_of, some_host, some_settings

OF_IMAGE = (
    "PATH=/usr/bin",
    "STREAM_PORT=3120",
    "DEBUG_LOGS_ENABLED=false",
    "INTERNAL_CAMOUFOX_PROXY=",
    "SERVER_LOG_LEVEL=INFO",
)
SUBJECT = f"environment file {ROOT}/docker/.env"
OWN = (
    "pass what you mean with --docker-arg '--env NAME=VALUE', "
    "or for one profile as its `environment`"
)
SECRET = "a-value-that-nobody-may-see"


def told(text: str, extra: str = "", **changes: Any) -> list[str]:
    """The findings on an environment file, as sentences without their subject."""
    settings = some_settings(**changes)
    variables = {name: Secret(value) for name, value in variables_of(text).items()}
    host = some_host(env_variables=variables)
    image = image_of("ai-studio-proxy:latest", {"Id": "sha256:a", "Config": {"Env": OF_IMAGE}})
    arguments = parse_docker_args(
        (extra,), reader=lambda _: "", environment={}, reserved=RESERVED
    ).extra
    proxies = (("HTTPS_PROXY", Secret("of-the-client")),)
    shared = Ingredients(settings, host, layout_of(settings), image, arguments, proxies=proxies)
    specs = wanted_specs(["user-a", "user-b"], {"user-a": 0, "user-b": 1}, shared)
    findings = check_environment_file(settings, host, specs)
    assert {(f.code, f.severity.value) for f in findings} <= {("docker-env-overridden", "warning")}
    assert SECRET not in repr(findings)
    assert KEY not in repr(findings)
    return [finding.sentence().removeprefix(f"{SUBJECT}: ") for finding in findings]


def test_a_setting_that_the_image_sets_to_another_value_is_told_by_name() -> None:
    assert told(f"STREAM_PORT={SECRET}") == [f"STREAM_PORT has no effect: the image sets it; {OWN}"]


def test_several_settings_with_the_same_cause_are_told_together() -> None:
    text = "INTERNAL_CAMOUFOX_PROXY=http://proxy:1\nexport DEBUG_LOGS_ENABLED='true'\n"

    assert told(text) == [
        f"INTERNAL_CAMOUFOX_PROXY, DEBUG_LOGS_ENABLED have no effect: the image sets them; {OWN}"
    ]


@pytest.mark.parametrize(
    ("line", "step"),
    [
        ("SERVER_LOG_LEVEL=DEBUG", "use --log-level"),
        (f"API_KEY={SECRET}", "use --api-key"),
        ("AUTO_ROTATE_AUTH_PROFILE=true", "use --enable-auth-rotation"),
        ("AUTO_AUTH_ROTATION_ON_STARTUP=true", "each instance starts on its own profile"),
        (
            "ACTIVE_AUTH_JSON_PATH=/app/mine.json",
            "name profiles on the command line to choose which run",
        ),
    ],
)
def test_a_setting_of_the_contract_names_the_option_that_decides_it(line: str, step: str) -> None:
    name = line.partition("=")[0]

    assert told(line) == [f"{name} has no effect: the manager sets it; {step}"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "SERVER_LOG_LEVEL=INFO\nSTREAM_PORT='3120' # as the image has it\n",
        f"API_KEY={KEY}",
        "SERVER_LOG_LEVEL=${SERVER_LOG_LEVEL}",
        "AUTO_ROTATE_AUTH_PROFILE=false",
        f"SOMETHING_ELSE={SECRET}",
        "QUOTA_SOFT_LIMIT=5",
        "# STREAM_PORT=1",
        "STREAM_PORT",
    ],
)
def test_settings_that_have_their_effect_or_the_same_value_are_not_told(text: str) -> None:
    assert told(text) == []


def test_a_proxy_of_the_docker_clients_configuration_is_named_as_what_rules() -> None:
    assert told("HTTPS_PROXY=mine") == [
        f"HTTPS_PROXY has no effect: the docker client's configuration sets it; {OWN}"
    ]
    assert told("HTTPS_PROXY=mine", extra="--env HTTPS_PROXY=mine") == []


@pytest.mark.parametrize("extra", ["--env STREAM_PORT=0", "--env STREAM_PORT"])
def test_what_the_person_sets_for_the_container_is_meant_to_rule(extra: str) -> None:
    assert told("STREAM_PORT=1", extra=extra) == []


def test_the_options_value_is_the_one_that_is_compared() -> None:
    assert told("SERVER_LOG_LEVEL=DEBUG", log_level="DEBUG") == []
    assert len(told("SERVER_LOG_LEVEL=INFO", log_level="DEBUG")) == 1
