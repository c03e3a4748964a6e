"""Which engine a command talks to, by the rules of the ``docker`` client, read strictly.

``--host``/``--context`` > ``DOCKER_HOST`` > ``DOCKER_CONTEXT`` > ``currentContext`` of the client's
configuration > the local socket. A context that does not exist is an error: falling back to the
local engine would launch people's sessions somewhere they did not ask for.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from multi_instance_manager.errors import EngineUnreachable

if TYPE_CHECKING:
    from collections.abc import Mapping

LOCAL_SOCKET = "unix:///var/run/docker.sock"
_LONGEST_SOCKET_PATH = 107  # what the kernel takes
_NETWORK_SCHEMES = {"tcp", "http", "https", "ssh"}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The engine's address and what chose it; ``client_options`` name it to the docker client."""

    url: str
    chosen_by: str
    client_options: tuple[str, ...] = ()
    tls_dir: Path | None = None
    tls_verify: bool = False

    def __str__(self) -> str:
        return f"{self.url} (from {self.chosen_by})"


def resolve_endpoint(
    *, host: str | None, context: str | None, environment: Mapping[str, str]
) -> Endpoint:
    """The endpoint to use; raises `EngineUnreachable` where what was named does not exist."""
    if host:
        return _from_host(host, "--host", environment, ("--host", host))
    if context:
        return _from_context(context, "--context", environment, ("--context", context))
    if environment.get("DOCKER_HOST"):
        return _from_host(environment["DOCKER_HOST"], "DOCKER_HOST", environment)
    if environment.get("DOCKER_CONTEXT"):
        return _from_context(environment["DOCKER_CONTEXT"], "DOCKER_CONTEXT", environment)
    config_file = _config_dir(environment) / "config.json"
    current = _read_json(config_file).get("currentContext")
    if current is not None and not isinstance(current, str):
        raise _unreadable(config_file, "currentContext is not a name")
    if current:
        return _from_context(current, str(config_file), environment)
    return Endpoint(LOCAL_SOCKET, "the default")


def _from_host(
    url: str, chosen_by: str, environment: Mapping[str, str], options: tuple[str, ...] = ()
) -> Endpoint:
    full = url if "://" in url else f"tcp://{url}"
    if not _is_address(full):
        raise EngineUnreachable(
            f"engine endpoint {url!r} (from {chosen_by}): is not an address; "
            "write it like unix:///var/run/docker.sock or tcp://host:2376"
        )
    verify = bool(environment.get("DOCKER_TLS_VERIFY"))
    wants_tls = verify or bool(environment.get("DOCKER_TLS"))
    tls_dir = Path(environment.get("DOCKER_CERT_PATH") or _config_dir(environment))
    return Endpoint(
        full,
        chosen_by,
        options,
        tls_dir=tls_dir if wants_tls and full.startswith("tcp://") else None,
        tls_verify=verify,
    )


def _is_address(url: str) -> bool:
    """Whether the engine's client could make anything of it."""
    scheme, _, rest = url.partition("://")
    if scheme in {"unix", "npipe"}:
        return rest.startswith("/") and len(rest.encode()) <= _LONGEST_SOCKET_PATH
    if any(character.isspace() for character in url):
        return False
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    return scheme in _NETWORK_SCHEMES and bool(parts.hostname) and port != 0


def _from_context(
    name: str, chosen_by: str, environment: Mapping[str, str], options: tuple[str, ...] = ()
) -> Endpoint:
    if name == "default":
        return Endpoint(
            environment.get("DOCKER_HOST") or LOCAL_SOCKET, f"context default, {chosen_by}", options
        )
    digest = hashlib.sha256(name.encode()).hexdigest()
    contexts = _config_dir(environment) / "contexts"
    meta_file = contexts / "meta" / digest / "meta.json"
    endpoint = _member(_member(_read_json(meta_file), "Endpoints", meta_file), "docker", meta_file)
    if not endpoint.get("Host"):
        raise EngineUnreachable(
            f"docker context {name!r} (from {chosen_by}): does not exist in {contexts}; "
            "see `docker context ls`, or name another with --context or --host"
        )
    tls_dir = contexts / "tls" / digest / "docker"
    return Endpoint(
        str(endpoint["Host"]),
        f"context {name}, {chosen_by}",
        options,
        tls_dir=tls_dir if tls_dir.is_dir() else None,
        tls_verify=not endpoint.get("SkipTLSVerify", False),
    )


def _config_dir(environment: Mapping[str, str]) -> Path:
    return Path(environment.get("DOCKER_CONFIG") or Path.home() / ".docker")


def _read_json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as problem:
        raise _unreadable(path, type(problem).__name__) from problem
    if not isinstance(content, dict):
        raise _unreadable(path, "not a JSON object")
    return content


def _member(content: dict[str, Any], name: str, path: Path) -> dict[str, Any]:
    member = content.get(name, {})
    if not isinstance(member, dict):
        raise _unreadable(path, f"{name} is not an object")
    return member


def _unreadable(path: Path, reason: str) -> EngineUnreachable:
    return EngineUnreachable(
        f"{path}: cannot be read as the docker client's configuration ({reason}); "
        "mend it, or name the engine with --host"
    )
