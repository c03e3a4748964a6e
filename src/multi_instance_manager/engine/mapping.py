"""The SDK's errors as ours: mapped here once, by HTTP status and never by message text."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import requests
from docker.errors import APIError, DockerException

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


@contextmanager
def mapped(action: str) -> Iterator[None]:
    """Turn the SDK's errors into ours."""
    try:
        yield
    except APIError as problem:
        raise answered(action, problem.status_code, problem.explanation or "") from problem
    except requests.Timeout as problem:
        raise EngineTimeout(f"{action}: the engine did not answer in time") from problem
    except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError) as problem:
        raise EngineUnreachable(f"{action}: the connection to the engine broke") from problem
    except (requests.RequestException, DockerException, ValueError, KeyError, TypeError) as problem:
        raise EngineError(
            f"{action}: the engine's answer makes no sense ({type(problem).__name__})"
        ) from problem


def answered(action: str, status: int | None, text: str) -> EngineError:
    """The error for an answer of that status, with the engine's own words."""
    kind = _BY_STATUS.get(status or 0, EngineError)
    said = text or "no reason given"
    return kind(f"{action}: the engine answered {status}: {said}", status=status)


def short(reference: str) -> str:
    """A container's ID as people know it from the docker client; a name as it is."""
    is_id = len(reference) == _ID_DIGITS and set(reference) <= set("0123456789abcdef")
    return f"container {reference[:12]}" if is_id else reference
