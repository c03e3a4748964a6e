"""A state folder with another engine's sessions is told as that, and nothing is removed."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from multi_instance_manager.commands.change.adopt import adopt
from multi_instance_manager.commands.survey.home_guard import settle_here
from multi_instance_manager.errors import Refused
from multi_instance_manager.reports.adopt import AdoptReport
from multi_instance_manager.state.home_record import read_home, write_home
from unit.builders import layout_of
from unit.memory_engine import MemoryEngine
from unit.world import World, states


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    made = World(tmp_path, monkeypatch)
    made.launch()
    return made


def other_engine(world: World, told: str) -> MemoryEngine:
    """The manager is given another engine from now on; gives the first one."""
    first, world.engine = world.engine, MemoryEngine()
    world.engine.url, world.engine.told_of_itself = "unix:///other.sock", told
    return first


def adopted(world: World) -> AdoptReport:
    return adopt(world.request())


def test_a_second_engine_is_told_and_the_sessions_of_the_first_stay(world: World) -> None:
    first = other_engine(world, "other")
    copies = list((world.settings.state_dir / "active").rglob("*.json"))

    for act in (world.up, world.stop, world.sync, world.down, world.verify):
        with pytest.raises(Refused, match=r"another engine \(unix:///memory.sock\).*adopt"):
            act()

    assert copies
    assert list((world.settings.state_dir / "active").rglob("*.json")) == copies
    first.close()


@pytest.mark.parametrize("told", ["this", ""])
def test_one_engine_may_be_reached_in_two_ways(world: World, told: str) -> None:
    """Nor is one that tells nothing taken for another."""
    first = world.engine
    first.url, first.told_of_itself = "unix:///other.sock", told

    assert states(world.sync().outcomes) == {"user-a": "synced"}


def test_after_an_adoption_the_second_engine_is_the_fleets(world: World) -> None:
    first = other_engine(world, "other")
    first.close()

    assert adopted(world).way == "used with another engine"

    world.launch()
    assert adopted(world).way is None


def test_once_all_is_down_another_engine_is_nothing_to_tell(world: World) -> None:
    world.down()
    other_engine(world, "other")

    world.launch()


def test_a_record_that_makes_no_sense_counts_as_none_and_is_written_anew(world: World) -> None:
    layout = layout_of(world.settings)
    known = read_home(layout)
    assert known is not None
    for content in (b"", b"[" * 5000, b'{"root": 1}', b"\xff"):
        layout.home.write_bytes(content)
        assert read_home(layout) is None

    world.sync()

    found = read_home(layout)
    assert found is not None
    assert replace(found, identity=known.identity) == known


def test_the_id_of_a_state_folder_stays_while_it_is_where_it_was(world: World) -> None:
    layout = layout_of(world.settings)
    known = read_home(layout)
    assert known is not None
    assert known.identity

    settle_here(world.settings, layout, world.engine)
    assert read_home(layout) == known

    write_home(layout, replace(known, root="/elsewhere"))
    settle_here(world.settings, layout, world.engine)
    found = read_home(layout)
    assert found is not None
    assert found.identity not in {"", known.identity}
