"""Tries a step again while the engine is in trouble: an engine that restarts comes back."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from multi_instance_manager.errors import EngineError, ManagerError, NotFound

if TYPE_CHECKING:
    from collections.abc import Callable

_PAUSE_S = 1.0


def insist(step: Callable[[], None], patience_s: float, tell: Callable[[str], None]) -> None:
    """Carry out a step that can be repeated, until it succeeds or patience ends.

    ``tell`` gets why it is tried again. Only errors of the engine are a reason to; what it does not
    know stays unknown.
    """
    deadline = time.monotonic() + patience_s
    while True:
        try:
            step()
        except NotFound:
            raise
        except EngineError as problem:
            left_s = deadline - time.monotonic()
            if left_s <= 0:
                raise
            tell(f"{problem}; trying again for {left_s:.0f} s")
            time.sleep(_PAUSE_S)
        else:
            return


def said_of(failure: Exception) -> str:
    """An error in words; one that is not ours is a defect, and its text is kept to the log."""
    if isinstance(failure, ManagerError):
        return str(failure)
    return f"the manager has a defect ({type(failure).__name__}), please report it"
