"""The shape of an option: its names, the reader of its value, and its effect on the payload. Pure.

An option is one row of a table. Its reader returns a typed object or raises `Refusal`; its writer
puts the objects of all its occurrences into a `Draft`. Options that only have a meaning together
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
    """How often an option may occur, and whether it takes a value."""

    VALUE = "value"  # the last occurrence wins
    REPEATABLE = "repeatable"  # every occurrence counts
    BOOLEAN = "boolean"  # `--init`, or `--init=false`


class Sources(msgspec.Struct, frozen=True):
    """Sources outside an option's own value; given by the caller, never fetched here."""

    reader: Callable[[str], str]
    environment: Mapping[str, str]


class DockerOption(msgspec.Struct, frozen=True):
    """One option of `docker run`.

    `expand` turns a value that points elsewhere (a file, a variable of the caller) into values,
    each with the name of its option; nothing outside is read after that. `refuse` raises `Refusal`
    if a value would take something that the contract with the application reserves. `needs_api` is
    the first API version that knows the option: older engines would ignore it silently.
    `takes_path`: the value names a file, and may be shown.
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
        """The long form, as typed."""
        return f"--{self.name}"


class ParsedOptions(msgspec.Struct, frozen=True):
    """The values of a command line, by option name, each list in the given order."""

    values: Mapping[str, Sequence[Any]]

    def __contains__(self, name: str) -> bool:
        return name in self.values

    def all(self, name: str) -> Sequence[Any]:
        """Return every value of an option; empty if it was not given."""
        return self.values.get(name, ())

    def last(self, name: str, default: Any = None) -> Any:
        """Return the value of an option that counts once."""
        values = self.all(name)
        return values[-1] if values else default


class Theme(msgspec.Struct, frozen=True):
    """A group of options in one file.

    `compose` writes the combined effect of several options; `check` returns a sentence for each
    impossible combination; `needs_api` returns the API versions that certain values need.
    """

    options: tuple[DockerOption, ...]
    compose: Callable[[Draft, ParsedOptions], None] | None = None
    check: Callable[[ParsedOptions], Iterator[str]] | None = None
    needs_api: Callable[[ParsedOptions], Iterator[tuple[str, str]]] | None = None
