"""What the manager keeps for itself inside a container, with the way to change each. Pure.

Owns the reasons that a user reads; the contract itself is described with the mounts and variables
of an instance.
"""

from __future__ import annotations

import posixpath

from multi_instance_manager.docker_args.option import Refusal
from multi_instance_manager.labels import NAMESPACE

PORTS = (2048, 3120)
FOLDER = "/app/auth_profiles"
ENVIRONMENT_FILE = "/app/.env"

VARIABLES = {
    "ACTIVE_AUTH_JSON_PATH": "the manager sets it for each profile; name profiles on the command "
    "line to choose which run",
    "API_KEY": "the manager sets it together with the application's key file; use --api-key",
    "SERVER_LOG_LEVEL": "the manager sets it; use --log-level",
    "AUTO_AUTH_ROTATION_ON_STARTUP": "the manager sets it; use --enable-auth-rotation",
    "AUTO_ROTATE_AUTH_PROFILE": "the manager sets it; use --enable-auth-rotation",
}


def refuse_variable(name: str) -> None:
    """Refuse a variable that the contract with the application sets."""
    reason = VARIABLES.get(name)
    if reason is not None:
        raise Refusal(f"{name} is part of the contract with the application: {reason}")


def refuse_label(key: str) -> None:
    """Refuse a label by which the manager knows its own containers."""
    if key.strip().startswith(NAMESPACE):
        raise Refusal(
            f"labels that begin with {NAMESPACE} say which containers are the manager's own; "
            "choose another name"
        )


def refuse_target(target: str) -> None:
    """Refuse a mount that would hide, or be hidden by, what the manager mounts."""
    path = posixpath.normpath("/" + target.lstrip("/"))
    if _overlaps(path, FOLDER) or path == ENVIRONMENT_FILE:
        raise Refusal(
            f"a mount at {path} would meet the manager's own at "
            f"{ENVIRONMENT_FILE if path == ENVIRONMENT_FILE else FOLDER}; choose another target"
        )


def _overlaps(first: str, second: str) -> bool:
    return first == "/" or f"{first}/".startswith(f"{second}/") or second.startswith(f"{first}/")


def refuse_port(port: int) -> None:
    """Refuse a second way to a port that the manager publishes from its leases."""
    if port in PORTS:
        raise Refusal(
            f"the manager publishes container port {port} itself; use --base-api-port or "
            "--base-stream-port to move it"
        )
