"""Stop, start, restart and sync over an engine in memory: whom they are about, in what order."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from multi_instance_manager.commands.change.session_result import SessionResult
from multi_instance_manager.engine.protocol.engine import Image
from multi_instance_manager.errors import EngineError, ExitCode, Refused, UsageProblems
from multi_instance_manager.execute import executor, steps
from multi_instance_manager.execute.context import ExecutionContext
from multi_instance_manager.execute.outcome import InstanceState, Outcome
from multi_instance_manager.plan.plan import Operation, OperationKind
from multi_instance_manager.progress import Phase
from multi_instance_manager.state.journal import Journal, stopping_when_cut_short
from multi_instance_manager.state.records import read_quarantine, write_quarantine
from multi_instance_manager.text.secret import Secret
from unit.builders import KEY, layout_of
from unit.memory_engine import BROKEN, Fault
from unit.world import NAME, Builder, World, states

OTHER = "ai-proxy-user-b"
CHANGING = {"create", "start", "stop", "unpause", "rename", "remove"}


def changes(world: World) -> set[str]:
    return CHANGING & set(world.engine.calls)


def up_and_running(build: Builder, *names: str) -> World:
    world = build(*names)
    assert world.up().exit_code is ExitCode.OK
    world.engine.healthy()
    return world


def test_a_stop_stops_all_and_the_next_launch_starts_the_same_containers_again(
    build: Builder,
) -> None:
    world = up_and_running(build, "user-a", "user-b")
    before = set(world.engine.containers)

    result = world.stop()

    assert states(result.outcomes) == {"user-a": "stopped", "user-b": "stopped"}
    assert {o.session for o in result.outcomes} == {"saved"}
    assert set(world.shown().values()) == {"exited"}
    assert world.up().exit_code is ExitCode.OK
    assert set(world.engine.containers) == before


def test_a_stop_by_name_stops_that_one_alone(build: Builder) -> None:
    world = up_and_running(build, "user-a", "user-b")

    world.stop("user-b")

    assert world.shown() == {NAME: "running", OTHER: "exited"}


def test_a_second_stop_is_fine_and_changes_nothing(build: Builder) -> None:
    world = up_and_running(build)
    world.stop()
    world.engine.healthy()

    result = world.stop()

    assert result.exit_code is ExitCode.OK
    assert result.outcomes[0].notes == ("was stopped before",)
    assert changes(world) == set()


def test_a_stop_of_all_is_about_containers_without_a_profile_too_and_says_who_starts_them(
    build: Builder,
) -> None:
    world = up_and_running(build, "user-a", "user-b")
    (world.saved / "user-b.json").unlink()

    result = world.stop()

    assert world.shown() == {NAME: "exited", OTHER: "exited"}
    assert "only `start` with its name" in result.outcomes[1].notes[-1]
    assert result.exit_code is ExitCode.OK


def test_an_instance_whose_profile_cannot_be_used_is_no_orphan_and_may_not_rest(
    build: Builder,
) -> None:
    world = up_and_running(build)
    world.pool_file.write_text("")

    (outcome,) = world.stop().outcomes
    (verified,) = world.verify().instances

    assert outcome.state is InstanceState.STOPPED
    assert not any("no profile asks for it" in note for note in outcome.notes)
    assert not verified.is_well


def test_a_stop_whose_session_cannot_be_saved_says_so(
    build: Builder, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = up_and_running(build)
    stop = world.engine.stop

    def torn(reference: str, *, timeout_s: float) -> None:
        stop(reference, timeout_s=timeout_s)
        world.settings.state_dir.joinpath("active", NAME, "user-a.json").write_text("{")

    monkeypatch.setattr(world.engine, "stop", torn)

    result = world.stop()

    (outcome,) = result.outcomes
    assert outcome.state is InstanceState.NOT_SAVED
    assert outcome.problem is not None
    assert outcome.problem.startswith("was stopped, but its runtime copy")
    assert result.exit_code is ExitCode.INSTANCE_FAILED


def test_a_start_starts_what_is_stopped_and_proves_it(build: Builder) -> None:
    world = up_and_running(build, "user-a", "user-b")
    world.stop("user-a")
    world.engine.healthy()

    result = world.start()

    assert states(result.outcomes) == {"user-a": "ready", "user-b": "ready"}
    by_name = {o.operation.profile_name: o for o in result.outcomes}
    assert by_name["user-a"].proof is not None
    assert by_name["user-b"].notes == ("was running already",)
    assert [call for call in world.engine.calls if call in CHANGING] == ["start"]


def test_a_start_points_never_launched_profiles_to_up(build: Builder) -> None:
    world = build("user-a", "user-b")

    result = world.start()

    assert states(result.outcomes) == {"user-a": "not launched", "user-b": "not launched"}
    assert all("`multi-instance up`" in str(o.problem) for o in result.outcomes)
    assert result.exit_code is ExitCode.INSTANCE_FAILED
    assert not world.settings.state_dir.exists()


def test_a_changed_instance_starts_as_it_is_and_what_up_would_do_is_said(build: Builder) -> None:
    """It is proven by the key that it was launched with, not by the one wanted now."""
    world = up_and_running(build)
    before = set(world.engine.containers)
    world.stop()
    world.wish(log_level="DEBUG", api_key=Secret("sk-the-next-key"), host_ip="127.0.0.2")

    (outcome,) = world.start().outcomes

    assert outcome.state is InstanceState.READY, outcome.problem
    assert outcome.proof is not None
    assert outcome.proof.passed
    assert set(world.engine.containers) == before
    assert "`up` would replace it" in outcome.notes[-1]
    assert "variable SERVER_LOG_LEVEL changed" in outcome.notes[-1]
    assert KEY not in str(outcome)


def test_a_start_refuses_to_run_on_half_a_session(build: Builder) -> None:
    world = up_and_running(build)
    world.stop()
    world.settings.state_dir.joinpath("active", NAME, "user-a.json").write_text('{"cookies"')

    (outcome,) = world.start().outcomes

    assert outcome.state is InstanceState.FAILED
    assert "`multi-instance up` gives it a new one" in str(outcome.problem)
    assert world.shown() == {NAME: "exited"}
    assert world.up().exit_code is ExitCode.OK


def test_a_start_whose_port_is_taken_names_the_holder_and_touches_nothing(build: Builder) -> None:
    world = up_and_running(build, "user-a", "user-b")
    world.stop()
    api = world.settings.bases.api
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", api))
        listener.listen()
        result = world.start()

    assert states(result.outcomes) == {"user-a": "failed", "user-b": "ready"}
    assert f"port {api} is held by" in str(result.outcomes[0].problem)


def quarantined(build: Builder) -> World:
    world = up_and_running(build, "user-a", "user-b")
    world.stop("user-a")
    container = world.engine.named(NAME)
    assert container is not None
    write_quarantine(layout_of(world.settings), {container.container_id: "crashed 3 times"})
    return world


def test_an_instance_that_kept_crashing_starts_only_when_it_is_named(build: Builder) -> None:
    world = quarantined(build)

    all_of_them = world.start()

    assert states(all_of_them.outcomes) == {"user-a": "quarantined", "user-b": "ready"}
    assert all_of_them.exit_code is ExitCode.INSTANCE_FAILED
    named = world.start("user-a")
    assert states(named.outcomes) == {"user-a": "ready"}
    assert read_quarantine(layout_of(world.settings)) == {}


def test_an_instance_that_crashes_when_it_is_started_is_remembered_as_up_does(
    build: Builder,
) -> None:
    world = up_and_running(build)
    world.stop()
    container = world.engine.named(NAME)
    assert container is not None
    container.image = replace(container.image, name=BROKEN)

    (outcome,) = world.start().outcomes

    assert outcome.state is InstanceState.QUARANTINED
    assert outcome.log_tail
    assert [o.kind for o in world.plan().operations] == [OperationKind.QUARANTINED]


def test_a_container_without_a_profile_starts_only_when_it_is_named(build: Builder) -> None:
    world = up_and_running(build, "user-a", "user-b")
    (world.saved / "user-b.json").unlink()
    world.stop()

    assert states(world.start().outcomes) == {"user-a": "ready", "user-b": "orphan"}
    assert states(world.start("user-b").outcomes) == {"user-b": "ready"}


def test_the_earlier_scripts_container_is_never_touched(build: Builder) -> None:
    world = up_and_running(build)
    container = world.engine.named(NAME)
    assert container is not None
    container.payload = {**container.payload, "Labels": {}}
    world.engine.healthy()

    for act in (world.stop, world.start, world.restart, world.sync):
        result = act()
        assert states(result.outcomes) == {"user-a": "failed"}
        assert "earlier script's" in str(result.outcomes[0].problem)
    assert changes(world) == set()
    assert states(world.down().outcomes) == {"user-a": "failed"}
    assert changes(world) == set()


def test_a_restart_goes_one_at_a_time_each_ready_before_the_next_stops(build: Builder) -> None:
    world = up_and_running(build, "user-a", "user-b", "user-c")

    result = world.restart()

    assert set(states(result.outcomes).values()) == {"ready"}
    told = [
        (event.profile_name, event.phase)
        for event in world.events
        if event.phase in {Phase.STOPPING, Phase.READY}
    ]
    expected = [
        (name, phase)
        for name in ("user-a", "user-b", "user-c")
        for phase in (Phase.STOPPING, Phase.READY)
    ]
    assert told == expected


def test_a_restart_ends_at_the_first_that_does_not_become_ready_and_names_the_others(
    build: Builder,
) -> None:
    world = up_and_running(build, "user-a", "user-b", "user-c")
    broken = world.engine.named(OTHER)
    assert broken is not None
    broken.image = replace(broken.image, name=BROKEN)

    result = world.restart()

    assert states(result.outcomes) == {
        "user-a": "ready",
        "user-b": "quarantined",
        "user-c": "held back",
    }
    assert "user-b failed before its turn" in str(result.outcomes[2].problem)
    assert world.shown()["ai-proxy-user-c"] == "running"
    assert [e for e in world.events if e.profile_name == "user-c"] == []
    assert result.exit_code is ExitCode.INSTANCE_FAILED


@pytest.mark.parametrize(("at_once", "most"), [(1, 1), (2, 2), (None, 3)])
def test_a_restart_has_as_many_under_way_as_were_asked_for(
    build: Builder, monkeypatch: pytest.MonkeyPatch, at_once: int | None, most: int
) -> None:
    world = up_and_running(build, "user-a", "user-b", "user-c")
    barrier = threading.Barrier(most)
    under_way: set[str] = set()
    seen: list[int] = []
    carry_out = steps.carry_out

    def meeting(operation: Operation, tools: ExecutionContext) -> Outcome:
        under_way.add(operation.container_name)
        seen.append(len(under_way))
        if len(seen) <= most:
            barrier.wait(timeout=10)
        try:
            return carry_out(operation, tools)
        finally:
            under_way.discard(operation.container_name)

    monkeypatch.setattr(executor, "carry_out", meeting)

    result = world.restart(at_once=at_once)

    assert set(states(result.outcomes).values()) == {"ready"}
    assert max(seen) == most


def test_a_restart_waits_even_where_launches_do_not(build: Builder) -> None:
    world = up_and_running(build)
    world.wish(timeouts=replace(world.settings.timeouts, wait=False))

    assert states(world.restart().outcomes) == {"user-a": "ready"}


SESSION = json.dumps({"cookies": [{"value": "refreshed"}]})
LOGIN = json.dumps({"cookies": [{"value": "another login"}]})


def refresh(world: World, text: str = SESSION) -> None:
    world.settings.state_dir.joinpath("active", NAME, "user-a.json").write_text(text)


def log_in_again(world: World) -> None:
    world.pool_file.write_text(LOGIN)


def both(world: World) -> None:
    refresh(world)
    log_in_again(world)


def tear(world: World) -> None:
    refresh(world, SESSION[:10])


def leave(world: World) -> None:
    del world


@pytest.mark.parametrize(
    ("happens", "session", "code", "in_pool"),
    [
        (leave, "unchanged", ExitCode.OK, None),
        (refresh, "saved", ExitCode.OK, SESSION),
        (log_in_again, "owner's is newer", ExitCode.OK, LOGIN),
        (both, "kept in the history", ExitCode.OK, LOGIN),
        (tear, "torn, not saved", ExitCode.INSTANCE_FAILED, None),
    ],
)
def test_a_sync_says_what_became_of_each_session_and_touches_no_container(
    build: Builder,
    happens: Callable[[World], None],
    session: str,
    code: ExitCode,
    in_pool: str | None,
) -> None:
    world = up_and_running(build)
    before = world.pool_file.read_text()
    happens(world)

    result = world.sync()

    assert result.outcomes[0].session == session
    assert result.exit_code is code
    assert world.pool_file.read_text() == (before if in_pool is None else in_pool)
    assert changes(world) == set()
    if happens is both:
        assert SESSION.encode() in world.sessions()


def test_a_sync_saves_what_a_container_removed_by_hand_has_left(build: Builder) -> None:
    world = up_and_running(build)
    world.stop()
    refresh(world)
    world.engine.containers.clear()

    assert world.sync().outcomes[0].session == "saved"
    assert world.pool_file.read_text() == SESSION


@pytest.mark.parametrize("act", ["stop", "start", "restart", "sync", "down", "verify"])
def test_a_name_that_means_nobody_is_refused_and_nothing_is_touched(
    build: Builder, act: str
) -> None:
    world = up_and_running(build)

    with pytest.raises(UsageProblems):
        getattr(world, act)("user-a", "nobody")

    assert changes(world) == set()


@pytest.mark.parametrize("act", ["stop", "start", "restart", "sync", "down", "verify"])
def test_an_engine_that_cannot_list_is_told_before_anything_is_touched(
    build: Builder, act: str
) -> None:
    world = up_and_running(build)
    world.engine.failing(Fault(call="list_containers", error=EngineError("engine: answered 500")))

    with pytest.raises(Refused, match="answered 500"):
        getattr(world, act)()

    assert changes(world) == set()


@pytest.mark.parametrize("act", ["stop", "restart", "sync"])
def test_an_interrupted_round_begins_nothing_more_and_says_so(build: Builder, act: str) -> None:
    world = up_and_running(build, "user-a", "user-b")
    world.stop_flag.set()

    result: SessionResult = getattr(world, act)()

    assert set(states(result.outcomes).values()) == {"not begun"}
    assert result.exit_code is ExitCode.INTERRUPTED
    assert changes(world) == set()


def test_a_round_about_one_instance_lets_the_next_launch_know_of_anothers_cut_short_stop(
    build: Builder,
) -> None:
    world = up_and_running(build, "user-a", "user-b")
    layout = layout_of(world.settings)
    journal = Journal(layout)
    journal.note(NAME, Phase.STOPPING)
    journal.close()

    world.sync("user-b")

    assert stopping_when_cut_short(layout) == {NAME}
    world.stop("user-a")
    assert stopping_when_cut_short(layout) == frozenset()


def test_a_start_does_not_take_an_instance_for_running_that_is_being_stopped(
    build: Builder,
) -> None:
    """The engine goes on with a stop that nobody waits for any more."""
    world = up_and_running(build)
    journal = Journal(layout_of(world.settings))
    journal.note(NAME, Phase.STOPPING)
    journal.close()

    world.start()

    assert [call for call in world.engine.calls if call in CHANGING] == ["stop", "start"]


def test_a_report_is_in_the_order_of_the_profiles_and_has_the_gravest_code(build: Builder) -> None:
    world = up_and_running(build, "user-c", "user-a", "user-b")
    world.engine.failing(Fault(call="stop"))

    report = world.stop().report()

    assert [one.profile for one in report.instances] == ["user-a", "user-b", "user-c"]
    assert (report.exit_code, report.result) == (1, "failed")


def test_a_pace_that_does_not_end_at_a_failure_goes_on(build: Builder) -> None:
    world = up_and_running(build, "user-a", "user-b")
    stop = world.engine.stop

    def refusing(reference: str, **how: Any) -> None:
        if NAME in reference:
            raise EngineError("stopping: answered 500")
        stop(reference, **how)

    world.engine.stop = refusing  # type: ignore[method-assign]

    assert states(world.stop().outcomes) == {"user-a": "failed", "user-b": "stopped"}


@pytest.mark.parametrize("act", ["stop", "restart", "down"])
def test_what_a_copy_holds_before_the_stop_is_kept_although_the_application_saves_over_it(
    build: Builder, act: str
) -> None:
    world = up_and_running(build)
    refresh(world)

    getattr(world, act)()

    assert SESSION.encode() in world.sessions()
    assert world.pool_file.read_bytes() in set(world.engine.saved.values())


@pytest.mark.parametrize(("after", "state"), [(True, "stopped"), (False, "failed")])
def test_a_stop_whose_answer_was_lost_is_told_by_what_the_engine_shows(
    build: Builder, after: bool, state: str
) -> None:
    world = up_and_running(build)
    world.engine.failing(Fault(call="stop", after=after))

    result = world.stop()

    assert states(result.outcomes) == {"user-a": state}
    assert world.shown() == {NAME: "exited" if after else "running"}


def test_no_more_containers_are_stopped_at_once_than_parallel_says(build: Builder) -> None:
    world = up_and_running(build, "user-a", "user-b", "user-c")
    world.wish(timeouts=replace(world.settings.timeouts, parallel=2))
    stop = world.engine.stop
    both = threading.Barrier(2)
    under_way: set[str] = set()
    seen: list[int] = []

    def meeting(reference: str, **how: Any) -> None:
        under_way.add(reference)
        seen.append(len(under_way))
        if len(seen) <= 2:
            both.wait(timeout=10)
        stop(reference, **how)
        under_way.discard(reference)

    world.engine.stop = meeting  # type: ignore[method-assign]

    world.stop()

    assert max(seen) == 2


@pytest.mark.parametrize("command", ["stop", "sync", "down"])
def test_without_the_pools_folder_nothing_succeeds(build: Builder, command: str) -> None:
    world = up_and_running(build)
    world.saved.rename(world.saved.with_name("elsewhere"))

    report = getattr(world, command)().report()

    assert report.exit_code == ExitCode.INSTANCE_FAILED
    assert any("does not exist" in warning for warning in report.warnings)


@pytest.mark.parametrize("command", ["stop", "sync", "down"])
def test_a_pool_that_is_not_there_and_of_which_nothing_stands_is_refused(
    build: Builder, command: str
) -> None:
    world = build()
    world.saved.rename(world.saved.with_name("elsewhere"))

    with pytest.raises(Refused, match="profile directory"):
        getattr(world, command)()


@pytest.mark.parametrize("command", ["stop", "sync", "down"])
def test_two_profiles_that_mean_one_container_are_refused_and_nothing_is_done(
    build: Builder, command: str
) -> None:
    world = up_and_running(build, "User")
    (world.saved / "user-b512d97e.json").write_text(json.dumps({"cookies": [{"value": "x"}]}))

    with pytest.raises(Refused, match="would share this name"):
        getattr(world, command)()

    assert changes(world) == set()


@pytest.mark.parametrize("command", ["restart", "start"])
def test_what_could_not_read_its_environment_file_is_not_stopped_to_find_that_out(
    build: Builder, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    world = build("user-a")
    file = world.saved.parents[1] / "docker.env"
    file.write_text("NAME=value\n")
    file.chmod(0o644)
    world.wish(docker_env_file=file)
    images = world.engine.images
    monkeypatch.setattr(
        world.engine, "find_image", lambda name: Image(name, images[name], user="12345")
    )
    assert world.up().exit_code is ExitCode.OK
    if command == "start":
        world.stop()
    world.engine.healthy()
    file.chmod(0o600)

    result = world.restart() if command == "restart" else world.start()

    (outcome,) = result.outcomes
    assert outcome.state is InstanceState.FAILED
    assert f"environment file {file}" in str(outcome.problem)
    assert "chmod o+r" in str(outcome.problem)
    assert not changes(world)
