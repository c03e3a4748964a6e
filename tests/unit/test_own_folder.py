"""The folder that an instance runs on is cleared by descriptors, whatever is swapped meanwhile."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from multi_instance_manager.files.untrusted_files import content_of
from multi_instance_manager.sessions import own_folder
from multi_instance_manager.sessions.own_folder import clear_own_folder

OWN = b'{"cookies": []}'


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    made = tmp_path / "active" / "ai-proxy-user-a" / "user-a.json"
    made.parent.mkdir(parents=True)
    made.write_bytes(OWN)
    return made


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    made = tmp_path / "shadow"
    made.write_bytes(b"of the host")
    made.chmod(0o600)
    return made


def test_a_link_swapped_in_after_the_copy_was_read_gets_no_other_mode(
    copy: Path, secret: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def swapped(descriptor: int) -> bytes | None:
        content = content_of(descriptor)
        copy.unlink()
        copy.symlink_to(secret)
        return content

    monkeypatch.setattr(own_folder, "content_of", swapped)

    clear_own_folder(copy, OWN, lambda _: None)

    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert secret.read_bytes() == b"of the host"


def test_the_copy_stays_and_all_else_goes(copy: Path, secret: Path) -> None:
    (copy.parent / "aaa.json").symlink_to(secret)
    (copy.parent / "zzz.json").symlink_to("/app/auth_profiles/saved/user-b.json")
    (copy.parent / "other.json").write_bytes(b'{"cookies": [1]}')
    (copy.parent / "deep" / "deeper").mkdir(parents=True)
    os.mkfifo(copy.parent / "pipe.json")
    kept: list[bytes] = []

    clear_own_folder(copy, None, kept.append)

    assert [path.name for path in copy.parent.iterdir()] == [copy.name]
    assert kept == [b'{"cookies": [1]}']
    assert secret.read_bytes() == b"of the host"


def test_a_copy_that_is_a_link_goes_too(copy: Path, secret: Path) -> None:
    copy.unlink()
    copy.symlink_to(secret)

    clear_own_folder(copy, None, lambda _: pytest.fail("read through the link"))

    assert list(copy.parent.iterdir()) == []
    assert secret.exists()


def test_of_a_flood_of_files_a_few_are_kept_and_the_copy_first(copy: Path) -> None:
    for number in range(50):
        (copy.parent / f"{number:02}.json").write_bytes(b'{"cookies": [%d]}' % number)
    kept: list[bytes] = []

    clear_own_folder(copy, b"another", kept.append)

    assert list(copy.parent.iterdir()) == []
    assert kept[0] == OWN
    assert len(kept) == 5


def test_a_link_in_the_place_of_the_folder_is_not_followed(copy: Path, tmp_path: Path) -> None:
    copy.parent.rename(tmp_path / "elsewhere")
    copy.parent.symlink_to(tmp_path / "elsewhere")

    with pytest.raises(OSError, match=copy.parent.name):
        clear_own_folder(copy, None, lambda _: None)

    assert (tmp_path / "elsewhere" / copy.name).read_bytes() == OWN
