from __future__ import annotations

from typing import Any

from multi_instance_manager.engine.docker.machine_answers import (
    bridged_of,
    image_make_of,
    machine_of,
    security_of,
)
from multi_instance_manager.engine.protocol.machine_facts import ImageMake

INFO = {
    "Name": "vm",
    "ServerVersion": "20.10.24",
    "OperatingSystem": "Debian GNU/Linux 12",
    "KernelVersion": "6.1",
    "Architecture": "x86_64",
    "CgroupVersion": "2",
    "Driver": "overlay2",
    "DockerRootDir": "/var/lib/docker",
    "NCPU": 2,
    "MemTotal": 1024,
    "SystemTime": "2026-11-26T00:00:00.123456789Z",
    "SecurityOptions": ["name=seccomp,profile=default", "name=userns"],
    "MemoryLimit": False,
}


def test_the_engines_information_is_read() -> None:
    machine = machine_of(INFO)

    assert machine.name == "vm"
    assert machine.security == ("seccomp", "userns")
    assert machine.system_time is not None
    assert abs(machine.system_time - 1795651200.123456) < 0.001
    assert not machine.can_limit_memory
    assert "kernel 6.1" in machine.sentence()


def test_an_engine_that_tells_nothing_is_unknown_and_no_failure() -> None:
    machine = machine_of({"SystemTime": None, "SecurityOptions": None})

    assert (machine.name, machine.system_time, machine.security) == ("unknown", None, ())


def test_older_and_newer_ways_to_tell_security_are_understood() -> None:
    assert security_of(["selinux", "name=apparmor"]) == ("selinux", "apparmor")


def test_an_image_tells_its_ports() -> None:
    details = {"Config": {"ExposedPorts": {"3120/tcp": {}, "2048/tcp": {}}, "User": "1"}}

    assert image_make_of(details) == ImageMake(("2048/tcp", "3120/tcp"), "1", "")
    assert image_make_of({"Config": None}) == ImageMake()


def test_containers_on_the_default_bridge_are_counted() -> None:
    rows: list[dict[str, Any]] = [
        {"NetworkSettings": {"Networks": {"bridge": {}}}},
        {"NetworkSettings": {"Networks": {"host": {}}}},
        {"NetworkSettings": None},
        {},
    ]

    assert bridged_of(rows) == 1
