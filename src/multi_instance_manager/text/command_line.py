"""Command lines of the manager that a person can paste into a shell. Pure."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING

from multi_instance_manager.text.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterable


def command_line(words: str, profile_names: Iterable[str] = ()) -> str:
    """Return ``multi-instance WORDS NAME…``, with the names quoted for a shell."""
    names = tuple(profile_names)
    dashes = ["--"] if any(name.startswith("-") for name in names) else []
    quoted = (quote(printable(name)) for name in names)
    return " ".join(["multi-instance", words, *dashes, *quoted])
