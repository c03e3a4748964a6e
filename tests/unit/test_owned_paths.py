"""The state folder's path leads through folders and links of root's and this user's only."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

import pytest

from multi_instance_manager.errors import StateError
from multi_instance_manager.files.owned_paths import stranger_on, trusted_owners
from multi_instance_manager.state.folder import make_dir, prepare_top
from multi_instance_manager.state.layout import StateLayout

STRANGER = 4321
OWNERS = frozenset({0, os.geteuid()})


def owned_by_another(path: Path) -> Path:
    os.chown(path, STRANGER, STRANGER, follow_symlinks=False)
    return path


def test_a_path_of_ones_own_has_no_stranger(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")

    assert stranger_on(tmp_path / "link" / "state", OWNERS) is None
    assert stranger_on(tmp_path / "not" / "there" / "yet", OWNERS) is None


def test_a_folder_of_another_user_on_the_way_is_found(tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    (theirs / "project").mkdir(parents=True)
    owned_by_another(theirs)

    assert stranger_on(theirs / "project" / "state", OWNERS) == (str(theirs), STRANGER)


def test_a_link_of_another_user_on_the_way_is_found(tmp_path: Path) -> None:
    """The folder that it leads to may be ours: where it leads is theirs to say."""
    (tmp_path / "mine").mkdir()
    link = tmp_path / "link"
    link.symlink_to("mine")
    owned_by_another(link)

    assert stranger_on(link / "state", OWNERS) == (str(link), STRANGER)


def test_what_a_link_leads_through_is_looked_at_too(tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    (theirs / "inner").mkdir(parents=True)
    owned_by_another(theirs)
    (tmp_path / "second").symlink_to(theirs / "inner" / ".." / "inner")
    (tmp_path / "first").symlink_to("second")

    assert stranger_on(tmp_path / "first", OWNERS) == (str(theirs), STRANGER)


def test_links_in_a_circle_come_to_an_end(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")

    with pytest.raises(OSError, match="symbolic links"):
        stranger_on(tmp_path / "a" / "state", OWNERS)


def test_root_trusts_whom_it_works_for_and_no_other_user_takes_that_from_a_variable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    environment = {"SUDO_UID": "1000"}
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert trusted_owners(environment) == {0, 1000}
    assert trusted_owners({"SUDO_UID": "-1"}) == {0}
    assert trusted_owners({"PKEXEC_UID": "1000"}) == {0, 1000}
    assert trusted_owners({"DOAS_USER": "nobody"}) == {0, pwd.getpwnam("nobody").pw_uid}
    assert trusted_owners({"DOAS_USER": "there is no such user"}) == {0}
    monkeypatch.setattr(os, "geteuid", lambda: 1001)
    assert trusted_owners(environment) == {0, 1001}


@pytest.mark.parametrize("act", [prepare_top, lambda layout: make_dir(layout, layout.ledger)])
def test_nothing_is_made_below_a_folder_of_another_user(
    tmp_path: Path, act: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SUDO_UID", raising=False)
    victim = tmp_path / "victim"
    victim.mkdir(mode=0o755)
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (theirs / "state").symlink_to(victim)
    owned_by_another(theirs)
    assert callable(act)

    with pytest.raises(StateError, match=f"uid {STRANGER}"):
        act(StateLayout(theirs / "state", "ai-proxy"))

    assert list(victim.iterdir()) == []


def test_a_link_below_the_state_folder_is_not_followed(tmp_path: Path) -> None:
    layout = StateLayout(tmp_path / "state", "ai-proxy")
    prepare_top(layout)
    victim = tmp_path / "victim"
    victim.mkdir(mode=0o755)
    (layout.top / "active").symlink_to(victim)

    with pytest.raises(StateError, match="active"):
        make_dir(layout, layout.active_dir("ai-proxy-user-a"), 0o777)

    assert list(victim.iterdir()) == []
    assert victim.stat().st_mode & 0o777 == 0o755
