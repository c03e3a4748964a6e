"""What the kernel says is mounted: read as it writes it, and nothing made up where it does not."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from multi_instance_manager.host import kernel_mounts
from multi_instance_manager.host.kernel_mounts import (
    Folder,
    KernelMount,
    folder_at,
    mounted_at,
    mounts_of,
    path_of,
)

ROOT = KernelMount(Folder("8:1", "/"), "/")
DATA = KernelMount(Folder("8:2", "/volumes/data"), "/srv/data")


@pytest.fixture
def two_disks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel_mounts, "mounts_of", lambda _="self": (ROOT, DATA))
    monkeypatch.setattr(os.path, "realpath", str)
    monkeypatch.setattr(os.path, "isdir", lambda _: True)


@pytest.mark.usefixtures("two_disks")
@pytest.mark.parametrize(
    ("path", "folder"),
    [
        ("/srv/data/a b", Folder("8:2", "/volumes/data/a b")),
        ("/srv/data", Folder("8:2", "/volumes/data")),
        ("/srv/database", Folder("8:1", "/srv/database")),
        ("/", Folder("8:1", "/")),
    ],
)
def test_a_folder_is_where_its_file_system_has_it_and_back(path: str, folder: Folder) -> None:
    assert folder_at(path) == folder
    assert path_of(folder) == Path(path)


@pytest.mark.usefixtures("two_disks")
@pytest.mark.parametrize(
    "folder", [Folder("8:1", "/gone//deleted"), Folder("8:3", "/x"), Folder("8:2", "/volumes")]
)
def test_what_no_path_leads_to_has_none(folder: Folder) -> None:
    assert path_of(folder) is None


def test_a_later_mount_hides_an_earlier_one(monkeypatch: pytest.MonkeyPatch) -> None:
    over = KernelMount(Folder("8:9", "/over"), "/srv/data")
    monkeypatch.setattr(kernel_mounts, "mounts_of", lambda _="self": (ROOT, DATA, over))

    assert mounted_at(1, "/srv/data") == over.folder
    assert mounted_at(1, "/srv") is None


def test_the_kernels_way_to_write_a_blank_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    line = r"36 35 98:0 /a\040b /mnt\134c rw,noatime master:1 - ext3 /dev/root rw,errors=continue"
    monkeypatch.setattr(Path, "read_text", lambda *_, **__: f"{line}\nnonsense\n")

    assert mounts_of(7) == (KernelMount(Folder("98:0", "/a b"), "/mnt\\c"),)


def test_a_process_that_is_gone_has_no_mounts() -> None:
    assert mounts_of(2**22 + 1) == ()
    assert mounted_at(2**22 + 1, "/") is None


def test_a_folder_that_is_not_there_is_none(tmp_path: Path) -> None:
    assert folder_at(tmp_path / "none") is None


def test_this_machines_folders_are_found_and_found_again(tmp_path: Path) -> None:
    found = folder_at(tmp_path)

    assert found is not None
    assert path_of(found) == Path(os.path.realpath(tmp_path))
