"""What a `.dockerignore` keeps out of a build, line by line."""

from __future__ import annotations

import pytest

from multi_instance_manager.probe.ignore_file import keeps_out

STATE = ".multi-instance-runtime"


@pytest.mark.parametrize(
    "text",
    [
        STATE,
        f"{STATE}/",
        f"/{STATE}",
        f"  {STATE}  ",
        f"./{STATE}",
        f"**/{STATE}",
        ".multi-*",
        ".multi?instance-runtime",
        ".[a-z]*",
        "*",
        "**",
        f"!{STATE}\n{STATE}",
        f"# a comment\n\n__pycache__/\n{STATE}/\n",
        f"\ufeff{STATE}",
        f"{STATE}\r\n*.pyc\r\n",
        f"*\n!docker\n!{STATE}x",
    ],
)
def test_the_folder_is_kept_out(text: str) -> None:
    assert keeps_out(text, STATE)


@pytest.mark.parametrize(
    "text",
    [
        "",
        f"# {STATE}",
        f"{STATE}/*.json",
        f"{STATE}/active",
        f"sub/{STATE}",
        f"{STATE}\n!{STATE}",
        f"{STATE}\n!{STATE}/private",
        "*\n!.multi*",
        "multi-instance-runtime",
        "[",
    ],
)
def test_the_folder_is_not_kept_out(text: str) -> None:
    assert not keeps_out(text, STATE)


@pytest.mark.parametrize(
    ("text", "is_out"),
    [("run", True), ("run/state", True), ("*/state", True), ("*", True), ("state", False)],
)
def test_a_folder_above_counts(text: str, is_out: bool) -> None:
    assert keeps_out(text, "run/state") is is_out
