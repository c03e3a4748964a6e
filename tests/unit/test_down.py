"""`down` over an engine in memory: what goes, what stays, and what is not removed."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest

from multi_instance_manager.commands.survey.leftovers import names_with_files
from multi_instance_manager.errors import Declined, ExitCode, StateError
from multi_instance_manager.execute import stop_and_remove
from multi_instance_manager.execute.outcome import InstanceState
from multi_instance_manager.plan.plan import Operation
from multi_instance_manager.settings.override import Override
from multi_instance_manager.state.folder import prepare_top
from multi_instance_manager.state.layout import StateLayout
from multi_instance_manager.state.records import read_ledger
from unit.builders import layout_of
from unit.memory_engine import Fault
from unit.world import NAME, Builder, World, must_have_lost_no_session, states

OTHER = "ai-proxy-user-b"
SESSION = json.dumps({"cookies": [{"value": "refreshed"}]})


def launched(build: Builder, *names: str) -> World:
    world = build(*names)
    assert world.up().exit_code is ExitCode.OK
    world.engine.healthy()
    return world


def files(world: World) -> set[str]:
    """The files of the state folder, and folders with something in them, by kind."""
    top = world.settings.state_dir
    return {path.relative_to(top).parts[0] for path in top.rglob("*") if path.is_file()}


def copy_of(world: World, container: str = NAME, profile: str = "user-a") -> str:
    return str(world.settings.state_dir / "active" / container / f"{profile}.json")


def test_down_leaves_the_pool_the_history_the_leases_the_journal_and_the_lock_and_nothing_else(
    build: Builder,
) -> None:
    world = launched(build, "user-a", "user-b")

    result = world.down()

    assert states(result.outcomes) == {"user-a": "removed", "user-b": "removed"}
    assert (result.freed, result.left) == ((), ())
    assert world.shown() == {}
    assert files(world) == {
        ".gitignore",
        "files",
        "history",
        "journal",
        "ledger",
        "locks",
        "sources",
    }
    assert sorted(path.name for path in world.saved.iterdir()) == ["user-a.json", "user-b.json"]
    must_have_lost_no_session(world, Fault())


def test_a_second_down_has_nothing_to_do(build: Builder) -> None:
    world = launched(build)
    world.down()

    report = world.down().report()

    assert (report.exit_code, report.message, report.left) == (0, "nothing to do", ())


def test_a_down_of_a_pool_that_was_never_launched_makes_no_state_folder(build: Builder) -> None:
    world = build()

    assert world.down().report().message == "nothing to do"
    assert not world.settings.state_dir.exists()


def test_after_a_down_an_up_launches_anew_on_what_was_saved(build: Builder) -> None:
    world = launched(build)
    world.down()
    saved = world.pool_file.read_bytes()

    world.launch()

    assert saved in set(world.engine.saved.values())
    with open(copy_of(world), "rb") as copy:  # noqa: PTH123  # joined text stays text
        assert copy.read() == saved


def test_after_a_down_a_profile_is_not_called_new(build: Builder) -> None:
    world = launched(build)
    world.down()

    assert world.plan().text() == f"create   {NAME}: has no container"


def test_a_down_by_name_leaves_the_others_their_containers_and_leases(build: Builder) -> None:
    world = launched(build, "user-a", "user-b")

    result = world.down("user-a")

    assert (result.freed, result.left) == ((), ())
    assert world.shown() == {OTHER: "running"}
    assert read_ledger(layout_of(world.settings)) == {"user-a": 0, "user-b": 1}
    assert world.up().exit_code is ExitCode.OK
    assert world.up().seen.plan.pending == ()


def test_down_takes_containers_whose_profile_is_gone_and_keeps_their_session(
    build: Builder,
) -> None:
    world = launched(build, "user-a", "user-b")
    (world.saved / "user-b.json").unlink()

    result = world.down()

    assert states(result.outcomes) == {"user-a": "removed", "user-b": "removed"}
    assert result.outcomes[1].session == "kept in the history"
    must_have_lost_no_session(world, Fault())


def test_a_declined_down_touches_nothing(build: Builder) -> None:
    world = launched(build, "user-a", "user-b")
    world.wish(auto_confirm=False)
    asked: list[list[str]] = []

    def no(operations: Sequence[Operation]) -> bool:
        asked.append([operation.container_name for operation in operations])
        return False

    with pytest.raises(Declined):
        world.down(confirm=no)

    assert asked == [[NAME, OTHER]]
    assert set(world.shown().values()) == {"running"}
    assert {"stop", "remove"} & set(world.engine.calls) == set()


def test_there_is_no_question_where_there_is_nothing_to_do(build: Builder) -> None:
    world = build()
    world.wish(auto_confirm=False)

    world.down(confirm=lambda _: pytest.fail("asked for nothing"))


def tear_when_stopped(world: World) -> None:
    stop = world.engine.stop

    def torn(reference: str, *, timeout_s: float) -> None:
        stop(reference, timeout_s=timeout_s)
        with open(copy_of(world), "w") as copy:  # noqa: PTH123  # joined text stays text
            copy.write(SESSION[:10])
        world.engine.saved.clear()

    world.engine.stop = torn  # type: ignore[method-assign]


def test_an_instance_whose_copy_is_torn_is_not_removed_and_up_and_down_get_out_of_it(
    build: Builder,
) -> None:
    world = launched(build, "user-a", "user-b")
    stop = world.engine.stop
    tear_when_stopped(world)

    result = world.down()

    assert states(result.outcomes) == {"user-a": "failed", "user-b": "removed"}
    problem = str(result.outcomes[0].problem)
    assert "is torn" in problem
    assert "stopped and not removed" in problem
    assert world.shown() == {NAME: "exited"}
    assert result.freed == ()
    assert result.left is not None
    assert result.left[0] == f"container {NAME}: is exited"
    assert any("active" in line for line in result.left)
    assert not any("slot" in line for line in result.left)
    assert result.report().exit_code == 1
    world.engine.stop = stop  # type: ignore[method-assign]
    (world.saved / "user-b.json").unlink()
    assert world.up().exit_code is ExitCode.OK
    assert world.down().left == ()
    assert SESSION[:10].encode() in world.sessions()


def test_an_instance_whose_session_cannot_be_saved_is_not_removed(
    build: Builder, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = launched(build)

    def full(*_: object) -> None:
        raise StateError("/pool/user-a.json: No space left on device; free space there")

    monkeypatch.setattr("multi_instance_manager.sessions.custodian.Custodian.harvest", full)

    (outcome,) = world.down().outcomes

    assert outcome.state is InstanceState.FAILED
    assert "could not be saved, so it was stopped and not removed" in str(outcome.problem)
    assert "No space left" in str(outcome.problem)
    assert world.shown() == {NAME: "exited"}


def test_a_login_deleted_from_the_pool_in_mid_down_is_in_the_history(build: Builder) -> None:
    world = launched(build)
    stop = world.engine.stop

    def stop_and_delete(reference: str, *, timeout_s: float) -> None:
        stop(reference, timeout_s=timeout_s)
        world.pool_file.unlink()

    world.engine.stop = stop_and_delete  # type: ignore[method-assign]

    assert world.down().left == ()
    must_have_lost_no_session(world, Fault())


def make_unreadable_when_stopped(world: World) -> None:
    """The pool's file cannot be read any more; a folder is what nobody can read as a file."""
    stop = world.engine.stop

    def stop_and_spoil(reference: str, *, timeout_s: float) -> None:
        stop(reference, timeout_s=timeout_s)
        world.pool_file.unlink()
        world.pool_file.mkdir()

    world.engine.stop = stop_and_spoil  # type: ignore[method-assign]


def test_nothing_is_removed_where_the_pool_cannot_be_read(build: Builder) -> None:
    world = launched(build)
    make_unreadable_when_stopped(world)

    (outcome,) = world.down().outcomes

    assert outcome.state is InstanceState.FAILED
    assert "is not a regular file" in str(outcome.problem)
    assert world.shown() == {NAME: "exited"}
    world.pool_file.rmdir()
    must_have_lost_no_session(world, Fault())


def test_a_disabled_instance_stays_where_the_pool_cannot_be_read(build: Builder) -> None:
    """What it saved at its end would go with its private files, and nobody would have it."""
    world = launched(build)
    world.wish(overrides={"user-a": Override(enabled=False)})
    make_unreadable_when_stopped(world)

    result = world.up()

    assert states(result.outcomes) == {"user-a": "failed"}
    assert world.shown() == {NAME: "exited"}
    world.pool_file.rmdir()
    must_have_lost_no_session(world, Fault())


@pytest.mark.parametrize("gone", ["before", "in between"])
def test_what_a_container_removed_by_hand_has_left_is_saved_and_then_goes(
    build: Builder, gone: str
) -> None:
    world = launched(build)
    with open(copy_of(world), "w") as copy:  # noqa: PTH123  # joined text stays text
        copy.write(SESSION)
    if gone == "before":
        world.engine.containers.clear()
    else:
        keep = stop_and_remove.stop_gracefully
        stop = world.engine.stop

        def vanish(reference: str, *, timeout_s: float) -> None:
            for container in world.engine.containers.values():
                container.hang_up()
            world.engine.containers.clear()
            stop(reference, timeout_s=timeout_s)

        assert keep is stop_and_remove.stop_gracefully
        world.engine.stop = vanish  # type: ignore[method-assign]

    result = world.down()

    assert states(result.outcomes) == {"user-a": "removed"}
    assert result.outcomes[0].session == "saved"
    assert world.pool_file.read_text() == SESSION
    assert result.left == ()


def test_files_of_an_instance_that_neither_pool_nor_engine_knows_go_once_they_are_kept(
    build: Builder,
) -> None:
    world = launched(build, "user-a", "user-b")
    world.stop()
    del world.engine.containers[world.engine.named(OTHER).container_id]  # type: ignore[union-attr]
    (world.saved / "user-b.json").unlink()

    result = world.down("user-b")

    assert states(result.outcomes) == {"user-b": "removed"}
    assert result.left == ()
    must_have_lost_no_session(world, Fault())


def test_a_fleet_whose_name_begins_like_this_one_keeps_its_files(build: Builder) -> None:
    world = launched(build)
    other = StateLayout(world.settings.state_dir, "ai-proxy-team")
    other.lock.touch()
    theirs = world.settings.state_dir / "active" / "ai-proxy-team-user-a" / "user-a.json"
    theirs.parent.mkdir()
    theirs.write_text(SESSION)

    result = world.down()

    assert result.left == ()
    assert theirs.read_text() == SESSION
    assert names_with_files(other) == ("ai-proxy-team-user-a",)


@pytest.mark.parametrize("record", ["ledger", "proofs", "quarantine"])
def test_a_damaged_record_is_told_and_keeps_nothing_from_going(build: Builder, record: str) -> None:
    world = launched(build)
    path = world.settings.state_dir / record / "ai-proxy.json"
    path.write_text("{")

    result = world.down()

    assert states(result.outcomes) == {"user-a": "removed"}
    assert result.left == ()
    assert any("is damaged" in note for note in result.notes)
    assert path.with_name("ai-proxy.json.damaged").exists()


def test_a_damaged_ledger_alone_does_not_fail_the_second_down(build: Builder) -> None:
    world = build()
    layout = layout_of(world.settings)
    prepare_top(layout)
    layout.ledger.parent.mkdir()
    layout.ledger.write_text("{")

    first, second = world.down().report(), world.down().report()

    assert (first.exit_code, second.exit_code) == (0, 0)
    assert second.warnings == ()


def test_the_earlier_scripts_copy_goes_with_its_instance_and_what_it_alone_has_is_kept(
    build: Builder,
) -> None:
    world = launched(build, "user-a", "user-b")
    layout = layout_of(world.settings)
    layout.legacy_copy(NAME).write_bytes(world.pool_file.read_bytes())
    layout.legacy_copy(OTHER).write_text(SESSION)

    first = world.down("user-a")

    assert (layout.legacy_copy(NAME).exists(), layout.legacy_copy(OTHER).exists()) == (False, True)
    assert first.left == ()
    assert world.down().left == ()
    assert not layout.legacy_copy(OTHER).exists()
    kept = {path.read_text() for path in layout.history_dir(OTHER).iterdir()}
    assert SESSION in kept


def test_an_earlier_scripts_copy_without_a_container_goes_and_is_kept(build: Builder) -> None:
    world = build()
    layout = layout_of(world.settings)
    prepare_top(layout)
    layout.legacy_copy(NAME).parent.mkdir()
    layout.legacy_copy(NAME).write_text(SESSION)

    result = world.down()

    assert (states(result.outcomes), result.left) == ({"user-a": "removed"}, ())
    assert [path.read_text() for path in layout.history_dir(NAME).iterdir()] == [SESSION]


def test_leases_that_nothing_else_is_left_of_are_freed(build: Builder) -> None:
    world = launched(build)
    world.down()
    layout = layout_of(world.settings)
    layout.ledger.write_text('{"slots":{"user-a":0,"long gone":7},"format":1}')

    report = world.down().report()

    assert report.message == "1 lease freed"
    assert report.freed == ("long gone",)
    assert read_ledger(layout) == {"user-a": 0}


def leases_with_a_gap(build: Builder) -> World:
    """User-a was there first and has left, so that the others' ports say who they are."""
    world = launched(build, "user-a", "user-b", "user-c")
    (world.saved / "user-a.json").unlink()
    return world


@pytest.mark.parametrize("named", [(), ("user-b", "user-c"), ("user-c",)])
def test_an_up_after_a_down_gives_everybody_the_ports_of_before(
    build: Builder, named: tuple[str, ...]
) -> None:
    world = leases_with_a_gap(build)

    world.down(*named)

    assert world.up().seen.slots == {"user-b": 1, "user-c": 2}


def test_a_profile_that_has_left_the_pool_gives_its_lease_up_with_its_container(
    build: Builder,
) -> None:
    world = leases_with_a_gap(build)

    result = world.down()

    assert (result.freed, result.left) == (("user-a",), ())
    assert read_ledger(layout_of(world.settings)) == {"user-b": 1, "user-c": 2}


@pytest.mark.parametrize("content", [None, "{"])
def test_a_down_without_its_records_keeps_the_leases_of_what_it_removes(
    build: Builder, content: str | None
) -> None:
    world = leases_with_a_gap(build)
    layout = layout_of(world.settings)
    layout.ledger.unlink()
    if content is not None:
        layout.ledger.write_text(content)

    world.down()

    assert read_ledger(layout) == {"user-b": 1, "user-c": 2}


def test_an_interrupted_down_begins_nothing_more_and_the_next_one_ends_it(build: Builder) -> None:
    world = launched(build, "user-a", "user-b")
    world.stop_flag.set()

    result = world.down()

    assert set(states(result.outcomes).values()) == {"not begun"}
    assert result.report().exit_code == ExitCode.INTERRUPTED
    assert result.freed == ()
    world.stop_flag.clear()
    assert world.down().left == ()
