"""A fault at every engine call of a replacement: one instance serves afterwards, never none.

Each test walks through all calls: the fault is injected at the first, the second, and so on, until
the run ends without having reached it.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count

import pytest
from msgspec.structs import replace

from multi_instance_manager.errors import EngineError, ExitCode
from multi_instance_manager.execute import retry
from multi_instance_manager.execute.outcome import InstanceState, Outcome
from multi_instance_manager.http.probes import get
from multi_instance_manager.settings.model import ImageChoice
from multi_instance_manager.text.secret import Secret
from unit.builders import KEY
from unit.memory_engine import BROKEN, Container, Fault, Killed, unreachable
from unit.world import NAME, Builder, World, must_have_lost_no_session

LOGIN = json.dumps({"cookies": [{"value": "another login of the owner"}]}).encode()


Change = Callable[[World], None]


def change_image(world: World) -> None:
    world.engine.images["ai-studio-proxy:latest"] = "sha256:second"


def change_login(world: World) -> None:
    world.pool_file.write_bytes(LOGIN)


def change_key(world: World) -> None:
    world.settings = replace(world.settings, api_key=Secret("sk-the-next-key"))


def break_image(world: World) -> None:
    world.settings = replace(world.settings, image=ImageChoice(BROKEN, None))


def make_legacy(world: World) -> None:
    """The running container is the earlier script's: the same variables, and no labels."""
    container = world.engine.named(NAME)
    assert container is not None
    container.payload = {**container.payload, "Labels": {}}


CHANGES = (change_image, change_login, change_key, make_legacy)


def walks(over: Change, *others: Change) -> pytest.MarkDecorator:
    """One change over instances of either kind: by themselves, and below a supervisor.

    The others over one kind: how an instance is asked to end does not depend on the change.
    """
    cases = [(over, False), (over, True), *((change, True) for change in others)]
    ids = [f"{'supervised' if below else 'first-process'}-{c.__name__}" for c, below in cases]
    return pytest.mark.parametrize(("change", "supervised"), cases, ids=ids)


each_first_process = pytest.mark.parametrize(
    "supervised", [False, True], ids=["first-process", "supervised"]
)


def every_fault(
    build: Builder, change: Change, fault_of: Callable[[int], Fault]
) -> Iterator[tuple[World, Container, Fault, Outcome | None]]:
    """A launched and changed world for each call, after an `up` with the fault at that call."""
    for number in count(1):
        assert number < 100, "the run never ends without the fault"
        world = build()
        old = world.launch()
        change(world)
        fault = world.engine.failing(fault_of(number))
        outcome = world.outcome()
        world.engine.healthy()
        if not fault.reached:
            assert number > 8, "the replacement made fewer calls than it must"
            return
        yield world, old, fault, outcome


def must_converge(world: World, fault: Fault) -> None:
    """The next launch alone brings what was asked for, and then there is nothing to do."""
    at = f"after {fault.at}, call {fault.number}"
    result = world.up()
    assert result.exit_code is ExitCode.OK, (at, [o.problem for o in result.outcomes])
    assert world.shown() == {NAME: "running"}, at
    assert [o.line() for o in world.plan().pending] == [], at
    world.serving()
    assert not (world.settings.state_dir / "aside" / NAME).exists(), at


@each_first_process
@pytest.mark.parametrize("change", CHANGES)
def test_a_replacement_without_a_fault_ends_in_the_new_instance_alone(
    build: Builder, change: Change
) -> None:
    world = build()
    old = world.launch()
    change(world)

    assert world.launch() is not old

    assert world.shown() == {NAME: "running"}
    assert world.plan().pending == ()
    must_have_lost_no_session(world, Fault())


@pytest.mark.parametrize("after", [False, True], ids=["refused", "done-but-answered-500"])
@walks(change_image, change_login, make_legacy)
def test_one_instance_serves_after_an_error_of_any_call(
    build: Builder, change: Change, after: bool
) -> None:
    for world, old, fault, outcome in every_fault(
        build, change, lambda number: Fault(number, after=after)
    ):
        serving = world.serving()
        at = f"at {fault.at}, call {fault.number}: {outcome.problem if outcome else 'refused'}"
        if outcome is None or outcome.state is InstanceState.ROLLED_BACK:
            assert serving is old, at
        else:
            assert outcome.state is InstanceState.READY, at
            assert serving is not old, at
        must_have_lost_no_session(world, fault)
        must_converge(world, fault)


@each_first_process
def test_a_failed_instance_that_the_engine_cannot_remove_is_put_out_of_the_way(
    build: Builder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a restart of the engine that left the disk of a container mounted."""
    monkeypatch.setattr(retry, "_PAUSE_S", 0.001)
    world = build()
    old = world.launch()
    break_image(world)
    removals = remove_nothing_but(old, world, monkeypatch)

    outcome = world.outcome()

    assert outcome is not None
    assert outcome.state is InstanceState.ROLLED_BACK
    assert world.serving() is old
    (failed,) = {name for name in world.shown() if name != NAME}
    assert failed.startswith(f"{NAME}.failed-")
    assert f"left as {failed} (removing: its disk is busy)" in (outcome.problem or "")
    assert len(removals) >= 3, "an engine that recovers is given the time to"

    change_image(world)
    world.settings = replace(world.settings, image=ImageChoice("ai-studio-proxy:latest", None))
    new = world.launch()
    assert world.serving() is new
    assert world.shown() == {NAME: "running", failed: "exited"}


def remove_nothing_but(
    spared: Container, world: World, monkeypatch: pytest.MonkeyPatch
) -> list[str]:
    """The engine removes that container alone; gives what else it was asked to remove."""
    refused: list[str] = []
    remove = world.engine.remove

    def refusing(reference: str) -> None:
        if reference == spared.container_id:
            remove(reference)
            return
        refused.append(reference)
        raise EngineError("removing: its disk is busy", status=500)

    monkeypatch.setattr(world.engine, "remove", refusing)
    return refused


@walks(change_login, change_key, make_legacy)
def test_the_next_launch_alone_converges_after_a_kill_at_any_call(
    build: Builder, change: Change
) -> None:
    for world, _, fault, _ in every_fault(
        build, change, lambda number: Fault(number, error=Killed(), lasting=True)
    ):
        must_have_lost_no_session(world, fault)
        must_converge(world, fault)
        must_have_lost_no_session(world, fault)


@walks(change_login, change_image)
def test_the_next_launch_alone_converges_after_the_engine_was_gone_from_any_call_on(
    build: Builder, change: Change
) -> None:
    for world, _, fault, outcome in every_fault(
        build, change, lambda number: Fault(number, error=unreachable(), lasting=True)
    ):
        if outcome is not None and outcome.state is InstanceState.ROLLBACK_FAILED:
            assert outcome.problem is not None
            assert outcome.problem.count("the connection to the engine broke") == 2
        must_have_lost_no_session(world, fault)
        must_converge(world, fault)


@each_first_process
@pytest.mark.parametrize("after", [False, True], ids=["refused", "done-but-answered-500"])
def test_a_rollback_that_meets_an_error_says_so_or_ends_with_the_old_instance(
    build: Builder, after: bool
) -> None:
    for world, old, fault, outcome in every_fault(
        build, break_image, lambda number: Fault(number, after=after)
    ):
        at = f"at {fault.at}, call {fault.number}"
        if outcome is None or outcome.state is InstanceState.ROLLED_BACK:
            assert world.serving() is old, at
        else:
            assert outcome.state is InstanceState.ROLLBACK_FAILED, at
        again = world.outcome()
        assert again is not None, at
        assert again.state is InstanceState.ROLLED_BACK, (at, again.problem)
        assert world.serving() is old, at
        must_have_lost_no_session(world, fault)


@each_first_process
def test_an_instance_that_fails_is_told_with_its_exit_code_and_last_lines(build: Builder) -> None:
    world = build()
    old = world.launch()
    break_image(world)

    outcome = world.outcome()

    assert outcome is not None
    assert outcome.state is InstanceState.ROLLED_BACK
    assert outcome.problem == "ended with exit code 1; its predecessor serves again"
    assert outcome.log_tail == (f"the last of 20 lines of {NAME}",)
    assert outcome.log_file is not None
    assert outcome.log_file.read_text() == f"the last of 20 lines of {NAME}\n"
    assert world.serving() is old


@each_first_process
def test_a_replacement_that_failed_gives_the_old_instance_its_own_key_again(
    build: Builder,
) -> None:
    world = build()
    world.launch()
    break_image(world)
    change_key(world)

    world.outcome()

    url = f"http://127.0.0.1:{world.settings.bases.api}/v1/models"
    assert get(url, timeout_s=5, key=Secret(KEY)).status == 200
    assert get(url, timeout_s=5, key=Secret("sk-the-next-key")).status == 401


@each_first_process
def test_a_leftover_that_could_not_be_removed_does_not_lend_its_key_to_a_later_rollback(
    build: Builder,
) -> None:
    """The first replacement succeeds but for the removal; the second fails."""
    world = build()
    world.launch()
    change_key(world)
    world.engine.failing(Fault(call="remove"))
    kept = world.outcome()
    assert kept is not None
    assert kept.state is InstanceState.READY
    assert sorted(world.shown()) == [NAME, f"{NAME}.previous"]
    world.engine.healthy()
    second = world.serving()
    break_image(world)

    outcome = world.outcome()

    assert outcome is not None
    assert outcome.state is InstanceState.ROLLED_BACK
    assert world.serving() is second
    url = f"http://127.0.0.1:{world.settings.bases.api}/v1/models"
    assert get(url, timeout_s=5, key=Secret("sk-the-next-key")).status == 200


@each_first_process
def test_a_profile_deleted_in_mid_replacement_does_not_take_the_old_instance_down(
    build: Builder,
) -> None:
    world = build()
    old = world.launch()
    change_image(world)
    stop = world.engine.stop

    def stop_and_delete(reference: str, *, timeout_s: float) -> None:
        stop(reference, timeout_s=timeout_s)
        world.pool_file.unlink()

    world.engine.stop = stop_and_delete  # type: ignore[method-assign]

    outcome = world.outcome()

    assert outcome is not None
    assert outcome.state is InstanceState.ROLLED_BACK
    assert world.serving() is old
    must_have_lost_no_session(world, Fault())


@each_first_process
def test_a_port_taken_in_mid_replacement_is_told_and_the_old_instance_is_in_its_place(
    build: Builder,
) -> None:
    """Nothing can serve on a port that somebody else holds; the next launch converges."""
    world = build()
    world.launch()
    change_image(world)
    stop = world.engine.stop
    with ExitStack() as intruder:

        def stop_and_take(reference: str, *, timeout_s: float) -> None:
            stop(reference, timeout_s=timeout_s)
            listener = intruder.enter_context(socket.socket())
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(("127.0.0.1", world.settings.bases.stream))
            listener.listen()

        world.engine.stop = stop_and_take  # type: ignore[method-assign]
        outcome = world.outcome()
        world.engine.stop = stop  # type: ignore[method-assign]

    assert outcome is not None
    assert outcome.state is InstanceState.ROLLBACK_FAILED
    assert f"port {world.settings.bases.stream} is held by" in (outcome.problem or "")
    assert world.engine.named(NAME) is not None
    must_converge(world, Fault())
