"""How much is injected in a run, and the count of what was.

``FAULTS_ALL=1`` takes every position of every fault; otherwise a sample of them is taken, by
``FAULTS_SEED``, which is printed at the end of the run.
"""

from __future__ import annotations

import os
import random
import zlib
from collections import Counter
from collections.abc import Sequence
from typing import TypeVar

Position = TypeVar("Position")

ALL = bool(os.environ.get("FAULTS_ALL"))
_RUN = os.environ.get("PYTEST_XDIST_TESTRUNUID", "")
_FRESH = zlib.crc32(_RUN.encode()) if _RUN else random.SystemRandom().randrange(10**6)
SEED = int(os.environ.get("FAULTS_SEED") or _FRESH)
"""The same in all processes of one run."""

injected: Counter[str] = Counter()


def sampled(positions: Sequence[Position], number: int, salt: str) -> list[Position]:
    """Some of the positions, in their order; all of them where that is asked for."""
    if ALL or len(positions) <= number:
        return list(positions)
    chosen = random.Random(f"{SEED} {salt}").sample(range(len(positions)), number)  # noqa: S311
    return [positions[index] for index in sorted(chosen)]
