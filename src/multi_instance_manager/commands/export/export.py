"""Writes the wanted instances as files for another tool. Changes no instance."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

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
    from pathlib import PurePath

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
    whole = _WRITERS[form](_ingredient(seen, with_secrets=with_secrets))
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


def _ingredient(seen: Survey, *, with_secrets: bool) -> Ingredient:
    around = _surroundings(seen)
    if not with_secrets:
        return Ingredient(around, seen.specs)
    env_file = seen.settings.docker_env_file
    return Ingredient(
        around,
        seen.specs,
        with_secrets=True,
        logins={
            one.profile_name: _content(around.pool_files[one.profile_name]) for one in seen.specs
        },
        environment_file=_content(env_file) if env_file and seen.facts.host.env_digest else None,
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


def _content(path: PurePath) -> Secret:
    file = Path(path)
    with said(file):
        return Secret(read_owned(file).decode(errors="replace"))
