"""Splits the help of a command into paragraphs, exit codes and examples. Pure."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass

_EXIT_CODES = "Exit codes: "
_ONE_CODE = re.compile(r"(\d+) (.+)")
_EXAMPLES = re.compile(r"Examples?:")


@dataclass(frozen=True, slots=True)
class HelpText:
    """A parsed help; ``exit_codes`` is the sentence after "Exit codes:", or empty."""

    paragraphs: tuple[str, ...]
    exit_codes: str


@dataclass(frozen=True, slots=True)
class Epilog:
    """The lines of the examples, and paragraphs around them."""

    paragraphs: tuple[str, ...]
    examples: tuple[str, ...]


def help_text(text: str) -> HelpText:
    """Parse the help of a command, as written in its source."""
    found = [_flowing(block) for block in _blocks(text)]
    codes = [p.removeprefix(_EXIT_CODES) for p in found if p.startswith(_EXIT_CODES)]
    rest = tuple(p for p in found if not p.startswith(_EXIT_CODES))
    return HelpText(rest, " ".join(codes))


def epilog(text: str) -> Epilog:
    """Parse the text below the options."""
    paragraphs, examples = [], []
    for block in _blocks(text):
        head, *lines = block.removeprefix("\b\n").splitlines()
        if _EXAMPLES.fullmatch(head):
            examples += inspect.cleandoc("\n".join(["", *lines])).splitlines()
        else:
            paragraphs.append(_flowing(block))
    return Epilog(tuple(paragraphs), tuple(examples))


def codes_apart(sentence: str) -> tuple[tuple[tuple[str, str], ...], str]:
    """Return each code with its meaning, and the text after them.

    No codes if the first sentence is not plainly a list of codes.
    """
    listed, dot, rest = sentence.partition(". ")
    parts = re.split(r"[,;] (?=\d+ )", listed if dot else listed.removesuffix("."))
    found = [_ONE_CODE.fullmatch(part) for part in parts]
    if not all(found):
        return (), sentence
    return tuple((match[1], match[2]) for match in found if match), rest


def first_sentence(text: str) -> str:
    """Return a text's first sentence, without its full stop."""
    return re.split(r"(?<=\w|`)[.:](?:\s|$)", text, maxsplit=1)[0]


def _blocks(text: str) -> list[str]:
    return [block for block in re.split(r"\n\s*\n", inspect.cleandoc(text)) if block.strip()]


def _flowing(block: str) -> str:
    return " ".join(block.removeprefix("\b\n").split())
