"""The SDK's errors as ours. Imports the SDK: whoever has no error of it does not come here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import requests
from docker.errors import APIError, DockerException

from multi_instance_manager.engine.mapping import answered, broken, nonsense, silent

if TYPE_CHECKING:
    from multi_instance_manager.errors import EngineError


def ours(action: str, problem: Exception) -> EngineError | None:
    """What an error of the SDK means; None for one that is not the SDK's."""
    if isinstance(problem, APIError):
        return answered(action, problem.status_code, problem.explanation or "")
    if isinstance(problem, requests.Timeout):
        return silent(action)
    if isinstance(problem, requests.ConnectionError | requests.exceptions.ChunkedEncodingError):
        return broken(action)
    if isinstance(problem, requests.RequestException | DockerException):
        return nonsense(action, problem)
    return None
