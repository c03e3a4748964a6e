"""What goes wrong with an engine as our errors: by HTTP status, and never by message text."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from multi_instance_manager.errors import (
    Conflict,
    EngineError,
    EngineTimeout,
    EngineUnreachable,
    NotFound,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

_BY_STATUS: dict[int, type[EngineError]] = {404: NotFound, 409: Conflict}
_ID_DIGITS = 64
_NO_SENSE = (
    *(ValueError, LookupError, TypeError, AttributeError),
    *(RecursionError, ArithmeticError),
)


@contextmanager
def mapped(action: str) -> Iterator[None]:
    """Turn the errors of reading an answer into ours."""
    try:
        yield
    except _NO_SENSE as problem:
        raise nonsense(action, problem) from problem


def answered(action: str, status: int | None, text: str) -> EngineError:
    """The error for an answer of that status, with the engine's own words."""
    kind = _BY_STATUS.get(status or 0, EngineError)
    said = text or "no reason given"
    return kind(action, f"the engine answered {status}: {said}", status=status)


def silent(action: str) -> EngineTimeout:
    """The engine let a call wait for too long."""
    return EngineTimeout(action, "the engine did not answer in time")


def broken(action: str) -> EngineUnreachable:
    """The connection was not to be had, or did not last."""
    return EngineUnreachable(action, "the connection to the engine broke")


def nonsense(action: str, problem: BaseException) -> EngineError:
    """The answer is not one that an engine gives."""
    kind = type(problem).__name__
    return EngineError(action, f"the engine's answer makes no sense ({kind})")


def short(reference: str) -> str:
    """A container's ID as people know it from the docker client; a name as it is."""
    is_id = len(reference) == _ID_DIGITS and set(reference) <= set("0123456789abcdef")
    return f"container {reference[:12]}" if is_id else reference
