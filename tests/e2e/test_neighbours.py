"""Keeping neighbours apart: the page's own lines, tried on real containers."""

from __future__ import annotations

import shlex
import subprocess
import uuid
from collections.abc import Iterator

import pytest

from e2e.obligations import docker, get, inspect, must_succeed
from e2e.project import REPOSITORY, Project
from multi_instance_manager.application.builtin import builtin_application
from unit.pages import Page

PAGE = Page(REPOSITORY / "docs" / "how-to" / "keep-neighbours-apart.md")
ITS_NETWORK = "ai-proxy"
PORT = builtin_application().ports.api
ASKING = """
import socket, sys
with socket.create_connection((sys.argv[1], int(sys.argv[2])), 5) as connection:
    connection.sendall(b"GET /api/keys HTTP/1.0\\r\\nHost: neighbour\\r\\n\\r\\n")
    print(connection.makefile("rb").readline().decode())
"""
PYTHON = ("python", "-S", "-c", ASKING)


@pytest.fixture
def network(project: Project) -> Iterator[str]:
    """The network that the page makes, by a name of this test's own; removed after all else."""
    name = f"{project.prefix}-{uuid.uuid4().hex[:8]}"
    made = PAGE.blocks("sh")[0].replace(ITS_NETWORK, name)
    subprocess.run(shlex.split(made), check=True, capture_output=True)
    yield name
    held = docker("ps", "-aq", "--filter", f"network={name}").split()
    if held:
        docker("rm", "-fv", *held)
    docker("network", "rm", name)


def test_instances_on_the_pages_network_cannot_reach_each_other(
    project: Project, network: str
) -> None:
    project.add("user-a", "user-b")
    must_succeed(project.up())
    assert "200" in answer_of_neighbour(project)
    settings = PAGE.blocks("toml")[0].replace(ITS_NETWORK, network)
    (project.root / "multi-instance.toml").write_text(settings)

    must_succeed(project.up())

    assert answer_of_neighbour(project) == ""
    for port in (project.api_port, project.api_port + 1):
        assert get(port, "/health")[0] == 200


def test_a_network_that_was_removed_is_made_again_and_the_instances_with_it(
    project: Project, network: str
) -> None:
    project.add("user-a")
    settings = PAGE.blocks("toml")[0].replace(ITS_NETWORK, network)
    (project.root / "multi-instance.toml").write_text(settings)
    must_succeed(project.up())
    must_succeed(project.command("stop"))
    docker("network", "rm", network)
    assert project.command("start").code == 1
    docker(*shlex.split(PAGE.blocks("sh")[0].replace(ITS_NETWORK, network))[1:])

    must_succeed(project.up())

    assert get(project.api_port, "/health")[0] == 200


def answer_of_neighbour(project: Project) -> str:
    """The first line that one instance gets from another's own port; empty where it gets none."""
    networks = inspect(project.container("user-b"))["NetworkSettings"]["Networks"]
    (address,) = (network["IPAddress"] for network in networks.values())
    done = subprocess.run(
        ["docker", "exec", project.container("user-a"), *PYTHON, address, str(PORT)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return done.stdout.strip()
