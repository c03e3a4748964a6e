"""Reads every option from its strongest source, and collects problems."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from multi_instance_manager.settings.file_values import FileValues
from multi_instance_manager.settings.options import OPTIONS
from multi_instance_manager.settings.origin import Origin, Source

if TYPE_CHECKING:
    from collections.abc import Mapping
    from enum import StrEnum
    from pathlib import Path

    from multi_instance_manager.settings.option import Option

Choice = TypeVar("Choice", bound="StrEnum")
_BY_NAME = {option.name: option for option in OPTIONS}


class GivenOptions(msgspec.Struct, frozen=True):
    """The given flags by option name: text, True for a switch, or several texts.

    ``ignores_file``: no configuration file is read, because a new one is to be written.
    """

    flags: Mapping[str, str | bool | tuple[str, ...] | None]
    environment: Mapping[str, str]
    working_dir: Path
    ignores_file: bool = False


class Value(msgspec.Struct, frozen=True):
    """One resolved value and its origin."""

    content: Any
    origin: Origin

    @property
    def asked_for(self) -> bool:
        """Whether the value was given: it is no default."""
        return self.origin.source is not Source.DEFAULT


def early_text(given: GivenOptions, name: str) -> tuple[str | None, str | None]:
    """Return an option's text before any file is read, and its flag or variable.

    An unusable value counts as not given here; its problem is reported later.
    """
    option = _BY_NAME[name]
    text, origin = _text_of(option, given, FileValues())
    try:
        return (option.reader(text), origin.name) if isinstance(text, str) else (None, None)
    except ValueError:
        return None, None


class OptionValues:
    """Reads every option once: flag, else variable, else configuration file, else default."""

    def __init__(self, given: GivenOptions, file: FileValues) -> None:
        self.given = given
        self.file = file
        self.problems: list[str] = list(file.problems)
        self.values = {option.name: self._read(option) for option in OPTIONS}

    def _read(self, option: Option) -> Value:
        text, origin = _text_of(option, self.given, self.file)
        if text is None or isinstance(text, tuple):
            return Value(text, origin)
        try:
            return Value(option.reader(text), origin)
        except ValueError as problem:
            shown = "" if option.secret else f" {text!r}"
            self.problems.append(f"{origin.name}{shown}: {problem}")
            return Value(None, origin)

    def __getitem__(self, name: str) -> Any:
        return self.values[name].content

    def asked_for(self, name: str) -> bool:
        """Whether any source gives it."""
        return self.values[name].asked_for

    def name_of(self, name: str) -> str:
        """Return an option's name as given: a flag, a variable, or a key of the file."""
        return self.values[name].origin.name

    def choice(self, name: str, kind: type[Choice]) -> Choice | None:
        """Read one of a few words."""
        text = self[name]
        try:
            return kind(text)
        except ValueError:
            allowed = " or ".join(str(member) for member in kind)
            self.problems.append(f"{self.name_of(name)} {text!r}: is not known; use {allowed}")
            return None

    def strongest(self, names: tuple[str, ...], fact: str) -> str | None:
        """Return the strongest of several options; two from one source are a problem."""
        said = [name for name in names if self[name] and self.asked_for(name)]
        if not said:
            return None
        best = min(self.values[name].origin.source.rank for name in said)
        equal = [name for name in said if self.values[name].origin.source.rank == best]
        if len(equal) > 1:
            named = ", ".join(self.name_of(name) for name in equal)
            self.problems.append(f"{named}: {fact}; give one of them")
        return equal[0]


def _text_of(
    option: Option, given: GivenOptions, file: FileValues
) -> tuple[str | tuple[str, ...] | None, Origin]:
    """Return the text and its source; an empty variable counts as not set."""
    if option.repeatable:
        return _texts_of(option, given, file)
    flag = given.flags.get(option.name)
    if flag is True:
        flag = str(option.switch_value).lower()
    if isinstance(flag, str):
        return flag, _origin(Source.FLAG, option.flag, option, flag)
    text = given.environment.get(option.variable, "") if option.variable else ""
    if text:
        return text, _origin(Source.VARIABLE, option.variable or "", option, text)
    of_file = file.texts.get(option.name)
    if isinstance(of_file, str):
        return of_file, _origin(Source.FILE, file.name_of(option.key), option, of_file)
    return option.default, _origin(Source.DEFAULT, option.flag, option, option.default)


def _texts_of(
    option: Option, given: GivenOptions, file: FileValues
) -> tuple[tuple[str, ...], Origin]:
    """Return the texts of all sources, the strongest last, because the last one wins."""
    of_file, flags = file.texts.get(option.name) or (), given.flags.get(option.name) or ()
    variable = given.environment.get(option.variable or "", "")
    sources = (
        (Source.FLAG, option.flag, flags if isinstance(flags, tuple) else ()),
        (Source.VARIABLE, option.variable or "", (variable,)),
        (Source.FILE, file.name_of(option.key), of_file if isinstance(of_file, tuple) else ()),
    )
    spoken = [
        (source, name, words)
        for source, name, texts in sources
        if (words := tuple(text for text in texts if text.strip()))
    ]
    if not spoken:
        return (), Origin(Source.DEFAULT, option.flag)
    names = " and ".join(name for _, name, _ in spoken)
    texts = tuple(text for _, _, words in reversed(spoken) for text in words)
    return texts, Origin(spoken[0][0], names)


def _origin(source: Source, name: str, option: Option, text: str | None) -> Origin:
    return Origin(source, name, None if option.secret else text)
