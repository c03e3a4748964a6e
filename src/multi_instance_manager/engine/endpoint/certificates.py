"""TLS to an engine: which certificate files count, and the context that is made of them.

The context alone decides whom to trust.
"""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from multi_instance_manager.errors import EngineUnreachable

if TYPE_CHECKING:
    from multi_instance_manager.engine.endpoint.endpoint import Endpoint, Tls


class _Files(msgspec.Struct, frozen=True):
    """The files of a folder, by the names that the docker client gives them."""

    authority: Path | None
    certificate: Path | None
    key: Path | None


def tls_context(endpoint: Endpoint, tls: Tls) -> ssl.SSLContext:
    """The context for an endpoint; raises `EngineUnreachable` where a file is missing or bad."""
    files = _files_of(endpoint, tls)
    try:
        context = ssl.create_default_context(cafile=files.authority)
    except (OSError, ssl.SSLError) as problem:
        raise _unusable(endpoint, files.authority, problem) from problem
    if not tls.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if files.certificate and files.key:
        _show(context, files.certificate, files.key, endpoint)
    return context


def _show(context: ssl.SSLContext, certificate: Path, key: Path, endpoint: Endpoint) -> None:
    """Let the context show our own certificate."""
    asked = False

    def no_passphrase() -> bytes:
        # The library would ask for it at the terminal otherwise.
        nonlocal asked
        asked = True
        return b""

    try:
        context.load_cert_chain(certificate, key, password=no_passphrase)
    except (OSError, ssl.SSLError) as problem:
        if asked:
            raise EngineUnreachable(
                f"engine at {endpoint}",
                f"the key {key} has a passphrase, which is not asked for",
                "put a key without one there, readable for this user alone",
            ) from problem
        raise _unusable(endpoint, f"{certificate} and {key.name}", problem) from problem


def _files_of(endpoint: Endpoint, tls: Tls) -> _Files:
    """The files that are there; the client insists on an authority outside of contexts."""
    if tls.folder is None:
        return _Files(None, None, None)
    present = {
        name: path if path.exists() else None
        for name in ("ca", "cert", "key")
        for path in [tls.folder / f"{name}.pem"]
    }
    if tls.needs_authority and present["ca"] is None:
        raise _missing(endpoint, tls.folder / "ca.pem")
    if (present["cert"] is None) != (present["key"] is None):
        lost = "cert.pem" if present["cert"] is None else "key.pem"
        raise _missing(endpoint, tls.folder / lost)
    return _Files(present["ca"], present["cert"], present["key"])


def _missing(endpoint: Endpoint, path: Path) -> EngineUnreachable:
    return EngineUnreachable(
        f"engine at {endpoint}",
        f"the certificate file {path} does not exist",
        "put it there, or name the folder of the files with DOCKER_CERT_PATH",
    )


def _unusable(endpoint: Endpoint, what: object, problem: Exception) -> EngineUnreachable:
    reason = getattr(problem, "reason", None) or getattr(problem, "strerror", None) or "no PEM file"
    return EngineUnreachable(
        f"engine at {endpoint}",
        f"the certificate {what} cannot be used ({str(reason).replace('_', ' ').lower()})",
        "replace it",
    )
