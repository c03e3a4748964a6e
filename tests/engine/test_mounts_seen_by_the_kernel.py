"""What a container was really given, whatever its mounts are called."""

from __future__ import annotations

import json
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from multi_instance_manager.files.resolved_paths import mounts_of, shown_in

IMAGE = "multi-instance-reference:latest"


@pytest.fixture
def pool(tmp_path: Path) -> Path:
    folder = tmp_path / "saved"
    folder.mkdir()
    return folder


@pytest.fixture
def name() -> Iterator[str]:
    name = f"t{uuid.uuid4().hex[:8]}-mounts"
    yield name
    docker("rm", "-f", name)
    docker("volume", "rm", "-f", name)


def docker(*words: str) -> str:
    ran = subprocess.run(["docker", *words], capture_output=True, text=True, check=False)
    return ran.stdout


@pytest.mark.parametrize("way", ["folder", "parent", "link", "volume", "other"])
def test_a_mount_that_shows_the_pool_is_seen_whatever_it_is_called(
    way: str, pool: Path, name: str
) -> None:
    link = pool.parent / "link"
    link.symlink_to(pool)
    if way == "volume":
        options = ("type=none", "o=bind", f"device={pool}")
        docker("volume", "create", *(w for o in options for w in ("-o", o)), name)
    elif way == "other":
        (pool.parent / "other").mkdir()
    source = {
        "folder": f"/{pool}/.",
        "parent": str(pool.parent),
        "link": str(link),
        "volume": name,
        "other": str(pool.parent / "other"),
    }[way]
    docker("run", "-d", "--name", name, "-v", f"{source}:/x", "--entrypoint", "sleep", IMAGE, "60")
    [details] = json.loads(docker("inspect", name))

    mounts = mounts_of(Path(f"/proc/{details['State']['Pid']}/mountinfo"))

    assert mounts
    expected = () if way == "other" else (("/x", str(pool)),)
    assert shown_in(mounts, [str(pool)], own=frozenset()) == expected
