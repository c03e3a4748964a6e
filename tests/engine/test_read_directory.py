"""A folder of a container is the same by the kernel's view and by the engine's archive."""

from __future__ import annotations

import subprocess
import tempfile
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from e2e.obligations import docker, eventually
from e2e.project import IMAGE
from engine.tunnel import Tunnel
from faults.proxy import ENGINE, Faulty
from multi_instance_manager.engine.connect import connect
from multi_instance_manager.engine.endpoint.endpoint import resolve_endpoint
from multi_instance_manager.engine.protocol.engine import Engine, EntryKind, FolderContent
from multi_instance_manager.errors import NotFound

INSPECT, ARCHIVE = "GET /containers/*/json", "GET /containers/*/archive"
MOUNTED, OF_IMAGE = "/home/of-the-test/mounted", "/home/of-the-test/own"
BEGIN = f"""
import os, socket, time
os.mkdir({OF_IMAGE!r})
for name in ("user-a.json", ".hidden", "empty"):
    with open({OF_IMAGE!r} + "/" + name, "w") as file:
        file.write("" if name == "empty" else "of " + name)
os.mkdir({OF_IMAGE!r} + "/nested")
open({OF_IMAGE!r} + "/nested/user-b.json", "w").close()
os.symlink("/etc/passwd", {OF_IMAGE!r} + "/link.json")
os.link({OF_IMAGE!r} + "/user-a.json", {OF_IMAGE!r} + "/second-name.json")
os.mkfifo({OF_IMAGE!r} + "/pipe.json")
os.chmod({OF_IMAGE!r} + "/user-a.json", 0o600)
os.chdir({OF_IMAGE!r})
socket.socket(socket.AF_UNIX).bind("socket.json")
print("begun", flush=True)
time.sleep(600)
"""


@dataclass
class Way:
    """One way to the engine, and what was asked of it."""

    engine: Engine
    proxy: Faulty

    def asked(self) -> list[str]:
        shapes = [call.shape for call in self.proxy.calls]
        self.proxy.heal()
        return shapes


def way_to(url: str, proxy: Faulty) -> Way:
    endpoint = resolve_endpoint(host=url, context=None, environment={})
    way = Way(connect(endpoint, timeout_s=20), proxy)
    way.asked()
    return way


@pytest.fixture
def proxy() -> Iterator[Faulty]:
    with (
        tempfile.TemporaryDirectory(prefix="ways-") as folder,
        Faulty(Path(folder) / "engine.sock", engine=ENGINE) as running,
    ):
        yield running


@pytest.fixture
def from_here(proxy: Faulty) -> Way:
    """By a socket of this machine: the processes are likely to be here, too."""
    return way_to(proxy.url, proxy)


@pytest.fixture
def from_afar(proxy: Faulty) -> Iterator[Way]:
    """By the network: nothing tells that the processes are of this machine."""
    with Tunnel(("127.0.0.1", 0), proxy.path) as tunnel:
        yield way_to(tunnel.url, proxy)


@pytest.fixture
def container(tmp_path: Path) -> Iterator[str]:
    """A container that has begun, with a folder of its own and one of the host's."""
    fill(tmp_path)
    name = f"t{uuid.uuid4().hex[:8]}-folders"
    mount = f"type=bind,source={tmp_path},target={MOUNTED},readonly"
    words = ("--name", name, "--user", "0", "--mount", mount, "--entrypoint", "/usr/bin/python3.11")
    try:
        docker("run", "-d", *words, IMAGE, "-c", BEGIN)
        eventually(lambda: docker("logs", name) == "begun")
        yield name
    finally:
        subprocess.run(["docker", "rm", "-fv", name], capture_output=True, check=False)


def fill(folder: Path) -> None:
    (folder / "user-a.json").write_bytes(bytes(range(256)) * 1000)
    (folder / "ünïcode.json").write_bytes(b"1")
    (folder / "nested").mkdir()
    (folder / "nested" / "user-b.json").write_bytes(b"2")
    (folder / "link.json").symlink_to("user-a.json")


OF_FOLDER: Mapping[str, Mapping[str, bytes]] = {
    MOUNTED: {"user-a.json": bytes(range(256)) * 1000, "ünïcode.json": b"1"},
    OF_IMAGE: {
        "user-a.json": b"of user-a.json",
        "second-name.json": b"of user-a.json",
        ".hidden": b"of .hidden",
        "empty": b"",
    },
}
KINDS: Mapping[str, Mapping[str, EntryKind]] = {
    MOUNTED: {"nested": EntryKind.FOLDER, "link.json": EntryKind.LINK},
    OF_IMAGE: {
        "nested": EntryKind.FOLDER,
        "link.json": EntryKind.LINK,
        "pipe.json": EntryKind.PIPE,
    },
}
CONTENT = {path: FolderContent(OF_FOLDER[path], KINDS[path]) for path in OF_FOLDER}
FOLDERS = pytest.mark.parametrize("path", OF_FOLDER, ids=["mounted", "its own"])


@FOLDERS
def test_both_ways_show_the_same_of_a_container_that_runs(
    container: str, from_here: Way, from_afar: Way, path: str
) -> None:
    seen = from_here.engine.read_directory(container, path)
    socket = {"socket.json": EntryKind.SOCKET} if path == OF_IMAGE else {}
    assert seen == FolderContent(OF_FOLDER[path], {**KINDS[path], **socket})
    assert from_here.asked() == [INSPECT]

    assert from_afar.engine.read_directory(container, path) == CONTENT[path]
    assert from_afar.asked() == [ARCHIVE]


@FOLDERS
def test_both_ways_show_the_same_of_a_container_that_was_stopped(
    container: str, from_here: Way, from_afar: Way, path: str
) -> None:
    docker("kill", container)
    docker("wait", container)

    assert from_here.engine.read_directory(container, path) == CONTENT[path]
    assert from_here.asked() == [INSPECT, ARCHIVE]

    assert from_afar.engine.read_directory(container, path) == CONTENT[path]
    assert from_afar.asked() == [ARCHIVE]


def test_a_folder_of_a_paused_container_is_seen_as_well(container: str, from_here: Way) -> None:
    docker("pause", container)

    assert from_here.engine.read_directory(container, MOUNTED) == CONTENT[MOUNTED]
    assert from_here.asked() == [INSPECT]


def test_both_ways_tell_of_a_folder_that_is_not_there(
    container: str, from_here: Way, from_afar: Way
) -> None:
    for way in (from_here, from_afar):
        with pytest.raises(NotFound, match="/home/nowhere"):
            way.engine.read_directory(container, "/home/nowhere")


def test_both_ways_tell_of_a_container_that_is_not_there(from_here: Way, from_afar: Way) -> None:
    name = f"t{uuid.uuid4().hex[:8]}-nobody"
    for way in (from_here, from_afar):
        with pytest.raises(NotFound, match=name):
            way.engine.read_directory(name, MOUNTED)


def test_what_a_container_holds_is_told_whether_it_runs_or_not(
    container: str, from_here: Way, from_afar: Way
) -> None:
    for way in (from_here, from_afar):
        assert way.engine.holds(container, f"{OF_IMAGE}/user-a.json")
        assert not way.engine.holds(container, f"{OF_IMAGE}/user-c.json")
    docker("kill", container)
    assert from_here.engine.holds(container, OF_IMAGE)
    assert not from_here.engine.holds(container, "/home/nowhere")
