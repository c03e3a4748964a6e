"""Removing profiles: the instance goes first, nothing is lost, and all of it comes back."""

from __future__ import annotations

import errno
import gc
import json
import os
import stat
from itertools import count
from pathlib import Path

import pytest

from multi_instance_manager.commands.change.remove_profiles import RemovalQuestion, remove_profiles
from multi_instance_manager.commands.profiles.restore import restore_removed
from multi_instance_manager.errors import (
    Declined,
    ExitCode,
    StateError,
    UsageProblems,
)
from multi_instance_manager.execute import stop_and_remove
from multi_instance_manager.files.atomic_exchange import rename_new
from multi_instance_manager.render.profile_changes import removed_lines
from multi_instance_manager.render.profile_history import restored_line
from multi_instance_manager.reports.profile_remove import ProfileRemoveReport, Removal
from multi_instance_manager.sessions import trash
from multi_instance_manager.sessions.history import versions
from multi_instance_manager.sessions.trash import names_in_trash, trashed
from multi_instance_manager.settings.override import Override
from multi_instance_manager.state.records import read_ledger
from unit.builders import layout_of
from unit.kill_walk import killed_at
from unit.memory_engine import Fault
from unit.world import NAME, Builder, World, must_have_lost_no_session

OTHER = "ai-proxy-user-b"
REFRESHED = json.dumps({"cookies": [{"value": "refreshed"}]}).encode()


def launched(build: Builder, *names: str) -> World:
    world = build(*names)
    assert world.up().exit_code is ExitCode.OK
    world.engine.healthy()
    return world


def remove(
    world: World, *names: str, purge: bool = False, answer: bool | None = True
) -> ProfileRemoveReport:
    """Without an ``answer`` a question fails the test."""

    def confirm(question: RemovalQuestion) -> bool:
        assert answer is not None, question
        return answer

    return remove_profiles(world.request(*names), world.watch(), confirm, purge=purge)


def refresh(world: World) -> None:
    (world.settings.state_dir / "active" / NAME / "user-a.json").write_bytes(REFRESHED)


def pool(world: World) -> list[str]:
    return sorted(path.name for path in world.saved.iterdir())


def test_the_instance_goes_and_the_newest_session_lies_in_the_trash_with_its_history(
    build: Builder,
) -> None:
    world = launched(build, "user-a", "user-b")
    first = world.pool_file.read_bytes()
    refresh(world)
    world.sync()

    report = remove(world, "user-a")

    layout = layout_of(world.settings)
    [one], [found] = report.profiles, trashed(layout, "user-a")
    assert (one.result, one.trash, report.exit_code) == (Removal.TRASHED, str(found.folder), 0)
    assert found.file.read_bytes() == next(iter(world.engine.saved.values()))
    assert first in {path.read_bytes() for path in (found.folder / "history").iterdir()}
    assert stat.S_IMODE(layout.trash_dir("").stat().st_mode) == 0o700
    assert world.shown() == {OTHER: "running"}
    assert pool(world) == ["user-b.json"]
    assert read_ledger(layout) == {"user-b": 1}
    must_have_lost_no_session(world, Fault())
    assert world.plan().pending == ()


def test_a_removed_profile_comes_back_as_it_was(build: Builder) -> None:
    world = launched(build)
    refresh(world)
    world.sync()
    world.down()
    before, kept = world.pool_file.read_bytes(), versions(layout_of(world.settings), NAME)
    remove(world, "user-a")

    report = restore_removed(world.request(), "user-a")

    assert world.pool_file.read_bytes() == before
    assert versions(layout_of(world.settings), NAME) == kept
    assert not layout_of(world.settings).trash_dir(NAME).exists()
    assert restored_line(report) == (
        "profile user-a: is in the pool again, with its history; run `multi-instance up`\n"
    )
    world.launch()


def test_what_was_removed_last_comes_back_first_and_never_over_another(build: Builder) -> None:
    world = build()
    remove(world, "user-a")
    world.pool_file.write_bytes(REFRESHED)
    remove(world, "user-a")

    restore_removed(world.request(), "user-a")

    assert world.pool_file.read_bytes() == REFRESHED
    with pytest.raises(UsageProblems, match="is in the pool"):
        restore_removed(world.request(), "user-a")
    world.pool_file.unlink()
    restore_removed(world.request(), "user-a")
    assert b"first" in world.pool_file.read_bytes()


def test_a_name_that_was_not_removed_is_refused_with_the_nearest(build: Builder) -> None:
    world = build()
    remove(world, "user-a")

    with pytest.raises(UsageProblems, match="did you mean user-a"):
        restore_removed(world.request(), "usr-a")
    with pytest.raises(UsageProblems, match="is not known"):
        remove(world, "user-a")


def test_several_go_at_once_and_one_that_was_never_launched_needs_no_question(
    build: Builder,
) -> None:
    world = build("user-a", "team-a", "team-b")
    world.wish(auto_confirm=False)

    report = remove(world, "team-*", answer=None)

    assert [one.profile for one in report.profiles] == ["team-a", "team-b"]
    assert names_in_trash(layout_of(world.settings)) == ("team-a", "team-b")
    assert pool(world) == ["user-a.json"]


def test_a_declined_question_leaves_all_as_it_is(build: Builder) -> None:
    world = launched(build)
    world.wish(auto_confirm=False)

    for purge in (False, True):
        with pytest.raises(Declined):
            remove(world, "user-a", purge=purge, answer=False)

    assert world.shown() == {NAME: "running"}
    assert pool(world) == ["user-a.json"]


def test_a_purge_asks_even_without_an_instance_and_leaves_nothing(build: Builder) -> None:
    world = build()
    world.pool_file.write_bytes(REFRESHED)
    remove(world, "user-a")
    world.pool_file.write_bytes(REFRESHED)
    world.wish(auto_confirm=False)
    asked = []

    def confirm(question: RemovalQuestion) -> bool:
        asked.append(question.purged)
        return True

    report = remove_profiles(world.request("user-a"), world.watch(), confirm, purge=True)

    assert asked == [("user-a",)]
    assert report.profiles[0].result is Removal.PURGED
    assert REFRESHED not in world.sessions()
    assert names_in_trash(layout_of(world.settings)) == ()


def test_what_only_the_trash_has_can_be_purged(build: Builder) -> None:
    world = build("user-a", "user-b")
    remove(world, "user-a")

    remove(world, "user-a", purge=True)

    assert names_in_trash(layout_of(world.settings)) == ()
    assert pool(world) == ["user-b.json"]


def test_a_profile_whose_session_cannot_be_saved_stays(
    build: Builder, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = launched(build)

    def full(*_: object, **__: object) -> None:
        raise StateError("history", "No space left on device", "free space there")

    monkeypatch.setattr(stop_and_remove, "save_session", full)
    monkeypatch.setattr("multi_instance_manager.execute.down.save_session", full)

    report = remove(world, "user-a")

    assert (report.exit_code, report.profiles[0].result) == (1, Removal.KEPT)
    assert removed_lines(report)[0].startswith(
        "profile user-a: stays in the pool; its instance was not removed: its session could not"
    )
    assert pool(world) == ["user-a.json"]


def test_a_profile_that_was_renamed_and_not_launched_since_takes_its_instance_along(
    build: Builder,
) -> None:
    world = launched(build, "user-a", "user-b")
    refresh(world)
    world.pool_file.rename(world.saved / "anna.json")

    report = remove(world, "anna")

    assert world.shown() == {OTHER: "running"}
    assert [(one.profile, one.result) for one in report.profiles] == [("anna", Removal.TRASHED)]
    [found] = trashed(layout_of(world.settings), "anna")
    assert found.file.read_bytes() in world.engine.saved.values()


def test_a_link_goes_and_its_content_is_kept_in_the_trash(build: Builder, tmp_path: Path) -> None:
    world = build("user-a", "user-b")
    elsewhere = world.pool_file.rename(tmp_path / "elsewhere.json")
    world.pool_file.symlink_to(elsewhere)

    remove(world, "user-a")

    [found] = trashed(layout_of(world.settings), "user-a")
    assert found.file.read_bytes() == elsewhere.read_bytes()
    assert not found.file.is_symlink()
    assert not os.path.lexists(world.pool_file)


def test_what_is_no_file_is_refused_before_anything_is_touched(build: Builder) -> None:
    world = launched(build)
    (world.saved / "folder.json").mkdir()

    with pytest.raises(StateError, match="is not a regular file"):
        remove(world, "user-a", "folder")

    assert world.shown() == {NAME: "running"}


def test_a_state_folder_on_another_file_system_gets_a_copy(
    build: Builder, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = build()
    content = world.pool_file.read_bytes()

    def across(one: Path, other: Path) -> None:
        if one.parent != other.parent:
            raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))
        rename_new(one, other)

    monkeypatch.setattr(trash, "rename_new", across)

    remove(world, "user-a")

    [found] = trashed(layout_of(world.settings), "user-a")
    assert (found.file.read_bytes(), pool(world)) == (content, [])
    restore_removed(world.request(), "user-a")
    assert (world.pool_file.read_bytes(), pool(world)) == (content, ["user-a.json"])


def test_settings_of_a_removed_profile_are_told(build: Builder) -> None:
    world = build()
    world.wish(overrides={"user-a": Override()}, config_path=Path("multi-instance.toml"))

    assert removed_lines(remove(world, "user-a"))[-1].startswith("multi-instance.toml: still has")


def test_a_kill_at_any_change_of_a_file_loses_no_session_and_is_ended_by_the_next_run(
    build: Builder,
) -> None:
    for number in count(1):
        world = launched(build)
        refresh(world)
        with killed_at(number, world.settings.project_root) as kill:
            remove(world, "user-a")
        gc.collect()  # a lock goes with its process
        reached = kill.reached
        must_have_lost_no_session(world, Fault())
        if world.pool_file.exists():
            assert remove(world, "user-a").exit_code == 0, kill.changes
        else:
            world.down()
        assert world.shown() == {}
        must_have_lost_no_session(world, Fault())
        restore_removed(world.request(), "user-a")
        assert world.pool_file.read_bytes() in {REFRESHED, *world.engine.saved.values()}
        if not reached:
            break
    assert number > 10
