"""A fault at any engine call of a replacement: afterwards one instance serves, never none or two."""

from __future__ import annotations

import time

import pytest

from e2e.obligations import must_succeed
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
from faults.proxy import How
from faults.stress import sampled

ONE_CALL = (
    How.CONFLICT,
    How.ERROR,
    How.UNAVAILABLE,
    How.DONE_ERROR,
    How.DELAYED,
    How.RESET,
    How.DONE_RESET,
    How.CUT,
    How.TRUNCATED,
    How.HUNG,
    How.DONE_HUNG,
)
_SAMPLE = 2


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


@pytest.mark.parametrize("how", ONE_CALL, ids=lambda how: how.name)
def test_one_instance_serves_after_a_fault_of_any_call(bench: Bench, how: How) -> None:
    calls = calls_of_a_replacement(bench)
    met = 0
    for call in sampled(calls, _SAMPLE, how.name):
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


def test_an_engine_that_goes_away_is_told_and_the_next_launch_converges(bench: Bench) -> None:
    """Nothing can be brought back without an engine; what is said of that must be true."""
    calls = calls_of_a_replacement(bench)
    for call in sampled(calls, 3, "gone"):
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
