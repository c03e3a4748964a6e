"""The files of a process, in a `/proc` of the test's own: what is given, and what never is."""

from __future__ import annotations

import os
import runpy
import socket
import stat
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from multi_instance_manager.engine.docker import proc_files
from multi_instance_manager.engine.docker.proc_files import folder_of_process
from multi_instance_manager.engine.protocol.engine import FolderContent

PID = 4711
CONTAINER = "0123456789abcdef" * 4
SAVED = "/home/app/saved"
SECRET = b"of the host alone"

pytestmark = pytest.mark.timeout(20)  # opening a pipe or a device may wait for ever


class Processes:
    """One process whose root is a folder; beside that lies what is not the container's."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "proc"
        self.root = folder / "root"
        self.outside = folder / "outside"
        self.saved = self.root / SAVED[1:]
        for made in (self.of_process, self.saved, self.outside):
            made.mkdir(parents=True)
        (self.outside / "secret.json").write_bytes(SECRET)
        (self.of_process / "root").symlink_to(self.root)
        self.belong_to(CONTAINER)

    @property
    def of_process(self) -> Path:
        return self.folder / str(PID)

    def belong_to(self, container_id: str) -> None:
        (self.of_process / "cgroup").write_text(f"0::/system.slice/docker-{container_id}.scope\n")

    def add(self, *names: str) -> None:
        for name in names:
            (self.saved / name).write_bytes(name.encode())

    def files(self, path: str = SAVED) -> Mapping[str, bytes] | None:
        content = self.content(path)
        return None if content is None else content.files

    def content(self, path: str = SAVED) -> FolderContent | None:
        return folder_of_process(PID, CONTAINER, path, self.folder)


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[Processes]:
    """Whatever a test does with it, no descriptor of it stays open."""
    yield Processes(tmp_path)
    assert open_below(tmp_path) == []


def open_below(folder: Path) -> list[str]:
    own = Path("/proc/self/fd")
    targets = [link.readlink() for link in own.iterdir() if os.path.lexists(link)]
    return [str(target) for target in targets if target.is_relative_to(folder)]


def test_the_files_of_a_folder_are_given_by_name(processes: Processes) -> None:
    processes.add("user-a.json", "user-b.json", ".hidden")
    (processes.saved / "empty").touch()
    (processes.saved / "bytes").write_bytes(bytes(range(256)))

    assert processes.files() == {
        "user-a.json": b"user-a.json",
        "user-b.json": b"user-b.json",
        ".hidden": b".hidden",
        "empty": b"",
        "bytes": bytes(range(256)),
    }


def test_a_name_that_is_no_text_is_given_as_well(processes: Processes) -> None:
    name = os.fsdecode(b"user-\xff.json")
    (processes.saved / name).write_bytes(b"1")

    assert processes.files() == {name: b"1"}


def test_an_empty_folder_has_no_files(processes: Processes) -> None:
    assert processes.files() == {}


def test_what_lies_in_folders_of_the_folder_is_no_part_of_it(processes: Processes) -> None:
    processes.add("user-a.json")
    (processes.saved / "nested" / "deeper").mkdir(parents=True)
    (processes.saved / "nested" / "user-b.json").write_bytes(b"2")

    assert processes.files() == {"user-a.json": b"user-a.json"}


def test_the_second_name_of_a_file_is_a_file(processes: Processes) -> None:
    processes.add("user-a.json")
    (processes.saved / "user-b.json").hardlink_to(processes.saved / "user-a.json")

    assert processes.files() == dict.fromkeys(["user-a.json", "user-b.json"], b"user-a.json")


@pytest.mark.parametrize("path", ["/", "//", ""])
def test_the_root_itself_is_a_folder_like_any_other(processes: Processes, path: str) -> None:
    (processes.root / "at-the-root").write_bytes(b"1")

    assert processes.files(path) == {"at-the-root": b"1"}


@pytest.mark.parametrize("path", [f"{SAVED}/", "//home///app/saved", "/home/./app/saved/."])
def test_a_path_may_be_written_in_other_ways(processes: Processes, path: str) -> None:
    processes.add("user-a.json")

    assert processes.files(path) == {"user-a.json": b"user-a.json"}


@pytest.mark.parametrize(
    "path", ["/..", "..", "/../outside", "../outside", f"{SAVED}/../../../../outside", "/home/.."]
)
def test_no_path_leads_out_of_the_root(processes: Processes, path: str) -> None:
    assert processes.files(path) is None


@pytest.mark.parametrize(
    "path", ["/home/other", f"{SAVED}/user-a.json", f"{SAVED}/user-a.json/x", "/home/a\0b"]
)
def test_what_is_no_folder_cannot_be_seen(processes: Processes, path: str) -> None:
    processes.add("user-a.json")

    assert processes.files(path) is None


def test_what_is_no_file_is_given_by_its_kind(processes: Processes) -> None:
    processes.add("user-a.json")
    (processes.saved / "folder.json").mkdir()
    (processes.saved / "link.json").symlink_to("user-a.json")

    content = processes.content()

    assert content is not None
    assert content.others == {"folder.json": "folder", "link.json": "link"}
    assert content.is_whole


def test_no_more_entries_are_listed_than_are_worth_it(
    processes: Processes, monkeypatch: pytest.MonkeyPatch
) -> None:
    processes.add("user-a.json", "user-b.json")
    monkeypatch.setattr(proc_files, "MOST_ENTRIES", 2)
    whole = processes.content()
    assert whole is not None
    assert whole.is_whole

    processes.add("user-c.json")

    content = processes.content()
    assert content is not None
    assert (len(content.files), content.is_whole) == (2, False)


@pytest.mark.parametrize("level", ["home", "home/app", "home/app/saved"])
@pytest.mark.parametrize("target", ["outside", "inside", "relative"])
def test_no_link_on_the_way_is_followed(processes: Processes, level: str, target: str) -> None:
    """Not even one that leads to a place of the container's own."""
    replaced = processes.root / level
    elsewhere = processes.root / "elsewhere"
    replaced.rename(elsewhere)
    below = processes.outside / SAVED[1:].removeprefix(level).lstrip("/")
    below.mkdir(parents=True, exist_ok=True)
    (below / "secret.json").write_bytes(SECRET)
    targets = {
        "outside": processes.outside,
        "inside": elsewhere,
        "relative": Path("../" * level.count("/") + "elsewhere"),
    }
    replaced.symlink_to(targets[target])
    assert (processes.saved).is_dir(), "the link must lead somewhere"

    assert processes.files() is None


@pytest.mark.parametrize("target", ["outside", "inside", "itself", "nowhere", "folder"])
def test_a_link_in_the_place_of_a_file_is_left_out(processes: Processes, target: str) -> None:
    processes.add("user-a.json")
    link = processes.saved / "user-b.json"
    link.symlink_to(
        {
            "outside": processes.outside / "secret.json",
            "inside": processes.saved / "user-a.json",
            "itself": link,
            "nowhere": Path("nowhere"),
            "folder": processes.outside,
        }[target]
    )

    assert processes.files() == {"user-a.json": b"user-a.json"}


def make_pipe(path: Path, _: pytest.MonkeyPatch) -> None:
    os.mkfifo(path)


def make_socket(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(path.parent)  # the kernel takes 107 characters
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path.name)


def make_device(path: Path, _: pytest.MonkeyPatch) -> None:
    os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 5))  # zeros without an end


@pytest.mark.parametrize("make", [make_pipe, make_socket, make_device])
def test_what_is_no_file_is_left_out_and_not_waited_for(
    processes: Processes,
    monkeypatch: pytest.MonkeyPatch,
    make: Callable[[Path, pytest.MonkeyPatch], None],
) -> None:
    processes.add("user-a.json")
    make(processes.saved / "odd.json", monkeypatch)
    opened = opens_of(monkeypatch)

    assert processes.files() == {"user-a.json": b"user-a.json"}
    assert "odd.json" not in opened
    content = processes.content()
    assert content is not None
    assert content.others == {"odd.json": make.__name__.removeprefix("make_")}


def opens_of(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is opened from now on."""
    opened: list[str] = []
    real = os.open

    def noting(path: Any, *arguments: Any, **named: Any) -> int:
        opened.append(os.fspath(path))
        return real(path, *arguments, **named)

    monkeypatch.setattr(os, "open", noting)
    return opened


def before_the_opening(
    monkeypatch: pytest.MonkeyPatch, name: str, act: Callable[[], object]
) -> None:
    """The container does something after a file was looked at and before it is opened."""
    real = os.stat

    def looked_at(path: Any, *arguments: Any, **named: Any) -> os.stat_result:
        found = real(path, *arguments, **named)
        if path == name:
            act()
        return found

    monkeypatch.setattr(os, "stat", looked_at)


def test_a_file_that_becomes_a_link_before_it_is_opened_is_not_followed(
    processes: Processes, monkeypatch: pytest.MonkeyPatch
) -> None:
    processes.add("user-a.json")
    file = processes.saved / "user-a.json"

    def become_a_link() -> None:
        file.unlink()
        file.symlink_to(processes.outside / "secret.json")

    before_the_opening(monkeypatch, file.name, become_a_link)

    assert processes.files() == {}


def test_a_file_that_becomes_a_pipe_before_it_is_opened_is_left_out(
    processes: Processes, monkeypatch: pytest.MonkeyPatch
) -> None:
    processes.add("user-a.json", "user-b.json")
    file = processes.saved / "user-a.json"

    def become_a_pipe() -> None:
        file.unlink()
        os.mkfifo(file)

    before_the_opening(monkeypatch, file.name, become_a_pipe)

    assert processes.files() == {"user-b.json": b"user-b.json"}


def test_a_file_that_goes_before_it_is_opened_is_left_out(
    processes: Processes, monkeypatch: pytest.MonkeyPatch
) -> None:
    processes.add("user-a.json", "user-b.json")
    before_the_opening(monkeypatch, "user-a.json", (processes.saved / "user-a.json").unlink)

    assert processes.files() == {"user-b.json": b"user-b.json"}


def test_a_file_that_goes_before_it_is_looked_at_is_left_out(
    processes: Processes, monkeypatch: pytest.MonkeyPatch
) -> None:
    processes.add("user-a.json")
    (processes.saved / "gone.json").touch()
    real = os.stat

    def gone(path: Any, *arguments: Any, **named: Any) -> os.stat_result:
        if path == "gone.json":
            (processes.saved / "gone.json").unlink()
        return real(path, *arguments, **named)

    monkeypatch.setattr(os, "stat", gone)

    assert processes.files() == {"user-a.json": b"user-a.json"}


@pytest.mark.parametrize(
    "groups",
    [
        "0::/user.slice/user-1000.slice\n",
        f"0::/system.slice/docker-{'f' * 64}.scope\n",
        f"0::/system.slice/docker-{CONTAINER[:12]}.scope\n",
        "",
    ],
    ids=["none of an engine", "another container", "a part of the ID", "nothing"],
)
def test_a_process_of_somebody_else_is_not_looked_into(
    processes: Processes, monkeypatch: pytest.MonkeyPatch, groups: str
) -> None:
    processes.add("user-a.json")
    (processes.of_process / "cgroup").write_text(groups)
    opened = opens_of(monkeypatch)

    assert processes.files() is None
    assert opened == [str(processes.of_process / "root")]


@pytest.mark.parametrize(
    "groups",
    [
        f"12:pids:/docker/{CONTAINER}\n11:cpu:/docker/{CONTAINER}\n0::/\n",
        f"0::/machine.slice/libpod-{CONTAINER}.scope/container\n",
    ],
    ids=["version 1", "Podman"],
)
def test_a_control_group_of_any_engine_is_known(processes: Processes, groups: str) -> None:
    processes.add("user-a.json")
    (processes.of_process / "cgroup").write_text(groups)

    assert processes.files() == {"user-a.json": b"user-a.json"}


@pytest.mark.parametrize("missing", ["process", "root", "cgroup"])
def test_a_process_that_is_gone_cannot_be_seen(processes: Processes, missing: str) -> None:
    processes.add("user-a.json")
    if missing == "process":
        processes.of_process.rename(processes.folder / "another")
    else:
        (processes.of_process / missing).unlink()

    assert processes.files() is None


@pytest.mark.parametrize("at", ["root", "home", "app", "saved", ".", "user-b.json"])
def test_nothing_is_given_where_a_part_may_not_be_seen(
    processes: Processes, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    """A part alone would pass for the whole."""
    processes.add("user-a.json", "user-b.json")
    real = os.open
    refused: list[str] = []

    def refusing(path: Any, *arguments: Any, **named: Any) -> int:
        if Path(path).name == Path(at).name:
            refused.append(at)
            raise PermissionError(13, "Permission denied")
        return real(path, *arguments, **named)

    monkeypatch.setattr(os, "open", refusing)

    assert processes.files() is None
    assert refused == [at]


def test_files_that_are_too_large_are_left_to_the_engine(
    processes: Processes, monkeypatch: pytest.MonkeyPatch
) -> None:
    processes.add("user-a.json")
    monkeypatch.setattr(proc_files, "LARGEST_ANSWER", len("user-a.json"))
    assert processes.files() == {"user-a.json": b"user-a.json"}

    (processes.saved / "user-a.json").write_bytes(b"one byte too many"[: len("user-a.json") + 1])

    assert processes.files() is None


def test_many_files_that_are_too_large_together_are_left_to_the_engine(
    processes: Processes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A container cannot have this machine's memory filled, whatever it puts there."""
    processes.add("user-a.json", "user-b.json", "user-c.json")
    monkeypatch.setattr(proc_files, "LARGEST_ANSWER", 3 * len("user-a.json"))
    assert len(processes.files() or {}) == 3

    processes.add("d")

    assert processes.files() is None


def test_a_file_that_grows_without_end_ends_where_it_was_looked_at(
    processes: Processes, monkeypatch: pytest.MonkeyPatch
) -> None:
    processes.add("user-a.json")
    real = os.fstat

    def grown(descriptor: int) -> os.stat_result:
        status = real(descriptor)
        with (processes.saved / "user-a.json").open("ab") as file:
            file.write(b"more")
        return status

    monkeypatch.setattr(os, "fstat", grown)

    (content,) = (processes.files() or {}).values()
    grown_to = (processes.saved / "user-a.json").stat().st_size
    assert content.startswith(b"user-a.json")
    assert len(content) == grown_to - len(b"more"), "the last look was before it grew once more"


def test_a_system_that_has_no_such_files_gives_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine for Mac tells the numbers of processes in its own machine."""
    monkeypatch.delattr(os, "O_PATH")
    loaded = runpy.run_path(proc_files.__file__)

    assert loaded["folder_of_process"](2**30, CONTAINER, SAVED) is None
