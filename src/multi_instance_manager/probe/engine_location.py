"""Whether an engine runs on this machine: what can be known of it without trying. Pure.

The engine tells its host's name, kernel and memory. Where all three are this machine's, it runs
here, however it was reached: through a tunnel back to this machine as well. A clone of this machine
under the same name would pass, too; the engine there then says itself that it has no such folder.

An engine whose own process listens at the socket, among the processes of this machine, runs here
under whatever name: a name may be another one in the surroundings that a service manager, or a
container with the host's processes, gives to either side.

Another kernel means another machine or a virtual one. The products that come as one share folders
and ports with their host; of an unknown one nothing is known, except that Linux needs none: there a
socket that leads to another kernel is a tunnel to another machine. The same kernel under another
name, behind somebody else's socket, is a container with an engine of its own, or this manager is in
one.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from multi_instance_manager.engine.protocol.engine import EngineHost

_SHARING_PRODUCTS = ("docker desktop", "docker-desktop", "orbstack", "rancher desktop",
                     "lima-", "colima", "podman-machine")  # fmt: skip
# Two programs may be told slightly different sizes of the same memory.
_SAME_MEMORY = 1 / 64


class Reach(Enum):
    """What an engine has of this machine."""

    HERE = "it runs on this machine, or shares its folders and ports"
    UNKNOWN = "it runs in a virtual machine that may share them"
    ELSEWHERE = "it runs on another machine, or in a container of its own"


class LocalMachine(msgspec.Struct, frozen=True):
    """What an engine on this machine would tell of it; ``system`` as uname has it."""

    name: str
    kernel: str
    memory_bytes: int
    system: str = "Linux"


class EngineLocation(msgspec.Struct, frozen=True):
    """Where an engine runs. ``login`` is what ``ssh`` takes to get there.

    ``is_virtual``: in a virtual machine, which has a memory and limits of its own.
    """

    reach: Reach
    engine_machine: str = ""
    this_machine: str = ""
    login: str = ""
    is_virtual: bool = False

    @property
    def has_this_memory(self) -> bool:
        """Whether this machine's memory, disks and limits are the engine's."""
        return self.reach is Reach.HERE and not self.is_virtual


class EngineReach(msgspec.Struct, frozen=True):
    """How the engine is reached: at an address of this machine, and by a process seen here.

    ``listens_here`` says that the engine's own process, and no relay, holds the socket.
    """

    is_local_address: bool
    listens_here: bool = False


def place_of(
    engine: EngineHost, here: LocalMachine, way: EngineReach, *, login: str
) -> EngineLocation:
    """Where the engine runs."""
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
        # An engine that does not tell, or is not asked, is taken at its address.
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
