"""Opens the connection to an endpoint, and agrees on a version of the API."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from multi_instance_manager.engine.docker.engine import DockerEngine
from multi_instance_manager.engine.docker.podman_mounts import is_podman
from multi_instance_manager.engine.endpoint.endpoint import proxies_for_containers
from multi_instance_manager.engine.wire.api import Api
from multi_instance_manager.engine.wire.http_calls import HttpCalls
from multi_instance_manager.engine.wire.transport import way_to
from multi_instance_manager.errors import EngineUnreachable

if TYPE_CHECKING:
    from multi_instance_manager.engine.endpoint.endpoint import Endpoint

FIRST_ANSWER_S = 10
OLDEST_API = (1, 41)
_FIRST_ERROR = 400


def connect(endpoint: Endpoint, *, timeout_s: float) -> DockerEngine:
    """An engine that has answered once, with ``timeout_s`` for each later call.

    Raises `EngineUnreachable` with the endpoint tried.
    """
    if endpoint.url.startswith("npipe://"):
        raise EngineUnreachable(
            f"engine at {endpoint}",
            "is a pipe of Windows and no socket of this system",
            "name another engine with --host, --context or DOCKER_HOST",
        )
    proxies = proxies_for_containers(os.environ, endpoint.url)
    calls = HttpCalls(way_to(endpoint), FIRST_ANSWER_S)
    try:
        told = _first_answer(calls)
        version = tuple(int(part) for part in str(told["ApiVersion"]).split("."))
    except (KeyError, TypeError, ValueError, OSError) as problem:
        from multi_instance_manager.engine.endpoint.silence import silence_of

        fact, step = silence_of(problem, endpoint, within_s=FIRST_ANSWER_S)
        raise EngineUnreachable(f"engine at {endpoint}", fact, step) from problem
    if version < OLDEST_API:
        raise EngineUnreachable(
            f"engine at {endpoint}",
            f"speaks API {_text(version)}, older than {_text(OLDEST_API)}",
            "upgrade it, or name another engine with --host, --context or DOCKER_HOST",
        )
    calls.be_patient(timeout_s)
    api = Api(calls, _text(version), is_podman=is_podman(told))
    return DockerEngine(api, endpoint, proxies)


def _first_answer(calls: HttpCalls) -> dict[str, Any]:
    """What the engine tells of itself; raises what keeps it from telling."""
    answer = calls.call("GET", "/version")
    if answer.status >= _FIRST_ERROR:
        from multi_instance_manager.engine.endpoint.silence import RefusedAtOnce

        raise RefusedAtOnce(answer.status)
    told: dict[str, Any] = json.loads(answer.content)
    return told


def _text(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))
