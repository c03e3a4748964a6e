"""A stop asks the application to end before it stops the container, and says what was saved.

The instances have a supervisor as their first process, as the application's image has: a stop
without asking saves nothing.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from msgspec.structs import replace

from multi_instance_manager.application.process_table import Process
from multi_instance_manager.commands.change.session_result import SessionResult
from multi_instance_manager.errors import ExitCode
from multi_instance_manager.execute import ask_to_end, copy_watch, orderly_end
from multi_instance_manager.execute.outcome import Outcome
from multi_instance_manager.execute.process_looks import ProcessLooks
from multi_instance_manager.fleet.containers import ContainerState
from multi_instance_manager.progress import Phase
from multi_instance_manager.render.change import remarks, stop_text
from unit.memory_engine import Fault, Killed, MemoryEngine, Told
from unit.world import NAME, Builder, World

SOON_S = 60.0


@pytest.fixture
def supervised() -> bool:
    return True


@pytest.fixture
def world(build: Builder) -> World:
    made = build()
    made.launch()
    made.engine.healthy()
    return made


def instance_of(result: SessionResult) -> Outcome:
    (outcome,) = result.outcomes
    return outcome


def last_save(outcome: Outcome) -> str:
    return str(outcome.last_save)


def saved_by(world: World) -> bytes:
    (session,) = world.engine.saved.values()
    return session


def answers(world: World, monkeypatch: pytest.MonkeyPatch, *said: bytes) -> None:
    """From now on whoever asks in a container gets these words, and nothing is saved."""
    replies = list(said)
    monkeypatch.setattr(world.engine, "begin", lambda *_: Told(replies.pop(0)))


def replaced(world: World) -> tuple[Outcome, ...]:
    world.engine.images["ai-studio-proxy:latest"] = "sha256:second"
    return world.up().outcomes


def removed(world: World) -> tuple[Outcome, ...]:
    """Its profile is gone from the pool: what it saved last goes to the history."""
    world.pool_file.unlink()
    (world.saved / "user-b.json").write_text(json.dumps({"cookies": [{"value": "b"}]}))
    world.wish(remove_orphans=True)
    return tuple(o for o in world.up().outcomes if o.operation.container_name == NAME)


ACTS: dict[str, Callable[[World], tuple[Outcome, ...]]] = {
    "stop": lambda world: world.stop().outcomes,
    "restart": lambda world: world.restart().outcomes,
    "down": lambda world: world.down().outcomes,
    "replace": replaced,
    "remove": removed,
}


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS.keys())
def test_whatever_ends_an_instance_carries_its_last_session_home(
    world: World, act: Callable[[World], tuple[Outcome, ...]]
) -> None:
    (outcome,) = act(world)

    assert last_save(outcome) == "saved now"
    assert outcome.exit_code is ExitCode.OK
    assert saved_by(world) in world.sessions()
    if act is not ACTS["remove"]:
        assert world.pool_file.read_bytes() == saved_by(world)


def test_it_is_asked_before_it_is_stopped(world: World) -> None:
    world.stop()

    calls = world.engine.calls
    assert calls.index("begin") < calls.index("stop")


def test_the_report_says_so_in_text_and_as_data(world: World) -> None:
    report = world.stop().report()

    (one,) = report.instances
    assert (one.last_save, one.unsaved_reason) == ("saved now", None)
    assert "LAST SAVE" in stop_text(report)
    assert "saved now" in stop_text(report)


def test_a_second_stop_saves_nothing_and_says_nothing_of_it(world: World) -> None:
    world.stop()

    outcome = instance_of(world.stop())

    assert outcome.last_save is None
    assert outcome.exit_code is ExitCode.OK


def test_one_that_ends_without_writing_has_not_saved(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers(world, monkeypatch, b"asked\nended\n")

    outcome = instance_of(world.stop())

    assert last_save(outcome) == "not saved: it ended without saving"
    assert any("ended without saving" in note for note in outcome.notes)
    assert (outcome.state.value, outcome.exit_code) == ("stopped", ExitCode.OK)


def test_one_that_writes_what_was_there_has_nothing_new(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = world.settings.state_dir / "active" / NAME / "user-a.json"

    def ends_after_writing_the_same(*_: object) -> Told:
        os.utime(copy, (1, 1))
        return Told(b"asked\nended\n")

    monkeypatch.setattr(world.engine, "begin", ends_after_writing_the_same)

    assert last_save(instance_of(world.stop())) == "nothing new"


class Silent(Told):
    """It was asked, and does not end."""

    def receive(self) -> tuple[object, ...] | None:  # type: ignore[override]
        said = super().receive()
        return said if said is not None else ()

    def fileno(self) -> int:
        return self._pipe[0]

    def __init__(self, said: bytes) -> None:
        super().__init__(said)
        self._pipe = os.pipe()

    def close(self) -> None:
        for end in self._pipe:
            os.close(end)


def test_one_that_does_not_end_in_time_is_stopped_all_the_same_and_that_is_told(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(world.engine, "begin", lambda *_: Silent(b"asked\n"))

    result = world.stop()

    outcome = instance_of(result)
    assert last_save(outcome) == "not saved: time ran out"
    assert outcome.state.value == "not saved"
    assert "its last session may not be saved" in str(outcome.problem)
    assert result.exit_code is ExitCode.INSTANCE_FAILED
    assert world.shown() == {NAME: "exited"}
    said = "\n".join(remarks(result.report()))
    assert "was stopped, but it" not in said
    assert "not saved: profile user-a: it was asked to end" in said


def test_one_that_wrote_before_it_hung_is_saved(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever still runs after that holds nothing of the session."""
    monkeypatch.setattr(orderly_end, "_LOOK_EVERY_S", 0.01)
    monkeypatch.setattr(copy_watch, "_QUIET_S", 0.05)
    begin = MemoryEngine.begin

    def hangs(*arguments: object) -> Silent:
        begin(world.engine, *arguments)  # type: ignore[arg-type]
        return Silent(b"asked\n")

    monkeypatch.setattr(world.engine, "begin", hangs)
    world.wish(timeouts=replace(world.settings.timeouts, stop_timeout_s=SOON_S))
    begun = time.monotonic()

    outcome = instance_of(world.stop())

    assert last_save(outcome) == "saved now"
    assert world.pool_file.read_bytes() == saved_by(world)
    assert time.monotonic() - begun < SOON_S, "it was waited for although it had saved"


def test_one_that_cannot_be_asked_is_stopped_and_its_session_said_to_be_in_doubt(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers(world, monkeypatch, b"sh: not found\n")

    outcome = instance_of(world.stop())

    assert last_save(outcome) == "not saved: it could not be asked to end"
    assert outcome.exit_code is ExitCode.INSTANCE_FAILED
    assert world.shown() == {NAME: "exited"}


def test_one_whose_main_process_does_not_run_has_nothing_to_save(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such as between two crashes: it must be stopped as any other."""
    answers(world, monkeypatch, b"none\n")

    outcome = instance_of(world.stop())

    assert last_save(outcome) == "not saved: its main process was not running"
    assert (outcome.state.value, outcome.exit_code) == ("stopped", ExitCode.OK)


def test_where_the_main_process_is_the_first_one_the_stop_alone_asks_it(world: World) -> None:
    world.engine.supervised = False

    outcome = instance_of(world.stop())

    assert last_save(outcome) == "saved now"
    assert world.engine.calls.count("stop") == 1


def test_of_a_program_whose_main_process_is_not_known_nothing_is_asked(world: World) -> None:
    world.engine.supervised = False
    world.wish(application=replace(world.settings.application, main_process=None))

    outcome = instance_of(world.stop())

    assert last_save(outcome) == "saved now"
    assert "begin" not in world.engine.calls


def test_one_that_the_engine_killed_says_that_its_last_session_may_not_be_saved(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers(world, monkeypatch, b"first\n")
    world.serving().exit_code = 137

    outcome = instance_of(world.stop())

    assert last_save(outcome) == "not saved: killed"
    assert "was killed: its last session may not be saved" in str(outcome.problem)
    assert outcome.exit_code is ExitCode.INSTANCE_FAILED


@pytest.mark.parametrize(("code", "word"), [(137, "killed"), (0, "stopped"), (143, "stopped")])
def test_one_whose_time_ran_out_is_told_by_the_code_that_it_ended_with(
    world: World, monkeypatch: pytest.MonkeyPatch, code: int, word: str
) -> None:
    monkeypatch.setattr(world.engine, "begin", lambda *_: Silent(b"asked\n"))
    world.serving().exit_code = code

    outcome = instance_of(world.stop())

    assert last_save(outcome) == "not saved: time ran out"
    assert f"its time ran out, and was {word}: its last" in str(outcome.problem)


def test_one_that_hangs_is_told_of_meanwhile(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(world.engine, "begin", lambda *_: Silent(b"asked\n"))
    monkeypatch.setattr(orderly_end, "_TELL_EVERY_S", 0.2)

    world.stop()

    told = [event.detail for event in world.events if event.phase is Phase.STOPPING]
    assert any("has not saved and ended yet; it is killed in" in detail for detail in told)


def test_a_paused_one_goes_on_first_and_saves(world: World) -> None:
    world.serving().state = ContainerState.PAUSED

    assert last_save(instance_of(world.stop())) == "saved now"


def test_a_restart_that_may_have_lost_a_session_says_so_and_the_others_go_on(
    build: Builder, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = build("user-a", "user-b")
    world.up()
    monkeypatch.setattr(world.engine, "begin", lambda *_: Told(b"no shell\n"))

    result = world.restart()

    assert [o.state.value for o in result.outcomes] == ["ready", "ready"]
    assert result.exit_code is ExitCode.INSTANCE_FAILED
    assert result.report().message == "2 ready; 2 last saves may be lost"
    assert all("may not be saved" in " ".join(o.notes) for o in result.outcomes)


def signed_in(value: str) -> bytes:
    cookie = {"name": "SID", "domain": ".google.com", "value": value, "expires": 4102444800}
    return json.dumps({"cookies": [cookie], "origins": []}).encode()


def test_one_that_is_signed_out_is_stopped_and_the_pool_keeps_the_login(
    build: Builder, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = build()
    world.pool_file.write_bytes(signed_in("the login"))
    world.launch()
    monkeypatch.setattr(
        MemoryEngine,
        "_save_session",
        lambda *_: copy_of(world).write_bytes(b'{"cookies": [], "origins": []}'),
    )

    outcome = instance_of(world.stop())

    assert last_save(outcome) == "not saved: signed out"
    assert (outcome.state.value, outcome.exit_code) == ("stopped", ExitCode.OK)
    assert outcome.session == "login lost"
    assert world.pool_file.read_bytes() == signed_in("the login")
    assert [o.line() for o in world.plan().operations] == [
        f"replace  {NAME}: its runtime copy has lost the login"
    ], "the next launch starts on the login that the pool has"


def copy_of(world: World) -> Path:
    return world.settings.state_dir / "active" / NAME / "user-a.json"


@pytest.mark.parametrize("harm", [b"", b'{"cook'], ids=["emptied", "torn"])
def test_what_the_supervisor_begins_anew_cannot_spoil_what_was_saved(
    world: World, monkeypatch: pytest.MonkeyPatch, harm: bytes
) -> None:
    stop = MemoryEngine.stop

    def spoiling(reference: str, *, timeout_s: float) -> None:
        stop(world.engine, reference, timeout_s=timeout_s)
        copy_of(world).write_bytes(harm)

    monkeypatch.setattr(world.engine, "stop", spoiling)

    outcome = instance_of(world.stop())

    assert last_save(outcome) == "saved now"
    assert world.pool_file.read_bytes() == saved_by(world) == copy_of(world).read_bytes()


def test_a_manager_that_is_killed_between_the_save_and_the_stop_has_the_session_in_the_history(
    world: World,
) -> None:
    world.engine.failing(Fault(call="stop", error=Killed()))
    with suppress(Killed):
        world.stop()
    world.engine.healthy()
    saved = saved_by(world)
    copy_of(world).write_bytes(b"")  # what was begun anew is at work on it

    assert saved in world.sessions()
    outcome = instance_of(world.stop())

    assert outcome.state.value == "stopped"
    assert world.shown() == {NAME: "exited"}


def test_one_that_was_asked_and_whose_manager_was_killed_is_stopped_by_the_next_run(
    world: World,
) -> None:
    world.engine.failing(Fault(call="begin", error=Killed(), after=True))
    with suppress(Killed):
        world.stop()
    world.engine.healthy()
    assert world.shown() == {NAME: "running"}

    outcome = instance_of(world.stop())

    assert last_save(outcome) == "saved now"
    assert world.pool_file.read_bytes() == saved_by(world)


@pytest.mark.parametrize("is_supervised", [True, False], ids=["supervised", "first-process"])
def test_all_are_asked_before_the_first_one_has_ended(
    build: Builder, monkeypatch: pytest.MonkeyPatch, is_supervised: bool
) -> None:
    """Each waits for its application, and none for another."""
    names = [f"user-{letter}" for letter in "abcd"]
    world = build(*names)
    world.wish(timeouts=replace(world.settings.timeouts, parallel=1, stop_timeout_s=SOON_S))
    world.up()
    world.engine.supervised = is_supervised
    call = "begin" if is_supervised else "stop"
    all_asked = threading.Barrier(len(names))
    original = getattr(world.engine, call)

    def slow(*arguments: object, **named: object) -> object:
        all_asked.wait(SOON_S)
        return original(*arguments, **named)

    monkeypatch.setattr(world.engine, call, slow)

    result = world.stop()

    assert {o.state.value for o in result.outcomes} == {"stopped"}
    assert {last_save(o) for o in result.outcomes} == {"saved now"}


class Handle:
    """A process of this machine, as the manager holds on to it."""

    def __init__(self, on_signal: Callable[[str], None]) -> None:
        self._on_signal = on_signal

    def send(self, name: str) -> None:
        self._on_signal(name)

    def has_ended(self, *, within_s: float) -> bool:
        del within_s
        return True

    def close(self) -> None:
        """Nothing is held."""


class Machine:
    """This machine shows the containers' processes: a supervisor, and the main process."""

    SUPERVISOR, MAIN = 100, 101

    def __init__(self, world: World, patch: pytest.MonkeyPatch) -> None:
        self.world = world
        self.signals: list[tuple[int, str]] = []
        self.main = self.MAIN
        self.permitted = True
        self.first = self.SUPERVISOR
        looks = ProcessLooks(lambda ids: {one: self.processes() for one in ids})
        patch.setattr(ProcessLooks, "of", lambda _, container_id: looks_of(looks, container_id))
        patch.setattr(ask_to_end, "inner_number", lambda pid: 1 if pid == self.first else pid)
        patch.setattr(ask_to_end, "handle_of", lambda pid, _: Handle(lambda s: self.signal(pid, s)))

    def processes(self) -> tuple[Process, ...]:
        supervisor = Process(self.SUPERVISOR, 1, ("/usr/bin/supervisord",))
        words = ("python", "launch_camoufox.py", "--headless")
        return (supervisor, Process(self.main, self.SUPERVISOR, words))

    def signal(self, pid: int, name: str) -> None:
        if not self.permitted:
            raise PermissionError
        self.signals.append((pid, name))
        if (pid, name) == (self.MAIN, "SIGTERM"):
            container = self.world.engine.named(NAME)
            assert container is not None
            self.world.engine._save_session(container)
            self.main += 1  # the supervisor has begun another one


_OF = ProcessLooks.of


def looks_of(looks: ProcessLooks, container_id: str) -> object:
    return _OF(looks, container_id)


@pytest.fixture
def machine(world: World, monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(world, monkeypatch)


def test_a_main_process_of_this_machine_gets_the_signal_of_the_definition(
    world: World, machine: Machine
) -> None:
    outcome = instance_of(world.stop())

    assert last_save(outcome) == "saved now"
    assert machine.signals[0] == (Machine.MAIN, "SIGTERM")
    assert "begin" not in world.engine.calls


def test_what_was_begun_in_its_place_is_killed_before_it_can_write(
    world: World, machine: Machine
) -> None:
    world.stop()

    assert set(machine.signals[1:]) == {(Machine.MAIN + 1, "SIGKILL")}


def test_where_this_user_may_not_signal_it_the_engine_does(world: World, machine: Machine) -> None:
    machine.permitted = False

    assert last_save(instance_of(world.stop())) == "saved now"
    assert "begin" in world.engine.calls


@pytest.mark.parametrize("first", [Machine.MAIN, Machine.SUPERVISOR], ids=["itself", "its init"])
def test_a_main_process_that_a_stop_reaches_is_not_signalled_twice(
    world: World, machine: Machine, monkeypatch: pytest.MonkeyPatch, first: int
) -> None:
    """Its end would be the container's, and the engine would start that anew."""
    world.engine.supervised = False
    machine.first = first
    init = Process(Machine.SUPERVISOR, 1, ("/sbin/docker-init", "--", "python"))
    main = Process(Machine.MAIN, Machine.SUPERVISOR, ("python", "launch_camoufox.py"))
    monkeypatch.setattr(machine, "processes", lambda: (init, main))

    assert last_save(instance_of(world.stop())) == "saved now"
    assert machine.signals == []
    assert world.engine.calls.count("stop") == 1
