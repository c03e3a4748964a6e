"""What an option is: its names, how a value is read, and what it writes to the payload. Pure.

An option is one row of a table. Reading a value gives a typed object or raises `Refusal`; writing
puts the objects of all its occurrences into a `Draft`. Options that only mean something together
(a network and its aliases) have no writer of their own: a composer of their theme writes them.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any

import msgspec

from multi_instance_manager.engine.docker_run.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from multi_instance_manager.engine.docker_run.draft import Draft
    from multi_instance_manager.engine.docker_run.reserved import Reserved

__all__ = ["DockerOption", "OptionKind", "ParsedOptions", "Refusal", "Sources", "Theme"]


class OptionKind(Enum):
    """How often an option counts, and whether it takes a value."""

    VALUE = "value"  # the last occurrence rules
    REPEATABLE = "repeatable"  # every occurrence counts
    BOOLEAN = "boolean"  # `--init`, or `--init=false`


class Sources(msgspec.Struct, frozen=True):
    """What an option may look at outside its own value; given by the caller, never fetched here."""

    reader: Callable[[str], str]
    environment: Mapping[str, str]


class DockerOption(msgspec.Struct, frozen=True):
    """One option of `docker run`.

    `expand` turns a value that points elsewhere (a file, a variable of the caller) into the values
    it stands for, each with the name of the option that takes it; after that nothing outside is
    looked at any more. `refuse` raises `Refusal` where a value would take what the contract with
    the application keeps for itself. `needs_api` is the first version of the engine's API that
    knows the option: older ones would ignore it in silence. `takes_path` says that the value names
    a file, and may be shown.
    """

    name: str
    read: Callable[[str], Any]
    write: Callable[[Draft, Sequence[Any]], None] | None = None
    kind: OptionKind = OptionKind.VALUE
    short: str = ""
    aliases: tuple[str, ...] = ()
    expand: Callable[[str, Sources], Sequence[tuple[str, str]]] | None = None
    refuse: Callable[[Reserved, Any], None] | None = None
    needs_api: str = ""
    takes_path: bool = False

    @property
    def flag(self) -> str:
        """The long form, as one types it."""
        return f"--{self.name}"


class ParsedOptions(msgspec.Struct, frozen=True):
    """The values read from a whole command line, by option name, each list in the order given."""

    values: Mapping[str, Sequence[Any]]

    def __contains__(self, name: str) -> bool:
        return name in self.values

    def all(self, name: str) -> Sequence[Any]:
        """Every value of an option; empty when it was not given."""
        return self.values.get(name, ())

    def last(self, name: str, default: Any = None) -> Any:
        """The value that rules for an option that counts once."""
        values = self.all(name)
        return values[-1] if values else default


class Theme(msgspec.Struct, frozen=True):
    """A group of options that one file owns.

    `compose` writes what several options decide together; `check` gives a sentence for each
    combination that cannot be. `needs_api` gives what certain values need of the engine's API.
    """

    options: tuple[DockerOption, ...]
    compose: Callable[[Draft, ParsedOptions], None] | None = None
    check: Callable[[ParsedOptions], Iterator[str]] | None = None
    needs_api: Callable[[ParsedOptions], Iterator[tuple[str, str]]] | None = None
