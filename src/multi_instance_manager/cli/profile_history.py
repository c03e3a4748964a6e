"""`multi-instance profiles history`: list, compare and delete earlier versions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

import click

from multi_instance_manager.cli.grouped_help import GroupedCommand
from multi_instance_manager.cli.numbers import WholeNumber
from multi_instance_manager.cli.options import POOL_OPTIONS, with_settings_options
from multi_instance_manager.cli.profile_arguments import profile_argument
from multi_instance_manager.cli.request import requested
from multi_instance_manager.errors import UsageProblems
from multi_instance_manager.render import outlet
from multi_instance_manager.text.plurals import counted

if TYPE_CHECKING:
    from multi_instance_manager.reports.profile_history import ProfileHistoryReport
    from multi_instance_manager.reports.profile_history_changes import ProfileHistoryDiffReport

_OF_THE_ENGINE = {"host", "context", "engine_timeout"}
_OPTIONS = tuple(name for name in POOL_OPTIONS if name not in _OF_THE_ENGINE)
_KEPT_UNLESS_SAID = "3"

_EPILOG = """\b
Examples:
  multi-instance profiles history user-a
  multi-instance profiles history user-a --diff 3 now
  multi-instance profiles history user-a --prune 5
"""


@click.command(
    "history", cls=GroupedCommand, short_help="List earlier versions of a profile.", epilog=_EPILOG
)
@profile_argument
@click.option(
    "--diff",
    "compared",
    nargs=2,
    metavar="A B",
    help="Compare two versions, by number, or now for the pool's: cookies that came, went or "
    "changed their expiry.",
)
@click.option(
    "--prune",
    "keep",
    type=WholeNumber(1),
    is_flag=False,
    flag_value=_KEPT_UNLESS_SAID,
    metavar="[KEEP]",
    help=f"Delete the oldest versions but KEEP.  [without KEEP: {_KEPT_UNLESS_SAID}]",
)
@with_settings_options((*_OPTIONS, "lock_timeout", "auto_confirm"))
def history_command(
    profile: str, compared: tuple[str, str] | None, keep: int | None, **flags: Any
) -> NoReturn:
    """List the earlier versions of PROFILE, oldest first, and the one in use.

    FROM is where a version came from: its owner, its instance, or a restored version. With --diff,
    compare two versions by the names and domains of their cookies. With --prune, delete old
    versions; the last one that holds a login stays. No value is ever shown.

    Exit codes: 0 done, 1 a version could not be deleted, 2 usage, or no such profile or version, 3
    another manager is running, 6 not confirmed.
    """
    if compared and keep is not None:
        raise UsageProblems(["--diff, --prune: cannot be used together; give one of them"])
    if compared:
        _compare(profile, compared, flags)
    if keep is not None:
        _prune(profile, keep, flags)
    _list(profile, flags)


def _list(profile: str, flags: dict[str, Any]) -> NoReturn:
    from multi_instance_manager.cli.answer import answer
    from multi_instance_manager.commands.profiles.history import history

    request = requested(flags)
    answer(request.settings.output, history(request, profile), _history_text)


def _history_text(report: ProfileHistoryReport) -> str:
    from multi_instance_manager.render.profile_history import history_sheet, no_history_line
    from multi_instance_manager.render.sheets import sheet_text

    sheet = history_sheet(report)
    return sheet_text(sheet) if sheet else no_history_line(report)


def _compare(profile: str, compared: tuple[str, str], flags: dict[str, Any]) -> NoReturn:
    from multi_instance_manager.cli.answer import answer
    from multi_instance_manager.commands.profiles.history import compare_versions

    request = requested(flags)
    before, after = compared
    report = compare_versions(request, profile, before, after)
    answer(request.settings.output, report, _diff_text)


def _diff_text(report: ProfileHistoryDiffReport) -> str:
    from multi_instance_manager.render.profile_history import diff_lines

    return "".join(f"{line}\n" for line in diff_lines(report))


def _prune(profile: str, keep: int, flags: dict[str, Any]) -> NoReturn:
    from multi_instance_manager.cli.answer import answer
    from multi_instance_manager.commands.profiles.history import prune_history
    from multi_instance_manager.render.profile_history import pruned_line

    request = requested(flags)

    def confirm(surplus: int) -> bool:
        versions = counted(surplus, "earlier version")
        return outlet.asks(f"Delete up to {versions} of {profile} for good?")

    report = prune_history(request, profile, keep, confirm)
    answer(request.settings.output, report, pruned_line)
