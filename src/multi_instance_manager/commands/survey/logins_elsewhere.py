"""Finds instances of other pools that run on a login of this one. Reads only.

Two projects can share a pool's folder, and a login can have been copied from one to another. What
another pool's instance runs on is read where its engine says that it lies.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from multi_instance_manager.checks.preflight import used_elsewhere
from multi_instance_manager.files.untrusted_files import read_untrusted
from multi_instance_manager.fleet.ownership import session_source
from multi_instance_manager.sessions.login_facts import session_facts
from multi_instance_manager.sessions.pool import SUFFIX

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from multi_instance_manager.findings import Finding
    from multi_instance_manager.fleet.containers import Fleet, ObservedContainer
    from multi_instance_manager.fleet.labels import Identity
    from multi_instance_manager.sessions.profile import Pool
    from multi_instance_manager.settings.model import Settings


def logins_elsewhere(
    settings: Settings, fleet: Fleet, pool: Pool, launched: Collection[str]
) -> Iterator[Finding]:
    """A finding for each running instance of another pool that is on one of these logins."""
    profiles = [one for one in pool.profiles if one.name in launched]
    root = str(settings.project_root)
    for container in sorted(fleet.foreign, key=lambda c: c.name):
        labels = container.ours
        if labels is None or not container.is_up:
            continue
        identity = labels.identity
        if identity.root == root and identity.profile_name in launched:
            continue  # told as another fleet of this pool
        marks = _marks_of(container, identity, settings, pool.salt)
        twin = next((one for one in profiles if one.marks & marks), None)
        if twin is not None:
            yield used_elsewhere(twin, container, identity.root)


def _marks_of(
    container: ObservedContainer, identity: Identity, settings: Settings, salt: bytes
) -> frozenset[bytes]:
    source = session_source(container, identity)
    content = None
    with suppress(OSError):
        content = read_untrusted(Path(source) / f"{identity.profile_name}{SUFFIX}")
    facts = session_facts(content or b"", settings.application.login, salt=salt)
    return facts.marks if facts else frozenset()
