"""The printed lines: a shell reads them back as exactly what the engine would be given."""

from __future__ import annotations

import csv
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from multi_instance_manager.engine.docker_run import ExtraArgs
from multi_instance_manager.export.private_files import Surroundings
from multi_instance_manager.fleet.container_names import aside_name_of
from multi_instance_manager.fleet.containers import ContainerState, Fleet
from multi_instance_manager.plan.plan import Operation
from multi_instance_manager.plan.reconcile import ReconcileContext, reconcile
from multi_instance_manager.plan.spec import InstanceSpec
from multi_instance_manager.render.docker_run import opening_lines, operation_lines, run_line
from multi_instance_manager.settings.model import Limits, Settings
from unit.builders import (
    KEY,
    NEXT_IMAGE,
    container_of,
    layout_of,
    some_host,
    some_settings,
    spec_of,
)

HOSTILE = (
    "user a",
    "it's",
    'say "no"',
    "$(touch pwned)",
    "`id`",
    "; rm -rf #",
    "a,b",
    'comma, and "quote"',
    "back\\slash",
    "-leading",
    "*?[x]",
    "tab\tnew\nline",
    "ünï💥",
    "!bang",
    "~",
    "a=b",
)


def around(settings: Settings, *names: str, **more: Any) -> Surroundings:
    return Surroundings(
        settings=settings,
        layout=layout_of(settings),
        host=some_host(settings.project_root),
        missing_mount_points=("active",),
        pool_files={name: settings.profile_dir / f"{name}.json" for name in names},
        **more,
    )


def words_of(spec: InstanceSpec, settings: Settings | None = None, **more: Any) -> list[str]:
    line = run_line(around(settings or some_settings(), spec.profile_name, **more), spec)
    return shlex.split(line) if "$'" not in line else words_in_bash(line)


def words_in_bash(line: str) -> list[str]:
    script = f"printf '%s\\0' {line}"
    ran = subprocess.run(["bash", "-c", script], capture_output=True, check=True)
    return ran.stdout.decode().split("\0")[:-1]


def values_of(flag: str, words: list[str]) -> list[str]:
    return [words[index + 1] for index, word in enumerate(words) if word == flag]


def mounts_of(words: list[str]) -> list[dict[str, str]]:
    """The mounts as the docker client reads them: one line of CSV each."""
    found = []
    for value in values_of("--mount", words):
        (fields,) = csv.reader([value]) if "\n" not in value else csv.reader(value.splitlines(True))
        found.append(dict((*field.partition("=")[::2],) for field in fields))
    return found


def must_say_the_same_as_the_payload(spec: InstanceSpec, words: list[str]) -> None:
    payload = spec.payload()
    assert values_of("--name", words) == [spec.container_name]
    assert values_of("--restart", words) == [payload["HostConfig"]["RestartPolicy"]["Name"]]
    assert [
        {
            "Type": mount["type"],
            "Source": mount["source"],
            "Target": mount["target"],
            "ReadOnly": "readonly" in mount,
        }
        for mount in mounts_of(words)
    ] == payload["HostConfig"]["Mounts"]
    labels = dict(value.partition("=")[::2] for value in values_of("--label", words))
    assert labels == payload["Labels"]
    secret = {"API_KEY": f"API_KEY={KEY}"}
    assert [secret.get(value, value) for value in values_of("-e", words)] == payload["Env"]
    assert words[-1] == payload["Image"]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_profile_name_comes_out_of_the_shell_as_it_went_in(name: str) -> None:
    spec = spec_of(name)

    must_say_the_same_as_the_payload(spec, words_of(spec))


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_path_comes_out_of_the_shell_as_it_went_in(name: str) -> None:
    settings = some_settings(Path("/srv") / name)
    spec = spec_of("user-a", settings=settings)

    must_say_the_same_as_the_payload(spec, words_of(spec, settings))


@given(st.text(st.characters(exclude_characters="\0\r/", exclude_categories=["Cs"]), min_size=1))
def test_no_name_escapes_its_quotes(name: str) -> None:
    spec = spec_of(name)
    words = words_of(spec)

    assert f"multi-instance.profile={name}" in values_of("--label", words)
    assert f"ACTIVE_AUTH_JSON_PATH=/app/auth_profiles/saved/{name}.json" in values_of("-e", words)


def test_the_line_is_a_detached_run_of_the_image_that_never_pulls() -> None:
    words = words_of(spec_of())

    assert words[:3] == ["docker", "run", "-d"]
    assert "--pull never" in " ".join(words) or "--pull=never" in words


def test_ports_and_log_and_limits_are_those_of_the_payload() -> None:
    spec = replace(spec_of(), limits=Limits(2**30, 1_500_000_000, 2**26))
    words = words_of(spec)

    assert values_of("-p", words) == ["127.0.0.1:2048:2048", "127.0.0.1:3120:3120"]
    assert values_of("--log-driver", words) == ["json-file"]
    assert values_of("--log-opt", words) == ["max-file=3", "max-size=10m"]
    assert values_of("--memory", words) == [str(2**30)]
    assert values_of("--cpus", words) == ["1.5"]
    assert values_of("--shm-size", words) == [str(2**26)]


@pytest.mark.parametrize("nano_cpus", [1, 10_000_000, 1_234_567_890, 128_000_000_001])
def test_a_limit_of_cpus_loses_no_digit(nano_cpus: int) -> None:
    spec = replace(spec_of(), limits=Limits(nano_cpus=nano_cpus))

    (text,) = values_of("--cpus", words_of(spec))

    assert round(float(text) * 1_000_000_000) == nano_cpus
    assert "e" not in text


def test_an_address_of_version_six_stands_in_brackets() -> None:
    assert values_of("-p", words_of(replace(spec_of(), host_ip="::1")))[0] == "[::1]:2048:2048"


def test_extra_arguments_are_carried_over() -> None:
    spec = replace(spec_of(), extra=ExtraArgs(("--hostname=a b", "--label=x=it's")))

    words = words_of(spec)

    assert "--hostname=a b" in words
    assert "$EXTRA_1" in words
    assert "it's" not in " ".join(words)


def test_the_docker_client_is_pointed_at_the_engine_that_was_asked_for() -> None:
    words = words_of(spec_of(), client_options=("--host", "unix:///a b.sock"))

    assert words[:4] == ["docker", "--host", "unix:///a b.sock", "run"]


@pytest.mark.parametrize("shown", [False, True])
def test_the_key_is_shown_only_where_that_was_asked_for(shown: bool) -> None:
    settings = some_settings(show_secrets=shown)
    spec = replace(spec_of("user-a", settings=settings), extra=ExtraArgs((f"--env=TOKEN={KEY}",)))
    surroundings = around(settings, "user-a")
    (operation,) = reconcile([spec], Fleet(), ReconcileContext()).operations

    opening = "\n".join(opening_lines(surroundings, spec))
    lines = "\n".join(operation_lines(surroundings, operation))

    assert (KEY in opening) is shown
    assert KEY not in lines
    assert "-e API_KEY" in lines


def lines_for(
    current: ContainerState | None, aside: ContainerState | None = None, **given: Any
) -> list[str]:
    """The lines for an outdated instance (or an unchanged one, by ``unchanged``)."""
    made = spec_of("user-a")
    wanted = made if given.pop("unchanged", False) else spec_of("user-a", image=NEXT_IMAGE)
    name = made.container_name
    fleet = Fleet(
        current={name: container_of(made, current)} if current else {},
        aside={name: container_of(made, aside, name=aside_name_of(name))} if aside else {},
    )
    (operation,) = reconcile([wanted], fleet, ReconcileContext(**given)).operations
    return operation_lines(around(some_settings(), "user-a"), operation)


def names_after(lines: list[str], names: set[str]) -> set[str]:
    """Which container names there are after the lines; fails where docker would refuse one."""
    for line in lines:
        words = shlex.split(line, comments=True)
        if words[0] != "docker":
            continue
        if words[1] == "run":
            (name,) = values_of("--name", words)
            assert name not in names, f"the name is in use: {line}"
            names = names | {name}
        elif words[1] == "rename":
            assert words[2] in names, line
            assert words[3] not in names, f"the name is in use: {line}"
            names = names - {words[2]} | {words[3]}
        elif words[1] == "rm":
            assert words[-1] in names, line
            names = names - {words[-1]}
        else:
            assert words[-1] in names, line
    return names


NAME = "ai-proxy-user-a"
ASIDE = "ai-proxy-user-a.previous"
UP, DOWN = ContainerState.RUNNING, ContainerState.EXITED


@pytest.mark.parametrize(
    ("current", "aside", "given"),
    [
        (None, None, {}),
        (UP, None, {}),
        (DOWN, None, {"unchanged": True}),
        (ContainerState.PAUSED, None, {"unchanged": True}),
        (None, DOWN, {}),
        (None, DOWN, {"unchanged": True}),
        (UP, DOWN, {}),
        (UP, DOWN, {"unchanged": True}),
        (UP, DOWN, {"proven": frozenset({f"id-of-{NAME}"})}),
    ],
)
def test_the_lines_end_in_one_container_under_the_name_whatever_was_there_before(
    current: ContainerState | None, aside: ContainerState | None, given: dict[str, Any]
) -> None:
    before = ({NAME} if current else set()) | ({ASIDE} if aside else set())

    assert names_after(lines_for(current, aside, **given), before) == {NAME}


def test_a_paused_instance_is_let_go_on_and_a_stopped_one_started() -> None:
    assert lines_for(ContainerState.PAUSED, unchanged=True) == [f"docker unpause {NAME}"]
    assert lines_for(DOWN, unchanged=True) == [f"docker start {NAME}"]


def test_an_unchanged_instance_has_no_lines() -> None:
    assert lines_for(UP, unchanged=True) == []


def test_an_orphan_that_is_to_go_is_stopped_with_time_for_its_save() -> None:
    stray = container_of(spec_of("gone"))
    (operation,) = reconcile(
        [], Fleet(strays=(stray,)), ReconcileContext(remove_orphans=True)
    ).operations

    lines = operation_lines(around(some_settings()), operation)

    assert lines[0].startswith("docker stop -t 30 ai-proxy-gone   # ")
    assert lines[-1] == "docker rm ai-proxy-gone"


def test_every_line_can_be_read_by_a_shell_whatever_the_names() -> None:
    for name in HOSTILE:
        settings = some_settings(Path("/srv") / name)
        spec = spec_of(name, settings=settings)
        operation: Operation
        (operation,) = reconcile([spec], Fleet(), ReconcileContext()).operations
        surroundings = around(settings, name)
        for line in (*opening_lines(surroundings, spec), *operation_lines(surroundings, operation)):
            assert shlex.split(line, comments=True), line
