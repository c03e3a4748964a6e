"""Writes the wanted instances as files for another tool. Changes no instance."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from multi_instance_manager.commands.export.target_folder import earlier_files, write_files
from multi_instance_manager.commands.survey.gather import survey
from multi_instance_manager.commands.survey.reach import refuse_out_of_reach
from multi_instance_manager.errors import Refused
from multi_instance_manager.export.compose import compose
from multi_instance_manager.export.exported import ExportFormat, Ingredient
from multi_instance_manager.export.kubernetes import kubernetes
from multi_instance_manager.export.private_files import Surroundings
from multi_instance_manager.export.quadlet import quadlet
from multi_instance_manager.export.stack import stack
from multi_instance_manager.files.owned_files import read_owned
from multi_instance_manager.files.private_files import said
from multi_instance_manager.findings import error, errors_of
from multi_instance_manager.probe.host_survey import missing_mount_points
from multi_instance_manager.reports.export import ExportReport, export_report
from multi_instance_manager.text.printable import printable
from multi_instance_manager.text.secret import Secret

if TYPE_CHECKING:
    from multi_instance_manager.commands.survey.request import Request
    from multi_instance_manager.commands.survey.survey import Survey
    from multi_instance_manager.findings import Finding

_WRITERS = {
    ExportFormat.COMPOSE: compose,
    ExportFormat.QUADLET: quadlet,
    ExportFormat.KUBERNETES: kubernetes,
    ExportFormat.STACK: stack,
}
_CODE = "export"


def export(
    request: Request, form: ExportFormat, folder: Path, *, with_secrets: bool = False
) -> ExportReport:
    """Write the files of one format. Raises `Refused` if there is nothing that could be exported.

    The folder must be new or empty, or hold only files of an earlier export.
    """
    earlier = earlier_files(folder)
    seen = survey(request)
    refuse_out_of_reach(seen)
    found = (*errors_of(seen.findings), *_findings(seen))
    if found:
        raise Refused(found)
    given = Ingredient(_surroundings(seen), seen.specs, with_secrets)
    has_contents = with_secrets and form is ExportFormat.KUBERNETES
    whole = _WRITERS[form](_with_contents(given, seen) if has_contents else given)
    write_files(folder, whole.files, earlier)
    return export_report(form, folder, [spec.profile_name for spec in seen.specs], whole)


def _findings(seen: Survey) -> list[Finding]:
    """Return why the instances cannot be written down. Names of profiles are checked before."""
    if not seen.specs:
        step = "add one with `multi-instance profiles add`"
        return [error(_CODE, "pool", "has no profile that is launched", step)]
    sources = dict.fromkeys(mount.source for spec in seen.specs for mount in spec.mounts)
    return [_not_text(source) for source in sources if not _is_text(source)][:1]


def _not_text(source: str) -> Finding:
    subject = f"path {printable(source)}"
    return error(_CODE, subject, "is not UTF-8", "rename the folder")


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _with_contents(given: Ingredient, seen: Survey) -> Ingredient:
    """Add the logins, and the environment file if the instances have one."""
    env_file, files = seen.settings.docker_env_file, given.around.pool_files
    is_mounted = env_file and seen.facts.host.env_digest
    return replace(
        given,
        logins={s.profile_name: _content(Path(files[s.profile_name])) for s in seen.specs},
        environment_file=_content(env_file) if env_file and is_mounted else None,
    )


def _surroundings(seen: Survey) -> Surroundings:
    settings, tree = seen.settings, seen.facts.host.tree
    return Surroundings(
        settings=settings,
        layout=seen.layout,
        host=seen.facts.host,
        missing_mount_points=missing_mount_points(tree, settings.application.paths) if tree else (),
        pool_files={profile.name: profile.path for profile in seen.pool.profiles},
    )


def _content(file: Path) -> Secret:
    with said(file):
        content = read_owned(file)
    try:
        return Secret(content.decode())
    except UnicodeDecodeError:
        subject = f"file {printable(str(file))}"
        raise Refused([error(_CODE, subject, "is not UTF-8", "write it in UTF-8")]) from None
