"""Whether an engine runs on this machine, by what both tell."""

from __future__ import annotations

import pytest

from multi_instance_manager.checks.preflight import check_place
from multi_instance_manager.engine.protocol.engine import EngineHost
from multi_instance_manager.findings import Severity
from multi_instance_manager.probe.engine_location import (
    EngineLocation,
    EngineReach,
    LocalMachine,
    Reach,
    place_of,
)

GIGABYTE = 1024**3
HERE = LocalMachine("box", "6.1.0-30-amd64", 8 * GIGABYTE)
MAC = LocalMachine("macbook.local", "24.5.0", 16 * GIGABYTE, "Darwin")


def engine(
    name: str = "box", kernel: str = "6.1.0-30-amd64", gigabytes: float = 8, system: str = "Debian"
) -> EngineHost:
    return EngineHost(name, kernel, int(gigabytes * GIGABYTE), system)


def reach(host: EngineHost, here: LocalMachine = HERE, *, local: bool = True) -> Reach:
    return place_of(host, here, EngineReach(local), login="there").reach


@pytest.mark.parametrize("local", [True, False])
def test_the_same_machine_is_here_however_it_is_reached(local: bool) -> None:
    assert reach(engine(), local=local) is Reach.HERE
    assert reach(engine(gigabytes=7.99), local=local) is Reach.HERE


@pytest.mark.parametrize("local", [True, False])
@pytest.mark.parametrize(
    "other",
    [
        engine(name="other"),
        engine(kernel="6.1.0-29-amd64"),
        engine(gigabytes=16),
        engine(name="other", kernel="5.15.0", gigabytes=64),
    ],
)
def test_another_machine_is_elsewhere_behind_a_socket_too(other: EngineHost, local: bool) -> None:
    assert reach(other, local=local) is Reach.ELSEWHERE


def test_an_engine_that_listens_here_itself_is_here_under_whatever_name() -> None:
    way = EngineReach(is_local_address=True, listens_here=True)

    assert place_of(engine("name-of-yesterday"), HERE, way, login="").reach is Reach.HERE


@pytest.mark.parametrize("here", [HERE, MAC])
@pytest.mark.parametrize(
    "product",
    [
        engine("docker-desktop", "6.10.14-linuxkit", 7, "Docker Desktop"),
        engine("orbstack", "6.15.7-orbstack", 8, "OrbStack"),
        engine("colima", "6.8.0-50-generic", 2, "Ubuntu 24.04.1 LTS"),
        engine("lima-rancher-desktop", "6.6.41-0-virt", 4, "Alpine Linux v3.20"),
    ],
)
def test_a_product_that_shares_with_its_host_is_here(
    product: EngineHost, here: LocalMachine
) -> None:
    assert reach(product, here) is Reach.HERE
    assert reach(product, here, local=False) is Reach.ELSEWHERE, "then it is somebody else's"


def test_docker_desktop_on_the_kernel_of_windows_is_here() -> None:
    kernel = "5.15.167.4-microsoft-standard-WSL2"
    here = LocalMachine("laptop", kernel, 8 * GIGABYTE)

    assert reach(engine("docker-desktop", kernel, 8, "Docker Desktop"), here) is Reach.HERE


def test_an_unknown_virtual_machine_is_not_judged_where_each_engine_is_in_one() -> None:
    assert reach(engine(), MAC) is Reach.UNKNOWN
    assert reach(engine(), MAC, local=False) is Reach.ELSEWHERE


@pytest.mark.parametrize("silent", [EngineHost(), engine(name=""), engine(kernel="")])
def test_an_engine_that_does_not_tell_is_taken_at_its_address(silent: EngineHost) -> None:
    assert reach(silent) is Reach.HERE
    assert reach(silent, local=False) is Reach.ELSEWHERE


def test_a_launch_elsewhere_is_refused_with_the_way_there() -> None:
    place = EngineLocation(Reach.ELSEWHERE, "far", "box", "-p 2222 me@far")

    [finding] = check_place(place, "tcp://far:2376 (from DOCKER_HOST)")

    assert finding.severity is Severity.ERROR
    assert finding.sentence() == (
        "engine at tcp://far:2376 (from DOCKER_HOST): runs on another machine (far), and this is "
        "box: it cannot mount the profiles of this one, and its instances cannot be reached on "
        "loopback; run the manager there, for instance with "
        "`ssh -p 2222 me@far multi-instance up`"
    )


def test_a_virtual_machine_is_a_warning_and_this_machine_nothing() -> None:
    [finding] = check_place(EngineLocation(Reach.UNKNOWN, "vm", "box", "vm"), "unix:///docker.sock")

    assert finding.severity is Severity.WARNING
    assert check_place(EngineLocation(Reach.HERE, "box", "box", "box"), "unix:///docker.sock") == []
    assert check_place(None, "") == []
