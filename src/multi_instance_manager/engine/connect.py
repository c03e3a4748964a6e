"""Opens the connection to an endpoint. The engine's SDK is imported here, at first use."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from multi_instance_manager.errors import EngineUnreachable

if TYPE_CHECKING:
    from multi_instance_manager.engine.endpoint import Endpoint
    from multi_instance_manager.engine.protocol import Engine

FIRST_ANSWER_S = 10


def connect(endpoint: Endpoint, *, timeout_s: float) -> Engine:
    """An engine that has answered once, with ``timeout_s`` for each later call.

    Raises `EngineUnreachable` with the endpoint tried.
    """
    if endpoint.url.startswith(("ssh://", "npipe://")):
        raise EngineUnreachable(
            f"engine at {endpoint}: is not reached by a socket of this host; "
            "forward its socket to here, and name that with --host"
        )
    import requests
    from docker import APIClient
    from docker.errors import DockerException
    from docker.tls import TLSConfig

    from multi_instance_manager.engine.docker_engine import DockerEngine

    try:
        tls = TLSConfig(**_certificates(endpoint)) if endpoint.tls_dir else False
        client = APIClient(base_url=endpoint.url, version="auto", timeout=FIRST_ANSWER_S, tls=tls)
        client.timeout = math.ceil(timeout_s)
    except (DockerException, requests.RequestException, ValueError, OSError) as problem:
        raise EngineUnreachable(
            f"engine at {endpoint}: does not answer{_reason(problem)}; "
            "start Docker, or name another engine with --host, --context or DOCKER_HOST"
        ) from problem
    return DockerEngine(client, endpoint)


def _certificates(endpoint: Endpoint) -> dict[str, Any]:
    """The files of a TLS folder, by the names that the docker client gives them."""
    folder = endpoint.tls_dir or Path()
    pair = (str(folder / "cert.pem"), str(folder / "key.pem"))
    return {
        "client_cert": pair if (folder / "cert.pem").exists() else None,
        "ca_cert": str(folder / "ca.pem") if (folder / "ca.pem").exists() else None,
        "verify": endpoint.tls_verify,
    }


def _reason(problem: BaseException) -> str:
    """The innermost system error in a few words, where there is one."""
    import requests

    seen: BaseException | None = problem
    while seen is not None:
        if isinstance(seen, PermissionError):
            return " (permission denied: is this user in the group docker?)"
        if isinstance(seen, TimeoutError | requests.Timeout):
            return f" within {FIRST_ANSWER_S} s"
        if isinstance(seen, FileNotFoundError):
            return " (there is no such socket)"
        if isinstance(seen, ConnectionRefusedError):
            return " (nobody listens there)"
        seen = _cause_of(seen)
    return ""


def _cause_of(problem: BaseException) -> BaseException | None:
    """What an error was raised from; the HTTP library hands some causes on as arguments."""
    if problem.__cause__ or problem.__context__:
        return problem.__cause__ or problem.__context__
    inner = [argument for argument in problem.args if isinstance(argument, BaseException)]
    return inner[0] if inner else None
