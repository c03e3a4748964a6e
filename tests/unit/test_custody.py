"""Sessions on disk: carried out, carried back, never lost, never shown to others."""

from __future__ import annotations

import errno
import json
import os
import stat
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from multi_instance_manager.errors import ManagerError, StateError
from multi_instance_manager.files.private_files import write_atomic
from multi_instance_manager.sessions import session_files
from multi_instance_manager.sessions.custodian import Custodian
from multi_instance_manager.sessions.sync_state import Custody
from multi_instance_manager.state.folder import prepare_top
from multi_instance_manager.state.layout import StateLayout
from multi_instance_manager.text.secret import Secret
from unit.session_home import NAME, PROFILE, SessionHome

KEY = Secret("sk-of-the-new-one")


def session(text: str) -> bytes:
    return json.dumps({"cookies": [{"value": text}]}).encode()


FIRST, REFRESHED, LOGIN = session("first"), session("refreshed"), session("login")


class Home(SessionHome):
    """A pool with one profile and its state folder; the clock moves a minute at each look."""

    def __init__(self, folder: Path) -> None:
        moments = count(1_700_000_000, 60)
        super().__init__(folder, FIRST, clock=lambda: float(next(moments)))

    def install(self, key: Secret | None = KEY) -> None:
        super().install(key)

    def harvest(self) -> Custody:
        return self.custodian.harvest(NAME, PROFILE, self.pool_file).custody

    def custody(self) -> Custody:
        return self.custodian.custody_of(NAME, PROFILE, self.pool_file)

    def put_by(self) -> None:
        self.custodian.stash(NAME, PROFILE)

    def take_back(self) -> None:
        self.custodian.unstash(NAME, PROFILE)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


@pytest.fixture
def installed(home: Home) -> Home:
    home.install()
    return home


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A torn file is read again at once."""
    monkeypatch.setattr(session_files, "_READ_PAUSE_S", 0.0)


@pytest.fixture
def other_umask() -> Iterator[None]:
    before = os.umask(0o077)
    yield
    os.umask(before)


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_an_instance_starts_with_its_own_profile_alone(home: Home) -> None:
    folder = home.layout.active_dir(NAME)
    folder.mkdir(parents=True)
    (folder / "other.json").write_bytes(session("somebody else's"))
    (folder / "notes").write_bytes(b"")
    (folder / "cache").mkdir()

    home.install()

    assert [path.name for path in folder.iterdir()] == ["user-a.json"]
    assert home.copy.read_bytes() == FIRST
    assert home.versions() == [session("somebody else's")]


def test_a_link_that_an_instance_left_in_its_folder_is_removed_and_not_followed(
    home: Home, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.json").write_bytes(session("of the host"))
    folder = home.layout.active_dir(NAME)
    folder.mkdir(parents=True)
    (folder / "folder").symlink_to(outside)
    (folder / "file.json").symlink_to(outside / "secret.json")

    home.install()

    assert [path.name for path in folder.iterdir()] == ["user-a.json"]
    assert (outside / "secret.json").read_bytes() == session("of the host")
    assert home.versions() == []


def test_a_copy_that_became_a_link_is_never_carried_back(installed: Home, tmp_path: Path) -> None:
    """A container could point it at any file of the host."""
    outside = tmp_path / "outside.json"
    outside.write_bytes(session("of the host"))
    installed.copy.unlink()
    installed.copy.symlink_to(outside)

    installed.harvest()

    assert installed.pool_file.read_bytes() == FIRST


@pytest.mark.usefixtures("other_umask")
def test_a_container_of_any_user_can_use_its_files_and_no_host_user_can_enter(
    home: Home,
) -> None:
    home.install()
    layout = home.layout

    assert mode_of(layout.top) == 0o700
    assert mode_of(layout.top / "active") == 0o700
    assert mode_of(layout.top / "private") == 0o700
    assert mode_of(layout.active_dir(NAME)) == 0o777
    assert mode_of(home.copy) == 0o666
    assert mode_of(layout.emergency_dir(NAME)) == 0o755
    assert mode_of(layout.saved_dir(NAME)) == 0o755
    assert mode_of(layout.saved_copy(NAME, "user-a")) == 0o644
    assert mode_of(layout.key_file(NAME)) == 0o644


def test_the_folders_of_records_and_versions_are_closed(installed: Home) -> None:
    installed.custodian.keep_version(NAME, LOGIN)
    installed.put_by()

    for folder in ("custody", "history", "aside"):
        assert mode_of(installed.layout.top / folder) == 0o700
    for folder_of in (installed.layout.history_dir, installed.layout.aside_dir):
        assert {mode_of(file) for file in folder_of(NAME).iterdir()} == {0o600}


def test_the_key_file_has_the_key_on_a_line_of_its_own(installed: Home) -> None:
    assert installed.layout.key_file(NAME).read_text() == "sk-of-the-new-one\n"


def test_no_key_file_is_written_where_the_hosts_own_rules(home: Home) -> None:
    home.install(key=None)

    assert not home.layout.key_file(NAME).exists()


def test_a_fresh_installation_is_in_sync(installed: Home) -> None:
    assert installed.custody() is Custody.IN_SYNC
    assert installed.harvest() is Custody.IN_SYNC


def test_looking_changes_nothing(installed: Home) -> None:
    installed.copy.write_bytes(REFRESHED)
    before = sorted(installed.layout.top.rglob("*"))

    assert installed.custody() is Custody.COPY_CHANGED

    assert sorted(installed.layout.top.rglob("*")) == before
    assert installed.pool_file.read_bytes() == FIRST


def test_a_refreshed_session_is_saved_to_the_pool_and_the_earlier_one_kept(
    installed: Home,
) -> None:
    installed.copy.write_bytes(REFRESHED)

    assert installed.harvest() is Custody.COPY_CHANGED

    assert installed.pool_file.read_bytes() == REFRESHED
    assert installed.versions() == [FIRST]
    assert installed.custody() is Custody.IN_SYNC


def test_a_harvest_keeps_mode_and_owner_of_the_pools_file(installed: Home) -> None:
    installed.pool_file.chmod(0o640)
    if os.geteuid() == 0:
        os.chown(installed.pool_file, 1234, 2345)
    before = installed.pool_file.stat()
    installed.copy.write_bytes(REFRESHED)

    installed.harvest()

    after = installed.pool_file.stat()
    assert installed.pool_file.read_bytes() == REFRESHED
    assert (after.st_mode, after.st_uid, after.st_gid) == (
        before.st_mode,
        before.st_uid,
        before.st_gid,
    )


def test_a_profile_that_is_a_link_is_followed_and_stays_a_link(home: Home, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere.json"
    home.pool_file.rename(elsewhere)
    home.pool_file.symlink_to(elsewhere)
    home.install()
    home.copy.write_bytes(REFRESHED)

    home.harvest()

    assert home.pool_file.is_symlink()
    assert elsewhere.read_bytes() == REFRESHED


def test_a_harvest_replaces_the_file_in_one_step(installed: Home) -> None:
    """Whoever has the old file open goes on reading the old session, whole."""
    with installed.pool_file.open("rb") as reader:
        installed.copy.write_bytes(REFRESHED)
        installed.harvest()

        assert reader.read() == FIRST
    assert [path.name for path in installed.pool_file.parent.iterdir()] == ["user-a.json"]


@pytest.mark.parametrize(
    "torn", [b"", b"   ", REFRESHED[:-3], b"{}", b"[1]", b"null", b"\xff\xfe", b"{" * 100_000]
)
def test_a_copy_that_is_no_whole_session_is_never_harvested(installed: Home, torn: bytes) -> None:
    installed.copy.write_bytes(torn)

    assert installed.harvest() is Custody.TORN

    assert installed.pool_file.read_bytes() == FIRST
    assert installed.versions() == []


def test_a_copy_that_gets_whole_while_it_is_looked_at_is_harvested(
    installed: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed.copy.write_bytes(b"")
    monkeypatch.setattr(time, "sleep", lambda _: installed.copy.write_bytes(REFRESHED))

    assert installed.harvest() is Custody.COPY_CHANGED
    assert installed.pool_file.read_bytes() == REFRESHED


def test_a_missing_copy_harvests_nothing(installed: Home) -> None:
    installed.copy.unlink()

    assert installed.harvest() is Custody.NO_COPY
    assert installed.pool_file.read_bytes() == FIRST


def test_another_login_of_the_owner_is_never_overwritten(installed: Home) -> None:
    installed.pool_file.write_bytes(LOGIN)

    assert installed.harvest() is Custody.POOL_CHANGED
    assert installed.pool_file.read_bytes() == LOGIN
    assert installed.copy.read_bytes() == FIRST


def test_where_both_sides_changed_the_owners_wins_and_the_containers_is_kept(
    installed: Home,
) -> None:
    installed.pool_file.write_bytes(LOGIN)
    installed.copy.write_bytes(REFRESHED)

    found = installed.custodian.harvest(NAME, PROFILE, installed.pool_file)

    assert found.custody is Custody.BOTH_CHANGED
    assert installed.pool_file.read_bytes() == LOGIN
    assert installed.versions() == [REFRESHED]
    assert found.note is not None
    assert "refreshed" not in found.note


def test_a_lost_record_loses_no_session(installed: Home) -> None:
    installed.layout.custody_record(NAME).unlink()
    os.utime(installed.pool_file, (100, 100))
    installed.copy.write_bytes(REFRESHED)

    assert installed.harvest() is Custody.COPY_CHANGED
    assert installed.pool_file.read_bytes() == REFRESHED
    assert installed.versions() == [FIRST]


def test_a_damaged_record_counts_as_none(installed: Home) -> None:
    installed.layout.custody_record(NAME).write_bytes(b"{torn")
    installed.copy.write_bytes(REFRESHED)
    os.utime(installed.copy, (100, 100))

    assert installed.custody() is Custody.BOTH_CHANGED


def test_a_pool_file_that_is_gone_is_not_brought_back(installed: Home) -> None:
    installed.pool_file.unlink()
    installed.copy.write_bytes(REFRESHED)

    assert installed.custody() is Custody.NO_POOL
    with pytest.raises(StateError, match="vanished"):
        installed.harvest()
    assert not installed.pool_file.exists()
    assert installed.copy.read_bytes() == REFRESHED


def test_a_full_disk_during_a_harvest_loses_neither_side(
    installed: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed.copy.write_bytes(REFRESHED)

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StateError, match="No space left on device"):
        installed.harvest()

    assert installed.pool_file.read_bytes() == FIRST
    assert installed.copy.read_bytes() == REFRESHED
    assert [path.name for path in installed.pool_file.parent.iterdir()] == ["user-a.json"]


def test_the_last_ten_versions_are_kept(installed: Home) -> None:
    for number in range(14):
        installed.custodian.keep_version(NAME, session(f"version {number}"))

    assert installed.versions() == [session(f"version {number}") for number in range(4, 14)]


def test_a_version_is_kept_once(installed: Home) -> None:
    installed.custodian.keep_version(NAME, LOGIN)
    kept = installed.custodian.keep_version(NAME, LOGIN)

    assert installed.versions() == [LOGIN]
    assert kept.read_bytes() == LOGIN


def test_a_version_that_is_kept_again_counts_as_new(installed: Home) -> None:
    keep = installed.custodian.keep_version
    for number in range(10):
        keep(NAME, session(f"version {number}"))
    keep(NAME, session("version 0"))
    keep(NAME, session("the newest"))

    assert session("version 0") in installed.versions()


def test_a_version_has_its_number_for_as_long_as_it_is_kept(installed: Home) -> None:
    told: dict[Path, bytes] = {}
    for text in ("a", "b", "a", "c", "c", "b", "a", "d"):
        told[installed.custodian.keep_version(NAME, session(text))] = session(text)

    assert [int(path.name[:6]) for path in sorted(told)] == [1, 2, 3, 4, 5, 6, 7]
    assert {path: path.read_bytes() for path in told} == told


def test_what_is_kept_again_and_again_pushes_no_other_version_out(installed: Home) -> None:
    others = [session(f"version {number}") for number in range(8)]
    for content in others:
        installed.custodian.keep_version(NAME, content)
    for number in range(30):
        installed.custodian.keep_version(NAME, session(f"{number % 2}"))

    assert set(installed.versions()) == {*others, session("0"), session("1")}
    assert len(installed.versions()) == 10


def test_a_version_is_known_by_its_content_and_not_by_its_name(installed: Home) -> None:
    """A container could make content for the beginning of a digest."""
    kept = installed.custodian.keep_version(NAME, LOGIN)
    kept.write_bytes(FIRST)

    assert installed.custodian.keep_version(NAME, LOGIN).read_bytes() == LOGIN
    assert installed.versions() == [FIRST, LOGIN]


def test_a_clock_that_jumped_back_loses_no_version(home: Home) -> None:
    for number in range(10):
        home.custodian.keep_version(NAME, session(f"version {number}"))

    late = Custodian(home.layout, clock=lambda: 0.0).keep_version(NAME, LOGIN)

    assert late.read_bytes() == LOGIN


def test_the_name_of_a_version_tells_its_moment_and_nothing_of_its_content(home: Home) -> None:
    path = home.custodian.keep_version(NAME, LOGIN)

    assert "20231114T2213" in path.name
    assert "login" not in path.name


def test_another_login_is_installed_over_the_old_copy(installed: Home) -> None:
    installed.pool_file.write_bytes(LOGIN)

    installed.install()

    assert installed.copy.read_bytes() == LOGIN
    assert installed.versions() == [FIRST]
    assert installed.custody() is Custody.IN_SYNC


def test_an_unchanged_copy_stays_the_same_file(installed: Home) -> None:
    """A container that serves has it open."""
    with installed.copy.open("rb") as as_a_container_has_it:
        installed.copy.chmod(0o600)

        installed.install()

        assert os.path.samestat(installed.copy.stat(), os.fstat(as_a_container_has_it.fileno()))
    assert mode_of(installed.copy) == 0o666
    assert installed.versions() == []


def test_a_failed_replacement_gives_back_the_key_and_the_session_of_the_old_instance(
    installed: Home,
) -> None:
    installed.put_by()
    installed.pool_file.write_bytes(LOGIN)
    installed.install(Secret("sk-of-the-failed-one"))

    installed.take_back()

    assert installed.copy.read_bytes() == FIRST
    assert installed.layout.key_file(NAME).read_text() == "sk-of-the-new-one\n"
    assert LOGIN in installed.versions()
    assert installed.pool_file.read_bytes() == LOGIN
    assert not installed.layout.aside_dir(NAME).exists()
    assert installed.custody() is Custody.POOL_CHANGED


def test_a_session_that_the_failed_replacement_refreshed_is_kept_in_use(
    installed: Home,
) -> None:
    installed.put_by()
    installed.install()
    installed.copy.write_bytes(REFRESHED)

    installed.take_back()

    assert installed.copy.read_bytes() == REFRESHED
    assert installed.harvest() is Custody.COPY_CHANGED
    assert installed.pool_file.read_bytes() == REFRESHED


@pytest.mark.parametrize("torn", [b"", REFRESHED[:-2]])
def test_a_torn_copy_of_the_failed_replacement_is_put_right(installed: Home, torn: bytes) -> None:
    installed.put_by()
    installed.copy.write_bytes(torn)

    installed.take_back()

    assert installed.copy.read_bytes() == FIRST


def test_a_copy_that_is_gone_is_put_right(installed: Home) -> None:
    installed.put_by()
    installed.copy.unlink()

    installed.take_back()

    assert installed.copy.read_bytes() == FIRST


def test_a_profile_deleted_in_the_meantime_does_not_keep_the_old_instance_from_its_files(
    installed: Home,
) -> None:
    installed.put_by()
    installed.copy.unlink()
    installed.pool_file.unlink()

    installed.take_back()

    assert installed.copy.read_bytes() == FIRST


def test_taking_back_where_nothing_was_put_by_changes_nothing(installed: Home) -> None:
    installed.take_back()

    assert installed.copy.read_bytes() == FIRST
    assert installed.layout.key_file(NAME).read_text() == "sk-of-the-new-one\n"


def test_putting_by_an_instance_of_the_earlier_script_needs_no_files_of_ours(home: Home) -> None:
    home.put_by()
    home.install()
    home.take_back()

    assert home.copy.read_bytes() == FIRST


def test_a_stash_is_that_of_the_instance_put_by_last(installed: Home) -> None:
    """A stash of an earlier replacement, whose leftover could not be removed, is another's."""
    installed.put_by()
    installed.install(Secret("sk-of-the-second"))

    installed.put_by()
    installed.install(Secret("sk-of-the-third"))
    installed.take_back()

    assert installed.layout.key_file(NAME).read_text() == "sk-of-the-second\n"


def test_a_dropped_stash_gives_nothing_back(installed: Home) -> None:
    installed.put_by()
    installed.install(Secret("sk-proven"))
    installed.custodian.drop_stash(NAME)
    installed.custodian.drop_stash(NAME)

    installed.take_back()

    assert installed.layout.key_file(NAME).read_text() == "sk-proven\n"


def test_a_write_that_fails_leaves_the_old_content_and_no_litter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file.json"
    path.write_bytes(FIRST)

    def broken(*_: object) -> Path:
        raise OSError(errno.EIO, "input/output error")

    monkeypatch.setattr(Path, "replace", broken)
    with pytest.raises(ManagerError, match=r"file\.json: input/output error; "):
        write_atomic(path, LOGIN, like=None, mode=0o600)

    assert path.read_bytes() == FIRST
    assert list(tmp_path.iterdir()) == [path]


def test_an_existing_state_folder_keeps_its_mode(tmp_path: Path) -> None:
    layout = StateLayout(tmp_path / "shared", "ai-proxy")
    layout.top.mkdir(mode=0o755)
    layout.top.chmod(0o755)

    prepare_top(layout)

    assert mode_of(layout.top) == 0o755
    assert (layout.top / ".gitignore").read_text() == "*\n"


def saved_copy(home: Home) -> Path:
    return home.layout.saved_copy(NAME, PROFILE)


def test_what_an_instance_sees_as_its_pool_is_a_file_of_its_own(installed: Home) -> None:
    """The application takes its profile anew from there, after it has removed the one in use."""
    assert [path.name for path in saved_copy(installed).parent.iterdir()] == ["user-a.json"]
    assert saved_copy(installed).read_bytes() == FIRST
    assert not saved_copy(installed).samefile(installed.copy)


def test_it_is_as_new_as_the_pool(installed: Home) -> None:
    installed.copy.write_bytes(REFRESHED)

    installed.harvest()

    assert installed.pool_file.read_bytes() == REFRESHED
    assert saved_copy(installed).read_bytes() == REFRESHED


def test_it_goes_back_with_the_old_instance(installed: Home) -> None:
    installed.put_by()
    installed.pool_file.write_bytes(LOGIN)
    installed.install()
    assert saved_copy(installed).read_bytes() == LOGIN

    installed.take_back()

    assert installed.copy.read_bytes() == FIRST
    assert saved_copy(installed).read_bytes() == FIRST


def test_it_is_written_again_after_a_kill_between_emptying_and_writing(installed: Home) -> None:
    installed.put_by()
    saved_copy(installed).unlink()

    installed.take_back()

    assert saved_copy(installed).read_bytes() == FIRST


def test_an_instance_of_an_earlier_version_is_given_none(installed: Home) -> None:
    """Its two places are one folder; what lay beside it would be looked for by nobody."""
    saved_copy(installed).unlink()
    installed.copy.write_bytes(REFRESHED)

    installed.harvest()

    assert not saved_copy(installed).exists()


@pytest.mark.parametrize("place", ["emergency_dir", "saved_dir"])
def test_what_lay_in_its_other_folders_is_not_seen_by_a_new_instance(
    home: Home, tmp_path: Path, place: str
) -> None:
    outside = tmp_path / "outside.json"
    outside.write_bytes(LOGIN)
    folder: Path = getattr(home.layout, place)(NAME)
    (folder / "nested" / "deeper").mkdir(parents=True)
    (folder / "other.json").write_bytes(session("somebody else's"))
    (folder / "link.json").symlink_to(outside)
    os.mkfifo(folder / "pipe")

    home.install()

    assert [p.name for p in folder.iterdir()] == (["user-a.json"] if place == "saved_dir" else [])
    assert outside.read_bytes() == LOGIN


def test_an_install_that_is_cut_short_leaves_the_old_instance_its_own_session(
    installed: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed between the new login's file and its record, which no later run can tell apart."""
    installed.put_by()
    installed.pool_file.write_bytes(LOGIN)

    class Killed(BaseException):
        pass

    def killed(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(installed.custodian, "_record", killed)
        with pytest.raises(Killed):
            installed.install()
    assert installed.copy.read_bytes() == LOGIN
    installed.pool_file.write_bytes(FIRST)  # its owner goes back meanwhile

    installed.take_back()

    assert installed.copy.read_bytes() == FIRST
    assert LOGIN in installed.versions()
