"""Lists the facts of a definition one by one, as text. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from multi_instance_manager.application.definition import Application, LogSign, ProcessSign

NONE = "none"
_SEVERAL = ("process", "log", "sources")


class Fact(msgspec.Struct, frozen=True):
    """One fact: the path of its key in the definition, its value as text, and its source.

    Entries of ``process`` and ``log`` are numbered from 1. ``source`` is the fact's place in the
    application's own source, empty if the definition does not name it.
    """

    path: tuple[str, ...]
    value: str
    source: str


def facts_of(application: Application) -> Iterator[Fact]:
    """Return all facts, including missing ones, in the order of the shape."""
    tables = msgspec.to_builtins(application)
    sources = application.sources
    for key, value in tables.items():
        if key not in _SEVERAL:
            yield from _below((key,), value, sources)
    for number, process in enumerate(application.process, 1):
        source = source_of(sources, ("process", process.name))
        yield Fact(("process", str(number)), _process_text(process), source)
    for number, log in enumerate(application.log, 1):
        yield Fact(("log", str(number)), _log_text(log), log.source)


def source_of(sources: Mapping[str, str], path: tuple[str, ...]) -> str:
    """Return the source of a key: its own, else that of the nearest table around it."""
    for length in range(len(path), 0, -1):
        if found := sources.get(".".join(path[:length])):
            return found
    return ""


def _below(path: tuple[str, ...], value: Any, sources: Mapping[str, str]) -> Iterator[Fact]:
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from _below((*path, key), inner, sources)
    else:
        yield Fact(path, _text(value), source_of(sources, path))


def _text(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(_text, value)) or NONE
    return NONE if value is None or value == {} else str(value)


def _process_text(process: ProcessSign) -> str:
    signs = [*process.program, *process.command]
    signs += ["a child of the main process"] if process.child_of_main else []
    return f"{process.name} ({', '.join(signs)}); without it: {process.verdict}"


def _log_text(log: LogSign) -> str:
    return f"{log.meaning}: {' and '.join(repr(text) for text in log.contains)}"
