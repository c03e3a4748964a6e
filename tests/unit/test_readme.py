"""The README says what the code does: its tables, links and commands are held against it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from multi_instance_manager.contract import API_PORT, STREAM_PORT
from multi_instance_manager.settings.options import OPTIONS

REPOSITORY = Path(__file__).resolve().parents[2]
README = (REPOSITORY / "README.md").read_text(encoding="utf-8")


def test_the_tables_are_those_of_the_code() -> None:
    done = subprocess.run(
        [sys.executable, REPOSITORY / "scripts" / "write_reference.py", "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_every_option_that_is_mentioned_exists() -> None:
    known = {option.flag for option in OPTIONS} | {"--help"}
    of_others = {"--filter", "--name", "--rm", "--dns"}
    mentioned = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", README))
    assert mentioned - known - of_others == set()


def test_every_file_that_is_linked_exists() -> None:
    links = re.findall(r"\]\(([^):#]+)\)", README)
    assert links
    assert [link for link in links if not (REPOSITORY / link).exists()] == []


def test_every_recipe_that_is_mentioned_exists() -> None:
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    recipes = set(re.findall(r"^([a-z-]+):.*## ", makefile, re.MULTILINE))
    mentioned = set(re.findall(r"^make ([a-z-]+)|`make ([a-z-]+)`", README, re.MULTILINE))
    named = {first or second for first, second in mentioned}
    assert named
    assert named - recipes == set()


def test_the_ports_are_those_of_the_contract() -> None:
    assert f"API port {API_PORT} and stream port {STREAM_PORT}" in README
