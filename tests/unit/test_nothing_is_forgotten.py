"""Private files go only once the history, or the pool, has every session that they hold."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from unittest.mock import MagicMock

import pytest

from multi_instance_manager.errors import ExitCode, StateError
from multi_instance_manager.execute import launch
from multi_instance_manager.execute.detached import bring_in
from multi_instance_manager.files.profile_size import LARGEST_PROFILE
from multi_instance_manager.sessions import harvest, session_files
from multi_instance_manager.sessions.custodian import Custodian
from multi_instance_manager.sessions.history import versions
from multi_instance_manager.sessions.sync_state import Harvest
from multi_instance_manager.settings.override import Override
from multi_instance_manager.state.folder import prepare_top
from multi_instance_manager.state.layout import StateLayout
from unit.memory_engine import Fault
from unit.world import NAME, Builder, World, must_have_lost_no_session, states

PROFILE, NEW = "user-a", "anna"
NEW_NAME = f"ai-proxy-{NEW}"


def session(text: str) -> bytes:
    login = {"name": "SID", "domain": ".google.com", "value": "a-login-0123", "expires": 4e9}
    return json.dumps({"cookies": [login, {"name": "n", "value": text}]}).encode()


FIRST, REFRESHED, LOGIN = session("first"), session("refreshed"), session("the owner's")
HALF = REFRESHED[:-9]


class Home:
    """An instance that was launched and has no container any more."""

    def __init__(self, folder: Path) -> None:
        self.pool_file = folder / "saved" / f"{PROFILE}.json"
        self.pool_file.parent.mkdir()
        self.pool_file.write_bytes(FIRST)
        self.layout = StateLayout(folder / "state", "ai-proxy")
        prepare_top(self.layout)
        self.custodian = Custodian(self.layout)
        self.custodian.install(NAME, PROFILE, self.pool_file, None)
        self.copy = self.layout.copy(NAME, PROFILE)

    def kept(self) -> list[bytes]:
        return [version.path.read_bytes() for version in versions(self.layout, NAME)]


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_files, "_READ_PAUSE_S", 0.0)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


@pytest.mark.parametrize("content", [REFRESHED, HALF, b"{"])
def test_forgetting_keeps_a_copy_that_the_pool_has_not(home: Home, content: bytes) -> None:
    home.copy.write_bytes(content)

    home.custodian.forget(NAME, PROFILE, home.pool_file)

    assert home.kept() == [content]
    assert not home.copy.parent.exists()


def test_forgetting_keeps_nothing_twice(home: Home) -> None:
    home.custodian.forget(NAME, PROFILE, home.pool_file)
    assert home.kept() == []

    home.custodian.install(NAME, PROFILE, home.pool_file, None)
    for content in (REFRESHED, LOGIN):
        home.custodian.keep_version(NAME, content)
    home.copy.write_bytes(REFRESHED)
    home.custodian.forget(NAME, PROFILE, home.pool_file)

    assert home.kept() == [REFRESHED, LOGIN]


def test_forgetting_moves_a_copy_that_is_too_large_into_the_history(home: Home) -> None:
    os.truncate(home.copy, LARGEST_PROFILE + 1)
    inode = home.copy.stat().st_ino

    home.custodian.forget(NAME, PROFILE, home.pool_file)

    assert (home.layout.history_dir(NAME) / "too-large.json").stat().st_ino == inode


@pytest.mark.parametrize("copy_of", [StateLayout.legacy_copy, StateLayout.copy])
def test_forgetting_by_the_containers_name_keeps_every_copy(
    home: Home, copy_of: Callable[..., Path]
) -> None:
    names = (NAME, PROFILE) if copy_of is StateLayout.copy else (NAME,)
    copy_of(home.layout, *names).write_bytes(REFRESHED)

    home.custodian.forget(NAME)

    assert REFRESHED in home.kept()
    assert not copy_of(home.layout, *names).exists()


def test_forgetting_keeps_what_a_replacement_has_put_by(home: Home) -> None:
    home.copy.write_bytes(REFRESHED)
    home.custodian.stash(NAME, PROFILE)
    home.copy.write_bytes(FIRST)

    home.custodian.forget(NAME, PROFILE, home.pool_file)

    assert home.kept() == [REFRESHED]


def test_forgetting_keeps_a_session_under_another_name_in_the_same_folder(home: Home) -> None:
    home.copy.with_name("other.json").write_bytes(REFRESHED)

    home.custodian.forget(NAME, PROFILE, home.pool_file)

    assert home.kept() == [REFRESHED]


def test_nothing_is_forgotten_where_the_history_cannot_be_written(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.copy.write_bytes(REFRESHED)
    monkeypatch.setattr(Custodian, "keep_version", full)

    with pytest.raises(StateError, match="No space left"):
        home.custodian.forget(NAME, PROFILE, home.pool_file)

    assert home.copy.read_bytes() == REFRESHED


def full(*_: object) -> Path:
    raise StateError("/state/history: No space left on device; free space there")


def test_bringing_an_old_instance_back_keeps_the_torn_copy_of_the_new_one(home: Home) -> None:
    home.custodian.stash(NAME, PROFILE)
    home.copy.write_bytes(HALF)

    home.custodian.unstash(NAME, PROFILE)

    assert home.copy.read_bytes() == FIRST
    assert HALF in home.kept()


@pytest.mark.parametrize("size", [len(HALF), LARGEST_PROFILE + 1])
def test_what_is_brought_in_from_elsewhere_overwrites_no_unkept_copy(
    home: Home, tmp_path: Path, size: int
) -> None:
    """A state folder was replaced under a running instance, which saves to the old one."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / f"{PROFILE}.json").write_bytes(REFRESHED)
    home.copy.write_bytes(HALF)
    os.truncate(home.copy, size)
    tools = MagicMock(layout=home.layout, custodian=home.custodian, detached={"id": elsewhere})
    operation = MagicMock(container_name=NAME, profile_name=PROFILE)

    assert bring_in(tools, operation, MagicMock(container_id="id"))

    assert home.copy.read_bytes() == REFRESHED
    kept = [path.stat().st_size for path in home.layout.history_dir(NAME).iterdir()]
    assert kept == [size]


def launched(build: Builder) -> World:
    world = build()
    world.pool_file.write_bytes(FIRST)
    assert world.up().exit_code is ExitCode.OK
    return world


def copy_of(world: World, name: str = PROFILE) -> Path:
    return world.settings.state_dir / "active" / f"ai-proxy-{name}" / f"{name}.json"


def remove_by_hand(world: World) -> None:
    container = world.serving()
    container.hang_up()
    del world.engine.containers[container.container_id]


def rename(world: World) -> Path:
    return world.pool_file.rename(world.saved / f"{NEW}.json")


def tear(copy: Path) -> None:
    copy.write_bytes(HALF)


def flood(copy: Path) -> None:
    with copy.open("wb") as file:
        file.write(HALF)
        file.truncate(LARGEST_PROFILE + 1)


def ends_in(world: World, spoil: Callable[[Path], None], act: Callable[[], None]) -> None:
    """The old container's last save comes to that, and something is done at the same time."""
    stop = world.engine.stop

    def stop_and_spoil(reference: str, *, timeout_s: float) -> None:
        stop(reference, timeout_s=timeout_s)
        spoil(copy_of(world))
        act()
        world.engine.saved.clear()
        world.engine.stop = stop  # type: ignore[method-assign]

    world.engine.stop = stop_and_spoil  # type: ignore[method-assign]


def is_kept(world: World) -> bool:
    return any(content.startswith(HALF) for content in world.sessions())


SPOILS = pytest.mark.parametrize("spoil", [tear, flood])


@SPOILS
def test_a_renamed_profile_keeps_the_copy_that_its_removed_container_left(
    build: Builder, spoil: Callable[[Path], None]
) -> None:
    world = launched(build)
    spoil(copy_of(world))
    remove_by_hand(world)
    rename(world)

    assert world.up().exit_code is ExitCode.OK

    assert is_kept(world)
    assert not copy_of(world).parent.exists()
    assert not (world.settings.state_dir / "history" / NAME).exists()


def test_a_renamed_profile_keeps_a_copy_that_cannot_be_read_where_it_is(
    build: Builder, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = launched(build)
    copy = copy_of(world)
    copy.write_bytes(REFRESHED)
    remove_by_hand(world)
    rename(world)
    close(monkeypatch, copy)

    assert world.up().exit_code is ExitCode.OK

    assert copy.read_bytes() == REFRESHED


def close(monkeypatch: pytest.MonkeyPatch, closed: Path) -> None:
    """As a file of mode 0600 of another user is to a manager that is not root."""
    real = os.open

    def refusing(path: object, *arguments: object, **named: object) -> int:
        if str(path) in {str(closed), closed.name}:
            raise PermissionError(13, "Permission denied", str(path))
        return real(path, *arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "open", refusing)


def test_a_renamed_profile_keeps_the_session_that_its_owner_has_replaced(build: Builder) -> None:
    world = launched(build)
    remove_by_hand(world)
    before = copy_of(world).read_bytes()
    rename(world).write_bytes(LOGIN)

    assert world.up().exit_code is ExitCode.OK

    assert before in world.sessions()
    assert (world.saved / f"{NEW}.json").read_bytes() == LOGIN


@SPOILS
def test_a_renamed_predecessor_keeps_its_spoilt_last_save(
    build: Builder, spoil: Callable[[Path], None]
) -> None:
    world = launched(build)
    ends_in(world, spoil, lambda: None)
    rename(world)

    (outcome,) = world.up().outcomes

    assert (outcome.state.value, outcome.exit_code) == ("ready", ExitCode.INSTANCE_FAILED)
    assert is_kept(world)
    assert world.shown() == {NEW_NAME: "running"}


def test_a_renamed_predecessor_whose_copy_cannot_be_kept_stays_for_the_next_run(
    build: Builder,
) -> None:
    world = launched(build)
    ends_in(world, link_elsewhere, lambda: None)
    rename(world)

    (outcome,) = world.up().outcomes

    assert outcome.state.value == "ready"
    assert any("is still there, and goes at the next run" in note for note in outcome.notes)
    assert world.shown() == {NAME: "exited", NEW_NAME: "running"}
    copy_of(world).unlink()
    assert world.up().exit_code is ExitCode.OK
    assert world.shown() == {NEW_NAME: "running"}
    assert world.plan().pending == ()


@SPOILS
def test_a_disabled_profile_keeps_its_spoilt_last_save(
    build: Builder, spoil: Callable[[Path], None]
) -> None:
    world = launched(build)
    ends_in(world, spoil, lambda: None)
    world.wish(overrides={PROFILE: Override(enabled=False)})

    (outcome,) = world.up().outcomes

    assert outcome.state.value == "removed"
    assert is_kept(world)
    assert any("was kept as" in note for note in outcome.notes), outcome.notes


def test_a_disabled_profile_whose_copy_is_no_file_is_not_removed(build: Builder) -> None:
    """What its container saves lies behind the link, and goes with the container."""
    world = launched(build)
    ends_in(world, link_elsewhere, lambda: None)
    world.wish(overrides={PROFILE: Override(enabled=False)})

    (outcome,) = world.up().outcomes

    assert outcome.state.value == "failed"
    assert "was stopped and not removed" in str(outcome.problem)
    assert world.shown() == {NAME: "exited"}


def link_elsewhere(copy: Path) -> None:
    copy.unlink()
    copy.symlink_to("/app/elsewhere.json")


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (tear, "is torn, .*; put the torn copy into the history with `multi-instance up`, then"),
        (flood, "is larger than 64 MiB, .*; keep it with `mv "),
        (link_elsewhere, "is no regular file, .*; move it away, then run `multi-instance down`"),
    ],
)
def test_down_says_what_is_wrong_with_a_copy_and_the_way_out(
    build: Builder, spoil: Callable[[Path], None], told: str
) -> None:
    world = launched(build)
    ends_in(world, spoil, lambda: None)

    (outcome,) = world.down().outcomes

    assert re.search(told, str(outcome.problem)), outcome.problem
    assert world.shown() == {NAME: "exited"}


def test_a_closed_copy_is_not_called_damaged_at_a_restart(
    build: Builder, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = launched(build)
    ends_in(world, lambda copy: close(monkeypatch, copy), lambda: None)

    (outcome,) = world.restart().outcomes

    assert "cannot be read by this user, so it was not started" in str(outcome.problem)


@SPOILS
def test_down_does_not_remove_a_spoilt_copy_because_its_owner_has_logged_in_again(
    build: Builder, spoil: Callable[[Path], None]
) -> None:
    world = launched(build)

    def log_in() -> None:
        world.pool_file.write_bytes(LOGIN)

    ends_in(world, spoil, log_in)

    (outcome,) = world.down().outcomes

    fault = "is torn" if spoil is tear else "is larger than"
    assert outcome.state.value == "failed"
    assert fault in str(outcome.problem)
    assert copy_of(world).read_bytes().startswith(HALF)
    assert world.up().exit_code is ExitCode.OK
    assert is_kept(world)


@pytest.mark.parametrize("is_full", [False, True], ids=["the pool", "the history, too"])
def test_what_a_renamed_replacement_saved_outlives_its_failure_where_it_cannot_be_written(
    build: Builder, monkeypatch: pytest.MonkeyPatch, *, is_full: bool
) -> None:
    world = launched(build)
    rename(world)
    run = harvest.Harvesting.run

    def refusing(self: harvest.Harvesting) -> Harvest:
        if self.container_name == NEW_NAME:
            if is_full:
                patch.setattr("multi_instance_manager.sessions.custodian.keep_version", full)
            raise StateError("the pool: Read-only file system; make it writable")
        return run(self)

    with monkeypatch.context() as patch:
        patch.setattr(launch, "prove", failing)
        patch.setattr(harvest.Harvesting, "run", refusing)
        result = world.up()

    assert states(result.outcomes) == {NEW: "rolled back"}
    assert world.shown() == {NAME: "running"}
    must_have_lost_no_session(world, Fault())
    copy = copy_of(world, NEW)
    assert copy.exists() is is_full
    assert (str(copy) in str(result.outcomes[0].problem)) is is_full
    assert world.up().exit_code is ExitCode.OK
    assert world.shown() == {NEW_NAME: "running"}
    must_have_lost_no_session(world, Fault())


def failing(*_: object) -> object:
    raise launch.ProofFailed("is not what was asked for", None)  # type: ignore[arg-type]
