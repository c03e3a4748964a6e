"""`multi-instance init`: write a configuration file with what differs from the defaults."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

import click

from multi_instance_manager.cli.answer import answer, end, write
from multi_instance_manager.cli.grouped_help import GroupedCommand
from multi_instance_manager.cli.options import given_options, with_settings_options
from multi_instance_manager.cli.request import request_of
from multi_instance_manager.errors import Declined
from multi_instance_manager.render import outlet
from multi_instance_manager.settings.options import OPTIONS

if TYPE_CHECKING:
    from multi_instance_manager.commands.change.init import Interview

_OPTIONS = [
    *(o.name for o in OPTIONS if not (o.not_in_file or o.hidden or o.secret)),
    "config_file",
]
_EPILOG = """\b
Examples:
  multi-instance init
  multi-instance init --yes --memory-limit 2g
  multi-instance init --sample
"""


@click.command("init", cls=GroupedCommand, epilog=_EPILOG)
@click.option("--yes", is_flag=True, help="Ask nothing, and take all proposals; the same as -y.")
@click.option("--force", is_flag=True, help="Replace an existing file; it is kept as FILE.old.")
@click.option("--sample", is_flag=True, help="Print a sample with every key, and write nothing.")
@with_settings_options(_OPTIONS)
def command(
    yes: bool,  # a switch of the command line
    force: bool,  # as above
    sample: bool,  # as above
    **flags: Any,
) -> NoReturn:
    """Write a multi-instance.toml with what differs from the defaults, each with a comment.

    Looks at the project and the engine, proposes a generated API key, the image and free ports, and
    asks three questions. Settings that you give as options are written without a question. Prints
    no key. --sample prints a sample that can be copied as it is.

    Exit codes: 0 written, 1 it could not be written, 2 usage, or the file exists, 3 this is no
    project, 6 not confirmed.
    """
    if sample:
        from multi_instance_manager.settings.sample import sample_text

        end(0, written=write(sample_text()))
    from multi_instance_manager.commands.change.init import ALL_AS_PROPOSED, init
    from multi_instance_manager.render.init import init_text
    from multi_instance_manager.settings.resolve import config_target

    given = given_options(flags, ignores_file=True)
    request = request_of(given)
    takes_all = yes or request.settings.auto_confirm
    interview = ALL_AS_PROPOSED if takes_all else _questions()
    report = init(request, interview, config_target(given), force=force)
    answer(request.settings.output, report, init_text)


def _questions() -> Interview:
    from multi_instance_manager.commands.change.init import Interview

    return Interview(
        generates_key=lambda yes: _answered(
            outlet.asks_for("Generate a random API key at the first launch?", default=yes)
        ),
        image=lambda name: _answered(outlet.asks_for("Image of the instances", default=name)),
        first_port=lambda port: _answered(
            outlet.asks_for("First host port of the APIs", default=port)
        ),
    )


def _answered(reply: Any) -> Any:
    """Return the reply; raises `Declined` if there was none."""
    if reply is None:
        raise Declined("not confirmed; nothing was touched")
    return reply
