"""Ports that somebody holds: named with their holder and a way out, before anything is touched."""

from __future__ import annotations

import re
from contextlib import ExitStack

import pytest

from e2e.obligations import containers, must_run_on_its_own_profile, must_succeed
from e2e.project import Project, free_block
from e2e.refusals import (
    errors,
    foreign_container,
    listening,
    lives,
    must_report,
    nothing_changes,
    own_process,
)

ELSEWHERE = "203.0.113.9"
"""Of a range that is for documentation: no machine has it."""


@pytest.fixture(autouse=True)
def pool(project: Project) -> None:
    project.add("user-a")


@pytest.mark.parametrize("address", ["127.0.0.1", "0.0.0.0", "::1", "::"])
def test_ports_held_by_a_process_are_refused_with_its_pid_and_the_next_free_pair(
    project: Project, address: str
) -> None:
    api, stream = project.api_port, project.stream_port
    with listening(address, api), listening(address, stream), nothing_changes(project):
        result = project.up()

    told = (own_process(), _next(project, 1))
    must_report(
        result,
        ("profile user-a", f"API port {api} is held by", *told),
        ("profile user-a", f"stream port {stream} is held by", *told),
    )


@pytest.mark.parametrize("address", ["127.0.0.1", "::"])
def test_one_held_port_is_enough(project: Project, address: str) -> None:
    with listening(address, project.stream_port), nothing_changes(project):
        result = project.up()

    held = f"stream port {project.stream_port} is held by"
    must_report(result, ("profile user-a", held, own_process(), _next(project, 1)))


def test_the_port_of_a_later_instance_stops_all(project: Project) -> None:
    project.add("user-b", "user-c")
    with listening("127.0.0.1", project.stream_port + 1), nothing_changes(project):
        result = project.up()

    held = f"stream port {project.stream_port + 1} is held by"
    must_report(result, ("profile user-b", held, own_process(), _next(project, 3)))
    assert not containers(project)


def test_every_held_port_is_told_and_the_next_free_pair_is_free(project: Project) -> None:
    project.add("user-b")
    held = [project.api_port, project.stream_port + 1, project.api_port + 2]
    with ExitStack() as listeners:
        for port in held:
            listeners.enter_context(listening("127.0.0.1", port))
        with nothing_changes(project):
            result = project.up()

    must_report(
        result,
        ("profile user-a", f"API port {held[0]} is held", _next(project, 3)),
        ("profile user-b", f"stream port {held[1]} is held", _next(project, 3)),
    )


def test_the_way_out_that_is_named_is_one(project: Project) -> None:
    project.add("user-b")
    with listening("127.0.0.1", project.api_port + 1):
        refused = project.up()
        found = re.search(r"--base-api-port (\d+) --base-stream-port (\d+)", refused.text)
        assert found, refused.text
        must_succeed(project.up(*found[0].split()))

    must_run_on_its_own_profile(project, "user-a", int(found[1]))
    must_run_on_its_own_profile(project, "user-b", int(found[1]) + 1)


@pytest.mark.podman
@pytest.mark.parametrize("address", ["127.0.0.1:", ""])
@pytest.mark.parametrize("which", ["API", "stream"])
def test_a_port_held_by_a_foreign_container_is_refused_with_its_name(
    project: Project, address: str, which: str
) -> None:
    port = project.api_port if which == "API" else project.stream_port
    holder = f"{project.prefix}foreign"
    foreign_container(holder, "-p", f"{address}{port}:80")
    with nothing_changes(project):
        result = project.up()

    held = f"{which} port {port} is held by container {holder}"
    must_report(result, ("profile user-a", held, _next(project, 1)))


@pytest.mark.podman
def test_a_port_of_another_protocol_is_in_nobodys_way(project: Project) -> None:
    foreign_container(f"{project.prefix}foreign", "-p", f"127.0.0.1:{project.api_port}:80/udp")

    must_succeed(project.up())

    must_run_on_its_own_profile(project, "user-a", project.api_port)


@pytest.mark.podman
def test_a_port_on_another_loopback_address_is_in_nobodys_way(project: Project) -> None:
    foreign_container(f"{project.prefix}foreign", "-p", f"127.0.0.2:{project.api_port}:80")

    must_succeed(project.up())

    must_run_on_its_own_profile(project, "user-a", project.api_port)


@pytest.mark.podman
def test_the_ports_of_another_pool_are_held_by_its_container(project: Project) -> None:
    must_succeed(project.up())
    with nothing_changes(project):
        result = project.up("--container-prefix", f"{project.prefix}second")

    held_by = f"is held by container {project.container('user-a')}"
    must_report(
        result,
        ("profile user-a", f"API port {project.api_port} {held_by}"),
        ("profile user-a", f"stream port {project.stream_port} {held_by}"),
    )


@pytest.mark.podman
@pytest.mark.parametrize("which", ["API", "stream"])
def test_an_instance_stays_when_the_port_of_its_replacement_is_held(
    project: Project, which: str
) -> None:
    must_succeed(project.up())
    block = free_block()
    port = block if which == "API" else block + 20
    options = ("--base-api-port", str(block), "--base-stream-port", str(block + 20))
    with listening("0.0.0.0", port), nothing_changes(project):
        result = project.up(*options)

    must_report(result, ("profile user-a", f"{which} port {port} is held by", own_process()))
    must_run_on_its_own_profile(project, "user-a", project.api_port)


def test_running_instances_stay_when_the_port_of_a_new_one_is_held(project: Project) -> None:
    must_succeed(project.up())
    project.add("user-b")
    before = lives(project)
    with listening("127.0.0.1", project.api_port + 1), nothing_changes(project):
        result = project.up("--recreate")

    must_report(result, ("profile user-b", f"API port {project.api_port + 1}", _next(project, 2)))
    assert lives(project) == before


def test_a_dry_run_tells_of_a_held_port_too(project: Project) -> None:
    with listening("127.0.0.1", project.api_port), nothing_changes(project):
        result = project.up("--dry-run")

    must_report(result, ("profile user-a", f"API port {project.api_port}", own_process()))


def test_a_held_port_hides_no_other_problem(project: Project) -> None:
    (project.saved / "user-b.json").write_text("{")
    with listening("127.0.0.1", project.api_port), nothing_changes(project):
        result = project.up("--image", "no-such-image:1")

    must_report(
        result,
        ("profile user-a", f"API port {project.api_port}", own_process()),
        ("profile user-b", "cut off"),
        ("image no-such-image:1", "does not exist"),
    )
    assert len(errors(result)) == 3


@pytest.mark.parametrize(
    ("options", "subject"),
    [
        (("--host-ip", ELSEWHERE), f"host address {ELSEWHERE}"),
        (("--docker-arg", f"-p {ELSEWHERE}:9999:9999"), f"extra docker arguments: {ELSEWHERE}"),
    ],
)
def test_an_address_that_this_machine_does_not_have_is_told_and_what_runs_stays(
    project: Project, options: tuple[str, str], subject: str
) -> None:
    must_succeed(project.up())
    told = (subject, "is not an address of this machine")

    with nothing_changes(project):
        must_report(project.command("plan", *options), told)
        must_report(project.up(*options), told)


def test_a_held_port_of_the_extra_arguments_is_told_and_what_runs_stays(project: Project) -> None:
    must_succeed(project.up())
    port = project.api_port + 10

    with listening("127.0.0.1", port), nothing_changes(project):
        result = project.up("--docker-arg", f"-p 127.0.0.1:{port}:9999")

    held = f"port {port} of its extra arguments is held by"
    must_report(result, ("profile user-a", held, own_process()))


def _next(project: Project, slot: int) -> str:
    pair = f"{project.api_port + slot} and {project.stream_port + slot}"
    return f"the next free pair is {pair}"
