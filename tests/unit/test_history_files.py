"""What a person puts into a history, or takes out of it meanwhile, blocks nothing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from multi_instance_manager.errors import ExitCode
from multi_instance_manager.sessions import history
from multi_instance_manager.sessions.history import keep_version, move_versions, versions
from multi_instance_manager.state.folder import prepare_top
from multi_instance_manager.state.layout import StateLayout
from unit.world import NAME, Builder

VERSION = "000003-20260101T000000Z-0123456789ab.json"
BY_HAND = [
    "000003-backup.json",
    "000003-.json",
    "000003--.json",
    "000003-20260101T000000Z.json",
    "000003-20261301T000000Z-0123456789ab.json",
    "000003-20260101T250000Z-0123456789ab.json",
    "000003-00000101T000000Z-0123456789ab.json",
    "000003-20260101T000000Z-0123456789ab-copy.json",
    "000003-20260101T000000Z-0123456789AB.json",
    "000003-20260101T000000Z-short.json",
    "\u0660\u0660\u0660\u0660\u0660\u0663-20260101T000000Z-0123456789ab.json",
    "000003-\u0662\u0660\u0662\u0666\u0660\u0661\u0660\u0661T000000Z-0123456789ab.json",
    f"{'9' * 200}-20260101T000000Z-0123456789ab.json",
    "too-large.json",
    "000003-20260101T000000Z-0123456789ab.json\n",
]


@pytest.fixture
def layout(tmp_path: Path) -> StateLayout:
    made = StateLayout(tmp_path / "state", "ai-proxy")
    prepare_top(made)
    made.history_dir(NAME).mkdir(parents=True)
    return made


def keep(layout: StateLayout, content: bytes, name: str = NAME) -> Path:
    return keep_version(layout, name, content, 0.0, lambda _: 0)


@pytest.mark.parametrize("name", BY_HAND)
def test_a_file_that_a_person_put_there_is_no_version_and_stays(
    layout: StateLayout, name: str
) -> None:
    by_hand = layout.history_dir(NAME) / name
    by_hand.write_bytes(b"by hand")

    for number in range(history.KEPT_VERSIONS + 2):
        keep(layout, b"%d" % number)

    assert len(versions(layout, NAME)) == history.KEPT_VERSIONS
    assert by_hand.read_bytes() == b"by hand"


@pytest.mark.parametrize("kind", ["folder", "link", "dangling link", "pipe"])
def test_what_is_no_file_is_no_version(layout: StateLayout, tmp_path: Path, kind: str) -> None:
    path, target = layout.history_dir(NAME) / VERSION, tmp_path / "target"
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to(target)
    if kind == "link":
        target.write_bytes(b"elsewhere")

    kept = keep(layout, b"first")

    assert [version.path for version in versions(layout, NAME)] == [kept]
    assert os.path.lexists(path)


def test_a_version_that_goes_meanwhile_is_none(
    layout: StateLayout, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = keep(layout, b"first"), keep(layout, b"second")
    stat = Path.lstat

    def gone(path: Path) -> os.stat_result:
        if path == first:
            first.unlink(missing_ok=True)
        return stat(path)

    monkeypatch.setattr(Path, "lstat", gone)

    assert [version.path for version in versions(layout, NAME)] == [second]


def test_numbers_go_on_beyond_six_digits(layout: StateLayout) -> None:
    (layout.history_dir(NAME) / VERSION.replace("000003", "999999")).write_bytes(b"first")

    for number in range(3):
        keep(layout, b"%d" % number)

    numbers = [version.number for version in versions(layout, NAME)]
    assert numbers == [999999, 1000000, 1000001, 1000002]
    move_versions(layout, NAME, "ai-proxy-anna")
    moved = versions(layout, "ai-proxy-anna")
    assert [version.number for version in moved] == numbers
    assert [version.path.read_bytes() for version in moved] == [b"first", b"0", b"1", b"2"]


@pytest.mark.parametrize("is_taken", [True, False])
def test_a_renamed_profile_takes_its_large_copy_along_and_overwrites_none(
    layout: StateLayout, *, is_taken: bool
) -> None:
    old, new = layout.history_dir(NAME), layout.history_dir("ai-proxy-anna")
    (old / "too-large.json").write_bytes(b"large")
    if is_taken:
        new.mkdir()
        (new / "too-large.json").write_bytes(b"another")

    move_versions(layout, NAME, "ai-proxy-anna")

    assert (new / "too-large.json").read_bytes() == (b"another" if is_taken else b"large")
    assert (old / "too-large.json").exists() is is_taken


def test_a_file_put_there_by_hand_keeps_no_command_from_its_work(build: Builder) -> None:
    world = build()
    world.launch()
    folder = world.settings.state_dir / "history" / NAME
    folder.mkdir(parents=True, exist_ok=True)
    for name in BY_HAND:
        (folder / name).write_bytes(b"by hand")

    for act in (world.stop, world.sync, world.start, world.restart):
        assert all(outcome.is_well for outcome in act().outcomes)
    assert world.up().exit_code is ExitCode.OK
    assert world.down().left == ()
