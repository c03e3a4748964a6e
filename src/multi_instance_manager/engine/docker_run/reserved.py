"""What the manager reserves inside a container, and how to change each. Pure.

Owns the reasons that a user reads; the contract itself is with the mounts and variables of an
instance.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

import msgspec

from multi_instance_manager.engine.docker_run.refusal import Refusal
from multi_instance_manager.fleet.labels import NAMESPACE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from multi_instance_manager.application.definition import Application

_FOR_EACH_PROFILE = (
    "the manager sets it for each profile; name profiles on the command line to choose which run"
)
_ROTATION = "the manager sets it; use --enable-auth-rotation"


class Reserved(msgspec.Struct, frozen=True):
    """The reserved variables with their reasons, mounts and ports.

    No mount may overlap ``folder``, or be at ``file``.
    """

    variables: Mapping[str, str] = msgspec.field(default_factory=dict)
    ports: tuple[int, ...] = ()
    folder: str | None = None
    file: str | None = None

    def refuse_variable(self, name: str) -> None:
        """Refuse a variable that the contract with the application sets."""
        reason = self.variables.get(name)
        if reason is not None:
            raise Refusal(f"{name} is part of the contract with the application: {reason}")

    def refuse_target(self, target: str) -> None:
        """Refuse a mount that would hide, or be hidden by, what the manager mounts."""
        path = posixpath.normpath("/" + target.lstrip("/"))
        met = self.file if path == self.file else self.folder
        if met is not None and (path == met or _overlaps(path, met)):
            raise Refusal(
                f"a mount at {path} would meet the manager's own at {met}; choose another target"
            )

    def refuse_port(self, port: int) -> None:
        """Refuse a second way to a port that the manager publishes from its leases."""
        if port in self.ports:
            way = "--base-api-port or --base-stream-port" if self.ports[1:] else "--base-api-port"
            raise Refusal(
                f"the manager publishes container port {port} itself; use {way} to move it"
            )


def reserved_by(application: Application) -> Reserved:
    """Return what the contract with an application reserves."""
    names, paths = application.variables, application.paths
    reasons = {
        names.startup_profile: _FOR_EACH_PROFILE,
        names.api_key: "the manager sets it together with the application's key file; "
        "use --api-key",
        names.log_level: "the manager sets it; use --log-level",
        names.rotate_at_start: _ROTATION,
        names.rotate_while_running: _ROTATION,
    }
    return Reserved(
        variables={name: reason for name, reason in reasons.items() if name},
        ports=application.ports.each,
        folder=paths.tree,
        file=paths.environment_file,
    )


def refuse_label(key: str) -> None:
    """Refuse a label by which the manager knows its own containers."""
    if key.strip().startswith(NAMESPACE):
        raise Refusal(
            f"labels that begin with {NAMESPACE} say which containers are the manager's own; "
            "choose another name"
        )


def _overlaps(first: str, second: str) -> bool:
    return first == "/" or f"{first}/".startswith(f"{second}/") or second.startswith(f"{first}/")
