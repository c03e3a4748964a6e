"""Checks an instance from outside: that it runs on its own profile and on nothing else.

What the instance says about itself is not evidence: its files are read through the engine, its
ports are tried from this host.
"""

from __future__ import annotations

import ipaddress
import socket
import threading
import time
from functools import lru_cache
from http import HTTPStatus
from typing import TYPE_CHECKING

import msgspec

from multi_instance_manager.http_probe import get
from multi_instance_manager.untrusted_files import read_untrusted

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from multi_instance_manager.application.definition import ContainerPaths, GuardedPath
    from multi_instance_manager.engine.protocol import Reader
    from multi_instance_manager.secret import Secret
    from multi_instance_manager.spec import InstanceSpec

_ATTEMPTS = 4
_PAUSE_S = 0.15
_CONNECT_TIMEOUT_S = 2.0
_MOST_ADDRESSES = 8
_listing = threading.Lock()


class Check(msgspec.Struct, frozen=True):
    """One thing that was looked at: its name, whether it held, and what was seen."""

    name: str
    passed: bool
    seen: str


class Proof(msgspec.Struct, frozen=True):
    """The checks of one instance. ``proven_at`` is in seconds since the epoch."""

    checks: tuple[Check, ...]
    proven_at: float

    @property
    def passed(self) -> bool:
        """Whether every check held."""
        return all(check.passed for check in self.checks)

    @property
    def failures(self) -> tuple[Check, ...]:
        """The checks that did not hold."""
        return tuple(check for check in self.checks if not check.passed)


class Expectation(msgspec.Struct, frozen=True):
    """What must be true of one instance. ``own_folders`` hold its own profile alone.

    ``guarded`` is a path that needs the key; None where the application asks for none.
    """

    spec: InstanceSpec
    copy: Path
    key: Secret
    own_folders: tuple[str, ...]
    guarded: GuardedPath | None = None


def prove(engine: Reader, container_id: str, expected: Expectation) -> Proof:
    """Look at everything; a check that fails does not keep the others from being made."""
    checks: list[Check | None] = [
        _own_profile(engine, container_id, folder, expected) for folder in expected.own_folders
    ]
    checks.append(_ports_answer(expected.spec))
    checks.append(_ports_closed_elsewhere(expected.spec))
    if expected.guarded is not None:
        checks.append(_key_is_asked_for(expected.spec, expected.key, expected.guarded))
    return Proof(tuple(check for check in checks if check), time.time())


def own_folders(paths: ContainerPaths, *, pool_visible: bool) -> tuple[str, ...]:
    """The container's folders that hold one profile alone."""
    return (paths.active_dir,) if pool_visible else (paths.active_dir, paths.saved_dir)


def _own_profile(engine: Reader, container_id: str, folder: str, expected: Expectation) -> Check:
    """The folder holds the own profile alone, by digest.

    The instance may be writing its profile at this moment, so that a difference is looked at again.
    """
    wanted = f"{expected.spec.profile_name}.json"
    seen = ""
    for attempt in range(_ATTEMPTS):
        if attempt:
            time.sleep(_PAUSE_S)
        files = engine.read_directory(container_id, folder)
        profiles = sorted(name for name in files if name.endswith(".json"))
        if profiles != [wanted]:
            seen = f"{folder} holds {', '.join(profiles) or 'no profile'}"
        elif files[wanted] == _copy_of(expected):
            return Check(_short(folder), passed=True, seen="own alone")
        else:
            seen = f"{folder}/{wanted} differs from the runtime copy"
    return Check(_short(folder), passed=False, seen=seen)


def _copy_of(expected: Expectation) -> bytes | None:
    try:
        return read_untrusted(expected.copy)
    except OSError:
        return None


def _short(folder: str) -> str:
    return folder.rpartition("/")[2]


def _ports_answer(spec: InstanceSpec) -> Check:
    host = reachable_address(spec.host_ip)
    silent = [port for port in spec.host_ports if not _accepts(host, port)]
    seen = f"nobody answers on {host}:{silent[0]}" if silent else "answer"
    return Check("ports", passed=not silent, seen=seen)


def _ports_closed_elsewhere(spec: InstanceSpec) -> Check | None:
    """No other address of this machine lets anybody in."""
    if ipaddress.ip_address(spec.host_ip).is_unspecified:
        return None
    open_at = [
        f"{address}:{port}"
        for address in _other_addresses(spec.host_ip)
        for port in spec.host_ports
        if _accepts(address, port) and _is_own(address)
    ]
    seen = f"also open at {', '.join(open_at)}" if open_at else "closed"
    return Check("elsewhere", passed=not open_at, seen=seen)


def _key_is_asked_for(spec: InstanceSpec, key: Secret, guarded: GuardedPath) -> Check:
    """Without the key an instance refuses, with it it does not; where there is no path, said."""
    path, refusals = guarded.path, guarded.refused_with
    url = spec.api_url.replace(spec.host_ip, reachable_address(spec.host_ip)) + path
    without = get(url, timeout_s=10.0)
    if without.status in {HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED}:
        return Check("key", passed=True, seen=f"no {path}")
    if without.status not in refusals:
        seen = f"{path} {without.said} without the key"
        return Check("key", passed=False, seen=seen)
    with_key = get(url, timeout_s=10.0, key=key)
    status = with_key.status
    refused = status is None or status in refusals or status >= HTTPStatus.INTERNAL_SERVER_ERROR
    seen = f"{path} {with_key.said} with the key"
    return Check("key", passed=not refused, seen=seen if refused else "required")


def reachable_address(host_ip: str) -> str:
    """Where this host reaches a port published on ``host_ip``."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host_ip, host_ip)  # noqa: S104


def _accepts(address: str, port: int) -> bool:
    try:
        with socket.create_connection((address, port), timeout=_CONNECT_TIMEOUT_S):
            return True
    except OSError:
        return False


def _is_own(address: str) -> bool:
    """Whether an address is this machine's still: a network may have gone since it was listed.

    What answers there then is another machine, or a gateway.
    """
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.bind((address, 0))
    except OSError:
        return False
    return True


def _other_addresses(host_ip: str) -> Sequence[str]:
    """Addresses of this machine's own interfaces, other than the published one."""
    with _listing:
        found = _addresses_in(int(time.monotonic()))
    return [address for address in found if address != host_ip][:_MOST_ADDRESSES]


@lru_cache(maxsize=1)
def _addresses_in(second: int) -> Sequence[str]:  # noqa: ARG001 - it ends what is remembered
    """All addresses of this machine, listed once a second at most.

    Every container adds an interface, so that a list for each proof would be work for each
    instance times all instances. An address that came up within that second is not tried; a port
    that is open on every address is open on the others, too.
    """
    import psutil

    found = {
        entry.address
        for entries in psutil.net_if_addrs().values()
        for entry in entries
        if entry.family in {socket.AF_INET, socket.AF_INET6}
    }
    return sorted(address for address in found if "%" not in address)
