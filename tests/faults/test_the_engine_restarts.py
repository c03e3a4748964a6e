"""The engine itself stopped in mid-run, and back a moment later."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from e2e.obligations import containers, eventually, must_succeed
from e2e.project import Project, Result, ended
from faults import stress
from faults.bench import NAME, Bench
from faults.promises import (
    must_be_a_clear_report,
    must_be_as_wished,
    must_converge,
    must_have_lost_no_session,
    must_serve_alone,
)
from faults.proxy import Faulty, How
from faults.second_engine import USABLE, SecondEngine


@pytest.fixture(scope="module")
def daemon() -> Iterator[SecondEngine]:
    assert USABLE, "a second daemon needs root, dockerd and ip: run the suite where they are"
    with (
        tempfile.TemporaryDirectory(prefix="engine-", ignore_cleanup_errors=True) as folder,
        SecondEngine(Path(folder)) as running,
    ):
        yield running


@pytest.fixture
def engine(daemon: SecondEngine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Faulty]:
    """The proxy in front of the second engine, and the checks ask that one, too."""
    monkeypatch.setenv("DOCKER_HOST", daemon.url)
    with (
        tempfile.TemporaryDirectory(prefix="faults-") as folder,
        Faulty(Path(folder) / "engine.sock", engine=str(daemon.socket)) as proxy,
    ):
        yield proxy


@pytest.fixture
def project(engine: Faulty, project: Project) -> Project:
    """After the engine, so that its containers go from the engine where they are."""
    del engine
    return project


# A call that reaches it while it is ending has no outcome of ours: Docker may carry it out, leave
# the container's disk mounted, and be unable to remove it ever after.
MOMENTS = ("while it is gone", "once it is back")


def restarted_in_mid_run(
    bench: Bench, daemon: SecondEngine, call: tuple[str, int], reached: str
) -> Result:
    """A launch one of whose calls reaches the engine at that moment of its restart."""
    fault = bench.inject(How.DELAYED, call, delay_s=60.0)
    process = bench.begin(FAULTS_ENGINE_TIMEOUT_S="60", FAULTS_PATIENCE_S="40")
    eventually(lambda: fault.met is not None or process.poll() is not None)
    daemon.stop()
    if reached == "while it is gone":
        bench.heal()
    daemon.start()
    bench.heal()
    stress.injected["the engine restarted"] += 1
    return ended(process)


@pytest.mark.parametrize("reached", MOMENTS)
def test_an_engine_that_restarts_in_mid_launch_is_told_and_the_next_launch_converges(
    bench: Bench, daemon: SecondEngine, reached: str
) -> None:
    """The second start reaches the engine at that moment of its restart, too late for this run."""
    names = ("user-a", "user-b")
    bench.project.add(*names)

    result = restarted_in_mid_run(bench, daemon, (r"POST /containers/\*/start", 2), reached)

    must_be_a_clear_report(result, "restarted")
    assert result.code == 1, f"was never started\n{result.text}"
    must_converge(bench, "restarted", names=names)


@pytest.mark.parametrize("reached", MOMENTS)
def test_an_engine_that_restarts_in_mid_replacement_leaves_one_instance(
    bench: Bench, daemon: SecondEngine, reached: str
) -> None:
    """The create reaches the engine at that moment of its restart."""
    bench.project.add(NAME)
    must_succeed(bench.up())
    old = must_serve_alone(bench, "at first")
    bench.wish_for_another()
    bench.witness.forget()

    result = restarted_in_mid_run(bench, daemon, ("POST /containers/create", 1), reached)

    must_be_a_clear_report(result, "restarted")
    serving = must_serve_alone(bench, result.text)
    assert result.code in {0, 1}, result.text
    if result.code == 0:
        must_be_as_wished(bench, result.text)
    else:
        assert serving == old, result.text
        assert list(containers(bench.project)) == [bench.project.container(NAME)], result.text
    must_have_lost_no_session(bench, result.text)
    must_converge(bench, "restarted")
