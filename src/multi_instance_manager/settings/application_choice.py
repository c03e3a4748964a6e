"""Chooses the application: the built-in one, or the one of the configuration file.

``application = "FILE"`` names a whole definition, ``[application]`` overrides single facts; its key
``definition`` names a file to override them in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from multi_instance_manager.application.builtin import builtin_application
from multi_instance_manager.errors import UsageProblems
from multi_instance_manager.settings.config_file import read_config_file
from multi_instance_manager.settings.file_keys import key_path, type_of
from multi_instance_manager.settings.origin import Origin, Source

if TYPE_CHECKING:
    from collections.abc import Mapping

    from multi_instance_manager.application.definition import Application
    from multi_instance_manager.settings.config_file import ConfigFile

APPLICATION = "application"
DEFINITION = "definition"
_ANOTHER = "name another file"
Path = tuple[str, ...]


class ApplicationChoice(msgspec.Struct, frozen=True):
    """An application, and the origins of its facts.

    ``origins`` are by the path of the fact or of a table around it, () for all. A fact that none of
    them covers is built in.
    """

    application: Application = msgspec.field(default_factory=builtin_application)
    origins: Mapping[Path, Origin] = msgspec.field(default_factory=dict)

    def origin_of(self, path: Path) -> Origin:
        """Return the origin of a fact."""
        for length in range(len(path), -1, -1):
            if found := self.origins.get(path[:length]):
                return found
        return Origin(Source.DEFAULT, "")

    def has_old_source(self, path: Path) -> bool:
        """Whether a fact was overridden without its source: that belongs to the earlier value.

        An entry of the log brings its own source.
        """
        if path[0] == "log":
            return False
        lengths = range(1, len(path) + 1)
        is_changed = any(path[:length] in self.origins for length in lengths)
        sources = {("sources", ".".join(path[:length])) for length in lengths}
        return is_changed and sources.isdisjoint(self.origins)


def choose_application(file: ConfigFile, problems: list[str]) -> ApplicationChoice:
    """Read the application from the configuration file; problems go to ``problems``."""
    said = file.tables.get(APPLICATION)
    if said is None:
        return ApplicationChoice()
    if not isinstance(said, str | dict):
        wanted = "write a table, or the name of a definition file in quotes"
        problems.append(f"{file.shown}: {APPLICATION}: is {type_of(said)}; {wanted}")
        return ApplicationChoice()
    return _Choosing(file, problems).run(said)


class _Choosing:
    def __init__(self, file: ConfigFile, problems: list[str]) -> None:
        self.file = file
        self.problems = problems
        self.faulty = False

    def run(self, said: str | dict[str, Any]) -> ApplicationChoice:
        from multi_instance_manager.application.merge import merged

        changes = (
            {} if isinstance(said, str) else {k: v for k, v in said.items() if k != DEFINITION}
        )
        named = said if isinstance(said, str) else said.get(DEFINITION)
        keys = (APPLICATION,) if isinstance(said, str) else (APPLICATION, DEFINITION)
        base, origins = self._base(named, keys)
        self._check(changes, self.file.shown, (APPLICATION,), whole=False)
        if self.faulty or base is None:
            return ApplicationChoice()
        result = merged(base, changes)
        for path in result.changed:
            name = f"{self.file.shown}: {key_path(APPLICATION, *path)}"
            origins[path] = Origin(Source.FILE, name)
        return self._converted(result.tables, origins)

    def _base(self, named: Any, keys: Path) -> tuple[dict[str, Any] | None, dict[Path, Origin]]:
        """Return the whole definition to start from; None if the named one cannot be used."""
        from multi_instance_manager.application.builtin import builtin_tables

        if named is None:
            return builtin_tables(), {}
        shown = f"{self.file.shown}: {key_path(*keys)}"
        if not isinstance(named, str) or not named or "\0" in named:
            self._problem(f"{shown}: is no name of a file; write it in quotes")
            return None, {}
        try:
            path = self.file.path.parent / named
            definition = read_config_file(path, f"{shown} {named!r}", otherwise=_ANOTHER)
        except UsageProblems as failure:
            self.problems += failure.problems
            self.faulty = True
            return None, {}
        self._check(definition.tables, named, (), whole=True)
        return definition.tables, {(): Origin(Source.FILE, named)}

    def _check(self, tables: dict[str, Any], shown: str, within: Path, *, whole: bool) -> None:
        if not tables and not whole:
            return
        from multi_instance_manager.settings.definition_faults import faults_of

        for path, sentence in faults_of(tables, whole=whole):
            self._problem(f"{shown}: {key_path(*within, *path)}: {sentence}")

    def _converted(self, tables: dict[str, Any], origins: dict[Path, Origin]) -> ApplicationChoice:
        from multi_instance_manager.application.definition import Application
        from multi_instance_manager.settings.definition_faults import contradictions_of, faults_of

        shown = f"{self.file.shown}: {APPLICATION}"
        for path, sentence in faults_of(tables, whole=True):
            self._problem(f"{self.file.shown}: {key_path(APPLICATION, *path)}: {sentence}")
        if self.faulty:
            return ApplicationChoice()
        application = msgspec.convert(tables, Application)
        for path, sentence in contradictions_of(application):
            self._problem(f"{shown}.{key_path(*path)}: {sentence}")
        return ApplicationChoice(application, origins)

    def _problem(self, sentence: str) -> None:
        self.faulty = True
        self.problems.append(sentence)
