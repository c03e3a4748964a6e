"""Opens the connection to an endpoint. The engine's SDK is imported here, at first use."""

from __future__ import annotations

import math
import os
from typing import TYPE_CHECKING

from multi_instance_manager.engine.address import LOCAL_SOCKET
from multi_instance_manager.engine.endpoint import config_dir
from multi_instance_manager.engine.proxies import proxies_to
from multi_instance_manager.engine.silence import silence_of
from multi_instance_manager.errors import EngineUnreachable

if TYPE_CHECKING:
    from docker import APIClient
    from docker.tls import TLSConfig

    from multi_instance_manager.engine.docker_engine import DockerEngine
    from multi_instance_manager.engine.endpoint import Endpoint

FIRST_ANSWER_S = 10
OLDEST_API = (1, 41)


def connect(endpoint: Endpoint, *, timeout_s: float) -> DockerEngine:
    """An engine that has answered once, with ``timeout_s`` for each later call.

    Raises `EngineUnreachable` with the endpoint tried.
    """
    if endpoint.url.startswith("npipe://"):
        raise EngineUnreachable(
            f"engine at {endpoint}: is a pipe of Windows and no socket of this system; "
            "name another engine with --host, --context or DOCKER_HOST"
        )
    import requests
    from docker.errors import DockerException

    from multi_instance_manager.engine.docker_engine import DockerEngine

    client = _client(endpoint)
    try:
        version = _agree_on_version(client)
    except (
        DockerException,
        requests.RequestException,
        KeyError,
        TypeError,
        ValueError,
        OSError,
    ) as problem:
        client.close()
        fact, step = silence_of(problem, endpoint, within_s=FIRST_ANSWER_S)
        raise EngineUnreachable(f"engine at {endpoint}: {fact}; {step}") from problem
    if version < OLDEST_API:
        raise EngineUnreachable(
            f"engine at {endpoint}: speaks API {_text(version)}, older than {_text(OLDEST_API)}; "
            "upgrade it, or name another engine with --host, --context or DOCKER_HOST"
        )
    client.timeout = math.ceil(timeout_s)
    return DockerEngine(client, endpoint)


def _client(endpoint: Endpoint) -> APIClient:
    """The SDK's client, which has not asked anything yet."""
    client = _made(endpoint)
    client.trust_env = False
    if endpoint.url.startswith("ssh://"):
        from multi_instance_manager.engine.ssh_adapter import SshAdapter

        client.mount("http+docker://", SshAdapter(endpoint))
    elif endpoint.url.startswith("tcp://"):
        secure = endpoint.tls is not None
        client.proxies = proxies_to(endpoint.url, secure=secure, environment=os.environ)
    return client


def _made(endpoint: Endpoint) -> APIClient:
    from docker import APIClient
    from docker.errors import DockerException

    # Over ssh it speaks as through a socket, and our own way takes the place of the socket.
    url = LOCAL_SOCKET if endpoint.url.startswith("ssh://") else endpoint.url
    tls = _tls_config(endpoint) if endpoint.tls else False
    try:
        return APIClient(base_url=url, version=_text(OLDEST_API), timeout=FIRST_ANSWER_S, tls=tls)
    except (DockerException, AttributeError, TypeError, ValueError) as problem:
        # The address has been judged: what is left is what it reads of the client's configuration.
        file = config_dir(os.environ) / "config.json"
        raise EngineUnreachable(
            f"engine at {endpoint}: {file} cannot be used as the docker client's configuration; "
            "mend it, or name another folder with DOCKER_CONFIG"
        ) from problem


def _agree_on_version(client: APIClient) -> tuple[int, ...]:
    """Speak the engine's own version of the API.

    The SDK does it while it makes the client, when the way to the engine is not yet ours.
    """
    text = str(client.version(api_version=False)["ApiVersion"])
    client._version = text  # type: ignore[attr-defined]
    return tuple(int(part) for part in text.split("."))


def _text(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))


def _tls_config(endpoint: Endpoint) -> TLSConfig:
    """What the SDK asks to prepare its connections: ours decide by their context alone."""
    import urllib3
    from docker.tls import TLSConfig

    from multi_instance_manager.engine.certificates import TlsAdapter, tls_context

    if endpoint.tls is None:
        raise TypeError("the endpoint has no TLS")
    context = tls_context(endpoint, endpoint.tls)
    if not endpoint.tls.verify:
        # It was asked for; to be told so at each call helps nobody.
        urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)

    class ByContext(TLSConfig):
        """Mounts our adapter in place of the SDK's."""

        def configure_client(self, client: object) -> None:
            client.mount("https://", TlsAdapter(context))  # type: ignore[attr-defined]

    return ByContext()
