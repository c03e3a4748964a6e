"""`multi-instance down`: stop and remove instances; the pool stays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from multi_instance_manager.cli.answer import answer, say
from multi_instance_manager.cli.grouped_help import GroupedCommand
from multi_instance_manager.cli.options import with_settings_options
from multi_instance_manager.cli.profile_arguments import profile_arguments
from multi_instance_manager.cli.request import SESSION_OPTIONS, requested
from multi_instance_manager.cli.watching import watching
from multi_instance_manager.plan.causes import causes_text
from multi_instance_manager.render import outlet
from multi_instance_manager.text.plurals import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from multi_instance_manager.plan.plan import Operation

_EPILOG = """\b
Examples:
  multi-instance down
  multi-instance down --auto-confirm --verify
  multi-instance down user-a
"""


@click.command("down", cls=GroupedCommand, epilog=_EPILOG)
@profile_arguments
@click.option(
    "--verify",
    "search",
    is_flag=True,
    help="Check at the end that no container and no private file is left.",
)
@with_settings_options((*SESSION_OPTIONS, "auto_confirm"))
def command(
    profiles: tuple[str, ...],
    search: bool,  # a switch of the command line
    **flags: Any,
) -> None:
    """Stop and remove the instances of PROFILEs, or all of this fleet.

    Stops each one gracefully, saves its session to the pool, then removes its container and its
    private files. The pool and the history of the sessions stay. A profile keeps its ports while it
    is in the pool. An instance whose session cannot be saved is stopped, not removed. Without a
    PROFILE, containers whose profile is gone and leftovers of an interrupted launch are removed,
    too.

    Exit codes: 0 all gone (or nothing to do), 1 something is left, or a last session may be lost, 2
    usage, 3 the engine cannot be used, another manager is running, or there is no pool, 6 not
    confirmed, 130 interrupted.
    """
    from multi_instance_manager.commands.change.down import down
    from multi_instance_manager.render.change import down_text, remarks

    request = requested(flags, profiles)
    output = request.settings.output
    watch = watching(output, "taking down", again="down")
    report = down(request, watch, _confirm, search=search).report()
    for line in remarks(report):
        say(line)
    answer(output, report, down_text)


def _confirm(operations: Sequence[Operation]) -> bool:
    """Show the containers to remove, and ask; no answer means no."""
    for operation in operations:
        say(f"remove   {operation.container_name}: {causes_text(operation.causes)}")
    instances = counted(len(operations), "instance")
    question = f"Stop and remove {instances}? Sessions are saved to the pool first."
    return outlet.asks(question)
