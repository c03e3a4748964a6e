"""Networks of the person's own: whether a container's are still there, and which are asked for."""

from __future__ import annotations

from threading import Event
from typing import Any

import pytest
from msgspec.structs import replace

from multi_instance_manager.checks.preflight import check_networks
from multi_instance_manager.engine.docker.answers import networks_of, observed_of, status_of
from multi_instance_manager.errors import InstanceFailed
from multi_instance_manager.fleet.containers import ContainerState
from multi_instance_manager.fleet.networks import depends_on_networks, lost_networks, named_networks
from multi_instance_manager.probe.readiness import Wait, wait_until_ready
from unit.builders import container_of, spec_of
from unit.memory_engine import MemoryEngine, free_port

DOWN = container_of(spec_of("user-a"), ContainerState.EXITED)


@pytest.mark.parametrize(
    ("networks", "known", "lost"),
    [
        ({"net": "id-1"}, {"id-1": "net"}, ()),
        ({"net": "id-1"}, {"id-2": "net"}, ("net",)),
        ({"net": "id-1"}, {}, ("net",)),
        ({"net": "id-1"}, None, ()),
        ({"net": "net"}, {"id-2": "net"}, ()),  # Podman has the name in the place of the ID
        ({"net": ""}, {}, ()),  # created and never started
        ({"one": "id-1", "two": "id-2"}, {"id-1": "one"}, ("two",)),
    ],
)
def test_a_network_is_known_by_its_id(
    networks: dict[str, str], known: dict[str, str] | None, lost: tuple[str, ...]
) -> None:
    assert lost_networks(replace(DOWN, networks=networks), known) == lost


def test_what_runs_has_its_networks() -> None:
    running = replace(container_of(spec_of("user-a")), networks={"net": "id-1"})

    assert lost_networks(running, {}) == ()
    assert not depends_on_networks([running])
    assert depends_on_networks([replace(DOWN, networks={"net": "id-1"})])
    assert depends_on_networks([replace(running, published=())])


@pytest.mark.parametrize(
    ("payload", "names"),
    [
        ({}, ()),
        ({"HostConfig": {"NetworkMode": "bridge"}}, ()),
        ({"HostConfig": {"NetworkMode": "container:other"}}, ()),
        ({"HostConfig": {"NetworkMode": "net"}}, ("net",)),
        (
            {
                "HostConfig": {"NetworkMode": "one"},
                "NetworkingConfig": {"EndpointsConfig": {"one": {}, "two": {}}},
            },
            ("one", "two"),
        ),
    ],
)
def test_the_networks_that_a_payload_asks_for(
    payload: dict[str, Any], names: tuple[str, ...]
) -> None:
    assert named_networks(payload) == names


def test_a_network_may_be_named_by_its_id_or_the_beginning_of_it() -> None:
    known = {"0123456789ab": "net"}

    assert check_networks([["net"], ["0123", "0123456789ab"]], known) == []
    assert check_networks([["other"]], None) == []
    assert [f.subject for f in check_networks([["net", "other"], ["other"]], known)] == [
        "network other"
    ]


def test_an_engine_without_its_default_bridge_is_told_to_who_names_no_network() -> None:
    known = {"1": "host", "2": "none", "3": "net"}

    assert [f.subject for f in check_networks([[], ["net"]], known)] == ["engine"]
    assert check_networks([["net"]], known) == []
    assert check_networks([[]], {**known, "4": "bridge"}) == []
    assert check_networks([[]], {"1": "podman"}) == []


def test_the_engines_answers_give_networks_and_published_ports() -> None:
    row = {"Id": "1", "NetworkSettings": {"Networks": {"net": {"NetworkID": "id"}, "odd": None}}}
    settings: dict[str, Any] = {"Ports": {"2048/tcp": None}}
    details = {"State": {"Status": "running"}, "NetworkSettings": settings}

    assert networks_of([{"Id": "id", "Name": "net"}]) == {"id": "net"}
    assert observed_of(row).networks == {"net": "id", "odd": ""}
    assert status_of(details).publishes_nothing
    settings["Ports"] = {"2048/tcp": [{"HostIp": "", "HostPort": "2048"}]}
    assert status_of(details).published == (2048,)
    settings.clear()
    assert status_of(details).published is None
    assert not status_of(details).publishes_nothing


def test_an_instance_that_no_port_leads_to_is_not_waited_for() -> None:
    engine = MemoryEngine()
    details = {
        "State": {"Status": "running"},
        "NetworkSettings": {"Ports": {}, "Networks": {"none": {}}},
    }
    engine.status = lambda _: status_of(details)  # type: ignore[method-assign,assignment]
    wait = Wait("id", f"http://127.0.0.1:{free_port()}/health", 60.0, Event())

    with pytest.raises(InstanceFailed, match=r"no port of this machine .* on the network none"):
        wait_until_ready(engine, wait, lambda _: None)
