"""The owner saves a login while a session is on its way to the pool: that login is never lost."""

from __future__ import annotations

import errno
import json
import os
import threading
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import IO

import pytest

from multi_instance_manager.errors import StateError
from multi_instance_manager.files import compared
from multi_instance_manager.files.atomic_exchange import CannotExchange, exchange, is_being_written
from multi_instance_manager.sessions import harvest
from multi_instance_manager.sessions.harvest import put_in_pool
from multi_instance_manager.sessions.history import KEPT_VERSIONS
from multi_instance_manager.sessions.sync_state import SyncOutcome
from unit.kill_walk import Kill, by_somebody_else, killed_at
from unit.session_home import NAME, PROFILE, SessionHome

Act = Callable[[Path, bytes], None]


def session(text: str) -> bytes:
    return json.dumps({"cookies": [{"name": "n", "value": text}]}).encode()


FIRST, REFRESHED, LOGIN = session("first"), session("refreshed"), session("the owner's")


class Home(SessionHome):
    """An instance that has refreshed its session."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, FIRST)
        self.install()
        self.copy.write_bytes(REFRESHED)

    def harvest(self) -> SyncOutcome:
        return self.custodian.harvest(NAME, PROFILE, self.pool_file).fate

    def everything(self) -> set[bytes]:
        """What the pool, the files that it links to, the copy and the history hold."""
        files = self.layout.top.parent.rglob("*.json")
        return {file.read_bytes() for file in files if file.is_file()}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setattr(harvest, "_PAUSE_S", 0.0)
    monkeypatch.setattr(compared, "_PAUSE_S", 0.0)
    return Home(tmp_path)


def in_place(file: Path, content: bytes) -> None:
    with file.open("wb") as opened:
        opened.write(content)


def by_rename(file: Path, content: bytes) -> None:
    new = file.with_name("new")
    new.write_bytes(content)
    new.replace(file)


def by_link(file: Path, content: bytes) -> None:
    elsewhere = file.parent.parent / f"elsewhere-{len(list(file.parent.parent.iterdir()))}.json"
    elsewhere.write_bytes(content)
    file.unlink()
    file.symlink_to(elsewhere)


WAYS: tuple[Act, ...] = (in_place, by_rename, by_link)


def acting(
    monkeypatch: pytest.MonkeyPatch, number: int, act: Callable[[], None], *, after: bool = False
) -> list[int]:
    """Do something before, or after, the exchange of that number; gives how many there were."""
    seen: list[int] = []

    def exchanged(one: Path, other: Path) -> None:
        seen.append(len(seen) + 1)
        if len(seen) == number and not after:
            act()
        exchange(one, other)
        if len(seen) == number and after:
            act()

    monkeypatch.setattr(compared, "exchange", exchanged)
    return seen


@pytest.mark.parametrize("save", WAYS)
def test_a_login_that_is_saved_just_before_the_replacement_stays_in_the_pool(
    home: Home, monkeypatch: pytest.MonkeyPatch, save: Act
) -> None:
    acting(monkeypatch, 1, lambda: save(home.pool_file, LOGIN))

    assert home.harvest() is SyncOutcome.KEPT

    assert home.pool_file.read_bytes() == LOGIN
    assert home.everything() >= {FIRST, REFRESHED, LOGIN}
    assert [p.name for p in home.pool_file.parent.iterdir()] == [f"{PROFILE}.json"]


@pytest.mark.parametrize("save", WAYS)
@pytest.mark.parametrize("number", [1, 2, 3, 4])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_logins_that_are_saved_at_any_exchange_are_all_somewhere_and_the_last_is_in_the_pool(
    home: Home, monkeypatch: pytest.MonkeyPatch, save: Act, number: int, *, after: bool
) -> None:
    saved: list[bytes] = []

    def save_once_more() -> None:
        saved.append(session(f"login {len(saved)}"))
        save(home.pool_file, saved[-1])

    seen: list[int] = []

    def exchanged(one: Path, other: Path) -> None:
        seen.append(1)
        if not after and len(seen) <= number:
            save_once_more()
        exchange(one, other)
        if after and len(seen) <= number:
            save_once_more()

    monkeypatch.setattr(compared, "exchange", exchanged)

    home.harvest()

    assert home.pool_file.read_bytes() == saved[-1]
    assert home.everything() >= {REFRESHED, *saved}


def test_one_that_is_being_written_by_then_is_waited_for(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[IO[bytes]] = []
    looks: list[int] = []

    def begin() -> None:
        opened.append(home.pool_file.open("r+b"))  # nothing of it is written yet

    def end(_: float) -> None:
        looks.append(1)
        if opened and not opened[0].closed:
            opened[0].write(LOGIN)
            opened[0].truncate()
            opened[0].close()

    acting(monkeypatch, 1, begin)
    monkeypatch.setattr("multi_instance_manager.sessions.harvest.time.sleep", end)

    assert home.harvest() is SyncOutcome.KEPT

    assert home.pool_file.read_bytes() == LOGIN
    assert looks, "it was not looked at again"


def test_one_that_stays_open_for_writing_is_left_and_named(home: Home) -> None:
    said = r"another program has it open.*close it there"
    with home.pool_file.open("r+b"), pytest.raises(StateError, match=said):
        home.harvest()

    assert home.pool_file.read_bytes() == FIRST
    assert home.copy.read_bytes() == REFRESHED
    assert home.harvest() is SyncOutcome.SAVED


def test_a_login_that_is_removed_meanwhile_is_not_brought_back(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    acting(monkeypatch, 1, home.pool_file.unlink)

    with pytest.raises(StateError, match="vanished"):
        home.harvest()

    assert not list(home.pool_file.parent.iterdir())
    assert home.copy.read_bytes() == REFRESHED


def test_one_that_is_saved_and_then_removed_is_kept(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []

    def exchanged(one: Path, other: Path) -> None:
        if seen:
            home.pool_file.unlink()
        else:
            in_place(home.pool_file, LOGIN)
        seen.append(1)
        exchange(one, other)

    monkeypatch.setattr(compared, "exchange", exchanged)

    with pytest.raises(StateError, match="vanished"):
        home.harvest()
    assert home.everything() >= {FIRST, REFRESHED, LOGIN}


@pytest.fixture
def without_exchange(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Path) -> None:
        raise CannotExchange(errno.EINVAL, os.strerror(errno.EINVAL))

    monkeypatch.setattr(compared, "exchange", refuse)


@pytest.mark.usefixtures("without_exchange")
def test_where_names_cannot_be_exchanged_a_session_is_saved_all_the_same(home: Home) -> None:
    assert home.harvest() is SyncOutcome.SAVED
    assert home.pool_file.read_bytes() == REFRESHED
    assert [p.name for p in home.pool_file.parent.iterdir()] == [f"{PROFILE}.json"]


@pytest.mark.usefixtures("without_exchange")
@pytest.mark.parametrize("has_links", [True, False], ids=["links", "no links"])
@pytest.mark.parametrize("save", [in_place, by_rename])
def test_there_a_login_that_is_saved_before_the_last_look_stays_in_the_pool(
    home: Home, monkeypatch: pytest.MonkeyPatch, save: Act, *, has_links: bool
) -> None:
    link = Path.hardlink_to

    def saved_before(path: Path, target: Path) -> None:
        save(home.pool_file, LOGIN)
        if not has_links:
            raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))
        link(path, target)

    monkeypatch.setattr(Path, "hardlink_to", saved_before)

    assert home.harvest() is SyncOutcome.KEPT
    assert home.pool_file.read_bytes() == LOGIN


@pytest.mark.usefixtures("without_exchange")
def test_there_one_that_was_written_into_the_old_file_is_put_back(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace = Path.replace

    def written_before(path: Path, target: Path) -> Path:
        if ".exchanged-by-" in path.name and not path.name.endswith("-held"):
            in_place(home.pool_file, LOGIN)
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", written_before)

    assert home.harvest() is SyncOutcome.KEPT
    assert home.pool_file.read_bytes() == LOGIN
    assert home.everything() >= {FIRST, REFRESHED, LOGIN}


@pytest.mark.parametrize("save", [in_place, by_rename])
def test_however_fast_logins_are_saved_none_is_lost(home: Home, save: Act) -> None:
    """A race for real: as many logins as the history keeps, while harvests go on."""
    saved = [session(f"login {number}") for number in range(KEPT_VERSIONS - 3)]
    went_on, ended = threading.Event(), threading.Event()

    def owner() -> None:
        for content in saved:
            save(home.pool_file, content)
            went_on.wait(0.01)
        ended.set()

    thread = threading.Thread(target=owner, daemon=True)
    thread.start()
    number = 0
    while not ended.is_set():
        number += 1
        home.copy.write_bytes(session(f"refreshed {number % 2}"))
        try:
            home.harvest()
        except StateError:
            continue
    thread.join()

    assert home.pool_file.read_bytes() == saved[-1]


def test_what_a_killed_manager_left_beside_the_pools_file_is_kept(home: Home) -> None:
    left = home.pool_file.with_name(f".{NAME}.exchanged-by-4194399-0a1b2c3d")
    left.write_bytes(LOGIN)

    home.custodian.take_in(home.pool_file.parent)

    assert not left.exists()
    assert LOGIN in home.everything()


@pytest.mark.parametrize("mark", ["..", ".", "", "team-a-user-a"])
def test_what_no_manager_of_this_fleet_has_left_there_stays(home: Home, mark: str) -> None:
    """Instances with auth rotation can write there, too."""
    left = home.pool_file.with_name(f".{mark}.exchanged-by-4194399-0a1b2c3d")
    left.write_bytes(LOGIN)
    before = sorted(home.layout.top.rglob("*"))

    home.custodian.take_in(home.pool_file.parent)

    assert left.exists()
    assert sorted(home.layout.top.rglob("*")) == before


def test_what_a_manager_at_work_has_there_is_left_alone(home: Home) -> None:
    left = home.pool_file.with_name(f".{NAME}.exchanged-by-{os.getpid()}-0a1b2c3d")
    left.write_bytes(LOGIN)

    home.custodian.take_in(home.pool_file.parent)

    assert left.exists()


def test_a_file_that_nobody_writes_is_known_and_so_is_one_that_somebody_writes(
    tmp_path: Path,
) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"x")
    descriptor = os.open(file, os.O_RDONLY)
    try:
        assert is_being_written(descriptor) is False
        with file.open("r+b"):
            assert is_being_written(descriptor) is True
    finally:
        os.close(descriptor)


def test_what_an_owner_puts_in_by_a_command_is_decided_on_the_same_bytes(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`profiles add --force` and `profiles restore`: another program saves at that moment."""
    acting(monkeypatch, 1, lambda: in_place(home.pool_file, LOGIN))

    kept = put_in_pool(home.custodian, NAME, home.pool_file, REFRESHED)

    assert home.pool_file.read_bytes() == REFRESHED
    assert kept is not None
    assert kept.read_bytes() == LOGIN


def harvest_killed_at(
    home: Home, number: int, monkeypatch: pytest.MonkeyPatch, act: Callable[[], None]
) -> Kill:
    """Harvest until the change of that number; the owner acts just before the first exchange."""
    with monkeypatch.context() as patch:
        acting(patch, 1, act)
        with killed_at(number, home.pool_file.parent.parent) as kill:
            home.harvest()
    return kill


def recover(home: Home, monkeypatch: pytest.MonkeyPatch) -> SyncOutcome:
    """What the next run does: a process of that number is not there any more."""
    with monkeypatch.context() as patch:
        patch.setattr(compared, "is_alive", lambda _: False)
        home.custodian.take_in(home.pool_file.parent)
    sweep_files_of_the_dead(home.pool_file.parent)
    return home.harvest()


def sweep_files_of_the_dead(folder: Path) -> None:
    for path in folder.glob(".*.unfinished-by-*"):
        path.unlink()


@pytest.mark.parametrize("save", [None, *WAYS], ids=["nobody", *(way.__name__ for way in WAYS)])
def test_a_kill_at_any_change_of_a_harvest_loses_neither_session_nor_login(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, save: Act | None
) -> None:
    monkeypatch.setattr(harvest, "_PAUSE_S", 0.0)
    monkeypatch.setattr(compared, "_PAUSE_S", 0.0)
    for number in count(1):
        (tmp_path / str(number)).mkdir()
        home = Home(tmp_path / str(number))
        owners: list[bytes] = []

        def act(home: Home = home, owners: list[bytes] = owners) -> None:
            if save is not None:
                with by_somebody_else():
                    save(home.pool_file, LOGIN)
                owners.append(LOGIN)

        kill = harvest_killed_at(home, number, monkeypatch, act)
        assert home.pool_file.exists(), kill.changes[-1:]
        recover(home, monkeypatch)

        at = kill.changes[-1:]
        assert home.everything() >= {FIRST, REFRESHED, *owners}, at
        assert home.pool_file.read_bytes() in {REFRESHED, *owners}, at
        left = [path.name for path in home.pool_file.parent.iterdir()]
        assert left == [f"{PROFILE}.json"], at
        if not kill.reached:
            assert number > 8, "it saw too few changes"
            return


def test_a_kill_at_any_change_of_an_owners_command_loses_no_login(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in count(1):
        (tmp_path / str(number)).mkdir()
        home = Home(tmp_path / str(number))
        with killed_at(number, home.pool_file.parent.parent) as kill:
            put_in_pool(home.custodian, NAME, home.pool_file, LOGIN)

        recover(home, monkeypatch)

        assert home.everything() >= {FIRST, REFRESHED}, kill.changes[-1:]
        assert home.pool_file.read_bytes() in {REFRESHED, LOGIN}, kill.changes[-1:]
        assert [p.name for p in home.pool_file.parent.iterdir()] == [f"{PROFILE}.json"]
        if not kill.reached:
            assert number > 5, "it saw too few changes"
            return
