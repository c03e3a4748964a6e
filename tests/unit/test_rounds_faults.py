"""A fault at every engine call of stop, start, restart, sync and down.

Afterwards no session is lost, what was told is true, and the next `up` alone converges.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count

import pytest

from multi_instance_manager.errors import ExitCode, ManagerError
from multi_instance_manager.execute.outcome import Outcome
from multi_instance_manager.fleet.containers import ContainerState
from unit.memory_engine import Fault, Killed, unreachable
from unit.world import NAME, Builder, World, must_have_lost_no_session

Act = Callable[[World], tuple[Outcome, ...]]
FaultOf = Callable[[int], Fault]


def stop(world: World) -> tuple[Outcome, ...]:
    return world.stop().outcomes


def start(world: World) -> tuple[Outcome, ...]:
    return world.start().outcomes


def restart(world: World) -> tuple[Outcome, ...]:
    return world.restart().outcomes


def sync(world: World) -> tuple[Outcome, ...]:
    return world.sync().outcomes


def down(world: World) -> tuple[Outcome, ...]:
    return world.down().outcomes


# Only these ask the application to end, which is another matter where a supervisor is above it.
ENDING = (stop, restart, down)
BY_ITSELF, SUPERVISED = "first-process", "supervised"
each_first_process = pytest.mark.parametrize(
    "supervised", [False, True], ids=[BY_ITSELF, SUPERVISED]
)
each_act = pytest.mark.parametrize(
    ("act", "supervised"),
    [
        *(pytest.param(act, False, id=f"{act.__name__}-{BY_ITSELF}") for act in (start, sync)),
        *(pytest.param(act, False, id=f"{act.__name__}-{BY_ITSELF}") for act in ENDING),
        *(pytest.param(act, True, id=f"{act.__name__}-{SUPERVISED}") for act in ENDING),
    ],
)


def refused(number: int) -> Fault:
    return Fault(number)


def done_but_answered_500(number: int) -> Fault:
    return Fault(number, after=True)


def killed(number: int) -> Fault:
    return Fault(number, error=Killed(), lasting=True)


def killed_after_the_call(number: int) -> Fault:
    return Fault(number, error=Killed(), lasting=True, after=True)


def gone(number: int) -> Fault:
    return Fault(number, error=unreachable(), lasting=True)


FAULTS = (refused, done_but_answered_500, killed, killed_after_the_call, gone)


def launched(build: Builder, act: Act) -> World:
    """A pool that runs; for a start, one that is stopped. Its instance has something to save."""
    world = build()
    world.launch()
    if act is start:
        world.stop()
    return world


def every_fault(
    build: Builder, act: Act, fault_of: FaultOf
) -> Iterator[tuple[World, Fault, Outcome | None]]:
    """A world for each call, after the command met the fault there."""
    for number in count(1):
        assert number < 60, "the command never ends without the fault"
        world = launched(build, act)
        fault = world.engine.failing(fault_of(number))
        outcome = ended(world, act)
        world.engine.healthy()
        if not fault.reached:
            assert number > 3, "the command made fewer calls than it must"
            return
        yield world, fault, outcome


def ended(world: World, act: Act) -> Outcome | None:
    """What the command told of the instance; None where it was refused or killed."""
    try:
        outcomes = act(world)
    except (ManagerError, Killed):
        return None
    return outcomes[0] if outcomes else None


def must_be_true(world: World, act: Act, outcome: Outcome, at: str) -> None:
    """What was told of the instance is what the engine shows."""
    container = world.engine.named(NAME)
    runs = container is not None and container.state is ContainerState.RUNNING
    told = outcome.state.value
    if told == "ready":
        assert runs, at
    if told in {"stopped", "not saved"} and act is stop:
        assert container is not None, at
        assert not runs, at
    if told == "removed":
        assert container is None, at
        assert not world.settings.state_dir.joinpath("active", NAME).exists(), at
    if told == "failed":
        assert outcome.problem, at
    if act is sync:
        assert runs, at


@pytest.mark.parametrize("fault_of", FAULTS, ids=lambda fault_of: fault_of.__name__)
@each_act
def test_no_fault_of_any_call_loses_a_session_or_keeps_the_next_launch_from_converging(
    build: Builder, act: Act, fault_of: FaultOf
) -> None:
    for world, fault, outcome in every_fault(build, act, fault_of):
        at = f"{act.__name__}, {fault.at}, call {fault.number}"
        must_have_lost_no_session(world, fault)
        if outcome is not None:
            must_be_true(world, act, outcome, at)
        must_converge(world, at)
        must_have_lost_no_session(world, fault)


def must_converge(world: World, at: str) -> None:
    result = world.up()
    assert result.exit_code is ExitCode.OK, (at, [o.problem for o in result.outcomes])
    assert world.shown() == {NAME: "running"}, at
    assert [o.line() for o in world.plan().pending] == [], at
    world.serving()


@each_first_process
@pytest.mark.parametrize("fault_of", FAULTS, ids=lambda fault_of: fault_of.__name__)
def test_a_second_down_ends_what_a_first_one_has_begun_wherever_it_was_cut_short(
    build: Builder, fault_of: FaultOf
) -> None:
    for world, fault, _ in every_fault(build, down, fault_of):
        at = f"{fault.at}, call {fault.number}"

        again = world.down()

        assert {o.state.value for o in again.outcomes} <= {"removed"}, at
        assert again.left == (), at
        assert world.shown() == {}, at
        must_have_lost_no_session(world, fault)
        third = world.down()
        assert (third.outcomes, third.freed, third.left) == ((), (), ()), at


@each_first_process
def test_a_down_in_the_middle_of_any_interrupted_replacement_leaves_nothing_and_loses_nothing(
    build: Builder,
) -> None:
    for number in count(1):
        world = build()
        world.launch()
        world.engine.images["ai-studio-proxy:latest"] = "sha256:second"
        fault = world.engine.failing(Fault(number, error=Killed(), lasting=True))
        world.outcome()
        world.engine.healthy()

        result = world.down()

        at = f"{fault.at}, call {fault.number}"
        assert {o.state.value for o in result.outcomes} == {"removed"}, at
        assert result.left == (), at
        assert world.shown() == {}, at
        must_have_lost_no_session(world, fault)
        if not fault.reached:
            assert number > 8
            return


@pytest.mark.parametrize(
    ("act", "supervised"),
    [(stop, True), (restart, False), (start, True), (sync, False)],
    ids=lambda value: getattr(value, "__name__", SUPERVISED if value else BY_ITSELF),
)
def test_a_command_in_the_middle_of_any_interrupted_replacement_leaves_it_to_the_next_launch(
    build: Builder, act: Act
) -> None:
    for number in count(1):
        world = build()
        world.launch()
        world.engine.images["ai-studio-proxy:latest"] = "sha256:second"
        fault = world.engine.failing(Fault(number, error=Killed(), lasting=True))
        world.outcome()
        world.engine.healthy()

        ended(world, act)

        must_have_lost_no_session(world, fault)
        must_converge(world, f"{act.__name__} after {fault.at}, call {fault.number}")
        must_have_lost_no_session(world, fault)
        if not fault.reached:
            return
