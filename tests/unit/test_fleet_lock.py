"""One manager at a time, seen by real processes."""

from __future__ import annotations

import errno
import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from multi_instance_manager.errors import Busy, ExitCode, StateError
from multi_instance_manager.state.folder import prepare_top
from multi_instance_manager.state.layout import StateLayout
from multi_instance_manager.state.lock import fleet_lock

HOLDER = """
import sys
from pathlib import Path
from multi_instance_manager.state.lock import fleet_lock
from multi_instance_manager.state.layout import StateLayout
with fleet_lock(StateLayout(Path(sys.argv[1]), sys.argv[2]), timeout_s=0):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def layout(tmp_path: Path) -> StateLayout:
    made = StateLayout(tmp_path / "state", "ai-proxy")
    prepare_top(made)
    return made


@contextmanager
def another_manager(layout: StateLayout) -> Iterator[subprocess.Popen[str]]:
    """A process that holds the fleet until it is let go or killed."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(layout.top), layout.fleet],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_a_second_manager_is_refused_and_told_the_pid_of_the_first(layout: StateLayout) -> None:
    with (
        another_manager(layout) as holder,
        pytest.raises(
            Busy, match=rf"ai-proxy: another manager \(pid {holder.pid}, since "
        ) as caught,
        fleet_lock(layout, timeout_s=0),
    ):
        pytest.fail("two managers at once")

    assert caught.value.exit_code is ExitCode.REFUSED
    assert "--lock-timeout" in str(caught.value)


def test_a_manager_that_was_killed_blocks_nobody(layout: StateLayout) -> None:
    with another_manager(layout) as holder:
        holder.kill()
        holder.wait(timeout=10)
        assert layout.lock.with_suffix(".holder").exists()

        with fleet_lock(layout, timeout_s=0):
            assert f'"pid":{os.getpid()}' in layout.lock.with_suffix(".holder").read_text()


def test_a_manager_that_waits_gets_its_turn(layout: StateLayout) -> None:
    with another_manager(layout) as holder:
        assert holder.stdin is not None
        holder.stdin.close()
        with fleet_lock(layout, timeout_s=10):
            pass


def test_a_child_of_the_manager_does_not_hold_the_fleet(layout: StateLayout) -> None:
    with fleet_lock(layout, timeout_s=0):
        child = subprocess.Popen(["cat"], stdin=subprocess.PIPE)
    with child:
        with fleet_lock(layout, timeout_s=0):
            pass
        child.kill()


def test_two_fleets_of_one_project_do_not_wait_for_each_other(layout: StateLayout) -> None:
    other = StateLayout(layout.top, "team-a")

    with another_manager(layout), fleet_lock(other, timeout_s=0):
        pass


@pytest.mark.parametrize("note", [b"", b"{", b"\xff", b'{"pid": "x"}'])
def test_a_damaged_note_does_not_hide_that_the_fleet_is_held(
    layout: StateLayout, note: bytes
) -> None:
    with another_manager(layout):
        layout.lock.with_suffix(".holder").write_bytes(note)

        with (
            pytest.raises(Busy, match="another manager is at work"),
            fleet_lock(layout, timeout_s=0),
        ):
            pytest.fail("two managers at once")


def test_the_fleet_is_free_after_a_run_that_failed(layout: StateLayout) -> None:
    with pytest.raises(KeyError), fleet_lock(layout, timeout_s=0):
        raise KeyError
    assert not layout.lock.with_suffix(".holder").exists()

    with another_manager(layout):
        pass


@pytest.mark.filterwarnings("error")
def test_where_a_file_system_has_no_locks_a_marker_keeps_others_out(
    layout: StateLayout, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(*_: object) -> None:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))

    monkeypatch.setattr(fcntl, "flock", missing)

    with fleet_lock(layout, timeout_s=0), pytest.raises(Busy), fleet_lock(layout, timeout_s=0):
        pass
    with fleet_lock(layout, timeout_s=0):
        pass


def test_a_lock_that_is_refused_names_the_way_out(
    layout: StateLayout, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise OSError(errno.ENOTSUP, os.strerror(errno.ENOTSUP))

    monkeypatch.setattr(fcntl, "flock", refused)

    with pytest.raises(StateError, match="--state-dir"), fleet_lock(layout, timeout_s=0):
        pass
