"""Which forms are understood, and what they do to a payload."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from multi_instance_manager.engine.docker_run import ExtraArgs, ParsedDockerArgs, parse_docker_args
from unit.builders import RESERVED

FILES = {
    "extra.env": "A=file\nB=2\n",
    "extra.labels": "site=here\nlonely\n",
    "seccomp.json": '{\n "defaultAction": "SCMP_ACT_ALLOW"\n}',
}


def read_file(path: str) -> str:
    if path not in FILES:
        raise FileNotFoundError(2, "No such file or directory", path)
    return FILES[path]


def parse(*sources: str, **environment: str) -> ParsedDockerArgs:
    return parse_docker_args(sources, reader=read_file, environment=environment, reserved=RESERVED)


def understood(*sources: str, **environment: str) -> ExtraArgs:
    parsed = parse(*sources, **environment)
    assert parsed.problems == ()
    return parsed.extra


@pytest.mark.parametrize(
    ("source", "tokens"),
    [
        ("", ()),
        ("-m 2g", ("--memory=2g",)),
        ("-m2g", ("--memory=2g",)),
        ("-m=2g", ("--memory=2g",)),
        ("--memory 2g", ("--memory=2g",)),
        ("--memory=2g", ("--memory=2g",)),
        ("-e X=1 -eY=2 -e=Z=3", ("--env=X=1", "--env=Y=2", "--env=Z=3")),
        ("""-e 'A=two words' -e B="it's" """, ("--env=A=two words", "--env=B=it's")),
        ("--init", ("--init=true",)),
        ("--init=F", ("--init=false",)),
        ("--init --read-only", ("--init=true", "--read-only=true")),
        ("--net lan --dns-opt rotate", ("--network=lan", "--dns-option=rotate")),
        ("--entrypoint --odd", ("--entrypoint=--odd",)),
        ("--entrypoint=", ("--entrypoint=",)),
        ("--cpus 1\n\t--cpus 2", ("--cpus=1", "--cpus=2")),
    ],
)
def test_every_form_of_the_client_is_understood(source: str, tokens: tuple[str, ...]) -> None:
    assert understood(source).tokens == tokens


def test_several_strings_are_read_one_after_the_other() -> None:
    assert understood("-e A=1", "--memory 1g").tokens == ("--env=A=1", "--memory=1g")


def test_a_variable_without_a_value_is_taken_from_the_caller() -> None:
    extra = understood("-e HERE -e NOT_HERE", HERE="value")
    assert extra.tokens == ("--env=HERE=value", "--env=NOT_HERE")
    assert extra.environment == (("HERE", "value"),)


def test_variables_given_by_hand_rule_over_those_of_a_file() -> None:
    extra = understood("-e A=hand --env-file extra.env")
    assert extra.tokens == ("--env=A=file", "--env=B=2", "--env=A=hand")
    assert extra.environment == (("A", "hand"), ("B", "2"))


def test_files_are_read_into_the_tokens_so_that_their_content_counts() -> None:
    extra = understood("--label-file extra.labels --security-opt seccomp=seccomp.json")
    assert extra.tokens == (
        "--label=site=here",
        '--security-opt=seccomp={"defaultAction":"SCMP_ACT_ALLOW"}',
    )


def test_only_fixed_host_ports_are_told() -> None:
    extra = understood("-p 8080 -p 9001:1 -p 127.0.0.1:9000:1 -p 7000-7002:5-7 -p 6000-6010:9")
    assert extra.host_ports == (7000, 7001, 7002, 9000, 9001)


def test_the_platform_is_told_beside_the_payload() -> None:
    assert understood("--platform linux/arm64").platform == "linux/arm64"
    assert understood("").platform is None
    assert understood("--platform linux/arm64").apply_to({}) == {}


def test_options_that_older_engines_ignore_are_told_with_the_version_they_need() -> None:
    extra = understood(
        "--annotation a=b --network one --network name=two,gw-priority=1 "
        "--mount type=image,src=i,dst=/i"
    )
    assert extra.needed_api == (
        ("--annotation", "1.43"),
        ("--mount", "1.48"),
        ("--network", "1.44"),
        ("--network", "1.48"),
    )
    assert understood("--memory 1g --network one").needed_api == ()


BASE: dict[str, Any] = {
    "Image": "image",
    "Env": ["API_KEY=k", "TZ=UTC", "LANG"],
    "Labels": {"multi-instance.profile": "p"},
    "ExposedPorts": {"2048/tcp": {}},
    "HostConfig": {
        "Binds": ["/pool:/app/auth_profiles"],
        "PortBindings": {"2048/tcp": [{"HostIp": "127.0.0.1", "HostPort": "2048"}]},
        "LogConfig": {"Type": "json-file", "Config": {"max-size": "10m", "max-file": "3"}},
        "RestartPolicy": {"Name": "unless-stopped"},
        "Memory": 1,
        "CapAdd": None,
        "Ulimits": [{"Name": "nofile", "Soft": 1, "Hard": 1}],
    },
}


def applied(source: str) -> dict[str, Any]:
    before = copy.deepcopy(BASE)
    payload = understood(source).apply_to(BASE)
    assert before == BASE, "the payload given is not to be changed"
    return payload


def test_no_options_change_nothing() -> None:
    assert applied("") == BASE


@pytest.mark.parametrize(
    ("source", "path", "value"),
    [
        ("--memory 2g", "Memory", 2 * 1024**3),
        ("--memory 2g --memory 1g", "Memory", 1024**3),
        ("--restart on-failure:3", "RestartPolicy", {"Name": "on-failure", "MaximumRetryCount": 3}),
        ("-v /a:/b", "Binds", ["/pool:/app/auth_profiles", "/a:/b"]),
        ("--cap-add net_admin", "CapAdd", ["CAP_NET_ADMIN"]),
        ("--ulimit nofile=2", "Ulimits", [{"Name": "nofile", "Soft": 2, "Hard": 2}]),
        (
            "--log-opt max-size=1m",
            "LogConfig",
            {"Type": "json-file", "Config": {"max-size": "1m", "max-file": "3"}},
        ),
        (
            "--log-driver json-file",
            "LogConfig",
            {"Type": "json-file", "Config": {"max-size": "10m", "max-file": "3"}},
        ),
        (
            "--log-opt tag=t --log-driver syslog",
            "LogConfig",
            {"Type": "syslog", "Config": {"tag": "t"}},
        ),
        (
            "-p 9000:9",
            "PortBindings",
            {
                "2048/tcp": [{"HostIp": "127.0.0.1", "HostPort": "2048"}],
                "9/tcp": [{"HostIp": "", "HostPort": "9000"}],
            },
        ),
    ],
)
def test_an_option_meets_what_the_manager_has_set(source: str, path: str, value: object) -> None:
    payload = applied(source)
    assert payload["HostConfig"][path] == value
    untouched = {key: part for key, part in payload["HostConfig"].items() if key != path}
    assert untouched == {key: part for key, part in BASE["HostConfig"].items() if key != path}


def test_a_variable_of_the_user_takes_the_place_of_the_managers() -> None:
    assert applied("-e TZ=CET -e LANG=C -e NEW=1")["Env"] == [
        "API_KEY=k",
        "TZ=CET",
        "LANG=C",
        "NEW=1",
    ]


def test_labels_are_added_to_the_managers() -> None:
    assert applied("--label a=b")["Labels"] == {"multi-instance.profile": "p", "a": "b"}


def test_settings_beside_a_network_belong_to_the_first_one() -> None:
    payload = applied("--network one --network two --network-alias x --ip 192.0.2.1")
    assert payload["HostConfig"]["NetworkMode"] == "one"
    assert payload["NetworkingConfig"]["EndpointsConfig"] == {
        "one": {"Aliases": ["x"], "IPAMConfig": {"IPv4Address": "192.0.2.1"}},
        "two": {},
    }


def test_an_address_without_a_network_goes_to_the_network_of_the_payload() -> None:
    base = {
        "HostConfig": {"NetworkMode": "fleet"},
        "NetworkingConfig": {"EndpointsConfig": {"fleet": {"Aliases": ["kept"]}}},
    }
    payload = understood("--ip 192.0.2.1").apply_to(base)
    assert payload["NetworkingConfig"]["EndpointsConfig"] == {
        "fleet": {"Aliases": ["kept"], "IPAMConfig": {"IPv4Address": "192.0.2.1"}}
    }
