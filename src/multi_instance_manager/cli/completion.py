"""`multi-instance completion`: print a shell's completion script."""

from __future__ import annotations

import click

from multi_instance_manager.cli.grouped_help import GroupedCommand

_SHELLS = ("bash", "zsh", "fish")
_EPILOG = """\b
Examples:
  multi-instance completion bash > /etc/bash_completion.d/multi-instance
  source <(multi-instance completion zsh)
"""


@click.command("completion", cls=GroupedCommand, epilog=_EPILOG)
@click.argument("shell", metavar="SHELL", type=click.Choice(_SHELLS))
def command(shell: str) -> None:
    """Print the completion script of SHELL: bash, zsh or fish.

    It completes commands, options, profile names, keys and versions, with descriptions in zsh and
    fish.

    Exit codes: 0 printed, 1 it could not be written, 2 no such shell.
    """
    from click.shell_completion import get_completion_class

    from multi_instance_manager.cli.answer import end, write
    from multi_instance_manager.cli.bash_completion import BashCompletion
    from multi_instance_manager.cli.fish_completion import FishCompletion
    from multi_instance_manager.cli.group import COMPLETE_VARIABLE, group

    own = {"bash": BashCompletion, "fish": FishCompletion}
    kind = own.get(shell) or get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"{shell}: is not known; use one of {', '.join(_SHELLS)}")
    script = kind(group, {}, "multi-instance", COMPLETE_VARIABLE)
    end(0, written=write(script.source() + "\n"))
