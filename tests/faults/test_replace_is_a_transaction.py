"""A fault at any engine call of a replacement: afterwards one instance serves, and one only."""

from __future__ import annotations

import threading
import time
from itertools import product

import pytest

from e2e.obligations import eventually, must_succeed
from faults.bench import NAME, Bench, positions
from faults.promises import (
    must_be_a_clear_report,
    must_be_as_wished,
    must_be_honest,
    must_converge,
    must_have_lost_no_session,
    must_serve_alone,
    running,
)
from faults.proxy import Fault, How
from faults.stress import ALL, sampled

ONE_CALL = {
    "refused": (How.CONFLICT, How.ERROR, How.UNAVAILABLE),
    "done, and the answer lost": (How.DONE_ERROR, How.DONE_RESET, How.DONE_HUNG),
    "broken off": (How.RESET, How.CUT, How.TRUNCATED),
    "late or never": (How.DELAYED, How.HUNG),
}
_SAMPLE = 4
READY_S = 60.0


def calls_of_a_replacement(bench: Bench) -> list[tuple[str, int]]:
    """Launch, then replace without a fault: the calls that this takes."""
    bench.project.add(NAME)
    must_succeed(bench.up())
    bench.wish_for_another()
    bench.engine.heal()
    must_succeed(bench.up())
    found = positions(bench.engine.calls)
    shapes = {shape for shape, _ in found}
    assert {r"POST /containers/\*/rename", r"DELETE /containers/\*"} <= shapes
    return found


@pytest.mark.timeout(3600 if ALL else 300)
@pytest.mark.parametrize("kinds", ONE_CALL.values(), ids=ONE_CALL.keys())
def test_one_instance_serves_after_a_fault_of_any_call(
    bench: Bench, kinds: tuple[How, ...]
) -> None:
    cases = list(product(kinds, calls_of_a_replacement(bench)))
    met = 0
    for how, call in sampled(cases, _SAMPLE, kinds[0].name):
        at = f"{how.value} at {call[0]}, number {call[1]}"
        old = must_serve_alone(bench, f"before {at}")
        bench.wish_for_another()
        bench.heal()
        bench.witness.forget()
        fault = bench.inject(how, call)

        began = time.monotonic()
        result = bench.up()

        met += fault.met is not None
        assert time.monotonic() - began < 60, at
        must_be_a_clear_report(result, at)
        must_be_honest(bench, result, old, at)
        must_have_lost_no_session(bench, at)
        bench.heal()
        must_converge(bench, at)
    assert met, "no fault was met"


@pytest.mark.parametrize("how", [How.UNAVAILABLE, How.HUNG])
def test_a_stop_that_the_engine_refuses_after_the_application_has_ended_is_made_good(
    bench: Bench, how: How
) -> None:
    """The application was asked before the engine: brought back, it must run again."""
    (call,) = [c for c in calls_of_a_replacement(bench) if c == (r"POST /containers/\*/stop", 1)]
    old = must_serve_alone(bench, "before")
    bench.wish_for_another()
    bench.heal()
    bench.witness.forget()
    fault = bench.inject(how, call)

    result = bench.up()

    assert fault.met
    assert must_serve_alone(bench, result.text) == old
    assert "its predecessor serves again" in result.text
    must_have_lost_no_session(bench, result.text)


@pytest.mark.timeout(3600 if ALL else 300)
def test_an_engine_that_goes_away_is_told_and_the_next_launch_converges(bench: Bench) -> None:
    """Nothing can be brought back without an engine; what is said of that must be true."""
    calls = calls_of_a_replacement(bench)
    for call in sampled(calls, 2, "gone"):
        at = f"the engine gone from {call[0]}, number {call[1]}, on"
        old = must_serve_alone(bench, f"before {at}")
        bench.wish_for_another()
        bench.heal()
        bench.witness.forget()
        fault = bench.inject(How.GONE, call)

        result = bench.up()

        said = f"{at}\nexit code {result.code}\n{result.text}"
        must_be_a_clear_report(result, at)
        assert fault.met, said
        if result.code == 0:
            must_serve_alone(bench, said)
            must_be_as_wished(bench, said)
        elif result.code == 3:
            assert "nothing was touched" in result.text, said
            assert must_serve_alone(bench, said) == old, said
        else:
            assert result.code == 4, said
            assert len(running(bench)) <= 1, said
            assert "could not be brought back" in result.text, said
        must_have_lost_no_session(bench, at)
        bench.heal()
        must_converge(bench, at)


def come_back_once_missed(bench: Bench, fault: Fault) -> None:
    """Let the engine answer again once the manager has asked it in vain, and asked again."""
    eventually(lambda: fault.met and len(bench.engine.calls) > fault.met.number + 1, READY_S)
    bench.heal()


def test_an_engine_that_is_soon_back_finds_the_old_instance_brought_back(bench: Bench) -> None:
    calls_of_a_replacement(bench)
    old = must_serve_alone(bench, "at first")
    bench.wish_for_another()
    bench.heal()
    fault = bench.inject(How.GONE, ("POST .*/create", 1))
    back = threading.Thread(target=come_back_once_missed, args=(bench, fault))
    back.start()

    result = bench.up()

    back.join()
    must_be_honest(bench, result, old, "the engine was gone for a moment")
    assert result.code == 1
    must_converge(bench, "the engine was gone for a moment")
