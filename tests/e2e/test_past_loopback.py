"""Whether a neighbouring machine gets past 127.0.0.1 is as the doctor says of the engine."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from e2e.obligations import inspect, must_succeed
from e2e.project import Project

_NUMBER = os.getpid() % 45000
_NET = f"10.{60 + _NUMBER // 250}.{_NUMBER % 250}"
_ASK = (
    "import sys, urllib.request as r; "
    "r.build_opener(r.ProxyHandler({})).open(sys.argv[1], timeout=3)"
)


@dataclass(frozen=True)
class Neighbour:
    """A machine of its own on a wire to this one: a network namespace."""

    name: str
    interface: str

    def run(self, *words: str) -> subprocess.CompletedProcess[bytes]:
        line = ["ip", "netns", "exec", self.name, *words]
        return subprocess.run(line, capture_output=True, check=False)

    def set_up(self, *words: str) -> None:
        done = self.run(*words)
        assert done.returncode == 0, (words, done.stderr)

    def gets(self, address: str, port: int) -> bool:
        """Whether something answers it there."""
        url = f"http://{address}:{port}/health"
        return self.run(sys.executable, "-c", _ASK, url).returncode == 0


@pytest.fixture
def neighbour() -> Iterator[Neighbour]:
    made = Neighbour(f"past{_NUMBER}", f"past{_NUMBER}h")
    ip("netns", "add", made.name)
    try:
        wire = ("type", "veth", "peer", "name", "wire", "netns", made.name)
        ip("link", "add", made.interface, *wire)
        ip("addr", "add", f"{_NET}.1/24", "dev", made.interface)
        ip("link", "set", made.interface, "up")
        made.set_up("ip", "addr", "add", f"{_NET}.2/24", "dev", "wire")
        made.set_up("ip", "link", "set", "wire", "up")
        yield made
    finally:
        ip("netns", "del", made.name)


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


def route_to_containers(neighbour: Neighbour, address: str) -> None:
    neighbour.set_up("ip", "route", "add", address, "via", f"{_NET}.1")


def route_to_loopback(neighbour: Neighbour) -> None:
    """Its own loopback is down, so that 127.0.0.1 may lead over the wire."""
    switch = "echo 1 > /proc/sys/net/ipv4/conf/all/route_localnet"
    neighbour.set_up("sh", "-c", switch)
    neighbour.set_up("ip", "route", "add", "127.0.0.0/8", "via", f"{_NET}.1", "src", f"{_NET}.2")


def test_a_neighbour_gets_past_loopback_only_where_the_doctor_warns_of_it(
    project: Project, neighbour: Neighbour
) -> None:
    project.add("user-a")
    must_succeed(project.up())
    settings = inspect(project.container("user-a"))["NetworkSettings"]
    address = next(iter(settings["Networks"].values()))["IPAddress"]

    route_to_containers(neighbour, address)
    route_to_loopback(neighbour)
    passed = neighbour.gets(address, 2048), neighbour.gets("127.0.0.1", project.api_port)

    document = must_succeed(project.command("doctor", "--output", "json")).document
    told = {check["name"]: check["verdict"] for check in document["checks"]}
    assert passed == ((told["loopback"] == "warning"),) * 2
