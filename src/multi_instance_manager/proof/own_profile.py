"""Checks that the folders of an instance hold its own profile and nothing else."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from multi_instance_manager.engine.wire.http_calls import LARGEST_ANSWER
from multi_instance_manager.files.untrusted_files import read_untrusted
from multi_instance_manager.proof.proof import Check, CheckResult

if TYPE_CHECKING:
    from pathlib import Path

    from multi_instance_manager.engine.protocol.engine import FolderContent, Reader
    from multi_instance_manager.proof.expectation import Expectation

_ATTEMPTS = 4
_PAUSE_S = 0.15
_MOST_NAMED = 5


def own_profile_alone(
    engine: Reader, container_id: str, folder: str, expected: Expectation
) -> Check:
    """Check by digest that the folder holds the own profile and nothing else.

    The instance may be writing its profile now, so a difference is checked again.
    """
    wanted = f"{expected.spec.profile_name}.json"
    name, seen = folder.rpartition("/")[2], ""
    for attempt in range(_ATTEMPTS):
        if attempt:
            time.sleep(_PAUSE_S)
        content = engine.read_directory(container_id, folder)
        found = _profiles_and_others(content)
        if found != [wanted]:
            seen = f"{folder} holds {_named(found) or 'no profile'}"
        elif content.files[wanted] in _copies(expected, folder):
            return Check(name, CheckResult.PASSED, "own only")
        elif _is_closed(expected.copy):
            seen = f"not shown: {expected.copy} cannot be read by this user"
            return Check(name, CheckResult.NOT_SHOWN, seen)
        else:
            seen = f"{folder}/{wanted} differs from the runtime copy"
    return Check(name, CheckResult.FAILED, seen)


def nothing_there(engine: Reader, container_id: str, folder: str) -> Check:
    """Check that the folder is empty."""
    content = engine.read_directory(container_id, folder)
    found = sorted(content.files) + _others(content)
    name = folder.rpartition("/")[2]
    if found:
        return Check(name, CheckResult.FAILED, f"{folder} holds {_named(found)}")
    return Check(name, CheckResult.PASSED, "empty")


def _profiles_and_others(content: FolderContent) -> list[str]:
    """Return the names of profiles, as the application finds them, then everything else.

    A link may lead to another profile, a folder may hold one, and a pipe may become one.
    """
    profiles = sorted(name for name in content.files if name.lower().endswith(".json"))
    return profiles + _others(content)


def _others(content: FolderContent) -> list[str]:
    others = [f"{name} (a {kind})" for name, kind in sorted(content.others.items())]
    return others if content.is_whole else [*others, "more than can be listed"]


def _named(found: list[str]) -> str:
    """Return the first few names."""
    more = len(found) - _MOST_NAMED
    named = ", ".join(found[:_MOST_NAMED])
    return f"{named} and {more} more" if more > 0 else named


def _copies(expected: Expectation, folder: str) -> list[bytes]:
    """Return the contents that the profile may have there."""
    in_use = folder == expected.own_folders[0]
    paths = [expected.copy, None if in_use else expected.saved_copy]
    contents = [_content(path) for path in paths if path]
    return [content for content in contents if content is not None]


def _is_closed(copy: Path) -> bool:
    """Whether it exists and cannot be read: that shows nothing and refutes nothing."""
    try:
        read_untrusted(copy, at_most=0)
    except PermissionError:
        return True
    except OSError:
        return False
    return False


def _content(path: Path) -> bytes | None:
    try:
        return read_untrusted(path, at_most=LARGEST_ANSWER)  # what the engine would show of it
    except OSError:
        return None
