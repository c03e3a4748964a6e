"""Decides whether an engine runs on this machine, from known facts only. Pure.

The engine reports its host's name, kernel and memory. If all three are this machine's, it runs
here, however it was reached, even through a tunnel back to this machine. A clone of this machine
under the same name would match, too; its engine then says itself that it lacks a folder.

An engine whose own process listens at the socket, among the processes of this machine, runs here
under any name. The name may differ because a service manager, or a container with the host's
processes, gave either side another one.

Another kernel means another machine or a virtual one. Products that use a virtual machine share
folders and ports with their host. Of an unknown one nothing is known, except on Linux, which needs
none: there a socket that leads to another kernel is a tunnel to another machine. The same kernel
under another name, behind a foreign socket, is an engine in a container, or this manager is in one.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from multi_instance_manager.engine.protocol.engine import EngineHost

_SHARING_PRODUCTS = ("docker desktop", "docker-desktop", "orbstack", "rancher desktop",
                     "lima-", "colima", "podman-machine")  # fmt: skip
# Two programs may report slightly different sizes of the same memory.
_SAME_MEMORY = 1 / 64


class Reach(Enum):
    """What an engine shares with this machine."""

    HERE = "it runs on this machine, or shares its folders and ports"
    UNKNOWN = "it runs in a virtual machine that may share them"
    ELSEWHERE = "it runs on another machine, or in a container of its own"


class LocalMachine(msgspec.Struct, frozen=True):
    """The facts that an engine on this machine would report; ``system`` as uname has it."""

    name: str
    kernel: str
    memory_bytes: int
    system: str = "Linux"


class EngineLocation(msgspec.Struct, frozen=True):
    """Where an engine runs. ``login`` is the ssh destination to get there.

    ``is_virtual``: in a virtual machine, with a memory and limits of its own.
    """

    reach: Reach
    engine_machine: str = ""
    this_machine: str = ""
    login: str = ""
    is_virtual: bool = False

    @property
    def has_this_memory(self) -> bool:
        """Whether the engine has this machine's memory, disks and limits."""
        return self.reach is Reach.HERE and not self.is_virtual


class EngineReach(msgspec.Struct, frozen=True):
    """How the engine is reached: at an address of this machine, and by a process seen here.

    ``listens_here``: the engine's own process, not a relay, holds the socket.
    """

    is_local_address: bool
    listens_here: bool = False


def place_of(
    engine: EngineHost, here: LocalMachine, way: EngineReach, *, login: str
) -> EngineLocation:
    """Decide where the engine runs."""
    return EngineLocation(
        _reach(engine, here, way),
        engine.name or "of no name",
        here.name,
        login,
        is_virtual=not (way.listens_here or _is_same(engine, here)) and _shares(engine),
    )


def _reach(engine: EngineHost, here: LocalMachine, way: EngineReach) -> Reach:
    if way.listens_here or _is_same(engine, here):
        return Reach.HERE
    if not engine.kernel or not engine.name:
        # An engine that reports nothing, or was not asked, is judged by its address.
        return Reach.HERE if way.is_local_address else Reach.ELSEWHERE
    if way.is_local_address and _shares(engine):
        return Reach.HERE
    if way.is_local_address and here.system != "Linux":
        return Reach.UNKNOWN
    return Reach.ELSEWHERE


def _is_same(engine: EngineHost, here: LocalMachine) -> bool:
    difference = abs(engine.memory_bytes - here.memory_bytes)
    same_memory = not engine.memory_bytes or difference <= here.memory_bytes * _SAME_MEMORY
    return (engine.name, engine.kernel) == (here.name, here.kernel) and same_memory


def _shares(engine: EngineHost) -> bool:
    said = (engine.system.lower(), engine.name.lower())
    return any(text.startswith(_SHARING_PRODUCTS) for text in said)
