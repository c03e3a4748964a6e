"""Whether a folder of an instance holds its own profile and nothing else."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from multi_instance_manager.proof.check import Check, CheckResult
from multi_instance_manager.untrusted_files import read_untrusted

if TYPE_CHECKING:
    from multi_instance_manager.engine.protocol import Reader
    from multi_instance_manager.proof.expectation import Expectation

_ATTEMPTS = 4
_PAUSE_S = 0.15


def own_profile_alone(
    engine: Reader, container_id: str, folder: str, expected: Expectation
) -> Check:
    """The folder holds the own profile alone, by digest.

    The instance may be writing its profile at this moment, so that a difference is looked at again.
    """
    wanted = f"{expected.spec.profile_name}.json"
    name, seen = folder.rpartition("/")[2], ""
    for attempt in range(_ATTEMPTS):
        if attempt:
            time.sleep(_PAUSE_S)
        files = engine.read_directory(container_id, folder)
        profiles = sorted(name for name in files if name.endswith(".json"))
        if profiles != [wanted]:
            seen = f"{folder} holds {', '.join(profiles) or 'no profile'}"
        elif files[wanted] == _copy_of(expected):
            return Check(name, CheckResult.PASSED, "own alone")
        else:
            seen = f"{folder}/{wanted} differs from the runtime copy"
    return Check(name, CheckResult.FAILED, seen)


def _copy_of(expected: Expectation) -> bytes | None:
    try:
        return read_untrusted(expected.copy)
    except OSError:
        return None
