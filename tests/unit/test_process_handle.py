"""A process is signalled and waited for by a descriptor, and only where it is the container's."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from multi_instance_manager.host.process_handle import handle_of, inner_number

CONTAINER = "c" * 64
OTHER = "d" * 64
SOON_S = 30.0


@pytest.fixture
def child() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]) as process:
        yield process
        process.kill()


def shown(folder: Path, pid: int, container: str = CONTAINER, status: str = "") -> Path:
    """A folder of processes that says of one in which control group it is."""
    process = folder / str(pid)
    process.mkdir()
    (process / "cgroup").write_text(f"0::/system.slice/docker-{container}.scope\n")
    (process / "status").write_text(status)
    return folder


def test_it_is_signalled_and_its_end_is_seen(
    child: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    handle = handle_of(child.pid, CONTAINER, shown(tmp_path, child.pid))
    assert handle is not None

    with closing(handle):
        assert not handle.has_ended(within_s=0.0)
        handle.send("SIGKILL")
        assert handle.has_ended(within_s=SOON_S)


def test_a_process_of_another_container_is_never_signalled(
    child: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    """Its number may have been given to another since it was looked at."""
    assert handle_of(child.pid, CONTAINER, shown(tmp_path, child.pid, OTHER)) is None
    assert child.poll() is None


def test_one_that_is_not_there_any_more_has_no_handle(tmp_path: Path) -> None:
    with subprocess.Popen(["/bin/true"]) as process:
        process.wait()
    assert handle_of(process.pid, CONTAINER, shown(tmp_path, process.pid)) is None


def test_one_that_has_ended_since_cannot_be_signalled(tmp_path: Path) -> None:
    with subprocess.Popen(["/bin/cat"], stdin=subprocess.PIPE) as process:
        handle = handle_of(process.pid, CONTAINER, shown(tmp_path, process.pid))
        assert handle is not None
    with closing(handle):
        with pytest.raises(ProcessLookupError):
            handle.send("SIGTERM")
        assert handle.has_ended(within_s=0.0)


def test_a_system_without_such_descriptors_has_no_handles(
    child: subprocess.Popen[bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "pidfd_open")

    assert handle_of(child.pid, CONTAINER, shown(tmp_path, child.pid)) is None


@pytest.mark.parametrize(
    ("status", "number"),
    [
        ("Name:\tpython\nNSpid:\t4711\t7\n", 7),
        ("NSpid:\t4711\n", 4711),
        ("NSpid:\t4711\t12\t1\n", 1),
        ("Name:\tNSpid\n", None),
        ("NSpid:\n", None),
    ],
)
def test_its_number_in_its_own_container_is_the_innermost(
    tmp_path: Path, status: str, number: int | None
) -> None:
    assert inner_number(4711, shown(tmp_path, 4711, status=status)) == number


def test_of_a_process_that_is_gone_no_number_is_known(tmp_path: Path) -> None:
    assert inner_number(4711, tmp_path) is None
