"""The memory of this machine: from the kernel's file, or from the library where that says less."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from multi_instance_manager.host.memory import HostMemory, host_memory

MEMINFO = """\
MemTotal:       16314508 kB
MemFree:          512000 kB
MemAvailable:    9876543 kB
Buffers:          102400 kB
HugePages_Total:       0
"""
OF_THE_LIBRARY = HostMemory(total=4096, available=1024)


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> None:
    told = SimpleNamespace(total=OF_THE_LIBRARY.total, available=OF_THE_LIBRARY.available)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: told)


@pytest.fixture
def no_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(psutil, "virtual_memory")


@pytest.mark.usefixtures("no_library")
def test_the_kernels_file_is_enough(tmp_path: Path) -> None:
    file = tmp_path / "meminfo"
    file.write_text(MEMINFO)

    assert host_memory(file) == HostMemory(16314508 * 1024, 9876543 * 1024)


@pytest.mark.usefixtures("no_library")
def test_the_order_of_the_lines_does_not_matter(tmp_path: Path) -> None:
    file = tmp_path / "meminfo"
    file.write_text("\n".join(reversed(MEMINFO.splitlines())))

    assert host_memory(file) == HostMemory(16314508 * 1024, 9876543 * 1024)


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize(
    "content",
    [
        "",
        "MemTotal: 16314508 kB\nMemFree: 512000 kB\n",
        "MemAvailable: 16314508 kB\n",
        "MemTotal:\nMemAvailable: 1 kB\n",
        "MemTotal: much\nMemAvailable: 1 kB\n",
        "MemTotal 16314508 kB\nMemAvailable 9876543 kB\n",
        "\udcff\n",
    ],
    ids=["empty", "an older kernel's", "no total", "no size", "a word", "no colons", "no text"],
)
def test_where_the_file_says_less_the_library_is_asked(tmp_path: Path, content: str) -> None:
    file = tmp_path / "meminfo"
    file.write_bytes(content.encode(errors="surrogateescape"))

    assert host_memory(file) == OF_THE_LIBRARY


@pytest.mark.usefixtures("library")
def test_where_there_is_no_file_the_library_is_asked(tmp_path: Path) -> None:
    assert host_memory(tmp_path / "none") == OF_THE_LIBRARY
    assert host_memory(tmp_path) == OF_THE_LIBRARY


def test_file_and_library_speak_of_the_same_machine(tmp_path: Path) -> None:
    here, by_library = host_memory(), host_memory(tmp_path / "none")

    assert here.total == by_library.total
    assert 0 < here.available <= here.total
    assert 0 < by_library.available <= by_library.total
