"""A stop that is cut short anywhere between the asking and the end: the next one finishes it."""

from __future__ import annotations

import json
import signal

import pytest

from e2e.obligations import containers, eventually, inspect, must_succeed, serves
from e2e.project import Result
from faults import stress
from faults.bench import KEPT_OUT, NAME, Bench, changes_of, positions
from faults.promises import must_be_a_clear_report, must_converge, must_have_lost_no_session
from faults.proxy import How
from faults.stress import ALL, sampled

STOP = r"POST /containers/\*/stop"
WAYS = {"from this machine": {}, "by the engine": KEPT_OUT}
"""How the main process is asked to end: a user who may not signal it asks the engine to do it."""
_CALLS, _CHANGES = 3, 3

by_any_way = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())


def launched(bench: Bench) -> None:
    """An instance that runs; what it saves at its stop is its first save."""
    bench.start_anew()
    must_succeed(bench.up())
    eventually(lambda: serves(bench.project.api_port, NAME))
    bench.witness.forget()
    bench.engine.heal()


def must_be_stopped(bench: Bench, at: str) -> None:
    name = bench.project.container(NAME)
    assert list(containers(bench.project)) == [name], at
    assert inspect(name)["State"]["Running"] is False, at


def last_save(result: Result) -> str:
    (one,) = result.document["instances"]
    return str(one["last_save"])


def is_in_pool(bench: Bench) -> bool:
    content = json.loads((bench.project.saved / f"{NAME}.json").read_text())
    return "reference_instance" in content


@by_any_way
def test_a_stop_saves_whichever_way_it_is_asked(bench: Bench, way: dict[str, str]) -> None:
    bench.project.add(NAME)
    launched(bench)

    result = must_succeed(bench.run("stop", "--output", "json", **way))

    assert last_save(result) == "saved now"
    assert is_in_pool(bench)
    asked = [call.shape for call in bench.engine.calls if "/exec" in call.shape]
    assert bool(asked) is bool(way), "the other way was taken"


@pytest.mark.timeout(3600 if ALL else 300)
@by_any_way
def test_a_second_stop_ends_what_a_first_one_has_begun_that_was_killed_at_any_call(
    bench: Bench, way: dict[str, str]
) -> None:
    bench.project.add(NAME)
    launched(bench)
    must_succeed(bench.run("stop", **way))
    found = positions(bench.engine.calls)
    calls = [(how, call) for how in (How.KILLED, How.DONE_KILLED) for call in found]
    always = [pair for pair in calls if pair[1] == (STOP, 1)]
    for how, call in dict.fromkeys([*always, *sampled(calls, _CALLS, "kill of a stop")]):
        at = f"{how.value} at {call[0]}, number {call[1]}"
        bench.heal()
        launched(bench)
        fault = bench.inject(how, call)

        result = bench.run("stop", **way)

        if fault.met is None:
            continue
        assert result.code == -signal.SIGKILL, f"{at}\n{result.text}"
        must_have_lost_no_session(bench, at)
        bench.heal()
        must_be_a_clear_report(bench.run("stop", **way), at)
        must_be_stopped(bench, at)
        must_have_lost_no_session(bench, at)
        assert is_in_pool(bench), f"{at}: its last session is not in the pool"
        must_converge(bench, at)


@pytest.mark.timeout(3600 if ALL else 300)
def test_a_second_stop_ends_what_a_first_one_has_begun_that_was_killed_at_any_change_of_a_file(
    bench: Bench, tmp_path_factory: pytest.TempPathFactory
) -> None:
    bench.project.add(NAME)
    folder = {"FAULTS_FOLDER": str(bench.project.root)}
    record = tmp_path_factory.mktemp("changes") / "changes"
    launched(bench)
    must_succeed(bench.run("stop", FAULTS_CHANGES=str(record), **folder))
    changes = list(enumerate(changes_of(record), start=1))
    for number, change in sampled(changes, _CHANGES, "write of a stop"):
        at = f"killed before change {number} of a stop, the like of {change}"
        launched(bench)

        result = bench.run("stop", FAULTS_KILL_AT=str(number), **folder)

        assert result.code == -signal.SIGKILL, f"{at}\n{result.text}"
        stress.injected["the manager killed before a change of a file"] += 1
        must_have_lost_no_session(bench, at)
        must_be_a_clear_report(bench.run("stop"), at)
        must_be_stopped(bench, at)
        assert is_in_pool(bench), f"{at}: its last session is not in the pool"
        must_converge(bench, at)


@pytest.mark.parametrize(
    "how", [How.ERROR, How.RESET, How.DONE_ERROR, How.DONE_RESET], ids=lambda how: how.name
)
def test_an_engine_that_fails_at_the_stop_costs_no_session_and_what_is_told_is_true(
    bench: Bench, how: How
) -> None:
    bench.project.add(NAME)
    launched(bench)
    bench.inject(how, (STOP, 1))

    result = bench.run("stop", "--output", "json")

    must_be_a_clear_report(result, how.value)
    must_have_lost_no_session(bench, how.value)
    (one,) = result.document["instances"]
    running = inspect(bench.project.container(NAME))["State"]["Running"]
    assert running is (one["state"] == "failed"), result.text
    assert result.code == (1 if running else 0), result.text
    bench.heal()
    must_succeed(bench.run("stop"))
    must_be_stopped(bench, how.value)
    assert is_in_pool(bench)


@pytest.mark.parametrize(
    "how", [How.ERROR, How.RESET, How.CUT, How.DONE_RESET], ids=lambda how: how.name
)
@pytest.mark.parametrize("call", [r"POST /containers/\*/exec", r"POST /exec/\*/start"])
def test_an_engine_that_fails_at_the_asking_is_followed_by_a_stop_that_does_not_hide_it(
    bench: Bench, how: How, call: str
) -> None:
    bench.project.add(NAME)
    launched(bench)
    fault = bench.inject(how, (call, 1))

    result = bench.run("stop", "--output", "json", **KEPT_OUT)

    assert fault.met is not None
    must_be_a_clear_report(result, how.value)
    must_be_stopped(bench, result.text)
    (one,) = result.document["instances"]
    assert one["last_save"] != "saved now" or is_in_pool(bench), result.text
    assert result.code == (0 if one["last_save"] == "saved now" else 1), result.text
