"""Folders that a container could fill are emptied, whatever is in them, and nothing else is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from multi_instance_manager.files.untrusted_folders import empty_folder, remove_tree


def test_a_folder_is_emptied_and_stays(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    (folder / "one" / "two").mkdir(parents=True)
    (folder / "one" / "two" / "file").touch()
    (folder / ".hidden").touch()
    os.mkfifo(folder / "pipe")

    empty_folder(folder)

    assert list(folder.iterdir()) == []


def test_no_link_is_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept.json").touch()
    folder = tmp_path / "folder"
    (folder / "inner").mkdir(parents=True)
    (folder / "to-folder").symlink_to(outside)
    (folder / "inner" / "to-folder").symlink_to(outside)
    (folder / "to-file").symlink_to(outside / "kept.json")

    remove_tree(folder)

    assert not folder.exists()
    assert (outside / "kept.json").exists()


def test_a_link_in_the_place_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept.json").touch()
    (tmp_path / "folder").symlink_to(outside)

    with pytest.raises(OSError, match="folder"):
        empty_folder(tmp_path / "folder")

    assert (outside / "kept.json").exists()


def test_a_tree_deeper_than_any_path_or_stack_is_removed(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    descriptor = os.open(folder, os.O_RDONLY)
    for _ in range(3000):
        os.mkdir("deeper-and-deeper", dir_fd=descriptor)
        inner = os.open("deeper-and-deeper", os.O_RDONLY, dir_fd=descriptor)
        os.close(descriptor)
        descriptor = inner
    os.close(descriptor)

    remove_tree(folder)

    assert not folder.exists()


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        remove_tree(tmp_path / "nowhere")
