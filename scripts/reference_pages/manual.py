"""The documentation of each command, read from the commands themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from multi_instance_manager.cli.group import aliases_of, group, summary_of
from multi_instance_manager.cli.grouped_help import OWN, group_title
from multi_instance_manager.settings.option_groups import OptionGroup
from multi_instance_manager.settings.options import OPTIONS, Option
from reference_pages.help_text import epilog, first_sentence, help_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

NAME = "multi-instance"
_MEANINGS = {
    "PROFILE": "A profile's name: that of its file, without `.json`.",
    "KEYS": "Keys of the configuration file, such as `image`. None means all.",
    "PROFILES": "Names of profiles, or globs in quotes, such as `'team-*'`. None means all.",
}


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of a command, as in the usage line."""

    shown: str
    meaning: str


@dataclass(frozen=True, slots=True)
class ManualOption:
    """An option of a command; ``group`` is the title of its group in the help."""

    flags: str
    meaning: str
    default: str | None
    variable: str | None
    group: str

    @property
    def is_setting(self) -> bool:
        """Whether it is in the table of settings."""
        return self.group != OWN


@dataclass(frozen=True, slots=True)
class Manual:
    """One command, with its sub-commands."""

    words: tuple[str, ...]
    aliases: tuple[str, ...]
    summary: str
    usage: str
    paragraphs: tuple[str, ...]
    exit_codes: str
    arguments: tuple[Argument, ...]
    options: tuple[ManualOption, ...]
    examples: tuple[str, ...]
    below: tuple[Manual, ...]

    @property
    def title(self) -> str:
        """Return the command as it is typed."""
        return " ".join(self.words)

    @property
    def stem(self) -> str:
        """Return the stem of its files' names: its words without the program's."""
        return "-".join(self.words[1:])

    @property
    def all_below(self) -> Iterator[Manual]:
        """Return all commands below it, each before its own sub-commands."""
        for manual in self.below:
            yield manual
            yield from manual.all_below


def by_group(options: Iterable[ManualOption]) -> dict[str, list[ManualOption]]:
    """Return the settings by the title of their group, in the order of the help."""
    titles: dict[str, list[ManualOption]] = {group.value: [] for group in OptionGroup}
    for option in options:
        if option.is_setting:
            titles[option.group].append(option)
    return {title: found for title, found in titles.items() if found}


def whole_manual() -> Manual:
    """Read the program with all commands; raises if a command cannot be imported."""
    context = click.Context(group, info_name=NAME, **group.context_settings)
    return _manual(group, context, (NAME,))


def _manual(command: click.Command, context: click.Context, words: tuple[str, ...]) -> Manual:
    told, below = help_text(command.help or ""), epilog(command.epilog or "")
    name = " ".join(words[1:])
    return Manual(
        words=words,
        aliases=aliases_of(name),
        summary=(summary_of(name) or first_sentence(told.paragraphs[0])).removesuffix("."),
        usage=" ".join([*words, *command.collect_usage_pieces(context)]),
        paragraphs=(*told.paragraphs, *below.paragraphs),
        exit_codes=told.exit_codes,
        arguments=tuple(_arguments(command, context)),
        options=tuple(
            _option(parameter, context)
            for parameter in command.get_params(context)
            if isinstance(parameter, click.Option) and not parameter.hidden
        ),
        examples=below.examples,
        below=tuple(_below(command, context, words)),
    )


def _below(
    command: click.Command, context: click.Context, words: tuple[str, ...]
) -> Iterator[Manual]:
    if not isinstance(command, click.Group):
        return
    for name in command.list_commands(context):
        found = command.get_command(context, name)
        if found is None:
            raise SystemExit(f"{' '.join(words)} {name}: is listed and does not exist")
        inner = click.Context(found, context, name, **found.context_settings)
        yield _manual(found, inner, (*words, name))


def _arguments(command: click.Command, context: click.Context) -> Iterator[Argument]:
    for parameter in command.get_params(context):
        if isinstance(parameter, click.Argument):
            shown = parameter.make_metavar(context)
            many = "S" if parameter.nargs == -1 else ""
            meaning = _MEANINGS.get(shown.strip("[].").rstrip("S") + many)
            if isinstance(parameter.type, click.Choice):
                choices = [f"`{choice}`" for choice in parameter.type.choices]
                meaning = f"One of {', '.join(choices)}."
            if meaning:
                yield Argument(shown, meaning)


def _option(parameter: click.Option, context: click.Context) -> ManualOption:
    flags = ", ".join([*parameter.opts, *parameter.secondary_opts])
    if not (parameter.is_flag or parameter.count):
        flags += f" {parameter.make_metavar(context)}"
    setting, group = _setting(parameter), group_title(parameter)
    if setting:
        variable = setting.variable or setting.elsewhere
        word = f"={str(setting.switch_value).lower()}" if setting.is_switch and variable else ""
        shown = f"{variable}{word}" if variable else None
        return ManualOption(flags, setting.meaning, setting.default_text, shown, group)
    meaning, _, told = (parameter.help or "").partition("  [default: ")
    default = told.removesuffix("]") or parameter.get_help_extra(context).get("default")
    variable = str(parameter.envvar) if parameter.envvar else None
    return ManualOption(flags, meaning, default, variable, group)


def _setting(parameter: click.Option) -> Option | None:
    """Return the setting that it stands for; an option that only shares a name is none."""
    for option in OPTIONS:
        same = option.name == parameter.name and option.flag in parameter.opts
        if same and (parameter.help or "").startswith(option.meaning):
            return option
    return None
