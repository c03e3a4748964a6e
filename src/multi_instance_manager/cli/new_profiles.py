"""Reads the files of `profiles add`."""

from __future__ import annotations

import sys
from pathlib import Path

from multi_instance_manager.commands.profiles.add import NewProfile, read_content
from multi_instance_manager.errors import UsageProblems

_STANDARD_INPUT = "-"
_SUFFIX = ".json"


def new_profiles(files: tuple[str, ...], name: str | None) -> list[NewProfile]:
    """Read all files; raises `UsageProblems` with all that cannot be read."""
    if len(files) > 1 and name is not None:
        raise UsageProblems(["--name: names one profile; add several files without it"])
    found: list[NewProfile] = []
    problems: list[str] = []
    for file in files:
        try:
            found.append(_new_profile(file, name))
        except OSError as problem:
            problems.append(f"file {file}: cannot be read ({problem.strerror})")
    if problems:
        raise UsageProblems(problems)
    return found


def _new_profile(file: str, name: str | None) -> NewProfile:
    if file == _STANDARD_INPUT:
        if name is None:
            raise UsageProblems(["standard input: has no name; give the profile one with --name"])
        content = read_content(sys.stdin.buffer) if sys.stdin else b""
        return NewProfile(name.removesuffix(_SUFFIX), "standard input", content)
    with Path(file).open("rb") as stream:
        content = read_content(stream)
    return NewProfile((name or Path(file).name).removesuffix(_SUFFIX), f"file {file}", content)
