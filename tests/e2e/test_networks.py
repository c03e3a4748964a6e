"""A network of the person's own: removed, made again, or taken away from what runs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from e2e.obligations import (
    containers,
    docker,
    inspect,
    must_be_refused,
    must_run_on_its_own_profile,
    must_succeed,
)
from e2e.project import Project, Result


class Network:
    """A network with the project's own name, in the project's configuration."""

    def __init__(self, project: Project) -> None:
        self.name = f"{project.prefix}-net"
        self.create()
        config = project.root / "multi-instance.toml"
        config.write_text(f'docker-args = ["--network {self.name}"]\n')

    def create(self) -> None:
        docker("network", "create", self.name)

    def remove(self) -> None:
        docker("network", "rm", self.name)


@pytest.fixture
def network(project: Project) -> Iterator[Network]:
    made = Network(project)
    yield made
    for name in containers(project):
        docker("rm", "-fv", name)
    made.remove()


def launched(project: Project) -> dict[str, str]:
    project.add("user-a")
    must_succeed(project.up())
    return containers(project)


def must_fail(result: Result, *texts: str) -> None:
    assert result.code == 1, result.text
    for text in texts:
        assert text in result.text


def test_up_replaces_an_instance_whose_network_was_removed_and_made_again(
    project: Project, network: Network
) -> None:
    before = launched(project)
    must_succeed(project.command("stop"))
    network.remove()
    network.create()
    reason = f"its network {network.name} was removed and made again"

    must_fail(project.command("start", "user-a"), reason, "`multi-instance up` creates")
    told = must_succeed(project.command("explain", "user-a")).out  # it was stopped on purpose
    assert f"is stopped: {reason}" in told
    assert "  multi-instance up" in told
    must_succeed(project.up())

    assert containers(project) != before
    must_run_on_its_own_profile(project, "user-a", project.api_port)


def test_a_network_that_does_not_exist_is_told_before_anything_is_touched(
    project: Project, network: Network
) -> None:
    launched(project)
    must_succeed(project.command("stop"))
    before = project.snapshot()
    network.remove()
    missing = f"network {network.name}: does not exist on this engine"

    must_be_refused(project.up(), missing, f"create it with `docker network create {network.name}`")
    must_fail(project.command("start"), f"`docker network create {network.name}`, then")

    assert project.snapshot().keys() == before.keys()
    network.create()
    must_succeed(project.up())


def test_an_instance_that_was_taken_from_its_network_is_told_and_replaced(
    project: Project, network: Network
) -> None:
    launched(project)
    docker("network", "disconnect", network.name, project.container("user-a"))
    reason = "no port of this machine leads to it"

    must_fail(project.command("status"), f"not ready: {reason}: it is on no network")
    must_fail(project.command("explain", "user-a"), f"is not well: not ready: {reason}")
    must_fail(project.command("start"), reason)
    must_succeed(project.up())

    assert list(inspect(project.container("user-a"))["NetworkSettings"]["Networks"]) == [
        network.name
    ]
    must_run_on_its_own_profile(project, "user-a", project.api_port)
