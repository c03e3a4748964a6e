"""Extra docker arguments that would let an instance reach what the isolation keeps from it."""

from __future__ import annotations

from pathlib import Path

import pytest

from multi_instance_manager.checks.preflight import check_extra_isolation
from multi_instance_manager.engine.docker_run import parse_docker_args
from multi_instance_manager.files.resolved_paths import (
    Mounted,
    mounts_of,
    place_of,
    shown_by,
    shown_in,
)
from multi_instance_manager.findings import Finding, Severity
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
        ("-v /dev:/d", "this machine's devices"),
        ("-v /proc/:/host/proc:ro", "every process of this machine"),
        ("-v //sys:/s", "kernel's settings"),
        ("-v /var/lib/docker:/d:ro", "files of every container"),
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
        "-v /dev/shm:/dev/shm",
        "-v /sys/class/power_supply:/power:ro",
        "-v volume:/data",
        "--mount type=volume,dst=/x,volume-opt=type=tmpfs,volume-opt=device=tmpfs",
        "--mount type=volume,dst=/x",
        "--tmpfs /x",
    ],
)
def test_other_mounts_are_nobodys_business(source: str) -> None:
    assert found(source) == []


@pytest.mark.parametrize(
    ("source", "word"),
    [
        ("--cap-add ALL", "everything on this machine"),
        ("--cap-add sys_admin", "--cap-add SYS_ADMIN"),
        ("--device /dev/sda", "--device /dev/sda"),
        ("--device-cgroup-rule 'b *:* rwm'", "--device-cgroup-rule"),
        ("--pid host", "every process of this machine"),
        ("--ipc host", "memory"),
        ("--userns host", "root of this machine"),
        ("--security-opt seccomp=unconfined", "seccomp=unconfined"),
        ("--security-opt apparmor=unconfined", "apparmor=unconfined"),
        ("--security-opt systempaths=unconfined", "everything"),
        ("-v /run:/r", "hands the engine"),
        ("-v /var/run:/r:ro", "hands the engine"),
        ("-v /run/docker.sock:/x", "hands the engine"),
        ("--mount type=bind,src=/run/containerd,dst=/x", "hands the engine"),
    ],
)
def test_each_way_out_of_a_container_is_warned_of_by_its_name(source: str, word: str) -> None:
    [finding] = found(source)

    assert finding.severity is Severity.WARNING
    assert word in finding.sentence()


@pytest.mark.parametrize("source", ["--cap-add NET_ADMIN", "--cap-drop ALL", "-v /srv2:/x"])
def test_what_opens_nothing_is_not_warned_of(source: str) -> None:
    assert found(source) == []


SPELLINGS = (
    "{}",
    "/{}",
    "{}/.",
    "{}/x/..",
    "/.{}",
    "/proc/self/root{}",
    "/proc/1/root{}",
    "/dev/..{}",
)


@pytest.fixture
def pool(tmp_path: Path) -> Path:
    folder = tmp_path / "project" / "saved"
    folder.mkdir(parents=True)
    return folder


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_folder_is_known_however_its_path_is_written(spelling: str, pool: Path) -> None:
    for shown in (pool, pool.parent, pool / "user-a.json"):
        assert shown_by(spelling.format(shown), [str(pool)]) == (str(pool),)


def test_a_folder_is_known_through_links(pool: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(pool.parent)
    (tmp_path / "link-to-link").symlink_to(tmp_path / "link")

    assert shown_by(str(tmp_path / "link-to-link"), [str(pool)]) == (str(pool),)
    assert shown_by(str(tmp_path / "link" / "saved"), [str(pool)]) == (str(pool),)
    assert shown_by(str(tmp_path / "elsewhere"), [str(pool)]) == ()


def test_a_volume_that_is_the_folder_under_another_name_is_refused(pool: Path) -> None:
    told = "type=volume,dst=/x,volume-opt=type=none,volume-opt=o=bind,volume-opt=device=/{}"
    overlay = 'type=volume,dst=/x,volume-opt=type=overlay,"volume-opt=o=lowerdir=/a:{}"'
    for source in (told, overlay):
        extra = parse_docker_args(
            [f"--mount '{source.format(pool)}'"],
            reader=lambda _: "",
            environment={},
            reserved=RESERVED,
        )
        assert extra.problems == ()
        findings = check_extra_isolation(extra.extra, [str(pool)], shown_by)
        assert [finding.severity for finding in findings] == [Severity.ERROR]


def test_the_mounts_of_a_container_are_compared_by_file_system_and_not_by_name(pool: Path) -> None:
    place = place_of(str(pool), mounts_of())
    above = Mounted(place.device, str(Path(place.path).parent), "/data")
    own = Mounted(place.device, place.path, "/app/saved")
    other = Mounted("0:999", place.path, "/other")

    shown = shown_in([above, own, other], [str(pool)], own=frozenset({"/app/saved"}))

    assert shown == (("/data", str(pool)),)
