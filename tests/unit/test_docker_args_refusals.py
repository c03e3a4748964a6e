"""What cannot be carried over is refused by name, with the reason, all at once."""

from __future__ import annotations

import re

import pytest

from multi_instance_manager.engine.docker_run import (
    ExtraArgs,
    option_table,
    parse_docker_args,
    refused,
)
from multi_instance_manager.engine.docker_run.refusal import Refusal
from multi_instance_manager.engine.docker_run.reserved import reserved_by
from unit.builders import APPLICATION, RESERVED, ROOT, other_application, some_settings, specs_of

FILES = {"bad.env": "FINE=1\nAPI_KEY=hunter2\n", "spaced.env": "A B=hunter2\n", "no.json": "{,}"}
SECRET = "hunter2"


def read_file(path: str) -> str:
    if path == "latin.env":
        return b"\xe9".decode("utf-8")
    if path not in FILES:
        raise FileNotFoundError(2, "No such file or directory", path)
    return FILES[path]


def problems(*sources: str) -> tuple[str, ...]:
    parsed = parse_docker_args(
        sources, reader=read_file, environment={"API_KEY": SECRET}, reserved=RESERVED
    )
    assert parsed.extra == ExtraArgs()
    return parsed.problems


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("--name x", "--name: the manager names containers itself; use --container-prefix"),
        ("--rm", "--rm: the manager removes containers itself"),
        ("--tty", "--tty: instances run in the background"),
        ("-d", "-d: instances always run in the background"),
        ("-a stdout", "-a: instances run in the background"),
        ("-P", "-P: the ports of an instance come from its lease; use -p"),
        ("--frobnicate", "--frobnicate is not an option of docker run that can be carried over"),
        ("--memroy=2g", "--memroy is not an option of docker run that can be carried over to"),
        ("-Z", "-Z is not an option of docker run"),
        ("--", "extra docker arguments: -- would end the options"),
        ("image", "extra docker arguments: word 1 is not an option, and instances run the image's"),
        ("-", "extra docker arguments: word 1 is not an option"),
        ("-e 'A=1", "extra docker arguments: a quote or a backslash is left open; close it"),
        ("--memory", "--memory: its value is missing; write one after it"),
        ("-m", "-m: its value is missing"),
        ("-p 9000:2048", "--publish: the manager publishes container port 2048 itself; use --base"),
        ("-p 3000-4000", "--publish: the manager publishes container port 3120 itself"),
        ("-p published=1,target=2048", "--publish: the manager publishes container port 2048"),
        ("-v /x:/app/auth_profiles", "--volume: a mount at /app/auth_profiles would meet"),
        ("-v /x:/app/auth_profiles/saved/..", "--volume: a mount at /app/auth_profiles would meet"),
        ("-v /app/auth_profiles/active", "--volume: a mount at /app/auth_profiles/active would"),
        ("-v /x:/app:ro", "--volume: a mount at /app would meet"),
        ("-v /x:/", "--volume: a mount at / would meet"),
        ("--tmpfs //app//", "--tmpfs: a mount at /app would meet"),
        ("--mount src=v,dst=/app/.env", "--mount: a mount at /app/.env would meet"),
        ("-e API_KEY=hunter2", "--env: API_KEY is part of the contract with the application: the"),
        ("-e API_KEY", "--env: API_KEY is part of the contract"),
        ("-e SERVER_LOG_LEVEL=D", "--env: SERVER_LOG_LEVEL is part of the contract"),
        ("-e ACTIVE_AUTH_JSON_PATH=x", "--env: ACTIVE_AUTH_JSON_PATH is part of the contract"),
        ("-e AUTO_ROTATE_AUTH_PROFILE=1", "--env: AUTO_ROTATE_AUTH_PROFILE is part"),
        ("-e AUTO_AUTH_ROTATION_ON_STARTUP=1", "--env: AUTO_AUTH_ROTATION_ON_STARTUP is part"),
        ("--env-file bad.env", "--env-file bad.env: API_KEY is part of the contract"),
        ("--env-file spaced.env", "--env-file spaced.env: line 1 has a space in its name"),
        ("--env-file none.env", "--env-file none.env: the file cannot be read (No such file or"),
        ("--env-file latin.env", "--env-file latin.env: the file is not UTF-8 text"),
        ("-e =x", "--env: a variable has no name; write NAME=value"),
        ("--label multi-instance.fleet=x", "--label: labels that begin with multi-instance."),
        ("--label 'a b=1'", "--label: the name of a label holds a space"),
        ("--network host", "--network: a container on the network 'host' has no ports to publish"),
        ("--net none", "--network: a container on the network 'none' has no ports"),
        ("--network container:x", "--network: a container on the network 'container:x' has no"),
        ("--network name=host", "--network: a container on the network 'host' has no ports"),
        ("--network name=x,color=red", "--network: 'color' is not a field of a network"),
        ("--network a --network a", "--network: a is named more than once"),
        ("--network-alias x", "--network-alias: the default network has no aliases"),
        ("--network name=a,ip=192.0.2.1 --ip 192.0.2.2", "--ip: --network gives the same"),
        ("-v ./x:/y", "--volume: the host path './x' is relative, and to what would depend on"),
        ("-v x/y:/z", "--volume: the host path 'x/y' is relative"),
        ("-v ~/x:/z", "--volume: the host path '~/x' is relative"),
        ("-v /a:/b:/c:/d", "--volume: '/a:/b:/c:/d' is not a volume"),
        ("-v /a:/b:rx", "--volume: 'rx' is not a mode of a volume"),
        ("-v a:b", "--volume: the target 'b' is not an absolute path"),
        ("--mount type=bind,src=x,dst=/y", "--mount: the host path 'x' is relative"),
        ("--mount type=npipe,src=x,dst=/y", "--mount: 'npipe' is not one of: bind, volume"),
        ("--mount type=bind,src=/x", "--mount: the target '' is not an absolute path"),
        ("--mount type=bind,src=/x,dst=/y,volume-nocopy", "--mount: volume-nocopy does not go"),
        ("--mount dst=/y,frob=1", "--mount: 'frob' is not a field of a mount"),
        ("--mount dst=/y,hunter2", "--mount: a field is not written as key=value"),
        ("--mount dst=/y,tmpfs-mode=9,type=tmpfs", "--mount: '9' is not a file mode"),
        ("--memory 2x", "--memory: '2x' is not a size; write a number with a unit"),
        ("--memory -1", "--memory: '-1' is not a size"),
        ("--memory 99999999999999999999p", "--memory: '99999999999999999999p' is larger than"),
        ("--cpus many", "--cpus: 'many' is not a number of CPUs; write one such as 1.5"),
        ("--cpus -1", "--cpus: '-1' is not a number of CPUs"),
        ("--cpus 1/0", "--cpus: '1/0' is not a number of CPUs"),
        ("--cpus 1.00000000001", "--cpus: '1.00000000001' is too precise"),
        ("--cpu-shares 1.5", "--cpu-shares: '1.5' is not a whole number"),
        ("--oom-score-adj 2000", "--oom-score-adj: 2000 is out of range; write a number"),
        ("--memory-swappiness 101", "--memory-swappiness: 101 is out of range"),
        ("--blkio-weight 5", "--blkio-weight: '5' is out of range"),
        ("--ulimit x=1", "--ulimit: 'x' is not a limit"),
        ("--ulimit nofile=2:1", "--ulimit: the soft limit of nofile is above its hard limit"),
        ("--ulimit nofile=-1:1", "--ulimit: the soft limit of nofile is above"),
        ("--ulimit nofile=1:", "--ulimit: '' is not a limit"),
        ("-p foo:80", "--publish: 'foo' is not a port"),
        ("-p 1.2.3:1:80", "--publish: '1.2.3' is not an IP address"),
        ("-p 80/foo", "--publish: 'foo' is not a protocol"),
        ("-p 1-2:3-5", "--publish: the ranges of host and container ports differ in length"),
        ("-p 70000", "--publish: '70000' is not a range of ports"),
        ("--expose 1:2", "--expose: '1:2' is not a port"),
        ("--restart sometimes", "--restart: 'sometimes' is not a restart policy"),
        ("--restart always:3", "--restart: only on-failure takes a number of retries"),
        ("--health-interval 5", "--health-interval: '5' is not a duration; write one such as 30s"),
        ("--health-interval -5s", "--health-interval: '-5s' is not a duration"),
        ("--no-healthcheck --health-cmd x", "--no-healthcheck: other --health-* options are given"),
        ("--log-driver none --log-opt a=b", "--log-opt: the log driver none takes no options"),
        ("--init=maybe", "--init: 'maybe' is neither true nor false"),
        ("--pid other", "--pid: 'other' is not a mode; write one of: host, container:NAME"),
        ("--uts other", "--uts: 'other' is not one of: host"),
        ("--isolation hyperv", "--isolation: 'hyperv' is not one of: default"),
        ("--platform windows/amd64", "--platform: 'windows/amd64' is not a platform"),
        ("--sysctl vm.swappiness=1", "--sysctl: 'vm.swappiness' cannot be set for one container"),
        ("--security-opt frob=1", "--security-opt: 'frob' is not a security option"),
        ("--security-opt seccomp=none.json", "--security-opt: seccomp profile none.json: the file"),
        ("--security-opt seccomp=no.json", "--security-opt: the seccomp profile is not JSON"),
        ("--security-opt systempaths=x", "--security-opt: systempaths knows only one value"),
        ("--cap-add 'net admin'", "--cap-add: 'net admin' is not a capability"),
        ("--device dev/x", "--device: 'dev/x' is not an absolute path"),
        ("--device /dev/x:/dev/y:rwx", "--device: 'rwx' is not a set of permissions"),
        ("--device /dev/snd*", "--device: a pattern of devices depends on the host"),
        ("--device-cgroup-rule x", "--device-cgroup-rule: 'x' is not a rule"),
        ("--device-read-bps sda:1", "--device-read-bps: 'sda:1' names no device"),
        ("--gpus some", "--gpus: 'some' is not a number of GPUs"),
        ("--gpus 1,count=2", "--gpus: count is given twice"),
        ("--dns name", "--dns: 'name' is not an IP address"),
        ("--dns-search 1", "--dns-search: '1' is not a domain"),
        ("--add-host x", "--add-host: 'x' is not a host; write NAME:ADDRESS"),
        ("--ip ::1", "--ip: '::1' is not an IPv4 address"),
        ("--mac-address x", "--mac-address: 'x' is not a MAC address"),
        ("--storage-opt size", "--storage-opt: an option of the storage driver is written without"),
    ],
)  # fmt: skip
def test_a_refusal_names_its_option_and_its_reason(source: str, problem: str) -> None:
    [found] = problems(source)
    assert found.startswith(problem)
    assert ";" in found, "a refusal says what to do next"


@pytest.mark.parametrize("option", refused.REFUSED, ids=lambda option: option.name)
def test_every_refused_option_is_refused_by_name_alone(option: refused.RefusedOption) -> None:
    value = " value" if option.takes_value else ""
    [problem] = problems(f"--{option.name}{value}")
    assert problem == f"--{option.name}: {option.reason}"


def test_short_options_written_together_are_refused_one_by_one() -> None:
    assert [problem[:3] for problem in problems("-itd")] == ["-i:", "-t:", "-d:"]
    assert [problem.split(":")[0] for problem in problems("-dp9000:2048")] == ["-d", "--publish"]


def test_all_problems_of_all_strings_come_back_in_one_go() -> None:
    found = problems("--rm --memory 2x", "stray --env-file none.env", "-e 'open")
    assert [problem.partition(":")[0] for problem in found] == [
        "--rm",
        "extra docker arguments (string 2)",
        "extra docker arguments (string 3)",
        "--env-file none.env",
        "--memory",
    ]


def test_an_unknown_option_is_answered_with_the_nearest_one() -> None:
    assert problems("--memroy=2g")[0].endswith("; did you mean --memory?")
    assert problems("--volumes /a:/b")[0].endswith("; did you mean --volume?")
    assert problems("--xyzzy")[0].endswith("; remove it")


@pytest.mark.parametrize(
    ("name", "option"),
    [
        ("API_KEY", "--api-key"),
        ("SERVER_LOG_LEVEL", "--log-level"),
        ("AUTO_ROTATE_AUTH_PROFILE", "--enable-auth-rotation"),
    ],
)
def test_a_variable_of_the_contract_is_answered_with_the_managers_option(
    name: str, option: str
) -> None:
    assert problems(f"-e {name}=1")[0].endswith(f"use {option}")


def test_no_problem_shows_the_value_of_a_variable() -> None:
    found = problems(
        "-e API_KEY=hunter2 -e API_KEY -e =hunter2 --env-file bad.env --env-file spaced.env",
        "-e TOKEN=my hunter2 --evn=TOKEN=hunter2 --evn TOKEN=hunter2 -E TOKEN=hunter2",
        "--log-opt =hunter2 --storage-opt hunter2 --mount dst=/x,volume-opt=o=p,hunter2",
        "-e 'TOKEN=hunter2",
    )
    assert len(found) >= 10
    assert SECRET not in "\n".join(found)


def test_neither_repr_nor_masked_tokens_show_the_value_of_a_variable() -> None:
    parsed = parse_docker_args(
        ["-e TOKEN=hunter2 -m 1g"], reader=read_file, environment={}, reserved=RESERVED
    )
    assert SECRET not in repr(parsed)
    assert parsed.extra.masked_tokens == ("--env=TOKEN=********", "--memory=1g")


def test_no_option_is_both_carried_over_and_refused() -> None:
    assert not set(option_table.BY_NAME) & set(refused.BY_NAME)
    assert not set(option_table.BY_SHORT) & set(refused.BY_SHORT)


def test_what_is_reserved_is_what_the_contract_uses() -> None:
    spec = specs_of("user-a", settings=some_settings(docker_env_file=ROOT / ".env"))[0]
    without_rotation = set(APPLICATION.variables.without_rotation)

    assert set(RESERVED.ports) == set(spec.published)
    assert set(RESERVED.variables) == {v.name for v in spec.variables} - without_rotation
    for mount in spec.mounts:
        with pytest.raises(Refusal):
            RESERVED.refuse_target(mount.target)


@pytest.mark.parametrize("source", ["-p 9000:2048", "-e API_KEY=x", "-v /x:/app/auth_profiles"])
def test_an_application_that_keeps_nothing_else_lets_the_rest_through(source: str) -> None:
    other = reserved_by(other_application())
    parsed = parse_docker_args([source], reader=read_file, environment={}, reserved=other)
    assert parsed.problems == ()


def test_another_application_keeps_its_own() -> None:
    other = reserved_by(other_application())
    source = ["-p 9000:8000 -e LOGIN_FILE=x -v /x:/data/logins/in-use"]
    parsed = parse_docker_args(source, reader=read_file, environment={}, reserved=other)
    assert len(parsed.problems) == 3
    assert "use --base-api-port to move it" in " ".join(parsed.problems)


def test_every_option_named_in_advice_exists() -> None:
    options = {f"--{name}" for name in (*option_table.BY_NAME, *refused.BY_NAME)}
    managers = {"--container-prefix", "--api-key", "--log-level", "--enable-auth-rotation"}
    advice = [option.reason for option in refused.REFUSED] + list(RESERVED.variables.values())
    named = {word for reason in advice for word in re.findall(r"--[a-z][a-z-]+", reason)}
    assert named <= options | managers
