"""A login whose file is renamed is recognised by what it holds, whatever happens meanwhile."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest

from multi_instance_manager.commands.profiles.rename import rename_profile
from multi_instance_manager.commands.survey.prepare import prepare
from multi_instance_manager.errors import ExitCode, UsageProblems
from multi_instance_manager.execute import launch
from multi_instance_manager.files.atomic_exchange import rename_new
from multi_instance_manager.findings import Finding
from multi_instance_manager.render.profiles import renamed_lines
from multi_instance_manager.sessions.history import move_versions, versions
from multi_instance_manager.settings.override import Override
from unit.memory_engine import Fault, Killed
from unit.world import Builder, World, must_have_lost_no_session

OLD, NEW, OTHER = "user-a", "anna", "user-b"


def login(name: str) -> dict[str, object]:
    return {
        "name": "SID",
        "domain": ".google.com",
        "value": f"login-of-{name}-0123",
        "expires": 4e9,
    }


def session(name: str, text: str) -> bytes:
    return json.dumps({"cookies": [login(name), {"name": "n", "value": text}]}).encode()


def file_of(world: World, name: str) -> Path:
    return world.saved / f"{name}.json"


def launched(build: Builder, *names: str) -> World:
    world = build(*(names or (OTHER, OLD)))
    for name in names or (OTHER, OLD):
        file_of(world, name).write_bytes(session(name, "first"))
    assert world.up().exit_code is ExitCode.OK
    return world


def refresh(world: World, text: str, name: str = OLD) -> bytes:
    content = session(name, text)
    copy = world.settings.state_dir / "active" / f"ai-proxy-{name}" / f"{name}.json"
    copy.write_bytes(content)
    return content


def rename(world: World, old: str = OLD, new: str = NEW) -> None:
    file_of(world, old).rename(file_of(world, new))


def ports_of(world: World, name: str) -> set[int]:
    container = world.engine.named(f"ai-proxy-{name}")
    assert container is not None
    return set(container.ports.values())


def kept(world: World, name: str) -> set[bytes]:
    folder = world.settings.state_dir / "history" / f"ai-proxy-{name}"
    return {path.read_bytes() for path in folder.glob("*.json")}


def findings_of(world: World) -> list[Finding]:
    prepared = prepare(world.request())
    return [one for one in prepared.findings if one.code == "renamed"]


def must_have_moved(world: World, *others: str) -> None:
    """One instance, under the new name alone, and nothing is left to be done."""
    names = ("anna", *(others or (OTHER,)))
    assert world.shown() == {f"ai-proxy-{name}": "running" for name in names if name}
    assert [o.line() for o in world.plan().pending] == []
    state = world.settings.state_dir
    left = [p.name for f in ("active", "private", "history") for p in (state / f).glob("*user-a*")]
    assert left == []
    assert not list((state / "aside").glob("*"))


def unchanged(world: World) -> None:
    del world


def refreshed(world: World) -> None:
    refresh(world, "refreshed since")


def refreshed_after_a_sync(world: World) -> None:
    refresh(world, "synced")
    world.sync()
    refresh(world, "refreshed since")


def stopped(world: World) -> None:
    world.stop(OLD)


@pytest.mark.parametrize("before", [unchanged, refreshed, refreshed_after_a_sync, stopped])
def test_a_renamed_login_keeps_its_ports_its_history_and_its_newest_session(
    build: Builder, before: Callable[[World], None]
) -> None:
    world = launched(build)
    ports = ports_of(world, OLD)
    first = file_of(world, OLD).read_bytes()
    before(world)
    rename(world)

    result = world.up()

    assert result.exit_code is ExitCode.OK, [o.problem for o in result.outcomes]
    must_have_moved(world)
    assert ports_of(world, NEW) == ports
    newest = world.engine.saved.values()
    assert file_of(world, NEW).read_bytes() in newest, "what it saved at its end"
    assert first in kept(world, NEW)
    assert not file_of(world, OLD).exists()


def test_the_plan_says_so(build: Builder) -> None:
    world = launched(build)
    rename(world)

    lines = [operation.line() for operation in world.plan().pending]

    assert lines == ["replace  ai-proxy-anna: was renamed from user-a"]
    (finding,) = findings_of(world)
    assert finding.subject == "profile anna"


def test_a_login_that_was_renamed_and_renewed_at_once_is_known_by_its_cookies(
    build: Builder,
) -> None:
    world = launched(build)
    refreshed_session = refresh(world, "refreshed")
    rename(world)
    renewed = session(OLD, "renewed by its owner")
    file_of(world, NEW).write_bytes(renewed)

    assert world.up().exit_code is ExitCode.OK

    must_have_moved(world)
    assert file_of(world, NEW).read_bytes() == renewed
    assert kept(world, NEW) & {refreshed_session, *world.engine.saved.values()}


def test_another_login_is_not_taken_for_one_whose_file_is_gone(build: Builder) -> None:
    world = launched(build)
    file_of(world, OLD).unlink()
    file_of(world, NEW).write_bytes(session(NEW, "first"))

    assert world.up().exit_code is ExitCode.OK

    assert world.shown().keys() == {"ai-proxy-user-a", "ai-proxy-user-b", "ai-proxy-anna"}
    assert findings_of(world) == []


def test_one_that_is_in_another_folder_has_not_been_renamed(build: Builder, tmp_path: Path) -> None:
    """A launch of another pool: the files of the first are where they were."""
    world = launched(build)
    before = world.shown()
    other = tmp_path / "other"
    other.mkdir()
    (other / f"{NEW}.json").write_bytes(file_of(world, OLD).read_bytes())
    history = kept(world, OLD)
    world.wish(profile_dir=other)

    assert world.up().exit_code is ExitCode.OK

    assert world.shown() == {**before, "ai-proxy-anna": "running"}
    assert kept(world, OLD) == history


def test_a_copy_of_a_profile_is_no_renaming(build: Builder) -> None:
    world = launched(build)
    file_of(world, NEW).write_bytes(file_of(world, OLD).read_bytes())

    assert world.up().exit_code is ExitCode.OK
    assert world.shown().keys() == {"ai-proxy-user-a", "ai-proxy-user-b", "ai-proxy-anna"}


def test_the_settings_of_the_old_name_are_told(build: Builder) -> None:
    world = launched(build)
    world.wish(overrides={OLD: Override()}, config_path=Path("multi-instance.toml"))
    rename(world)

    (finding,) = findings_of(world)

    assert "its settings in multi-instance.toml do not" in finding.fact
    assert finding.next_step == "rename the table profiles.user-a there to profiles.anna"


def test_a_sync_before_the_launch_saves_to_the_new_file(build: Builder) -> None:
    world = launched(build)
    newest = refresh(world, "refreshed")
    rename(world)

    world.sync()

    assert file_of(world, NEW).read_bytes() == newest
    assert not file_of(world, OLD).exists()


def test_one_whose_container_was_removed_by_hand_keeps_its_newest_session(build: Builder) -> None:
    world = launched(build)
    newest = refresh(world, "refreshed")
    container = world.engine.named("ai-proxy-user-a")
    assert container is not None
    container.hang_up()
    del world.engine.containers[container.container_id]
    ports = set(container.ports.values())
    rename(world)

    assert world.up().exit_code is ExitCode.OK

    must_have_moved(world)
    assert file_of(world, NEW).read_bytes() == newest
    assert ports_of(world, NEW) == ports


def test_one_that_was_taken_down_keeps_its_history(build: Builder) -> None:
    world = launched(build)
    first = file_of(world, OLD).read_bytes()
    refresh(world, "refreshed")
    world.sync()
    world.down()
    rename(world)

    assert world.up().exit_code is ExitCode.OK

    must_have_moved(world)
    assert first in kept(world, NEW)


def test_one_that_fails_under_its_new_name_serves_under_the_old_one_and_can_be_tried_again(
    build: Builder, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = launched(build)
    rename(world)
    with monkeypatch.context() as patch:
        patch.setattr(launch, "prove", failing)
        result = world.up()

    assert result.exit_code is not ExitCode.OK
    assert world.shown() == {"ai-proxy-user-a": "running", "ai-proxy-user-b": "running"}
    assert world.up().exit_code is ExitCode.OK
    must_have_moved(world)


def failing(*_: object) -> object:
    raise launch.ProofFailed("is not what was asked for", None)  # type: ignore[arg-type]


FAULTS = {
    "killed before": lambda number: Fault(number, error=Killed(), lasting=True),
    "killed after": lambda number: Fault(number, error=Killed(), lasting=True, after=True),
    "refused": Fault,
}


@pytest.mark.parametrize("fault_of", FAULTS.values(), ids=FAULTS)
def test_a_fault_at_any_call_loses_nothing_and_the_next_launch_ends_the_renaming(
    build: Builder, fault_of: Callable[[int], Fault]
) -> None:
    for number in count(1):
        world = launched(build, OLD)
        ports = ports_of(world, OLD)
        refresh(world, "refreshed")
        rename(world)
        fault = world.engine.failing(fault_of(number))
        world.try_to_launch()
        world.engine.healthy()
        must_have_lost_no_session(world, fault)

        result = world.up()

        at = f"{fault.at}, call {number}"
        assert result.exit_code is ExitCode.OK, (at, [o.problem for o in result.outcomes])
        must_have_lost_no_session(world, fault)
        must_have_moved(world, "")
        assert ports_of(world, NEW) == ports, at
        if not fault.reached:
            assert number > 8
            return


def test_versions_move_with_their_numbers_where_these_are_free(build: Builder) -> None:
    world = build()
    result = world.up()
    layout = result.seen.layout
    for name, numbers in (("old", (1, 2, 5)), ("new", (2, 3))):
        folder = layout.history_dir(name)
        folder.mkdir(parents=True)
        for number in numbers:
            text = f"{number:06}-20260101T000000Z-{'0' * 12}.json"
            (folder / text).write_text(f"{name} {number}")

    move_versions(layout, "old", "new")

    found = {v.number: v.path.read_text() for v in versions(layout, "new")}
    assert found == {1: "old 1", 2: "new 2", 3: "new 3", 5: "old 5", 6: "old 2"}
    assert not layout.history_dir("old").exists()


def test_a_pool_whose_profiles_all_stand_is_not_looked_at(
    build: Builder, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = launched(build)

    def look(*_: object) -> None:
        raise AssertionError("nothing is new, so nothing was renamed")

    monkeypatch.setattr("multi_instance_manager.commands.survey.renames._kept", look)

    assert [o.line() for o in world.plan().pending] == []


def test_the_command_renames_with_history_and_lease_and_never_over_another(
    build: Builder,
) -> None:
    world = launched(build)
    ports = ports_of(world, OLD)
    refresh(world, "refreshed")
    world.sync()
    first = kept(world, OLD)
    world.down()
    with pytest.raises(UsageProblems, match="user-b: is in the pool already"):
        rename_profile(world.request(), OLD, OTHER)
    with pytest.raises(UsageProblems, match="did you mean user-a"):
        rename_profile(world.request(), "user-aa", NEW)
    with pytest.raises(UsageProblems, match="begins with a dot"):
        rename_profile(world.request(), OLD, ".anna")

    report = rename_profile(world.request(), OLD, NEW)

    assert (report.before, report.profile) == (OLD, NEW)
    assert kept(world, NEW) >= first
    assert world.up().exit_code is ExitCode.OK
    must_have_moved(world)
    assert ports_of(world, NEW) == ports


def test_the_command_leaves_a_running_instance_to_the_next_launch(build: Builder) -> None:
    world = launched(build)
    ports = ports_of(world, OLD)

    rename_profile(world.request(), OLD, NEW)

    assert world.shown().keys() == {"ai-proxy-user-a", "ai-proxy-user-b"}
    assert world.up().exit_code is ExitCode.OK
    must_have_moved(world)
    assert ports_of(world, NEW) == ports


def test_settings_in_the_configuration_file_move_along(build: Builder) -> None:
    world = build(OTHER, OLD)
    config = world.settings.project_root / "multi-instance.toml"
    config.write_text("# ours\n[profiles.user-a] # the first\ncpus = 1\n[profiles.b]\ncpus = 2\n")
    world.wish(overrides={OLD: Override()}, config_path=config)

    report = rename_profile(world.request(), OLD, NEW)

    assert (report.settings_moved_in, report.settings_left_in) == (str(config), None)
    assert renamed_lines(report)[1] == f"{config}: profiles.user-a is profiles.anna now"
    assert config.read_text() == (
        "# ours\n[profiles.anna] # the first\ncpus = 1\n[profiles.b]\ncpus = 2\n"
    )


def test_settings_of_both_names_stay_and_are_told(build: Builder) -> None:
    world = build(OTHER, OLD)
    config = world.settings.project_root / "multi-instance.toml"
    before = "[profiles.user-a]\ncpus = 1\n[profiles.anna]\ncpus = 2\n"
    config.write_text(before)
    world.wish(overrides={OLD: Override(), NEW: Override()}, config_path=config)

    report = rename_profile(world.request(), OLD, NEW)

    assert (report.settings_moved_in, report.settings_left_in) == (None, str(config))
    assert "rename that table to profiles.anna" in renamed_lines(report)[1]
    assert config.read_text() == before


@pytest.mark.parametrize("can_keep", [True, False], ids=["by the kernel", "without it"])
def test_a_file_takes_no_other_files_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, can_keep: bool
) -> None:
    if not can_keep:
        monkeypatch.setattr("multi_instance_manager.files.atomic_exchange._renameat2", lambda: None)
    one, other = tmp_path / "one", tmp_path / "other"
    one.write_text("1")
    other.write_text("2")

    with pytest.raises(FileExistsError):
        rename_new(one, other)
    other.unlink()
    rename_new(one, other)

    assert other.read_text() == "1"
    assert not one.exists()
