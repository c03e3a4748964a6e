"""Extra docker arguments: carried over whole, or refused by name before anything starts."""

from __future__ import annotations

import pytest

from e2e.obligations import inspect, must_be_refused, must_succeed, variables
from e2e.project import Project
from e2e.refusals import must_report, nothing_changes


@pytest.fixture(autouse=True)
def pool(project: Project) -> None:
    project.add("user-a")


@pytest.mark.podman
def test_arguments_with_quotes_and_spaces_reach_every_container(project: Project) -> None:
    project.add("user-b")
    folder = project.root / "a folder"
    folder.mkdir()
    text = f"""-e 'GREETING=hello big "world"' --label "note=it's \\"quoted\\""
        -v "{folder}:/data:ro" --env=EMPTY= --add-host example.test:192.0.2.7"""

    must_succeed(project.up(env={"EXTRA_DOCKER_ARGS": text}))

    for name in ("user-a", "user-b"):
        _must_have_taken_all(project.container(name), str(folder))


def _must_have_taken_all(container: str, folder: str) -> None:
    details = inspect(container)
    assert variables(container)["GREETING"] == 'hello big "world"'
    assert variables(container)["EMPTY"] == ""
    assert details["Config"]["Labels"]["note"] == 'it\'s "quoted"'
    mounts = {mount["Destination"]: mount for mount in details["Mounts"]}
    assert mounts["/data"]["Source"] == folder
    assert mounts["/data"]["RW"] is False
    assert details["HostConfig"]["ExtraHosts"] == ["example.test:192.0.2.7"]


@pytest.mark.parametrize("text", ["--env 'A=b", '--label "a', "--env A=b\\"])
def test_a_quote_that_is_left_open_is_named(project: Project, text: str) -> None:
    with nothing_changes(project):
        result = project.up(env={"EXTRA_DOCKER_ARGS": text})

    must_report(result, ("extra docker arguments", "left open", "close it"))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("--memroy 2g", ("--memroy", "not an option", "--memory")),
        ("--name mine", ("--name", "--container-prefix")),
        ("--rm", ("--rm", "removes containers itself")),
        ("-d", ("-d", "background")),
        ("--memory", ("--memory", "value is missing")),
        ("--memory lots", ("--memory", "lots")),
        ("--", ("--", "remove it")),
        ("-p 2050:2048", ("2048", "--base-api-port")),
        ("-e ACTIVE_AUTH_JSON_PATH=/x", ("ACTIVE_AUTH_JSON_PATH", "part of the contract")),
        ("-e API_KEY=cookie-of-x", ("API_KEY", "--api-key")),
        ("-v /tmp:/app/auth_profiles/active", ("/app/auth_profiles/active", "choose another")),
        ("-v /tmp:/app", ("/app", "choose another")),
        ("-v /tmp:/app/x/../auth_profiles/saved", ("/app/auth_profiles/saved", "choose another")),
        ("-v /etc/hostname:/app/.env", ("/app/.env", "choose another")),
        ("--mount type=bind,src=/tmp,dst=/app/auth_profiles", ("/app/auth_profiles", "another")),
        ("--tmpfs /app/auth_profiles/saved", ("/app/auth_profiles/saved", "choose another")),
        ("--env A=1 cookie-of-x", ("word 3", "is not an option", "quotes")),
    ],
)
def test_an_argument_that_cannot_be_honoured_is_named_and_nothing_starts(
    project: Project, text: str, told: tuple[str, ...]
) -> None:
    with nothing_changes(project):
        result = project.up(env={"EXTRA_DOCKER_ARGS": text})

    must_report(result, ("extra docker arguments", *told))


def test_what_the_flag_gives_is_refused_as_what_the_variable_gives(project: Project) -> None:
    with nothing_changes(project):
        result = project.up("--docker-arg", "--name mine")

    must_report(result, ("extra docker arguments", "--name", "--container-prefix"))


def test_letters_that_stand_together_are_told_apart(project: Project) -> None:
    with nothing_changes(project):
        result = project.up(env={"EXTRA_DOCKER_ARGS": "-it"})

    must_report(result, ("-i", "background"), ("-t", "background"))


def test_every_argument_that_cannot_be_honoured_is_told_at_once(project: Project) -> None:
    text = "--name mine --rm --memroy 2g -v /tmp:/app/.env --env GOOD=yes"
    with nothing_changes(project):
        result = project.up("--image", "no-such-image:1", env={"EXTRA_DOCKER_ARGS": text})

    must_report(
        result,
        ("--name", "--container-prefix"),
        ("--rm", "leave it out"),
        ("--memroy", "--memory"),
        ("/app/.env", "choose another"),
        ("image no-such-image:1", "does not exist"),
    )
    must_be_refused(result, "5 problems found; nothing was touched")


def test_a_fixed_host_port_for_several_instances_is_refused(project: Project) -> None:
    project.add("user-b")
    port = project.first_port + 39
    with nothing_changes(project):
        result = project.up(env={"EXTRA_DOCKER_ARGS": f"-p 127.0.0.1:{port}:8080"})

    must_report(result, (f"host port {port}", "all 2 instances", "leave the host port out"))


def test_arguments_that_are_refused_leave_the_running_instances_alone(project: Project) -> None:
    must_succeed(project.up())
    with nothing_changes(project):
        result = project.up("--recreate", env={"EXTRA_DOCKER_ARGS": "--rm"})

    must_report(result, ("extra docker arguments", "--rm", "leave it out"))
