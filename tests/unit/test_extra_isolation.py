"""Extra docker arguments that would let an instance reach what the isolation keeps from it."""

from __future__ import annotations

import pytest

from multi_instance_manager.docker_args import parse_docker_args
from multi_instance_manager.findings import Finding, Severity
from multi_instance_manager.preflight import check_extra_isolation
from unit.builders import RESERVED

PRIVATE = ("/srv/app/auth_profiles/saved", "/srv/app/.multi-instance-runtime")


def found(source: str) -> list[Finding]:
    parsed = parse_docker_args([source], reader=lambda _: "", environment={}, reserved=RESERVED)
    assert parsed.problems == ()
    return check_extra_isolation(parsed.extra, PRIVATE)


@pytest.mark.parametrize(
    "source",
    [
        "-v /srv/app/auth_profiles/saved:/pool",
        "-v /srv:/srv:ro",
        "-v /:/host",
        "--mount type=bind,src=/srv/app/.multi-instance-runtime/active,dst=/x",
        "--mount type=volume,dst=/x,volume-opt=type=none,volume-opt=o=bind,volume-opt=device=/srv",
    ],
)
def test_a_mount_that_shows_private_folders_is_an_error(source: str) -> None:
    severities = {finding.severity for finding in found(source)}

    assert severities == {Severity.ERROR}


@pytest.mark.parametrize(
    ("source", "word"),
    [
        ("--privileged", "everything on this machine"),
        ("--volumes-from other", "whatever that container has mounted"),
        ("-v /var/run/docker.sock:/var/run/docker.sock", "hands the engine to an instance"),
        ("--mount type=bind,src=/run/podman/podman.sock,dst=/s", "hands the engine"),
    ],
)
def test_what_weakens_the_isolation_is_a_warning(source: str, word: str) -> None:
    [finding] = found(source)

    assert finding.severity is Severity.WARNING
    assert word in finding.fact


@pytest.mark.parametrize(
    "source",
    [
        "-v /data:/data",
        "-v volume:/data",
        "--mount type=volume,dst=/x,volume-opt=type=tmpfs,volume-opt=device=tmpfs",
        "--mount type=volume,dst=/x",
        "--tmpfs /x",
    ],
)
def test_other_mounts_are_nobodys_business(source: str) -> None:
    assert found(source) == []
