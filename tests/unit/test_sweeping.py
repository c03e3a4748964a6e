"""No file name, link or flood in a folder keeps a command from its work, or leads out of it.

Containers write to their own folders, and with auth rotation to the pool.
"""

from __future__ import annotations

import os
from itertools import product
from pathlib import Path

import pytest

from multi_instance_manager.errors import ExitCode, StateError
from multi_instance_manager.files import left_files
from multi_instance_manager.files.compared import left_behind
from multi_instance_manager.files.left_files import is_alive, sweep
from multi_instance_manager.files.untrusted_files import read_untrusted
from multi_instance_manager.sessions import session_files
from multi_instance_manager.sessions.custodian import Custodian
from multi_instance_manager.state.folder import prepare_top, sweep_below
from multi_instance_manager.state.layout import StateLayout
from unit.world import NAME, Builder

DEAD = 4194399  # more than any process number of Linux
SESSION = b'{"cookies": [{"value": "in between"}]}'
ODD_PIDS = [
    "99999999999999999999",
    "9" * 200,
    str(2**31),
    str(2**63),
    "\u00b2",
    "\u0663",
    "1\u0663",
    "",
    "-1",
    "+1",
    "1_0",
    " 1",
    "0",
]


@pytest.fixture
def layout(tmp_path: Path) -> StateLayout:
    made = StateLayout(tmp_path / "state", "ai-proxy")
    prepare_top(made)
    made.active_dir(NAME).mkdir(parents=True)
    return made


def unfinished(folder: Path, pid: object = DEAD) -> Path:
    made = folder / f".x.unfinished-by-{pid}-a"
    made.touch()
    return made


@pytest.mark.parametrize("pid", ODD_PIDS)
def test_a_name_with_no_process_number_is_nobodys_leftover(tmp_path: Path, pid: str) -> None:
    strange, left = unfinished(tmp_path, pid), unfinished(tmp_path)
    exchanged = tmp_path / f".{NAME}.exchanged-by-{pid}-a"
    exchanged.touch()

    sweep(tmp_path)

    assert strange.exists()
    assert not left.exists()
    assert list(left_behind(tmp_path)) == []


@pytest.mark.parametrize("pid", [2**31, 2**63, 10**200])
def test_no_process_has_a_number_beyond_the_highest(pid: int) -> None:
    assert is_alive(pid) is False
    assert is_alive(os.getpid())


def test_no_file_name_in_an_instances_folder_or_the_pool_stops_a_command(build: Builder) -> None:
    world = build()
    world.wish(rotation=True)
    world.launch()
    active = world.settings.state_dir / "active" / NAME
    for folder, pid in product((active, world.saved), ODD_PIDS):
        unfinished(folder, pid)
        (folder / f".{NAME}.exchanged-by-{pid}-a").touch()

    for act in (world.stop, world.sync, world.start, world.restart):
        assert all(outcome.is_well for outcome in act().outcomes)
    assert world.up().exit_code is ExitCode.OK
    assert world.down().left == ()


@pytest.mark.parametrize("what", ["folder", "link", "pipe"])
def test_what_cannot_be_removed_keeps_nothing_else_from_going(tmp_path: Path, what: str) -> None:
    odd = tmp_path / f".a.unfinished-by-{DEAD}-a"
    target = tmp_path / "target"
    target.touch()
    if what == "folder":
        odd.mkdir()
    elif what == "link":
        odd.symlink_to(target)
    else:
        os.mkfifo(odd)
    left = [unfinished(tmp_path, DEAD + number) for number in range(5)]

    sweep(tmp_path)

    assert not any(path.exists() for path in left)
    assert target.exists()


def test_no_link_in_the_place_of_a_folder_is_followed(layout: StateLayout, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    spared = unfinished(outside)
    links = (
        layout.top / "link",
        layout.top / "active" / "link",
        layout.active_dir(NAME) / "link",
        layout.private_dir(NAME),
    )
    for link in links:
        link.parent.mkdir(exist_ok=True)
        link.symlink_to(outside)

    sweep_below(layout.top)

    assert spared.exists()


def test_nothing_below_an_instances_folder_is_looked_at(layout: StateLayout) -> None:
    """A manager writes nothing there; a container may make any number of folders."""
    inner = layout.active_dir(NAME) / "inner"
    inner.mkdir()
    spared = unfinished(inner)

    sweep_below(layout.top)

    assert spared.exists()


def test_of_a_flood_only_so_many_entries_are_looked_at(
    layout: StateLayout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(left_files, "_MOST_ENTRIES", 20)
    for number in range(100):
        unfinished(layout.active_dir(NAME), DEAD + number)
        (layout.active_dir(NAME) / f".{NAME}.exchanged-by-{DEAD + number}-a").touch()

    assert len(list(left_behind(layout.active_dir(NAME)))) <= 20
    sweep_below(layout.top)

    assert len(list(layout.active_dir(NAME).iterdir())) >= 180


@pytest.fixture
def pool(tmp_path: Path) -> Path:
    made = tmp_path / "saved"
    made.mkdir()
    return made


def exchanged(pool: Path, number: int = 0, mark: str = NAME) -> Path:
    return pool / f".{mark}.exchanged-by-{DEAD + number}-a"


def history(layout: StateLayout, name: str = NAME) -> set[bytes]:
    return {path.read_bytes() for path in layout.history_dir(name).glob("*")}


def test_a_folder_named_like_a_leftover_keeps_no_command_from_its_work(
    layout: StateLayout, pool: Path
) -> None:
    exchanged(pool).mkdir()
    exchanged(pool, 1).write_bytes(SESSION)

    Custodian(layout).take_in(pool)

    assert history(layout) == {SESSION}
    assert exchanged(pool).is_dir()
    assert not exchanged(pool, 1).exists()


def test_a_leftover_that_cannot_be_read_stays_and_the_others_are_kept(
    layout: StateLayout, pool: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = exchanged(pool)
    for number in range(2):
        exchanged(pool, number).write_bytes(SESSION)

    def refusing(path: Path) -> bytes | None:
        if path == closed:
            raise PermissionError(13, "Permission denied", str(path))
        return read_untrusted(path)

    monkeypatch.setattr(session_files, "read_untrusted", refusing)

    Custodian(layout).take_in(pool)

    assert history(layout) == {SESSION}
    assert closed.exists()
    assert not exchanged(pool, 1).exists()


def test_a_leftover_stays_where_the_history_cannot_be_written(
    layout: StateLayout, pool: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> Path:
        raise StateError("/state/history: No space left on device; free space there")

    exchanged(pool).write_bytes(SESSION)
    monkeypatch.setattr(Custodian, "keep_version", full)

    Custodian(layout).take_in(pool)

    assert exchanged(pool).read_bytes() == SESSION


def test_a_leftover_too_large_to_be_kept_stays(layout: StateLayout, pool: Path) -> None:
    exchanged(pool).touch()
    os.truncate(exchanged(pool), 64 * 1024**2 + 1)

    Custodian(layout).take_in(pool)

    assert exchanged(pool).exists()
