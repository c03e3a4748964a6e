"""Checks where the engine runs: its folders and its ports must be this machine's. Pure."""

from __future__ import annotations

from multi_instance_manager.findings import Finding, error, warning
from multi_instance_manager.probe.engine_location import EngineLocation, Reach


def check_place(place: EngineLocation | None, endpoint: str) -> list[Finding]:
    """Whether a launch on this engine can work at all; ``None`` where there is no engine."""
    subject = f"engine at {endpoint}"
    if place is None or place.reach is Reach.HERE:
        return []
    if place.reach is Reach.UNKNOWN:
        fact = f"runs in a virtual machine ({place.engine_machine}), which sees shared folders only"
        step = "share the project's folder with it, where it does not see it yet"
        return [warning("engine-in-vm", subject, fact, step)]
    fact = (
        f"runs on another machine ({place.engine_machine}), and this is {place.this_machine}: it "
        "cannot mount the profiles of this one, and its instances cannot be reached on loopback"
    )
    step = f"run the manager there, for instance with `ssh {place.login} multi-instance up`"
    return [error("engine-elsewhere", subject, fact, step)]
