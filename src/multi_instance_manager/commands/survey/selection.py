"""Which profiles a command is about: names and globs, matched against what there is. Pure."""

from __future__ import annotations

import difflib
import unicodedata
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from multi_instance_manager.errors import UsageProblems

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_NEAREST = 3


def select(patterns: Sequence[str], names: Iterable[str]) -> tuple[str, ...]:
    """The names that the patterns mean, in the order of ``names``; all of them without a pattern.

    A pattern that is a name means that one alone. Patterns that match nothing raise
    `UsageProblems`, one problem for each.
    """
    known = tuple(names)
    if not patterns:
        return known
    meant = {pattern: meaning_of(pattern, known) for pattern in patterns}
    problems = [_nothing(pattern, known) for pattern, found in meant.items() if not found]
    if problems:
        raise UsageProblems(problems)
    chosen = {name for found in meant.values() for name in found}
    return tuple(name for name in known if name in chosen)


def meaning_of(pattern: str, names: Iterable[str]) -> tuple[str, ...]:
    """The names that one pattern means; an exact name wins over its meaning as a glob."""
    known = tuple(names)
    if pattern in known:
        return (pattern,)
    if pattern.isascii():
        return tuple(name for name in known if fnmatchcase(name, pattern))
    form = unicodedata.normalize("NFC", pattern)  # a file system may keep one sign as two
    return tuple(n for n in known if fnmatchcase(unicodedata.normalize("NFC", n), form))


def _nothing(pattern: str, names: Sequence[str]) -> str:
    if any(character in pattern for character in "*?["):
        return f"profile {pattern!r}: matches none of {len(names)} profiles"
    near = _nearest(pattern, names)
    if near:
        return f"profile {pattern!r}: is not known; did you mean {' or '.join(near)}?"
    return f"profile {pattern!r}: is not known; `multi-instance profiles list` names them"


def _nearest(pattern: str, names: Sequence[str]) -> list[str]:
    """Return the names that are nearest, as far as they are equally near, in their order."""
    near = difflib.get_close_matches(pattern, names, n=_NEAREST)
    ratios = {name: difflib.SequenceMatcher(None, name, pattern).ratio() for name in near}
    return [name for name in names if name in near and ratios[name] == max(ratios.values())]
