"""Checking the saved profiles, and adding one, over a real folder and without an engine."""

from __future__ import annotations

import json
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from multi_instance_manager.commands.profiles import restore as profile_restore
from multi_instance_manager.commands.profiles.add import NewProfile, add_profiles
from multi_instance_manager.commands.profiles.check import check_profiles
from multi_instance_manager.commands.profiles.history import history
from multi_instance_manager.commands.profiles.restore import restore
from multi_instance_manager.commands.survey.request import Request
from multi_instance_manager.errors import Busy, StateError, UsageProblems
from multi_instance_manager.files import private_files
from multi_instance_manager.files.private_files import write_new
from multi_instance_manager.fleet.container_names import container_name_of
from multi_instance_manager.render.profiles import added_lines
from multi_instance_manager.reports.profile_add import (
    Added,
    AddedProfile,
    ComparedWith,
    ProfileAddReport,
)
from multi_instance_manager.sessions.history import keep_version
from multi_instance_manager.sessions.pool import read_pool
from multi_instance_manager.sessions.profile_names import fault_of_name
from multi_instance_manager.settings.model import Settings, Timeouts
from multi_instance_manager.state.folder import prepare_top
from multi_instance_manager.state.layout import StateLayout
from multi_instance_manager.state.lock import fleet_lock
from unit.builders import APPLICATION, layout_of, some_settings

SECRET = "a-value-that-nobody-may-see"
DAY = 86400
SOURCE = "x"


def login(value: str = SECRET, days: float = 90) -> bytes:
    cookie = {"name": "SID", "domain": ".google.com", "value": value}
    return json.dumps({"cookies": [{**cookie, "expires": time.time() + days * DAY}]}).encode()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = some_settings(tmp_path, timeouts=Timeouts(lock_timeout_s=0.1))
    made.profile_dir.mkdir(parents=True)
    return made


def save(settings: Settings, name: str, content: bytes) -> Path:
    path = settings.profile_dir / f"{name}.json"
    path.write_bytes(content)
    return path


def found(settings: Settings, *patterns: str, soon: float = 7) -> list[tuple[str, str, str]]:
    report = check_profiles(Request(settings, {}, patterns), soon_days=soon)
    assert report.exit_code == (1 if report.findings else 0)
    assert SECRET not in repr(report)
    return [(one.profile, one.severity, one.code) for one in report.findings]


def names_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def add(settings: Settings, name: str, content: bytes, *, force: bool = False) -> AddedProfile:
    return add_all(settings, (name, content), force=force)[0]


def add_all(
    settings: Settings, *logins: tuple[str, bytes], force: bool = False
) -> tuple[AddedProfile, ...]:
    new = [NewProfile(name, f"file {SOURCE}", content) for name, content in logins]
    report = add_profiles(Request(settings, {}), new, force=force)
    assert report.exit_code == 0
    return report.profiles


def test_logins_that_last_and_differ_are_all_well(settings: Settings) -> None:
    save(settings, "a", login("one"))
    save(settings, "b", login("two"))

    assert found(settings) == []


def test_each_kind_of_problem_is_found_and_named(settings: Settings) -> None:
    save(settings, "cut", b"{")
    save(settings, "empty", b"")
    (settings.profile_dir / "gone.json").symlink_to("nowhere")
    (settings.profile_dir / "folder.json").mkdir()
    save(settings, "late", login("late", days=-1))
    save(settings, "soon", login("soon", days=3))
    save(settings, "bare", b'{"cookies": [], "origins": []}')
    save(settings, "nobody", b'{"cookies": [{"name": "NID", "value": "x", "expires": 9e9}]}')
    save(settings, "twin-a", login("same", days=50))
    save(settings, "twin-b", login("same", days=60))

    assert found(settings) == [
        ("bare", "warning", "no-cookies"),
        ("cut", "error", "invalid"),
        ("empty", "error", "invalid"),
        ("folder", "error", "unreadable"),
        ("gone", "error", "unreadable"),
        ("late", "error", "expired"),
        ("nobody", "warning", "no-login"),
        ("soon", "warning", "expires-soon"),
        ("twin-a", "warning", "duplicate"),
        ("twin-b", "warning", "duplicate"),
    ]


def test_twins_are_looked_for_among_all_whatever_is_asked_about(settings: Settings) -> None:
    save(settings, "a", login("same"))
    save(settings, "b", login("same"))

    assert found(settings, "a") == [("a", "warning", "duplicate")]


def test_how_soon_is_soon_is_the_persons_choice(settings: Settings) -> None:
    save(settings, "a", login(days=3))

    assert found(settings, soon=2) == []
    assert found(settings, soon=4) == [("a", "warning", "expires-soon")]


def test_a_login_that_its_instance_has_renewed_has_not_expired(settings: Settings) -> None:
    file = save(settings, "a", login(days=-1))
    os.utime(file, (1, 1))
    layout = StateLayout(settings.state_dir, settings.container_prefix)
    copy = layout.copy(container_name_of(settings.container_prefix, "a"), "a")
    copy.parent.mkdir(parents=True)
    copy.write_bytes(login(days=90))

    assert found(settings) == []


def test_a_pool_without_profiles_or_without_a_folder_is_refused(settings: Settings) -> None:
    with pytest.raises(UsageProblems, match="profiles add FILE"):
        check_profiles(Request(settings, {}), soon_days=7)
    settings.profile_dir.rmdir()
    with pytest.raises(UsageProblems, match="does not exist"):
        check_profiles(Request(settings, {}), soon_days=7)


def test_a_new_login_is_the_owners_alone_and_leaves_nothing_else_behind(
    settings: Settings,
) -> None:
    report = add(settings, "a", login())

    file = settings.profile_dir / "a.json"
    assert (report.result, report.kept_as, report.findings) == (Added.ADDED, None, ())
    assert file.read_bytes() != b""
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.stat().st_uid == settings.profile_dir.stat().st_uid
    assert names_in(settings.profile_dir) == ["a.json"]
    assert not settings.state_dir.exists(), "a pool that was never launched needs none"


def test_what_is_there_stays_unless_forced_and_then_goes_into_the_history(
    settings: Settings,
) -> None:
    before = login("before")
    file = save(settings, "a", before)
    file.chmod(0o640)

    with pytest.raises(UsageProblems, match="--force"):
        add(settings, "a", login("after"))
    assert file.read_bytes() == before
    assert not settings.state_dir.exists()

    report = add(settings, "a", login("after"), force=True)

    assert report.result is Added.REPLACED
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    (version,) = history(Request(settings, {}), "a").versions
    assert report.kept_as is not None
    assert report.kept_as.startswith(f"{version.number:06}-")
    restore(Request(settings, {}), "a", version.number)
    assert file.read_bytes() == before


def test_the_same_login_once_more_changes_nothing(settings: Settings) -> None:
    content = login()
    file = save(settings, "a", content)
    before = file.stat()

    assert add(settings, "a", content).result is Added.UNCHANGED
    assert add(settings, "a", content, force=True).result is Added.UNCHANGED
    assert file.stat() == before


def test_a_link_stays_a_link_to_the_file_that_is_replaced(
    settings: Settings, tmp_path: Path
) -> None:
    target = tmp_path / "elsewhere.json"
    target.write_bytes(login("before"))
    link = settings.profile_dir / "a.json"
    link.symlink_to(target)
    content = login("after")

    add(settings, "a", content, force=True)

    assert link.is_symlink()
    assert target.read_bytes() == content


def test_nothing_is_replaced_while_another_manager_is_at_work(settings: Settings) -> None:
    before = login("before")
    file = save(settings, "a", before)
    layout = StateLayout(settings.state_dir, settings.container_prefix)
    prepare_top(layout)

    with fleet_lock(layout, timeout_s=1), pytest.raises(Busy):
        add(settings, "a", login("after"), force=True)

    assert file.read_bytes() == before


@pytest.mark.parametrize("content", [b"", b"  ", b"{", b"[]", b"{}", b"null", b"\xff\xfe"])
def test_what_is_no_login_is_refused_without_a_word_of_it(
    settings: Settings, content: bytes
) -> None:
    with pytest.raises(UsageProblems, match="file x: is"):
        add(settings, "a", content)
    assert names_in(settings.profile_dir) == []


@pytest.mark.parametrize(
    "name", ["", ".hidden", "a/b", "..", "../a", "a\0b", "a\nb", "\x1b[2J", "x" * 251, "é" * 126]
)
def test_a_name_that_the_pool_could_not_show_or_find_is_refused(
    settings: Settings, name: str
) -> None:
    with pytest.raises(UsageProblems, match="--name") as refusal:
        add(settings, name, login())
    assert "\x1b" not in str(refusal.value)
    assert names_in(settings.profile_dir) == []


@given(st.text(min_size=1, max_size=120))
def test_every_name_that_is_taken_is_found_again_by_the_pool(
    tmp_path_factory: pytest.TempPathFactory, name: str
) -> None:
    if fault_of_name(name):
        return
    folder = tmp_path_factory.mktemp("pool")
    write_new(folder / f"{name}.json", login(), mode=0o600)

    assert [profile.name for profile in read_pool(folder, APPLICATION.login, now=0).profiles] == [
        name
    ]


def test_all_that_is_wrong_is_told_at_once(settings: Settings) -> None:
    with pytest.raises(UsageProblems) as refusal:
        add(settings, "../a", b"{")
    assert len(refusal.value.problems) == 2


def test_a_new_login_is_told_to_be_late_or_a_twin_and_taken_all_the_same(
    settings: Settings,
) -> None:
    save(settings, "a", login("same", days=30))

    report = add(settings, "b", login("same", days=-1))

    assert [one.code for one in report.findings] == ["expired", "duplicate"]
    [twin] = report.twins
    assert (twin.profile, twin.compared_with) == ("a", ComparedWith.POOL)
    assert twin.source == str(settings.profile_dir / "a.json")


def test_a_twin_is_told_with_the_session_that_it_was_compared_with(settings: Settings) -> None:
    save(settings, "a", login("old"))
    copy = layout_of(settings).copy(container_name_of("ai-proxy", "a"), "a")
    copy.parent.mkdir(parents=True)
    copy.write_bytes(login("renewed"))
    os.utime(copy, (time.time() + 60,) * 2)

    first, second = add_all(settings, ("b", login("renewed")), ("c", login("renewed", days=1)))

    assert [(one.profile, one.compared_with, one.source) for one in first.twins] == [
        ("a", ComparedWith.INSTANCE, str(copy)),
        ("c", ComparedWith.GIVEN, "file x"),
    ]
    assert [one.profile for one in second.twins] == ["a", "b"]
    lines = added_lines(ProfileAddReport(profiles=(first,)))
    assert lines[-2] == f"  a: compared with the newer session of its instance, {copy}"
    assert lines[-1] == "  c: compared with the login just added from file x"


def test_of_several_files_all_are_added_or_none(settings: Settings) -> None:
    save(settings, "taken", login("before"))

    with pytest.raises(UsageProblems, match="another login is in") as refusal:
        add_all(settings, ("a", login("a")), ("taken", login("b")), ("b", login("c")))
    assert len(refusal.value.problems) == 1
    with pytest.raises(UsageProblems) as refusal:
        add_all(settings, ("a", b"{"), ("b", b""), ("c", login()), ("c", login("c")))
    assert len(refusal.value.problems) == 3
    assert names_in(settings.profile_dir) == ["taken.json"]

    added = add_all(settings, ("a", login("a")), ("taken", login("b")), force=True)

    assert [one.result for one in added] == [Added.ADDED, Added.REPLACED]


def test_if_one_cannot_be_written_those_before_it_are_taken_out_again(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = login("before")
    file = save(settings, "taken", before)

    def full(path: Path, content: bytes, *, mode: int) -> None:
        if path.name == "last.json":
            raise OSError(28, "No space left on device")
        write_new(path, content, mode=mode)

    monkeypatch.setattr("multi_instance_manager.commands.profiles.add.write_new", full)

    with pytest.raises(StateError, match="No space left"):
        add_all(
            settings,
            ("a", login("a")),
            ("taken", login("b")),
            ("last", login("c")),
            force=True,
        )

    assert names_in(settings.profile_dir) == ["taken.json"]
    assert file.read_bytes() == before


def test_a_file_that_came_in_the_meantime_is_not_written_over(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_bytes(b"first")

    with pytest.raises(FileExistsError):
        write_new(file, b"second", mode=0o600)

    assert file.read_bytes() == b"first"
    assert names_in(tmp_path) == ["a.json"]


def test_a_file_system_without_links_is_written_to_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    file = tmp_path / "a.json"

    write_new(file, b"first", mode=0o600)
    with pytest.raises(FileExistsError):
        write_new(file, b"second", mode=0o600)

    assert file.read_bytes() == b"first"
    assert names_in(tmp_path) == ["a.json"]


def test_a_folder_that_takes_nothing_is_said_with_the_next_step(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> tuple[int, str]:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(private_files, "make_file", full)

    with pytest.raises(StateError, match="free space"):
        add(settings, "a", login())


def test_a_torn_version_is_no_login_to_go_back_to(settings: Settings) -> None:
    """A copy that was found torn is kept; in the pool it would take the place of a good one."""
    before = login()
    pool_file = save(settings, "a", before)
    layout = layout_of(settings)
    prepare_top(layout)
    kept = keep_version(layout, container_name_of("ai-proxy", "a"), b'{"cook', 0, bool)

    with pytest.raises(UsageProblems, match=r"version 1 is not valid JSON.*; choose another"):
        restore(Request(settings, {}), "a", int(kept.name[:6]))

    assert pool_file.read_bytes() == before


def test_a_version_that_went_while_another_manager_was_at_work_is_told(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(settings, "a", login())
    layout = layout_of(settings)
    prepare_top(layout)
    kept = keep_version(layout, container_name_of("ai-proxy", "a"), login("old"), 0, bool)

    @contextmanager
    def waited_for(*_: object, **__: object) -> Iterator[None]:
        kept.unlink()
        yield

    monkeypatch.setattr(profile_restore, "fleet_lock", waited_for)

    with pytest.raises(UsageProblems, match="no earlier version is kept"):
        restore(Request(settings, {}), "a", 1)


def test_a_pipe_in_the_pool_is_waited_for_by_nobody(settings: Settings) -> None:
    os.mkfifo(settings.profile_dir / "a.json")

    for act in (
        lambda: history(Request(settings, {}), "a"),
        lambda: add(settings, "a", login()),
        lambda: add(settings, "a", login(), force=True),
    ):
        with pytest.raises(StateError, match="is not a regular file"):
            act()
