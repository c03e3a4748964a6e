"""All that a run knows: the pool, what must stay as it is, and the sessions seen so far."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

import engine
from engine import Container
from scratch import Scratch
from sessions import Sessions


@dataclass
class World:
    """What the operations act on and the invariants look at."""

    pool: Scratch
    chance: random.Random
    images: tuple[str, ...]
    restart_engine: str = ""
    """The command that restarts the engine; empty where nobody gave one."""
    bystanders: tuple[Container, ...] = ()
    """Containers of others, which nobody may touch."""
    ports: dict[str, int] = field(default_factory=dict)
    """The API port of each profile that has stayed since it was last seen well."""
    well: frozenset[str] = frozenset()
    """The IDs of the instances that were well when they were last looked at."""
    log: list[str] = field(default_factory=list)
    """What the commands said, for whoever looks at a violation."""

    def __post_init__(self) -> None:
        """Begin to follow the pool's sessions."""
        self.sessions = Sessions(self.pool)

    def containers(self) -> tuple[Container, ...]:
        """The pool's own containers."""
        found = engine.containers(self.pool.prefix)
        return tuple(one for one in found if self.is_own(one))

    def is_own(self, container: Container) -> bool:
        """Whether a container is of this pool, by its labels."""
        labels = container.labels
        root = str(self.pool.root)
        return (labels.get(engine.FLEET), labels.get(engine.ROOT)) == (self.pool.prefix, root)

    def any_profile(self) -> str:
        """One of the saved profiles."""
        return self.chance.choice(self.pool.profiles)

    def any_container(self, *statuses: str) -> Container | None:
        """One of the pool's containers in one of these states, if there is one."""
        found = [one for one in self.containers() if one.status in statuses]
        return self.chance.choice(found) if found else None

    def place_bystanders(self) -> None:
        """Start containers of others whose names and labels come near to the pool's own."""
        prefix = self.pool.prefix
        self.run_foreign(f"{prefix}-bystander")
        elsewhere = [f"{engine.FLEET}={prefix}", f"{engine.ROOT}=/elsewhere"]
        labels = [word for label in elsewhere for word in ("--label", label)]
        self.run_foreign(f"{prefix}-elsewhere", *labels)
        self.bystanders = engine.containers(prefix)

    def run_foreign(self, name: str, *words: str) -> Container:
        """Start a container that is not the manager's."""
        image = self.images[0]
        program = ["python", "-S", "-c", "import signal; signal.pause()"]
        engine.docker("run", "-d", "--name", name, *words, image, *program)
        return next(one for one in engine.containers(name) if one.name == name)
