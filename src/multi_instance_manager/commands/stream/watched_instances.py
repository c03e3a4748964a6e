"""Which containers a command watches: those of the fleet whose profile was named."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from multi_instance_manager.commands.survey.home import home_of
from multi_instance_manager.commands.survey.known_secrets import secrets_of
from multi_instance_manager.commands.survey.reach import refuse_without_a_project
from multi_instance_manager.commands.survey.selection import meaning_of, select
from multi_instance_manager.fleet.container_names import ASIDE_SUFFIX
from multi_instance_manager.fleet.containers import ContainerState
from multi_instance_manager.fleet.labels import FLEET, ROOT, parse_labels
from multi_instance_manager.fleet.ownership import bears_its_name
from multi_instance_manager.sessions.pool import names_in

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from multi_instance_manager.commands.survey.known_secrets import KnownSecrets
    from multi_instance_manager.commands.survey.request import Request
    from multi_instance_manager.engine.protocol.engine import Reader
    from multi_instance_manager.engine.protocol.watcher import EngineEvent
    from multi_instance_manager.settings.model import Settings


class Instance(msgspec.Struct, frozen=True):
    """One container of the fleet. A profile has two while one is being replaced."""

    profile_name: str
    container_id: str
    container_name: str
    state: ContainerState

    @property
    def runs(self) -> bool:
        """Whether its process is there, paused or not."""
        return self.state in {ContainerState.RUNNING, ContainerState.PAUSED}

    @property
    def is_aside(self) -> bool:
        """Whether it was set aside while its replacement is tried."""
        return self.container_name.endswith(ASIDE_SUFFIX)


def watched(request: Request) -> WatchedInstances:
    """The instances that a command watches; raises `UsageProblems`, `Refused`, `EngineError`."""
    found = WatchedInstances(request.settings, request.patterns)
    found.check(request.engine())
    return found


class WatchedInstances:
    """Looks at the fleet, again and again; names and globs choose, none means all.

    ``profile_names`` are those that were meant when it was checked.
    """

    def __init__(self, settings: Settings, patterns: Sequence[str] = ()) -> None:
        self._settings = settings
        self._patterns = tuple(patterns)
        self._exact: frozenset[str] = frozenset()
        self.profile_names: tuple[str, ...] = ()

    @property
    def labels(self) -> Mapping[str, str]:
        """What the fleet's containers have in common."""
        root = str(self._settings.project_root)
        return {FLEET: self._settings.container_prefix, ROOT: root}

    def check(self, reader: Reader) -> None:
        """Find the profiles that are meant; raises `UsageProblems` for patterns that mean none.

        `Refused` where there is no project.
        """
        standing = {instance.profile_name for instance in self._all(reader)}
        known = sorted({*names_in(self._settings.profile_dir), *standing})
        refuse_without_a_project(self._settings, known)
        self._exact = frozenset(self._patterns) & frozenset(known)
        self.profile_names = select(self._patterns, known)

    def look(self, reader: Reader) -> tuple[Instance, ...]:
        """The containers that are meant, as they are now, by profile."""
        return tuple(i for i in self._all(reader) if self.means(i.profile_name))

    def means(self, profile_name: str) -> bool:
        """Whether a profile was chosen, known from the beginning or not."""
        if not self._patterns or profile_name in self._exact:
            return True
        globs = (pattern for pattern in self._patterns if pattern not in self._exact)
        return any(meaning_of(pattern, (profile_name,)) for pattern in globs)

    def profile_of(self, event: EngineEvent) -> str | None:
        """The profile that an event is about, where it is meant; it has labels, and no mounts."""
        told = dict(event.attributes)
        ours = parse_labels(told)
        if ours is None or not self.labels.items() <= told.items():
            return None
        names = (told.get(key, "").removeprefix("/") for key in ("name", "oldName"))
        if not any(bears_its_name(ours.identity, n, event.container_id) for n in names):
            return None
        name = ours.identity.profile_name
        return name if self.means(name) else None

    def masking(self) -> KnownSecrets:
        """What takes the secrets out of their logs; raises `StateError` where it cannot."""
        known = secrets_of(self._settings)
        known.redactor()
        return known

    def _all(self, reader: Reader) -> tuple[Instance, ...]:
        containers = reader.list_containers()
        home = home_of(self._settings, containers)
        found = [
            Instance(
                container.ours.identity.profile_name,
                container.container_id,
                container.name,
                container.state,
            )
            for container in containers
            if container.ours and home.owns(container)
        ]
        return tuple(sorted(found, key=lambda i: (i.profile_name, i.is_aside, i.container_id)))
