"""The reference instance's own way to read and write JSON says what `json` says."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).parents[2] / "reference-instance"
# In a process of its own: the C parts behave otherwise where `json` was imported before.
READ = """
import sys
sys.path.insert(0, {program!r})
from reference_instance.quick_json import loads
content = sys.stdin.buffer.read()
try:
    print(repr(loads(content)))
except ValueError:
    print("ValueError")
assert ("re" in sys.modules) is {wants_json}, "json was imported, or was not"
"""
WRITE = """
import sys
sys.path.insert(0, {program!r})
from reference_instance.quick_json import dumps
print(dumps({value!r}))
assert "json" not in sys.modules
"""


def run(code: str, content: bytes = b"") -> str:
    words = [sys.executable, "-S", "-I", "-c", code]
    found = subprocess.run(words, input=content, capture_output=True, timeout=60, check=True)
    return found.stdout.decode().strip()


@pytest.mark.parametrize(
    ("content", "wants_json"),
    [
        (b'{"cookies": [{"name": "SID", "expires": 1.5}], "origins": [], "x": null}', False),
        (b' \n["\\u00e9", "\\ud83d", true, -0.0, 1e3]\n', False),
        (b"[NaN, -Infinity, 1e400]", False),
        (b"\xef\xbb\xbf{}", True),
        (b"", True),
        (b'{"torn": "tex', True),
        (b"{} more", True),
        (b"[1,]", True),
        (b"\xff", True),
        (b'"\n"', True),
    ],
)
def test_it_reads_what_json_reads(content: bytes, *, wants_json: bool) -> None:
    try:
        known = repr(json.loads(content))
    except ValueError:
        known = "ValueError"
    assert run(READ.format(program=str(PROGRAM), wants_json=wants_json), content) == known


@pytest.mark.parametrize(
    "value", [{"a": [1, 2.5, None, True, 'é"\n']}, [], {"x": {"y": [{}]}}, "text", 1e300]
)
def test_it_writes_what_json_writes(value: object) -> None:
    assert run(WRITE.format(program=str(PROGRAM), value=value)) == json.dumps(value)
