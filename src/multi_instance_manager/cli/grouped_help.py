"""Help that can be read: options in groups, those of every day first, all with ``--help-all``.

Completion gets whole descriptions; click's own would cut them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from multi_instance_manager.render import outlet

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

OWN = "Options"
"""The title of the options that a command has to itself."""
_SHOWS_ALL = "multi-instance.help-all"
_WHOLE_SENTENCE = 1000


class GroupedOption(click.Option):
    """An option of a group; the short help lists it only if it is one of every day."""

    def __init__(self, *args: Any, group: str, is_everyday: bool, **more: Any) -> None:
        super().__init__(*args, **more)
        self.group = group
        self.is_everyday = is_everyday


class GroupedCommand(click.Command):
    """A command whose help has its options in groups."""

    _help_all: click.Option | None = None

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """Return the parameters, with ``--help-all`` before ``--help``."""
        if self._help_all is None:  # click compares parameters by identity
            self._help_all = _help_all_option()
        *params, help_option = super().get_params(ctx)
        return [*params, self._help_all, help_option]

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write a section for each group, and the number of the options that are left out."""
        shows_all = bool(ctx.meta.get(_SHOWS_ALL))
        left_out = 0
        for title, options in self._sections(ctx).items():
            shown = [option for option in options if shows_all or _is_everyday(option)]
            left_out += len(options) - len(shown)
            if shown:
                with formatter.section(title):
                    formatter.write_dl([_record(option, ctx) for option in shown])
        if left_out:
            formatter.write_paragraph()
            formatter.write_text(f"{left_out} more options: {ctx.command_path} --help-all")

    def _sections(self, ctx: click.Context) -> dict[str, list[click.Option]]:
        """Return the visible options by title; the help options close the first group."""
        params = [p for p in self.get_params(ctx) if isinstance(p, click.Option) and not p.hidden]
        sections: dict[str, list[click.Option]] = {}
        *options, help_all, help_option = params
        for option in sorted(options, key=_place):
            sections.setdefault(group_title(option), []).append(option)
        title = next((t for t in sections if t != OWN), OWN)
        sections.setdefault(title, []).extend([help_all, help_option])
        return sections


class CommandGroup(click.Group):
    """A group of commands whose completion has whole descriptions."""

    def summary(self, ctx: click.Context, name: str) -> str:
        """Return the whole first sentence of a command's help."""
        command = self.get_command(ctx, name)
        return command.get_short_help_str(limit=_WHOLE_SENTENCE) if command else ""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands with their whole descriptions."""
        rows = [(name, self.summary(ctx, name)) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl(rows)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete commands with their whole descriptions, and options."""
        from click.shell_completion import CompletionItem

        names = [name for name in self.list_commands(ctx) if name.startswith(incomplete)]
        commands = [CompletionItem(name, help=self.summary(ctx, name)) for name in names]
        return [*commands, *click.Command.shell_complete(self, ctx, incomplete)]


def group_title(option: click.Option) -> str:
    """Return the title of an option's group."""
    return option.group if isinstance(option, GroupedOption) else OWN


def _place(option: click.Option) -> int:
    """Return the place of an option's group: the command's own ones first."""
    from multi_instance_manager.settings.option_groups import OptionGroup

    title = group_title(option)
    return -1 if title == OWN else list(OptionGroup).index(OptionGroup(title))


def _is_everyday(option: click.Option) -> bool:
    return option.is_everyday if isinstance(option, GroupedOption) else True


def _record(option: click.Option, ctx: click.Context) -> tuple[str, str]:
    return option.get_help_record(ctx) or ("", "")


def _help_all_option() -> click.Option:
    return click.Option(
        ["--help-all"],
        is_flag=True,
        expose_value=False,
        is_eager=True,
        callback=_show_all,
        help="Show this message with all options, and exit.",
    )


def _show_all(ctx: click.Context, parameter: click.Parameter, wanted: bool) -> None:
    del parameter
    if not wanted or ctx.resilient_parsing:
        return
    ctx.meta[_SHOWS_ALL] = True
    outlet.write(f"{ctx.get_help()}\n")
    ctx.exit()
