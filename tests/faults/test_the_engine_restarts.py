"""The engine itself stopped in mid-run, and back a moment later."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from e2e.obligations import containers, eventually, must_succeed, serves
from e2e.project import Project, ended
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


def test_an_engine_that_restarts_in_mid_launch_is_told_and_the_next_launch_converges(
    bench: Bench, daemon: SecondEngine
) -> None:
    names = ("user-a", "user-b")
    bench.project.add(*names)
    fault = bench.inject(How.DELAYED, (r"POST /containers/\*/start", 2), delay_s=1.0)

    process = bench.begin()
    eventually(lambda: fault.met is not None or process.poll() is not None)
    daemon.stop()
    daemon.start()
    stress.injected["the engine restarted"] += 1
    result = ended(process)

    must_be_a_clear_report(result, "restarted")
    assert result.code in {0, 1}, result.text
    ready = [serves(bench.project.api_port + slot, name) for slot, name in enumerate(names)]
    assert result.code == 1 or all(ready), result.text
    bench.heal()
    must_converge(bench, "restarted", names=names)


def test_an_engine_that_restarts_in_mid_replacement_leaves_one_instance(
    bench: Bench, daemon: SecondEngine
) -> None:
    bench.project.add(NAME)
    must_succeed(bench.up())
    old = must_serve_alone(bench, "at first")
    bench.wish_for_another()
    bench.witness.forget()
    fault = bench.inject(How.DELAYED, ("POST /containers/create", 1), delay_s=1.0)

    process = bench.begin(FAULTS_PATIENCE_S="40")
    eventually(lambda: fault.met is not None or process.poll() is not None)
    daemon.stop()
    daemon.start()
    stress.injected["the engine restarted"] += 1
    result = ended(process)

    must_be_a_clear_report(result, "restarted")
    serving = must_serve_alone(bench, result.text)
    assert result.code in {0, 1}, result.text
    if result.code == 0:
        must_be_as_wished(bench, result.text)
    else:
        assert serving == old, result.text
        assert list(containers(bench.project)) == [bench.project.container(NAME)], result.text
    must_have_lost_no_session(bench, result.text)
    bench.heal()
    must_converge(bench, "restarted")
