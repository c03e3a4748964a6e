"""Which engine a command talks to, by the rules of the ``docker`` client, read strictly.

``--host``/``--context`` > ``DOCKER_HOST`` > ``DOCKER_CONTEXT`` > ``currentContext`` of the client's
configuration > the local socket. A context that does not exist is an error, as for the client; so
are a damaged configuration and a context without an address, which the client would replace by the
local engine: people's sessions would be launched somewhere they did not ask for.
"""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from multi_instance_manager.engine.endpoint.address import (
    LOCAL_SOCKET,
    LOCAL_TLS_PORT,
    whole_address,
)
from multi_instance_manager.engine.endpoint.container_proxies import container_proxies
from multi_instance_manager.errors import EngineUnreachable
from multi_instance_manager.files.owned_files import LARGEST_TEXT, read_owned

if TYPE_CHECKING:
    from collections.abc import Mapping

    from multi_instance_manager.text.secret import Secret

_CONFIG_FILE = "config.json"
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_OF_THE_BODY = {"content-length", "transfer-encoding"}


class Tls(msgspec.Struct, frozen=True):
    """Where the certificate files lie, if anywhere, and whether the engine must show a good one."""

    folder: Path | None
    verify: bool
    needs_authority: bool = True


class Endpoint(msgspec.Struct, frozen=True):
    """The engine's address and what chose it; ``client_options`` name it to the docker client."""

    url: str
    chosen_by: str
    client_options: tuple[str, ...] = ()
    tls: Tls | None = None

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
    config_file = config_dir(environment) / _CONFIG_FILE
    current = _read_json(config_file).get("currentContext")
    if current is not None and not isinstance(current, str):
        raise _unreadable(config_file, "currentContext is not a name")
    if current:
        return _from_context(current, str(config_file), environment)
    return _by_default("the default", environment)


def _from_host(
    url: str, chosen_by: str, environment: Mapping[str, str], options: tuple[str, ...] = ()
) -> Endpoint:
    full = whole_address(url)
    if full is None:
        raise EngineUnreachable(
            f"engine endpoint {url!r} (from {chosen_by})",
            "is not an address",
            "write it like unix:///var/run/docker.sock, tcp://host:2376 or ssh://user@host",
        )
    uses_tls = full.startswith("tcp://")
    return Endpoint(full, chosen_by, options, _environment_tls(environment) if uses_tls else None)


def _by_default(
    chosen_by: str, environment: Mapping[str, str], options: tuple[str, ...] = ()
) -> Endpoint:
    """Where nothing names an engine. Somebody who asks for TLS does not mean a socket."""
    tls = _environment_tls(environment)
    return Endpoint(LOCAL_TLS_PORT if tls else LOCAL_SOCKET, chosen_by, options, tls)


def _environment_tls(environment: Mapping[str, str]) -> Tls | None:
    verify = bool(environment.get("DOCKER_TLS_VERIFY"))
    if not verify and not environment.get("DOCKER_TLS"):
        return None
    return Tls(Path(environment.get("DOCKER_CERT_PATH") or config_dir(environment)), verify)


def _from_context(
    name: str, chosen_by: str, environment: Mapping[str, str], options: tuple[str, ...] = ()
) -> Endpoint:
    if name == "default":
        chosen_by = f"context default, {chosen_by}"
        if environment.get("DOCKER_HOST"):
            return _from_host(environment["DOCKER_HOST"], chosen_by, environment, options)
        return _by_default(chosen_by, environment, options)
    digest = hashlib.sha256(name.encode()).hexdigest()
    contexts = config_dir(environment) / "contexts"
    meta_file = contexts / "meta" / digest / "meta.json"
    endpoint = _member(_member(_read_json(meta_file), "Endpoints", meta_file), "docker", meta_file)
    host = endpoint.get("Host")
    if not host:
        raise EngineUnreachable(
            f"docker context {name!r} (from {chosen_by})",
            f"does not exist in {contexts}",
            "see `docker context ls`, or name another with --context or --host",
        )
    url = whole_address(host) if isinstance(host, str) else None
    if url is None:
        raise _unreadable(meta_file, f"{host!r} is not an address")
    tls = _context_tls(contexts / "tls" / digest / "docker", endpoint)
    uses_tls = url.startswith("tcp://")
    chosen_by = f"context {name}, {chosen_by}"
    return Endpoint(url, chosen_by, options, tls if uses_tls else None)


def _context_tls(folder: Path, endpoint: Mapping[str, Any]) -> Tls | None:
    """A context's own certificates; the variables count for none but the default context."""
    skips = bool(endpoint.get("SkipTLSVerify", False))
    if not folder.is_dir():
        return Tls(None, verify=False, needs_authority=False) if skips else None
    return Tls(folder, verify=not skips, needs_authority=False)


def config_dir(environment: Mapping[str, str]) -> Path:
    """The folder of the docker client's configuration."""
    return Path(environment.get("DOCKER_CONFIG") or f"{_home(environment)}/.docker")


def _home(environment: Mapping[str, str]) -> str:
    """The home folder; the root of the file system for a user that the system does not know."""
    if environment.get("HOME"):
        return environment["HOME"]
    try:
        return str(Path.home())
    except RuntimeError:
        return ""


def http_headers(environment: Mapping[str, str]) -> dict[str, str]:
    """What the docker client's configuration adds to every call; raises `EngineUnreachable`."""
    path = config_dir(environment) / _CONFIG_FILE
    headers = _member(_read_json(path), "HttpHeaders", path)
    if not all(_is_header(name, value) for name, value in headers.items()):
        raise _unreadable(path, "HttpHeaders has one that no request can carry")
    return {name: value.strip() for name, value in headers.items()}


def _is_header(name: str, value: object) -> bool:
    is_line = isinstance(value, str) and value.isprintable()
    return is_line and bool(_HEADER_NAME.fullmatch(name)) and name.lower() not in _OF_THE_BODY


def proxies_for_containers(
    environment: Mapping[str, str], url: str
) -> tuple[tuple[str, Secret], ...]:
    """The variables that the client gives to each container; raises `EngineUnreachable`."""
    path = config_dir(environment) / _CONFIG_FILE
    try:
        return container_proxies(_member(_read_json(path), "proxies", path), url)
    except ValueError as problem:
        raise _unreadable(path, str(problem)) from problem


def _read_json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(read_owned(path, at_most=LARGEST_TEXT))
    except FileNotFoundError:
        return {}
    except OSError as problem:
        raise _unreadable(path, problem.strerror or type(problem).__name__) from problem
    except (ValueError, RecursionError) as problem:
        raise _unreadable(path, "not valid JSON") from problem
    if not isinstance(content, dict):
        raise _unreadable(path, "not a JSON object")
    return content


def _member(content: dict[str, Any], name: str, path: Path) -> dict[str, Any]:
    member = content.get(name)
    if member is None:
        return {}
    if not isinstance(member, dict):
        raise _unreadable(path, f"{name} is not an object")
    return member


def _unreadable(path: Path, reason: str) -> EngineUnreachable:
    # The headers in config.json are for every engine, however it was named.
    other = "name another folder with DOCKER_CONFIG"
    step = other if path.name == _CONFIG_FILE else "name the engine with --host"
    return EngineUnreachable(
        str(path),
        f"cannot be read as the docker client's configuration ({reason})",
        f"mend it, or {step}",
    )
