"""An engine that answers late, wrongly or not at all: each command ends in time, and says why."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from e2e.obligations import containers, digest, docker, eventually, must_succeed
from e2e.project import COMMAND, IMAGE, Result, ended, session
from faults import stress
from faults.bench import KEPT_OUT, NAME, Bench, changes_of
from faults.promises import (
    must_be_a_clear_report,
    must_be_honest,
    must_converge,
    must_have_lost_no_session,
    must_serve_alone,
)
from faults.proxy import How
from faults.stress import ALL, sampled

BROKEN = (How.ERROR, How.RESET, How.CUT, How.TRUNCATED, How.HUNG)
READS = {
    "version": "GET /version",
    "image": r"GET /images/\*/json",
    "list": "GET /containers/json",
}


def must_end_in_time(result: Result, began: float, seconds: float, at: str) -> None:
    took = time.monotonic() - began
    assert took < seconds, f"{at}: took {took:.1f} s\n{result.text}"
    must_be_a_clear_report(result, at)


@pytest.mark.parametrize("command", ["up", "plan"])
@pytest.mark.parametrize("read", READS)
def test_an_engine_that_fails_at_a_question_stops_the_command_untouched(
    bench: Bench, command: str, read: str
) -> None:
    bench.project.add(NAME)
    for how in sampled(BROKEN, 2, f"{command} {read}"):
        at = f"{command}: {how.value} at every {READS[read]}"
        before = bench.project.snapshot()
        fault = bench.inject(how, (READS[read], 1), lasts=True)

        began = time.monotonic()
        result = bench.run(command, FAULTS_ENGINE_TIMEOUT_S="2")

        assert fault.met, at
        must_end_in_time(result, began, 15, at)
        assert result.code == 3, f"{at}\n{result.text}"
        assert "engine" in result.text, f"{at}\n{result.text}"
        assert bench.project.snapshot() == before, at
        assert containers(bench.project) == {}, at
        bench.heal()


def test_an_engine_that_never_answers_is_told_after_ten_seconds(bench: Bench) -> None:
    """By the command as it is installed, with the patience that it has."""
    bench.project.add(NAME)
    bench.inject(How.HUNG, lasts=True)

    began = time.monotonic()
    result = bench.project.run(COMMAND, "up", env={"DOCKER_HOST": bench.engine.url})

    must_end_in_time(result, began, 20, "hung from the start")
    assert result.code == 3
    assert "does not answer within 10 s" in result.text
    assert bench.engine.url in result.text


@pytest.mark.timeout(3600 if ALL else 300)
@pytest.mark.parametrize(
    ("shape", "variables"),
    [
        ("POST /containers/create", {}),
        (r"POST /containers/\*/start", {}),
        (r"GET /containers/\*/json", {}),
        (r"GET /containers/\*/archive", KEPT_OUT),
    ],
    ids=["create", "start", "process", "archive"],
)
def test_a_launch_that_meets_a_broken_engine_says_so_and_the_next_one_converges(
    bench: Bench, shape: str, variables: dict[str, str]
) -> None:
    bench.project.add(NAME)
    for how in sampled((*BROKEN, How.DONE_ERROR, How.DONE_HUNG), 2, shape):
        at = f"a launch: {how.value} at every {shape}"
        bench.start_anew()
        fault = bench.inject(how, (shape, 1), lasts=True)

        began = time.monotonic()
        result = bench.up(**variables)

        assert fault.met, at
        must_end_in_time(result, began, 40, at)
        if result.code == 0:
            assert how not in {How.ERROR, How.RESET, How.HUNG}, f"{at}: was never done"
            must_serve_alone(bench, at)
        else:
            assert result.code == 1, f"{at}\n{result.text}"
            assert f"profile {NAME}" in result.text
        bench.heal()
        must_converge(bench, at)


def test_a_log_that_cannot_be_read_does_not_hide_why_an_instance_failed(bench: Bench) -> None:
    bench.project.add(NAME)
    must_succeed(bench.up())
    old = must_serve_alone(bench, "at first")
    bench.wishes["EXTRA_DOCKER_ARGS"] = "-e REFERENCE_CRASH_AT_START=7"
    for how in sampled((How.ERROR, How.RESET, How.CUT, How.HUNG), 2, "logs"):
        fault = bench.inject(how, (r"GET /containers/\*/logs", 1), lasts=True)

        began = time.monotonic()
        result = bench.up(FAULTS_ENGINE_TIMEOUT_S="2")

        assert fault.met, how
        must_end_in_time(result, began, 40, how.value)
        assert "exit status 7" in result.text
        must_be_honest(bench, result, old, how.value)
        bench.heal()


def test_every_call_answered_late_changes_nothing_but_the_time(bench: Bench) -> None:
    bench.project.add(NAME)
    bench.inject(How.DELAYED, lasts=True, delay_s=0.2)

    must_succeed(bench.up())
    bench.wish_for_another()
    must_succeed(bench.up())

    bench.heal()
    must_converge(bench, "everything late")


@pytest.fixture
def image(bench: Bench) -> Iterator[str]:
    """An image of the test's own: another name alone would not be another image."""
    name = f"{bench.project.prefix}-image:latest"
    subprocess.run(
        ["docker", "build", "-q", "-t", name, "-"],
        input=f"FROM {IMAGE}\nLABEL of={bench.project.prefix}\n",
        text=True,
        capture_output=True,
        check=True,
    )
    yield name
    subprocess.run(["docker", "rmi", "-f", name], capture_output=True, check=False)


def test_an_image_removed_in_mid_launch_is_told_and_the_old_instance_serves(
    bench: Bench, image: str
) -> None:
    bench.project.add(NAME)
    must_succeed(bench.up())
    old = must_serve_alone(bench, "at first")
    fault = bench.inject(How.DELAYED, (r"POST /containers/\*/stop", 1), delay_s=2.0)

    process = bench.begin("--image", image)
    eventually(lambda: fault.met is not None or process.poll() is not None)
    docker("rmi", "-f", image)
    stress.injected["the image removed in mid-launch"] += 1
    result = ended(process)

    must_be_a_clear_report(result, "no image")
    must_be_honest(bench, result, old, "no image")
    assert "No such image" in result.text
    bench.heal()
    must_converge(bench, "the image was removed")


@pytest.fixture
def small_disk(bench: Bench) -> Iterator[Path]:
    """A state folder on a disk of its own, which the test can fill."""
    folder = bench.project.root / "small"
    folder.mkdir()
    options = "size=4m,nr_inodes=400,mode=0755"
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], check=True)
    bench.wishes["RUNTIME_STATE_DIR"] = str(folder / "state")
    yield folder
    bench.start_anew()
    subprocess.run(["umount", "-l", folder], check=True)


def fill(folder: Path) -> Path:
    """Take every block of the disk."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while file.write(b"\0" * 4096):
                pass
        except OSError:
            return filler
    raise AssertionError("the disk takes no end")


@pytest.mark.parametrize(
    "shape",
    ["GET /containers/json", r"POST /containers/\*/stop", r"POST /containers/\*/rename"],
    ids=["before", "at the stop", "set aside"],
)
def test_a_disk_that_is_full_in_mid_run_leaves_the_old_instance_and_its_session(
    bench: Bench, small_disk: Path, shape: str
) -> None:
    bench.project.add(NAME)
    must_succeed(bench.up())
    old = must_serve_alone(bench, "at first")
    bench.wish_for_another()
    bench.witness.places = [small_disk / "state"]
    bench.witness.forget()
    fault = bench.inject(How.DELAYED, (shape, 1), delay_s=1.0)

    process = bench.begin()
    eventually(lambda: fault.met is not None or process.poll() is not None)
    filler = fill(small_disk)
    stress.injected["the disk full in mid-run"] += 1
    result = ended(process)

    must_be_a_clear_report(result, shape)
    serving = must_serve_alone(bench, result.text)
    assert (serving != old) == (result.code == 0), result.text
    must_have_lost_no_session(bench, result.text)
    filler.unlink()
    bench.heal()
    must_succeed(bench.up())
    must_have_lost_no_session(bench, "once there is room again")
    assert bench.run("plan").code == 0


def test_a_pool_that_became_read_only_loses_neither_side_of_a_session(bench: Bench) -> None:
    """The instance saves its session when it is stopped, and it cannot be carried back then."""
    bench.project.add(NAME)
    must_succeed(bench.up())
    old = must_serve_alone(bench, "at first")
    bench.wish_for_another()
    bench.witness.forget()
    fault = bench.inject(How.DELAYED, (r"POST /containers/\*/stop", 1), delay_s=1.0)
    saved = bench.project.saved
    before = digest(saved / f"{NAME}.json")

    process = bench.begin()
    eventually(lambda: fault.met is not None or process.poll() is not None)
    subprocess.run(["mount", "--bind", saved, saved], check=True)
    subprocess.run(["mount", "-o", "remount,bind,ro", saved], check=True)
    stress.injected["the pool read-only in mid-run"] += 1
    try:
        result = ended(process)
        must_be_a_clear_report(result, "a pool that cannot be written")
        must_be_honest(bench, result, old, "a pool that cannot be written")
        assert result.code == 1
        assert str(saved) in result.text
        assert digest(saved / f"{NAME}.json") == before
        must_have_lost_no_session(bench, "a pool that cannot be written")
    finally:
        subprocess.run(["umount", "-l", saved], check=True)
    bench.heal()
    must_converge(bench, "the pool can be written again")
    assert "reference_instance" in (saved / f"{NAME}.json").read_text()


def test_a_profile_deleted_in_mid_run_is_told_and_its_session_kept(bench: Bench) -> None:
    bench.project.add(NAME)
    must_succeed(bench.up())
    old = must_serve_alone(bench, "at first")
    bench.wish_for_another()
    bench.witness.forget()
    fault = bench.inject(How.DELAYED, (r"POST /containers/\*/stop", 1), delay_s=1.0)

    process = bench.begin()
    eventually(lambda: fault.met is not None or process.poll() is not None)
    (bench.project.saved / f"{NAME}.json").unlink()
    result = ended(process)

    must_be_a_clear_report(result, "the profile is gone")
    must_be_honest(bench, result, old, "the profile is gone")
    assert not re.search(r"\bKeyError\b", result.text)
    must_have_lost_no_session(bench, "the profile is gone")
    bench.heal()
    (bench.project.saved / f"{NAME}.json").write_text(session("another-login"))
    must_converge(bench, "another login is there")


def test_a_run_that_is_refused_does_not_even_try_to_write(bench: Bench, tmp_path: Path) -> None:
    record = tmp_path / "changes"
    bench.project.add(NAME)
    bench.inject(How.HUNG, ("GET /version", 1), lasts=True)

    result = bench.up(
        FAULTS_ENGINE_TIMEOUT_S="1",
        FAULTS_FOLDER=str(bench.project.root),
        FAULTS_CHANGES=str(record),
    )

    assert result.code == 3
    assert changes_of(record) == []
