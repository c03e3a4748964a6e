"""The manager killed at any call of the engine and any change of a file: the next launch mends."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from e2e.obligations import containers, must_succeed
from e2e.project import Result
from faults import stress
from faults.bench import NAME, Bench, changes_of, positions
from faults.promises import must_converge, must_have_lost_no_session
from faults.proxy import Fault, How
from faults.stress import ALL, sampled

ORPHAN, RENAMED = "user-b", "user-c"
REMOVE = "--remove-orphans"
_CALLS, _CHANGES = 2, 3
_STEPS = {
    r"POST /containers/create": "creating",
    r"POST /containers/\*/start": "starting",
    r"POST /containers/\*/stop": "stopping",
}
"""What the journal must say last where the manager is killed at this call."""


def fresh(bench: Bench) -> None:
    bench.start_anew()


def replacement(bench: Bench) -> None:
    bench.wish_for_another()


def removal(bench: Bench) -> None:
    """An instance that runs, and whose profile is gone."""
    bench.project.add(ORPHAN)
    must_succeed(bench.up())
    (bench.project.saved / f"{ORPHAN}.json").unlink()


def renaming(bench: Bench) -> None:
    """An instance that runs, and whose profile has got another name."""
    before, after = (bench.project.saved / f"{name}.json" for name in (ORPHAN, RENAMED))
    if after.exists():
        after.rename(before)
    else:
        bench.project.add(ORPHAN)
    must_succeed(bench.up())
    before.rename(after)


Scenario = Callable[[Bench], None]
SCENARIOS: tuple[Scenario, ...] = (fresh, replacement, removal, renaming)


def names_after(scenario: Scenario) -> tuple[str, ...]:
    return (NAME, RENAMED) if scenario is renaming else (NAME,)


def made_ready(bench: Bench, scenario: Scenario) -> tuple[str, ...]:
    """Set the stage, and see what is there; gives the options of the launch."""
    bench.heal()
    scenario(bench)
    bench.witness.forget()
    bench.engine.heal()
    return (REMOVE,) if scenario is removal else ()


def must_be_killed(result: Result, at: str) -> None:
    assert result.code == -signal.SIGKILL, f"{at}: it was to be killed\n{result.text}"
    assert "Traceback" not in result.text


@pytest.mark.timeout(3600 if ALL else 300)
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_next_launch_alone_converges_after_a_kill_at_any_engine_call(
    bench: Bench, scenario: Scenario
) -> None:
    bench.project.add(NAME)
    must_succeed(bench.up())
    must_succeed(bench.up(*made_ready(bench, scenario)))
    calls = [(how, call) for call in positions(bench.engine.calls) for how in _KILLS]
    met = 0
    for how, call in sampled(calls, _CALLS, f"kill {scenario.__name__}"):
        at = f"{how.value} at {call[0]}, number {call[1]}, of a {scenario.__name__}"
        options = made_ready(bench, scenario)
        fault = bench.inject(how, call)

        result = bench.up(*options)

        if fault.met is None:  # a question that is asked only as long as an instance is not ready
            assert result.code == 0, at
            continue
        met += 1
        must_be_killed(result, at)
        journal_must_tell(bench, fault, at)
        must_have_lost_no_session(bench, at)
        bench.heal()
        must_converge(bench, at, *options, names=names_after(scenario))
    assert met, "no call was met"


_KILLS = (How.KILLED, How.DONE_KILLED)


def journal_must_tell(bench: Bench, fault: Fault, at: str) -> None:
    """What changes the engine stands in the journal before it is done."""
    assert fault.met is not None
    if not fault.met.changes:
        return
    last = {entry["container"]: entry for entry in bench.journal}
    assert {entry["pid"] for entry in last.values()} == {fault.met.pid}, f"{at}: {last}"
    step = _STEPS.get(fault.shape, "")
    assert any(step in entry["step"] for name, entry in last.items() if name), f"{at}: {last}"


@pytest.mark.timeout(3600 if ALL else 300)
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_next_launch_alone_converges_after_a_kill_at_any_change_of_a_file(
    bench: Bench, scenario: Scenario, tmp_path: Path
) -> None:
    bench.project.add(NAME)
    must_succeed(bench.up())
    folder = {"FAULTS_FOLDER": str(bench.project.root)}
    record = tmp_path / "changes"
    must_succeed(bench.up(*made_ready(bench, scenario), FAULTS_CHANGES=str(record), **folder))
    changes = list(enumerate(changes_of(record), start=1))
    assert len(changes) > 10, "the runner sees no changes"
    for number, change in sampled(changes, _CHANGES, f"write {scenario.__name__}"):
        at = f"killed before change {number} of a {scenario.__name__}, the like of {change}"
        options = made_ready(bench, scenario)

        result = bench.up(*options, FAULTS_KILL_AT=str(number), **folder)

        must_be_killed(result, at)
        stress.injected["the manager killed before a change of a file"] += 1
        must_have_lost_no_session(bench, at)
        must_converge(bench, at, *options, names=names_after(scenario))


def test_a_kill_in_mid_launch_of_several_leaves_each_to_the_next_launch(bench: Bench) -> None:
    names = ("user-a", "user-b", "user-c")
    bench.project.add(*names)
    bench.inject(How.DONE_KILLED, (r"POST /containers/\*/start", 2))

    must_be_killed(bench.up(), "at the second start")

    assert containers(bench.project), "nothing was begun"
    bench.heal()
    must_converge(bench, "killed at the second start", names=names)
