"""`verify` over an engine in memory: it reads, and tells of each instance what it saw."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from multi_instance_manager.application.verdict import Verdict
from multi_instance_manager.engine.protocol.engine import ContainerStatus
from multi_instance_manager.errors import EngineError, ExitCode
from multi_instance_manager.fleet.containers import ContainerState
from multi_instance_manager.render.verify import remarks, verify_text
from multi_instance_manager.text.secret import Secret
from unit.builders import KEY
from unit.memory_engine import Fault
from unit.world import NAME, Builder, World

READING = {
    "describe",
    "host",
    "find_image",
    "list_containers",
    "environment_names",
    "read_directory",
    "status",
    "usage",
    "processes",
    "dated_log",
}


def launched(build: Builder, *names: str) -> World:
    world = build(*names)
    assert world.up().exit_code is ExitCode.OK
    world.engine.healthy()
    return world


def snapshot(folder: Path) -> dict[str, tuple[int, bytes]]:
    return {
        str(path): (path.stat().st_mtime_ns, path.read_bytes())
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_a_well_pool_is_proven_and_nothing_is_written_or_locked(build: Builder) -> None:
    world = launched(build, "user-a", "user-b")
    before = snapshot(world.settings.project_root)

    report = world.verify().report()

    assert (report.exit_code, report.result, report.message) == (0, "ok", "2 of 2 proven")
    assert set(world.engine.calls) <= READING
    assert snapshot(world.settings.project_root) == before


def unplug(world: World) -> None:
    container = world.engine.named(NAME)
    assert container is not None
    container.hang_up()


def swap_key(world: World) -> None:
    key = world.settings.state_dir / "private" / NAME / "key.txt"
    key.write_text("sk-somebody-elses\n")
    container = world.engine.named(NAME)
    assert container is not None
    container.listeners[0].RequestHandlerClass.key_file = Path("/dev/null")  # type: ignore[attr-defined]


def add_another_profile(world: World) -> None:
    folder = world.settings.state_dir / "active" / NAME
    (folder / "user-b.json").write_text('{"cookies": []}')


@pytest.mark.parametrize(
    ("breaks", "state", "words"),
    [
        (unplug, "not ready", "is not well: not ready: /health refuses connections"),
        (swap_key, "ready", "its proof failed: key"),
        (add_another_profile, "ready", "active holds user-a.json, user-b.json"),
    ],
)
def test_what_is_broken_is_told_and_fails(
    build: Builder, breaks: Callable[[World], None], state: str, words: str
) -> None:
    world = launched(build)
    breaks(world)

    report = world.verify().report()

    (one,) = report.instances
    assert (one.state, report.exit_code) == (state, 1)
    assert words in str(one.problem)
    assert KEY not in verify_text(report)
    assert any(words in line for line in remarks(report))


def test_an_instance_that_does_not_run_fails_and_one_never_launched_points_to_up(
    build: Builder,
) -> None:
    world = launched(build, "user-a")
    world.stop()
    (world.saved / "user-b.json").write_text(world.pool_file.read_text())

    report = world.verify().report()

    assert [one.state for one in report.instances] == ["stopped", "not launched"]
    assert "`multi-instance up`" in str(report.instances[1].problem)
    assert report.exit_code == 1


def test_a_stopped_container_that_no_profile_asks_for_is_no_failure(build: Builder) -> None:
    world = launched(build, "user-a", "user-b")
    (world.saved / "user-b.json").unlink()
    running = world.verify().report()
    world.stop("user-b")
    stopped = world.verify().report()

    assert [one.state for one in running.instances] == ["ready", "ready"]
    assert [one.state for one in stopped.instances] == ["ready", "stopped"]
    assert (running.exit_code, stopped.exit_code) == (0, 0)


def stopped_by_hand(world: World, name: str) -> None:
    """As an engine shows what it restarts whenever it ends, and was told to leave."""
    world.stop(name)
    status = world.engine.status

    def told(reference: str) -> ContainerStatus:
        return replace(status(reference), restarts_by_itself=True)

    world.engine.status = told  # type: ignore[method-assign]


def test_what_was_stopped_by_hand_is_no_failure_and_is_counted(build: Builder) -> None:
    world = launched(build, "user-a", "user-b")
    stopped_by_hand(world, "user-b")

    report = world.verify().report()

    assert [one.state for one in report.instances] == ["ready", "stopped by hand"]
    assert (report.exit_code, report.message) == (0, "1 of 2 proven, 1 at rest")
    assert list(remarks(report)) == []


def test_the_message_counts_what_the_rows_call_proven(build: Builder) -> None:
    world = launched(build, "user-a", "user-b")
    result = world.verify()
    first, second = result.instances
    unwell = replace(second, state="signed out", verdict=Verdict.SIGNED_OUT, problem="is not well")

    report = replace(result, instances=(first, unwell)).report()

    assert verify_text(report).count(" proven\n") == 2
    assert (report.exit_code, report.message) == (1, "2 of 2 proven, 1 of them not well")


def test_a_changed_instance_is_held_against_how_it_was_launched(build: Builder) -> None:
    world = launched(build)
    world.wish(api_key=Secret("sk-the-next-key"), host_ip="127.0.0.2", log_level="DEBUG")

    report = world.verify().report()

    (one,) = report.instances
    assert report.exit_code == 0, one.problem
    assert "variable SERVER_LOG_LEVEL changed" in str(one.drift)


def test_an_engine_that_fails_at_one_instance_is_told_of_that_one(build: Builder) -> None:
    world = launched(build)
    world.engine.failing(Fault(call="read_directory", error=EngineError("reading: answered 500")))

    (one,) = world.verify().report().instances

    assert (one.state, one.problem) == ("not proven", "reading: answered 500")


def test_a_paused_instance_does_not_count_as_running(build: Builder) -> None:
    world = launched(build)
    container = world.engine.named(NAME)
    assert container is not None
    container.state = ContainerState.PAUSED

    report = world.verify().report()

    assert (report.instances[0].state, report.exit_code) == ("paused", 1)


def test_an_empty_pool_has_nothing_to_prove(build: Builder) -> None:
    world = build()
    world.pool_file.unlink()

    assert world.verify().report().message == "there is no instance to prove"
    assert replace(world.verify(), instances=()).report().exit_code == 0
