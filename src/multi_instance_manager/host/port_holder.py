"""What holds a host port: a kind with its name and pid, and the one place that words it. Pure."""

from __future__ import annotations

from enum import StrEnum, auto
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable


class HolderKind(StrEnum):
    """ENGINE_PROXY forwards for an engine; LEFT_PROXY does so after its engine was killed."""

    PROCESS = auto()
    ENGINE_PROXY = auto()
    LEFT_PROXY = auto()
    CONTAINER = auto()
    OTHER_USER = auto()
    UNKNOWN = auto()


class Holder(msgspec.Struct, frozen=True):
    """One holder of a port.

    ``name`` is that of the process or of the container; empty where it cannot be read, as ``pid``
    is None.
    """

    kind: HolderKind
    name: str = ""
    pid: int | None = None

    @property
    def may_be_of_engine(self) -> bool:
        """Whether an engine may hold the port by it: only that engine knows for which container."""
        return self.kind in _OF_ENGINE

    def sentence(self) -> str:
        """The holder in words that follow ``is held by``."""
        named = f"{self.name} (pid {self.pid})" if self.name else f"pid {self.pid}"
        return _WORDS[self.kind].format(name=self.name, named=named, pid=self.pid)


_OF_ENGINE = frozenset(HolderKind) - {HolderKind.PROCESS, HolderKind.CONTAINER}
_WORDS = {
    HolderKind.PROCESS: "{named}",
    HolderKind.ENGINE_PROXY: "{named}",
    HolderKind.LEFT_PROXY: (
        "{named}, left behind by an engine that was killed (`kill {pid}` ends it)"
    ),
    HolderKind.CONTAINER: "container {name}",
    HolderKind.OTHER_USER: "a process of another user",
    HolderKind.UNKNOWN: "a listener that cannot be seen from here",
}


def holders_text(holders: Iterable[Holder]) -> str:
    """All holders of one port in words."""
    return " and ".join(holder.sentence() for holder in holders)
