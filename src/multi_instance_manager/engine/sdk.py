"""The official SDK's client of an endpoint, and calls that go its way: TLS, ssh, proxies."""

from __future__ import annotations

import math
import os
import threading
from typing import TYPE_CHECKING

from multi_instance_manager.engine.address import LOCAL_SOCKET
from multi_instance_manager.engine.calls import LARGEST_ANSWER, Answer, TooLarge
from multi_instance_manager.engine.endpoint import config_dir, http_headers
from multi_instance_manager.engine.proxies import proxies_to
from multi_instance_manager.errors import EngineUnreachable

if TYPE_CHECKING:
    import requests
    from docker import APIClient
    from docker.tls import TLSConfig

    from multi_instance_manager.engine.endpoint import Endpoint


class Sdk:
    """The SDK's client, made at its first use: to import it takes longer than most runs last."""

    def __init__(self, endpoint: Endpoint, version: str, silence_s: float) -> None:
        self._endpoint = endpoint
        self._silence_s = silence_s
        self._lock = threading.Lock()
        self._client: APIClient | None = None
        self.version = version

    def client(self) -> APIClient:
        """Give the client; raises `EngineUnreachable` where it cannot be made."""
        with self._lock:
            if self._client is None:
                self._client = _client(self._endpoint, self.version)
                self._client.timeout = math.ceil(self._silence_s)
            return self._client

    def agree(self, version: str) -> None:
        """From now on speak that version of the API."""
        self.version = version
        with self._lock:
            if self._client is not None:
                # It asks for it while it is made, when the way to the engine is not yet ours.
                self._client._version = version  # type: ignore[attr-defined]

    def be_patient(self, silence_s: float) -> None:
        """From now on the engine may be silent for so many seconds."""
        self._silence_s = silence_s
        with self._lock:
            if self._client is not None:
                self._client.timeout = math.ceil(silence_s)

    def close(self) -> None:
        """Let go of its connections."""
        with self._lock:
            if self._client is not None:
                self._client.close()


class SdkCalls:
    """Calls by the connections of the SDK's client."""

    def __init__(self, sdk: Sdk) -> None:
        self._sdk = sdk

    def be_patient(self, silence_s: float) -> None:
        """Change the patience of later calls."""
        self._sdk.be_patient(silence_s)

    def call(
        self,
        method: str,
        target: str,
        body: bytes | None = None,
        *,
        longer_s: float = 0,
    ) -> Answer:
        """Ask once."""
        import requests

        client = self._sdk.client()
        try:
            with client.request(
                method,
                f"{client.base_url}{target}",
                data=body,
                headers={"Content-Type": "application/json"} if body is not None else None,
                timeout=(client.timeout or 0) + longer_s,
                stream=True,
                allow_redirects=False,
            ) as answer:
                return Answer(answer.status_code, _content(answer))
        except requests.RequestException as problem:
            raise _told(problem) from problem


def _told(problem: requests.RequestException) -> OSError | ValueError:
    """The library's error as calls tell it."""
    from multi_instance_manager.engine.sdk_errors import is_break, is_silence

    if is_silence(problem):
        return TimeoutError()
    return ConnectionError() if is_break(problem) else ValueError()


def _content(answer: requests.Response) -> bytes:
    gathered = bytearray()
    for chunk in answer.iter_content(64 * 1024):
        gathered += chunk
        if len(gathered) > LARGEST_ANSWER:
            raise TooLarge
    return bytes(gathered)


def _client(endpoint: Endpoint, version: str) -> APIClient:
    """The SDK's client, which has not asked anything yet."""
    client = _made(endpoint, version)
    client.trust_env = False
    # The SDK adds them to the calls of its own methods only.
    client.headers.update(http_headers(os.environ))
    if endpoint.url.startswith("ssh://"):
        from multi_instance_manager.engine.ssh_adapter import SshAdapter

        client.mount("http+docker://", SshAdapter(endpoint))
    elif endpoint.url.startswith("tcp://"):
        secure = endpoint.tls is not None
        client.proxies = proxies_to(endpoint.url, secure=secure, environment=os.environ)
    return client


def _made(endpoint: Endpoint, version: str) -> APIClient:
    from docker import APIClient
    from docker.errors import DockerException

    # Over ssh it speaks as through a socket, and our own way takes the place of the socket.
    url = LOCAL_SOCKET if endpoint.url.startswith("ssh://") else endpoint.url
    tls = _tls_config(endpoint) if endpoint.tls else False
    try:
        return APIClient(base_url=url, version=version, tls=tls)
    except (DockerException, AttributeError, TypeError, ValueError) as problem:
        # The address has been judged: what is left is what it reads of the client's configuration.
        file = config_dir(os.environ) / "config.json"
        raise EngineUnreachable(
            f"engine at {endpoint}: {file} cannot be used as the docker client's configuration; "
            "mend it, or name another folder with DOCKER_CONFIG"
        ) from problem


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
