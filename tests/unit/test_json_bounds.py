"""Bounds on JSON and on files from elsewhere: told with the bound, and met without its cost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from multi_instance_manager.files.owned_files import FileTooLarge, read_owned
from multi_instance_manager.sessions.login_facts import session_facts
from multi_instance_manager.sessions.pool import fault_of, is_whole_profile, read_pool
from multi_instance_manager.text.json_bounds import (
    DEEPEST,
    MOST_VALUES,
    BeyondBounds,
    refuse_beyond_bounds,
)

MANY = 600_000
FLOODS = {
    "opening brackets": b"[" * MANY,
    "empty lists": b'{"a":[' + b"[]," * MANY + b"[]]}",
    "empty objects": b'{"a":[' + b"{}," * MANY + b"{}]}",
    "numbers": b'{"a":[' + b"0," * MANY + b"0]}",
    "names": b"{" + b'"a":0,' * MANY + b'"a":0}',
    "nested objects": b'{"a":' * 1000 + b"0" + b"}" * 1000,
    "nested lists in a profile": b'{"cookies":' + b"[" * 600 + b"]" * 600 + b"}",
    "quotes": b'{"a":' + b'"",' * MANY + b"}",
    "escaped quotes": b'{"a":"' + b"\\" * 2 * MANY + b'",' + b"[" * MANY,
}


@pytest.mark.parametrize("name", sorted(FLOODS))
def test_a_flood_is_refused_with_the_bound_and_is_no_profile(name: str) -> None:
    fault = fault_of(FLOODS[name])

    assert fault is not None
    assert f"{DEEPEST} levels" in fault[0] or f"{MOST_VALUES:,} values" in fault[0]
    assert not is_whole_profile(FLOODS[name])
    assert session_facts(FLOODS[name], None, salt=b"") is None


def test_a_flood_costs_no_memory(tmp_path: Path) -> None:
    """In a process of its own: the most that it ever had is what counts."""
    (tmp_path / "flood.json").write_bytes(b'{"a":[' + b"[]," * (20 * 1024**2) + b"[]]}")
    script = (
        "import resource, sys; from pathlib import Path\n"
        "from multi_instance_manager.sessions.pool import read_pool\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        f"pool = read_pool(Path({str(tmp_path)!r}), None, now=0.0)\n"
        "after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "print(len(pool.refused), (after - before) // 1024)\n"
    )

    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    refused, mebibytes = map(int, ran.stdout.split())
    assert refused == 1
    assert mebibytes < 200


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(JSON)
def test_what_people_have_is_within_the_bounds(document: object) -> None:
    refuse_beyond_bounds(json.dumps(document).encode())


def test_what_stands_in_strings_does_not_count() -> None:
    large = {"cookies": [], "more": [json.dumps([[0, 1]] * 400_000), '\\"[{,']}

    refuse_beyond_bounds(json.dumps(large).encode())


@pytest.mark.parametrize("content", [b'"' + b'\\"' * MANY, b"[" * 600 + b'"' + b'\\"' * MANY])
def test_what_is_cut_off_within_a_string_is_looked_through_once(content: bytes) -> None:
    """Looking anew from every quote would take hours here."""
    with suppress(BeyondBounds):
        refuse_beyond_bounds(content)

    assert fault_of(content) is not None


def test_a_sparse_file_in_the_pool_is_told_and_not_read(tmp_path: Path) -> None:
    with (tmp_path / "huge.json").open("wb") as file:
        file.truncate(20 * 1024**3)

    pool = read_pool(tmp_path, None, now=0.0)

    [finding] = pool.findings
    assert pool.refused == ("huge",)
    assert finding.fact.startswith("is larger than 64 MiB")


@pytest.mark.parametrize("kind", ["fifo", "device", "folder"])
def test_nothing_but_a_file_is_read_or_waited_for(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "it"
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    else:
        path.symlink_to("/dev/zero")

    with pytest.raises(OSError, match="not a regular file"):
        read_owned(path)


def test_a_file_is_read_up_to_its_bound(tmp_path: Path) -> None:
    file, link = tmp_path / "file", tmp_path / "link"
    file.write_bytes(b"12345")
    link.symlink_to(file)

    assert read_owned(link, at_most=5) == b"12345"
    with pytest.raises(FileTooLarge, match="larger than 4 bytes: it has 5 bytes"):
        read_owned(link, at_most=4)
