"""`multi-instance endpoints`: print the addresses of the instances for clients and scrapers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

import click

from multi_instance_manager.cli.grouped_help import GroupedCommand
from multi_instance_manager.cli.options import POOL_OPTIONS, with_settings_options
from multi_instance_manager.cli.profile_arguments import profile_arguments
from multi_instance_manager.cli.request import requested

if TYPE_CHECKING:
    from multi_instance_manager.reports.endpoints import EndpointsReport

_FORMATS = ("table", "env", "json", "prometheus-sd")
_EPILOG = """\b
Examples:
  multi-instance endpoints
  eval "$(multi-instance endpoints --format env)"; curl "$MULTI_INSTANCE_API_URL_USER_A/health"
  multi-instance endpoints --all --format prometheus-sd > targets.json
"""


@click.command("endpoints", cls=GroupedCommand, epilog=_EPILOG)
@profile_arguments
@click.option(
    "--format",
    "form",
    type=click.Choice(_FORMATS),
    help="table; env: variables for a shell; json: a report (as --output json); prometheus-sd: for "
    "file_sd_configs.  [default: table]",
)
@click.option("--all", "which", flag_value="all", help="Include instances that do not run.")
@click.option("--ready", "which", flag_value="ready", help="Only instances that report ready.")
@with_settings_options((*POOL_OPTIONS, "host_ip", "base_api_port", "base_stream_port"))
def command(
    profiles: tuple[str, ...], form: str | None, which: str | None, **flags: Any
) -> NoReturn:
    """Print the addresses of the running instances of PROFILEs, or of all.

    Never prints the API key; names the file that holds it. In the variables of the format env, the
    profile user-a is USER_A. A name with other characters than small letters, digits and single
    dashes gets a short hash appended, so that each name stays unique.

    Exit codes: 0 printed, 1 there is none to print, 2 usage, 3 the engine does not answer
    or there is no pool.
    """
    from multi_instance_manager.commands.look.endpoints import Which, endpoints

    if form == "json":
        click.get_current_context().meta["output"] = "json"
    request = requested(flags, profiles)
    as_json = form == "json" or (form is None and request.settings.output == "json")
    click.get_current_context().meta["output"] = "json" if as_json else "text"
    report = endpoints(request, Which(which or "running"))
    _answer("json" if as_json else form or "table", report)


def _answer(form: str, report: EndpointsReport) -> NoReturn:
    from multi_instance_manager.cli.answer import answer, say
    from multi_instance_manager.settings.model import Output

    if report.left_out:
        say(f"left out: {', '.join(report.left_out)}; `multi-instance status` says why")
    output = Output.JSON if form == "json" else Output.TEXT
    answer(output, report, lambda found: _text(form, found))


def _none(report: EndpointsReport) -> str:
    """Return the text for a report without addresses; instances not asked for may still run."""
    return "none of these runs" if report.left_out else "no instance runs"


def _text(form: str, report: EndpointsReport) -> str:
    from multi_instance_manager.render.endpoints import endpoints_sheet, env_text, prometheus_text
    from multi_instance_manager.render.sheets import sheet_text

    if form == "env":
        return env_text(report)
    if form == "prometheus-sd":
        return prometheus_text(report)
    return sheet_text(endpoints_sheet(report)) if report.endpoints else f"{_none(report)}\n"
