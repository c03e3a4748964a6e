"""The address of an engine as a person writes it, made whole by the rules of the docker client.

What the client would complete by guessing (``unix://``, ``tcp://``) is refused instead: an address
that was cut short must not lead to the local engine.
"""

from __future__ import annotations

import re
from urllib.parse import SplitResult, unquote, urlsplit

import msgspec

from multi_instance_manager.http.urls import authority_of

LOCAL_SOCKET = "unix:///var/run/docker.sock"
LOCAL_TLS_PORT = "tcp://localhost:2376"
_PORT = 2375
_LONGEST_SOCKET_PATH = 107  # what the kernel takes
# What newer ssh programs refuse themselves: older ones hand it to the shell of a ProxyCommand.
_NO_SSH_NAME = re.compile(r"""^-|[\s'`"$\\;&<>|(){}]""")


class SshAddress(msgspec.Struct, frozen=True):
    """Where ``ssh`` goes, and the engine's socket there, or None for its docker client's choice."""

    host: str
    user: str | None = None
    port: int | None = None
    socket: str | None = None


def whole_address(text: str) -> str | None:
    """The address with its scheme and port, or None where it is none."""
    text = text.strip()
    url = text if "://" in text else f"tcp://{text}"
    scheme, _, rest = url.partition("://")
    if scheme in {"unix", "npipe"}:
        fits = rest.startswith("/") and len(rest.encode()) <= _LONGEST_SOCKET_PATH
        return url if fits else None
    if any(character.isspace() or not character.isprintable() for character in url):
        return None
    try:
        return _whole_network_address(urlsplit(url))
    except ValueError:
        return None


def ssh_address(url: str) -> SshAddress:
    """The parts of a whole ``ssh://`` address."""
    parts = urlsplit(url)
    user, _, _ = parts.netloc.rpartition("@")
    path = unquote(parts.path) if parts.path.strip("/") else None
    return SshAddress(_host_as_written(parts), unquote(user) or None, parts.port, path)


def _host_as_written(parts: SplitResult) -> str:
    """The host with its capitals: the names of an ssh configuration have them."""
    host = parts.netloc.rpartition("@")[2]
    return host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]


def _whole_network_address(parts: SplitResult) -> str | None:
    if parts.port == 0 or parts.query or parts.fragment:
        return None
    if parts.scheme == "ssh":
        return parts.geturl() if _is_ssh(parts) else None
    if parts.scheme != "tcp" or "@" in parts.netloc:
        return None
    if not parts.hostname and not parts.port:
        return None
    authority = authority_of(parts.hostname or "localhost", parts.port or _PORT)
    return f"tcp://{authority}{parts.path}"


def _is_ssh(parts: SplitResult) -> bool:
    # The client refuses a password there, too: every user could read it.
    if not parts.hostname or parts.password is not None:
        return False
    address = ssh_address(parts.geturl())
    return not any(_NO_SSH_NAME.search(name) for name in (address.host, address.user or ""))
