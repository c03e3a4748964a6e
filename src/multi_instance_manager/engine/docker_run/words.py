"""Splits a typed string into occurrences of options: quotes, short and long forms. Pure.

The grammar is the docker client's: `-m 2g`, `-m2g`, `-m=2g`, `--memory 2g`, `--memory=2g`,
`--init`, `--init=false`. A word that is no option is never shown: it may be the second half of a
secret that was not quoted.
"""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

import msgspec

from multi_instance_manager.engine.docker_run import option_table, refused
from multi_instance_manager.engine.docker_run.docker_option import DockerOption, OptionKind

_PARTS = re.compile(r"""'[^']*'|"(?:[^"\\]|\\.)*"|\\\r?\n|\\.""", re.DOTALL)
_JOINT = re.compile(r"(?<!\\)((?:\\\\)*)\\\r?\n")

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from multi_instance_manager.engine.docker_run.refused import RefusedOption

_QUOTE = "put a value that holds spaces in quotes"


class GivenOption(msgspec.Struct, frozen=True):
    """One option as given, its value not yet read."""

    option: DockerOption
    value: str


class Words:
    """Walks the words of one string, and collects occurrences and problems."""

    def __init__(self, place: str, words: Sequence[str]) -> None:
        self.occurrences: list[GivenOption] = []
        self.problems: list[str] = []
        self._place = place
        self._words = words
        self._next = 0

    def walk(self) -> None:
        """Read every word: an option with its value, or a problem."""
        while self._next < len(self._words):
            word = self._words[self._next]
            self._next += 1
            if word == "--":
                self._problem("-- would end the options, and only options are taken; remove it")
            elif word.startswith("--"):
                self._long(word)
            elif word.startswith("-") and word != "-":
                self._short(word[1:])
            else:
                self._problem(
                    f"word {self._next} is not an option, and instances run the image's own "
                    f"command; {_QUOTE}"
                )

    def _long(self, word: str) -> None:
        name, separator, value = word[2:].partition("=")
        self._take(name, f"--{name}", value if separator else None)

    def _short(self, letters: str) -> None:
        while letters:
            letter, letters = letters[0], letters[1:]
            option = option_table.BY_SHORT.get(letter) or refused.BY_SHORT.get(letter)
            name = option.name if option else ""
            if option is None or _takes_value(option) or letters.startswith("="):
                rest = letters.removeprefix("=") if letters else None
                self._take(name, f"-{letter}", rest)
                return
            self._take(name, f"-{letter}", None)

    def _take(self, name: str, flag: str, value: str | None) -> None:
        option = option_table.BY_NAME.get(name)
        if option is not None:
            self._take_known(option, flag, value)
            return
        no = refused.BY_NAME.get(name)
        self.problems.append(f"{flag}: {no.reason}" if no else _unknown(flag, name))
        # The value of a refused option is not a problem of its own.
        if value is None and (no is None or no.takes_value):
            self._skip_value()

    def _take_known(self, option: DockerOption, flag: str, value: str | None) -> None:
        if value is None and option.kind is OptionKind.BOOLEAN:
            value = "true"
        elif value is None and self._next < len(self._words):
            value = self._words[self._next]
            self._next += 1
        if value is None:
            self.problems.append(f"{flag}: its value is missing; write one after it")
        else:
            self.occurrences.append(GivenOption(option, value))

    def _skip_value(self) -> None:
        if self._next < len(self._words) and not self._words[self._next].startswith("-"):
            self._next += 1

    def _problem(self, sentence: str) -> None:
        self.problems.append(f"{self._place}: {sentence}")


def _takes_value(option: DockerOption | RefusedOption) -> bool:
    if isinstance(option, DockerOption):
        return option.kind is not OptionKind.BOOLEAN
    return option.takes_value


def _unknown(flag: str, name: str) -> str:
    nearest = option_table.nearest(name)
    advice = f"did you mean {nearest}?" if nearest else "remove it"
    return (
        f"{flag} is not an option of docker run that can be carried over to an instance; {advice}"
    )


def occurrences(sources: Sequence[str]) -> Iterator[Words]:
    """Return the options in the words of each string."""
    for number, source in enumerate(sources, start=1):
        place = "extra docker arguments" + (f" (string {number})" if len(sources) > 1 else "")
        yield _walked(place, source)


def _joined(part: re.Match[str]) -> str:
    """Join lines at a backslash at their end, but not within single quotes."""
    text = part[0]
    return text if text.startswith("'") else _JOINT.sub(r"\1", text)


def _walked(place: str, source: str) -> Words:
    try:
        found = shlex.split(_PARTS.sub(_joined, source))
    except ValueError:
        unread = Words(place, ())
        unread.problems.append(f"{place}: a quote or a backslash is left open; close it")
        return unread
    words = Words(place, found)
    words.walk()
    return words
