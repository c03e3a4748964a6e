"""`parse`: converts typed strings to `ExtraArgs`, with all problems at once. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from multi_instance_manager.engine.docker_run import option_table
from multi_instance_manager.engine.docker_run.docker_option import (
    DockerOption,
    OptionKind,
    ParsedOptions,
    Refusal,
    Sources,
)
from multi_instance_manager.engine.docker_run.extra import ExtraArgs, ParsedDockerArgs
from multi_instance_manager.engine.docker_run.words import GivenOption, occurrences

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from multi_instance_manager.engine.docker_run.reserved import Reserved


class _Value(msgspec.Struct, frozen=True):
    """A value after expansion; `subject` is the option as the user wrote it."""

    option: DockerOption
    text: str
    subject: str
    is_from_file: bool = False


def parse(
    sources: Sequence[str],
    *,
    reader: Callable[[str], str],
    environment: Mapping[str, str],
    reserved: Reserved,
) -> ParsedDockerArgs:
    """See `parse_docker_args`."""
    problems: list[str] = []
    given: list[GivenOption] = []
    for words in occurrences(sources):
        problems += words.problems
        given += words.occurrences
    values = _expanded(given, Sources(reader, environment), problems)
    tokens, read = _judged(values, reserved, problems)
    for theme in option_table.THEMES:
        problems += theme.check(read) if theme.check else ()
    unique = tuple(dict.fromkeys(problems))
    return ParsedDockerArgs(ExtraArgs() if unique else ExtraArgs(tokens), unique)


def _expanded(
    given: Sequence[GivenOption], sources: Sources, problems: list[str]
) -> Sequence[_Value]:
    values: list[_Value] = []
    for occurrence in given:
        try:
            values += _stood_for(occurrence, sources)
        except Refusal as refusal:
            problems.append(f"{_subject(occurrence)}: {refusal}")
    # An --env overrides any --env-file, wherever it is; so does a --label its file.
    return sorted(values, key=lambda value: not value.is_from_file)


def _stood_for(occurrence: GivenOption, sources: Sources) -> Sequence[_Value]:
    option, subject = occurrence.option, _subject(occurrence)
    if option.expand is None:
        return [_Value(option, occurrence.value, subject)]
    return [
        _Value(option_table.BY_NAME[name], text, subject, is_from_file=name != option.name)
        for name, text in option.expand(occurrence.value, sources)
    ]


def _subject(occurrence: GivenOption) -> str:
    """Return the option; with its value if that is the name of a file."""
    option = occurrence.option
    return f"{option.flag} {occurrence.value}" if option.takes_path else option.flag


def _judged(
    values: Sequence[_Value], reserved: Reserved, problems: list[str]
) -> tuple[tuple[str, ...], ParsedOptions]:
    tokens: list[str] = []
    read: dict[str, list[Any]] = {}
    for value in values:
        option = value.option
        try:
            meaning = option.read(value.text)
            if option.refuse is not None:
                option.refuse(reserved, meaning)
        except Refusal as refusal:
            problems.append(f"{value.subject}: {refusal}")
            continue
        read.setdefault(option.name, []).append(meaning)
        text = str(meaning).lower() if option.kind is OptionKind.BOOLEAN else value.text
        tokens.append(f"{option.flag}={text}")
    return tuple(tokens), ParsedOptions(read)
