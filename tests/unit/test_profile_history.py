"""The history of a profile: where each version came from, what differs, and what may go."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from multi_instance_manager.commands.profiles.add import NewProfile, add_profiles
from multi_instance_manager.commands.profiles.history import (
    compare_versions,
    history,
    prune_history,
)
from multi_instance_manager.commands.profiles.rename import rename_profile
from multi_instance_manager.commands.profiles.restore import restore
from multi_instance_manager.errors import Declined, ExitCode, UsageProblems
from multi_instance_manager.render.profile_history import diff_lines, history_sheet, pruned_line
from multi_instance_manager.reports.profile_history import ProfileHistoryReport
from multi_instance_manager.reports.report import document_of
from multi_instance_manager.sessions.cookie_changes import cookie_changes
from multi_instance_manager.sessions.history import keep_version
from multi_instance_manager.state.folder import prepare_top
from unit.builders import layout_of
from unit.world import NAME, Builder, World

SECRET = "a-value-that-nobody-may-see"
LATER = 2_000_000_000


def login(mark: str, *names: str, expires: float = LATER) -> bytes:
    cookies = [
        {"name": name, "domain": ".google.com", "value": f"{SECRET}-{mark}", "expires": expires}
        for name in ("SID", *names)
    ]
    return json.dumps({"cookies": cookies}).encode()


def launched(build: Builder) -> World:
    world = build()
    world.pool_file.write_bytes(login("first"))
    assert world.up().exit_code is ExitCode.OK
    return world


def refresh(world: World, content: bytes) -> None:
    """The instance saves, and its session is saved to the pool."""
    (world.settings.state_dir / "active" / NAME / "user-a.json").write_bytes(content)
    world.sync()


def shown(world: World, profile: str = "user-a") -> ProfileHistoryReport:
    report = history(world.request(), profile)
    assert SECRET not in repr(report)
    return report


def sources(report: ProfileHistoryReport) -> tuple[list[str], str | None]:
    current = report.current.source.value if report.current else None
    return [one.source.value for one in report.versions], current


def test_each_version_is_listed_with_where_it_came_from(build: Builder) -> None:
    world = launched(build)
    assert sources(shown(world)) == ([], "owner")

    refresh(world, login("second"))
    assert sources(shown(world)) == (["owner"], "instance")
    restore(world.request(), "user-a", 1)
    assert sources(shown(world)) == (["owner", "instance"], "restore")
    new = NewProfile("user-a", "file x", login("third"))
    add_profiles(world.request(), [new], force=True)

    assert sources(shown(world)) == (["owner", "instance", "restore"], "owner")


def test_what_the_owner_saved_over_a_refreshed_session_is_the_owners(build: Builder) -> None:
    world = launched(build)
    refresh(world, login("second"))

    world.pool_file.write_bytes(login("by hand"))

    assert sources(shown(world)) == (["owner"], "owner")


def test_the_sources_survive_a_removal_of_the_instance_and_a_rename(build: Builder) -> None:
    world = launched(build)
    refresh(world, login("second"))
    world.down()

    rename_profile(world.request(), "user-a", "anna")

    kept, current = sources(shown(world, "anna"))
    assert (kept[0], current) == ("owner", "instance")


def test_what_was_kept_before_sources_were_noted_is_unknown(build: Builder) -> None:
    world = build()
    layout = layout_of(world.settings)
    prepare_top(layout)
    keep_version(layout, NAME, login("old"), 0.0, lambda _: 0)

    assert sources(shown(world)) == (["unknown"], "unknown")


def test_the_list_has_the_end_the_cookies_and_which_is_in_use(build: Builder) -> None:
    world = launched(build)
    refresh(world, login("second", "other"))

    report = shown(world)

    [one], current = report.versions, report.current
    assert current is not None
    assert (one.cookies, current.cookies) == (1, 2)
    assert one.login_expires_at is not None
    assert one.login_expires_at.timestamp() == LATER
    assert (one.is_in_pool, one.is_in_instance, current.is_in_instance) == (False, False, True)
    sheet = history_sheet(report)
    assert sheet is not None
    assert [(row[0], row[2], row[3], row[-1]) for row in sheet.rows] == [
        ("1", "owner", "1", ""),
        ("now", "instance", "2", "in the pool, in its instance"),
    ]


def test_a_torn_version_is_listed_without_facts(build: Builder) -> None:
    world = build()
    prepare_top(layout_of(world.settings))
    keep_version(layout_of(world.settings), NAME, b'{"cook', 0.0, lambda _: 0)

    [one] = shown(world).versions

    assert (one.cookies, one.login_expires_at) == (None, None)
    with pytest.raises(UsageProblems, match="not a whole profile"):
        compare_versions(world.request(), "user-a", "1", "now")


def test_a_comparison_names_cookies_and_never_a_value(build: Builder) -> None:
    world = launched(build)
    world.pool_file.write_bytes(login("x", "stays", "went"))
    world.up()
    refresh(world, login("y", "stays", "came", expires=LATER + 60))

    last = str(shown(world).versions[-1].number)
    report = compare_versions(world.request(), "user-a", last, "now")

    names: list[list[str]] = [
        [one.name for one in group] for group in (report.came, report.went, report.expiry_changed)
    ]
    lines = diff_lines(report)
    assert names == [["came"], ["went"], ["SID", "stays"]]
    assert SECRET not in repr(report) + "".join(lines)
    assert [line.split()[0:2] for line in lines[:2]] == [["came", "came"], ["went", "went"]]
    assert lines[-1].endswith("differ in 4 cookies; values are not compared")


def test_a_cookie_with_half_a_character_in_its_name_is_shown_escaped(build: Builder) -> None:
    world = build()
    prepare_top(layout_of(world.settings))
    keep_version(layout_of(world.settings), NAME, login("old"), 0.0, lambda _: 0)
    world.pool_file.write_bytes(
        b'{"cookies": [{"name": "a\\ud83d\\u001b", "domain": "x", "expires": 1e400}]}'
    )

    report = compare_versions(world.request(), "user-a", "1", "now")

    assert [(one.name, one.expires_after) for one in report.came] == [("a\\ud83d\\x1b", None)]
    assert "ud83d" in document_of(report)


def test_two_equal_versions_are_called_the_same(build: Builder) -> None:
    world = launched(build)

    report = compare_versions(world.request(), "user-a", "now", "now")

    assert diff_lines(report) == ["profile user-a: versions now and now are the same"]


@pytest.mark.parametrize(
    ("words", "fault"),
    [(("1", "soon"), "is no version"), (("9", "now"), "has no version 9"), (("1", "-1"), "no ver")],
)
def test_what_is_no_version_is_refused(build: Builder, words: Sequence[str], fault: str) -> None:
    world = launched(build)
    refresh(world, login("second"))

    with pytest.raises(UsageProblems, match=fault):
        compare_versions(world.request(), "user-a", *words)


def test_cookies_of_the_same_name_at_two_places_are_two() -> None:
    before = json.dumps({"cookies": [{"name": "a", "domain": "x"}]}).encode()
    after = json.dumps({"cookies": [{"name": "a", "domain": "y"}, 7, {"name": "a"}]}).encode()

    changes = cookie_changes(before, after)

    assert changes is not None
    assert [(one.name, one.domain) for one in changes.came] == [("a", ""), ("a", "y")]
    assert [(one.name, one.domain) for one in changes.went] == [("a", "x")]


def test_pruning_keeps_the_newest_and_the_last_one_with_a_login(build: Builder) -> None:
    world = build()
    layout = layout_of(world.settings)
    prepare_top(layout)
    for number in range(5):
        content = login("kept") if number == 1 else b'{"cookies": [], "n": %d}' % number
        keep_version(layout, NAME, content, 0.0, lambda _: 0)

    report = prune_history(world.request(), "user-a", 2, lambda _: True)

    assert (report.deleted, report.kept) == ((1, 3), (2, 4, 5))
    assert pruned_line(report) == "profile user-a: deleted 2 versions (1, 3); 3 versions left\n"
    again = prune_history(world.request(), "user-a", 3, lambda _: False)
    assert (again.deleted, again.kept) == ((), (2, 4, 5))


def test_pruning_asks_first(build: Builder) -> None:
    world = launched(build)
    for number in range(3):
        refresh(world, login(f"{number}"))
    world.settings = replace(world.settings, auto_confirm=False)
    asked: list[int] = []

    def refuse(surplus: int) -> bool:
        asked.append(surplus)
        return False

    with pytest.raises(Declined):
        prune_history(world.request(), "user-a", 1, refuse)

    assert asked == [2]
    assert len(shown(world).versions) == 3
