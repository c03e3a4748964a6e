"""The SDK's errors as ours. Imports the SDK: whoever has no error of it does not come here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import requests
from docker.errors import APIError, DockerException
from urllib3.exceptions import ReadTimeoutError

from multi_instance_manager.engine.mapping import answered, broken, nonsense, silent

if TYPE_CHECKING:
    from multi_instance_manager.errors import EngineError


def ours(action: str, problem: Exception) -> EngineError | None:
    """What an error of the SDK means; None for one that is not the SDK's."""
    if isinstance(problem, APIError):
        return answered(action, problem.status_code, problem.explanation or "")
    if is_silence(problem):
        return silent(action)
    if is_break(problem):
        return broken(action)
    if isinstance(problem, requests.RequestException | DockerException):
        return nonsense(action, problem)
    return None


def is_silence(problem: Exception) -> bool:
    """Whether the engine let wait; in the middle of a body the library calls that a break."""
    inner = problem.args if isinstance(problem, requests.ConnectionError) else ()
    stalled = any(isinstance(argument, ReadTimeoutError) for argument in inner)
    return stalled or isinstance(problem, requests.Timeout)


def is_break(problem: Exception) -> bool:
    """Whether the connection was not to be had, or did not last."""
    return isinstance(problem, requests.ConnectionError | requests.exceptions.ChunkedEncodingError)
