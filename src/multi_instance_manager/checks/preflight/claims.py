"""Checks of containers that claim to be of this fleet, or that use its sessions. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from multi_instance_manager.findings import Finding, Severity, warning
from multi_instance_manager.fleet.ownership import session_source
from multi_instance_manager.text.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from multi_instance_manager.fleet.containers import Fleet, ObservedContainer
    from multi_instance_manager.fleet.ownership import Home

SECOND_WRITER = "second-writer"
CLAIM = "claim"


def check_claims(fleet: Fleet, home: Home, profile_names: Mapping[str, str]) -> Iterator[Finding]:
    """Two containers on one session, and containers that only bear the labels of this fleet.

    ``profile_names`` are the profiles by the names of their containers.
    """
    names = {c.name for c in (*fleet.current.values(), *fleet.legacy.values(), *fleet.foreign)}
    for container in sorted(fleet.foreign, key=lambda c: c.name):
        if home.is_of_another_fleet(container):
            continue
        session = home.session_of(container)
        if session and _writes(container, home):
            subject = _subject(session, profile_names)
            found = _second_writer(container, subject, "" if session in names else session)
            yield replace(found, profile_name=profile_names.get(session))
        elif home.claimed_by(container) and not _is_of_another_folder(container):
            yield warning(
                CLAIM,
                f"container {container.name}",
                "bears the labels of this fleet and does not have its session's folder mounted, as "
                "one does that was made of an instance's image; it is left alone",
            )


def second_writers(fleet: Fleet, home: Home) -> dict[str, str]:
    """Running containers that use a session beside its own instance, by the instance's name."""
    others = [c for c in fleet.foreign if c.is_up and not home.is_of_another_fleet(c)]
    return {session: c.name for c in others if (session := home.session_of(c))}


def _subject(session: str, profile_names: Mapping[str, str]) -> str:
    name = profile_names.get(session)
    return f"profile {printable(name)}" if name is not None else f"instance {session}"


def _writes(container: ObservedContainer, home: Home) -> bool:
    mounts = container.mounts.items()
    return any(home.place_of(s) for target, s in mounts if target not in container.read_only)


def _second_writer(container: ObservedContainer, subject: str, free_name: str) -> Finding:
    """An error while it runs: two containers on one session spoil it for each other."""
    fact = f"container {container.name} has its session's folder mounted, too, and is not of it"
    step = f"remove it: docker rm -f {container.name}"
    if free_name:
        step = f"remove it, or give it its name back: docker rename {container.name} {free_name}"
    severity = Severity.ERROR if container.is_up else Severity.WARNING
    return Finding(severity, SECOND_WRITER, subject, fact, step)


def _is_of_another_folder(container: ObservedContainer) -> bool:
    """It keeps its session elsewhere, which is told as that."""
    return container.ours is not None and bool(session_source(container, container.ours.identity))
