"""`multi-instance profiles remove`: the instance, then the profile, to the trash or for good."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from multi_instance_manager.cli.answer import answer, say
from multi_instance_manager.cli.grouped_help import GroupedCommand
from multi_instance_manager.cli.options import with_settings_options
from multi_instance_manager.cli.profile_arguments import needed_profile_arguments
from multi_instance_manager.cli.request import SESSION_OPTIONS, requested
from multi_instance_manager.render import outlet
from multi_instance_manager.text.plurals import counted

if TYPE_CHECKING:
    from multi_instance_manager.commands.change.remove_profiles import RemovalQuestion

_EPILOG = """\b
Examples:
  multi-instance profiles remove user-a
  multi-instance profiles remove 'team-*' --auto-confirm
  multi-instance profiles remove user-b --purge
"""


@click.command(
    "remove", cls=GroupedCommand, short_help="Remove profiles from the pool.", epilog=_EPILOG
)
@needed_profile_arguments
@click.option("--purge", is_flag=True, help="Delete for good, from the trash, too.")
@with_settings_options((*SESSION_OPTIONS, "auto_confirm"))
def remove_command(
    profiles: tuple[str, ...],
    purge: bool,  # a switch of the command line
    **flags: Any,
) -> None:
    """Remove PROFILEs from the pool, with their instances.

    Stops each instance gracefully, saves its session to the pool, and removes its container and its
    private files. Then the profile and its history move to the trash of the state folder, from
    where `profiles restore PROFILE` brings them back. A profile whose session cannot be saved stays
    in the pool. With --purge, profile and history are deleted for good.

    Exit codes: 0 removed, 1 a profile stays, or a last session may be lost, 2 no such profile, 3
    the engine cannot be used, or another manager is running, 6 not confirmed, 130 interrupted.
    """
    from multi_instance_manager.cli.watching import watching
    from multi_instance_manager.commands.change.remove_profiles import remove_profiles
    from multi_instance_manager.render.profile_changes import removal_remarks, removed_lines

    request = requested(flags, profiles)
    output = request.settings.output
    watch = watching(output, "removing", again="profiles remove")
    report = remove_profiles(request, watch, _confirm, purge=purge)
    for line in removal_remarks(report):
        say(line)
    answer(output, report, lambda found: "\n".join([*removed_lines(found), ""]))


def _confirm(question: RemovalQuestion) -> bool:
    """Show what is to go, and ask; no answer means no."""
    from multi_instance_manager.plan.causes import causes_text

    for operation in question.operations:
        say(f"remove   {operation.container_name}: {causes_text(operation.causes)}")
    for name in question.purged:
        say(f"delete   profile {name}: its login and all earlier versions, for good")
    if question.purged:
        return outlet.asks(f"Delete {counted(len(question.purged), 'profile')} for good?")
    instances = counted(len(question.operations), "instance")
    return outlet.asks(f"Stop and remove {instances}? Sessions are saved first.")
