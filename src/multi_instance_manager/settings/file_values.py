"""Converts the tables of the configuration file to option texts and overrides."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from multi_instance_manager.settings import values
from multi_instance_manager.settings.application_choice import (
    APPLICATION,
    ApplicationChoice,
    choose_application,
)
from multi_instance_manager.settings.file_keys import key_path, text_of, unknown
from multi_instance_manager.settings.key_file import read_key_file
from multi_instance_manager.settings.key_source import KeyKind, KeySource
from multi_instance_manager.settings.model import ImageChoice
from multi_instance_manager.settings.options import OPTIONS
from multi_instance_manager.settings.origin import Origin, Source
from multi_instance_manager.settings.override import ENVIRONMENT, PROFILE_OPTIONS, Override, Pin
from multi_instance_manager.text.secret import Secret

if TYPE_CHECKING:
    from multi_instance_manager.application.definition import Application
    from multi_instance_manager.settings.config_file import ConfigFile
    from multi_instance_manager.settings.option import Option

PROFILES = "profiles"
_SHARED_KEYS = {option.key: option for option in OPTIONS}
_PROFILE_KEYS = {option.key: option for option in PROFILE_OPTIONS}
_OF_A_PROFILE = "belongs to one profile; write it below [profiles.NAME]"
_OF_ALL = "is for all instances; write it above the first [table]"


class FileValues(msgspec.Struct):
    """The values of the file: texts by option name, overrides by profile name, and problems.

    Relative paths start from the file's folder.
    """

    shown: str = ""
    path: Path | None = None
    texts: dict[str, str | tuple[str, ...]] = msgspec.field(default_factory=dict)
    overrides: dict[str, Override] = msgspec.field(default_factory=dict)
    application: ApplicationChoice = msgspec.field(default_factory=ApplicationChoice)
    origins: dict[str, Origin] = msgspec.field(default_factory=dict)
    problems: list[str] = msgspec.field(default_factory=list)

    def name_of(self, *parts: str) -> str:
        """Return a key of the file as messages name it."""
        return f"{self.shown}: {key_path(*parts)}"


def file_values(file: ConfigFile | None) -> FileValues:
    """Read every key of the file; collects all problems."""
    if file is None:
        return FileValues()
    return _Understanding(file).run()


class _Understanding:
    def __init__(self, file: ConfigFile) -> None:
        self.file = file
        self.found = FileValues(file.shown, file.path)

    def run(self) -> FileValues:
        self.found.application = choose_application(self.file, self.found.problems)
        for key, value in self.file.tables.items():
            if key == APPLICATION:
                continue
            if key == PROFILES:
                self._profiles(value)
            elif key in _SHARED_KEYS:
                self._shared(_SHARED_KEYS[key], value)
            else:
                known = (*_SHARED_KEYS, PROFILES, APPLICATION)
                elsewhere = (*_PROFILE_KEYS, ENVIRONMENT)
                self._problem((key,), unknown(key, known, elsewhere, _OF_A_PROFILE))
        return self.found

    def _problem(self, path: tuple[str, ...], sentence: str, shown: str = "") -> None:
        self.found.problems.append(f"{self.found.name_of(*path)}{shown}: {sentence}")

    def _shared(self, option: Option, value: Any) -> None:
        if option.not_in_file:
            self._problem((option.key,), f"cannot stand in a file: {option.not_in_file}")
            return
        text = self._text((option.key,), option, value)
        if option.reader is values.path and isinstance(text, str):
            text = os.fspath(self.file.path.parent / text)
        if text is not None:
            self.found.texts[option.name] = text

    def _text(
        self, path: tuple[str, ...], option: Option, value: Any
    ) -> str | tuple[str, ...] | None:
        """Return the value's text; None if it has a problem."""
        if option.secret and not self.file.is_closed:
            step = f"run `chmod 600 {shlex.quote(os.fspath(self.file.path))}`, or use api-key-file"
            self._problem(path, f"holds a key in a file that other users can read; {step}")
            return None
        try:
            return text_of(option, value)
        except ValueError as problem:
            self._problem(path, str(problem))
            return None

    def _profiles(self, tables: Any) -> None:
        if not isinstance(tables, dict):
            self._problem((PROFILES,), "is not a table; write [profiles.NAME] for each profile")
            return
        for name, table in tables.items():
            if not isinstance(table, dict):
                sentence = f"is not a table; write {key_path(PROFILES, name)}.KEY = VALUE"
                self._problem((PROFILES, name), sentence)
                continue
            self.found.overrides[name] = self._override(name, table)

    def _override(self, name: str, table: dict[str, Any]) -> Override:
        read: dict[str, Any] = {}
        for key, value in table.items():
            path = (PROFILES, name, key)
            if key == ENVIRONMENT:
                read[ENVIRONMENT] = self._environment(path, value)
            elif key in _PROFILE_KEYS:
                read[_PROFILE_KEYS[key].name] = self._own(path, _PROFILE_KEYS[key], value)
            else:
                known = (*_PROFILE_KEYS, ENVIRONMENT)
                elsewhere = (*_SHARED_KEYS, APPLICATION)
                self._problem(path, unknown(key, known, elsewhere, _OF_ALL))
        own_key, source = self._key(name, read)
        return Override(
            image=ImageChoice(read["image"], None) if read.get("image") else None,
            api_key=own_key,
            key_source=source,
            memory_bytes=read.get("memory_limit"),
            nano_cpus=read.get("cpus"),
            shm_bytes=read.get("shm_size"),
            log_level=read.get("log_level"),
            environment=read.get(ENVIRONMENT, ()),
            docker_args=read.get("docker_args") or (),
            pin=Pin(read.get("api_port"), read.get("stream_port")),
            enabled=read.get("enabled") is not False,
        )

    def _own(self, path: tuple[str, ...], option: Option, value: Any) -> Any:
        """Return the value of one key of a profile; None if it has a problem."""
        text = self._text(path, option, value)
        if text is None:
            return None
        name = key_path(*path)
        shown = None if option.secret else _shown(text)
        self.found.origins[name] = Origin(Source.FILE, self.found.name_of(*path), shown)
        if isinstance(text, tuple):
            return tuple(word for word in text if word.strip())
        try:
            return option.reader(text)
        except ValueError as problem:
            self._problem(path, str(problem), "" if option.secret else f" {text!r}")
            return None

    def _key(self, name: str, read: dict[str, Any]) -> tuple[Secret | None, KeySource | None]:
        """Return the profile's own key, from this file or from the one it names."""
        if read.get("api_key") and read.get("api_key_file"):
            sentence = "both say the key; give one of them"
            self._problem((PROFILES, name, "api-key"), sentence, ", api-key-file")
        if read.get("api_key"):
            return read["api_key"], KeySource(KeyKind.CONFIG_FILE, self.file.path)
        if not read.get("api_key_file"):
            return None, None
        path = self.file.path.parent / read["api_key_file"]
        try:
            found = read_key_file(path)
        except ValueError as problem:
            shown = f" {read['api_key_file']!r}"
            self._problem((PROFILES, name, "api-key-file"), str(problem), shown)
            return None, None
        return found.key, KeySource(KeyKind.KEY_FILE, path, found.is_open)

    def _environment(self, path: tuple[str, ...], table: Any) -> tuple[tuple[str, Secret], ...]:
        if not isinstance(table, dict):
            self._problem(path, 'is not a table; write { NAME = "value" }')
            return ()
        variables = []
        for name, value in table.items():
            fault = _variable_fault(name, value, self.found.application.application)
            if fault:
                self._problem((*path, name), fault)
            else:
                variables.append((name, Secret(value)))
                origin = Origin(Source.FILE, self.found.name_of(*path, name))
                self.found.origins[key_path(*path, name)] = origin
        return tuple(variables)


def _variable_fault(name: str, value: Any, application: Application) -> str | None:
    if not name or "=" in name or "\0" in name:
        return "is not the name of a variable; leave out '='"
    if not isinstance(value, str) or "\0" in value:
        return "is not text; write the value in quotes"
    from multi_instance_manager.engine.docker_run.refusal import Refusal
    from multi_instance_manager.engine.docker_run.reserved import reserved_by

    try:
        reserved_by(application).refuse_variable(name)
    except Refusal as refusal:
        return str(refusal)
    return None


def _shown(text: str | tuple[str, ...]) -> str | None:
    """Return what `config show` may print; extra arguments are masked elsewhere."""
    return text if isinstance(text, str) else None
