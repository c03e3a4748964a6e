"""A small pool with everything that an export has to say, for the tests of exports."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from multi_instance_manager.engine.docker_run import ExtraArgs
from multi_instance_manager.export.compose import compose
from multi_instance_manager.export.exported import Export, ExportFormat, Ingredient
from multi_instance_manager.export.kubernetes import kubernetes
from multi_instance_manager.export.private_files import Surroundings
from multi_instance_manager.export.quadlet import quadlet
from multi_instance_manager.export.stack import stack
from multi_instance_manager.plan.spec import InstanceSpec
from multi_instance_manager.settings.model import Limits, Settings
from multi_instance_manager.text.secret import Secret
from unit.builders import layout_of, some_host, some_settings, spec_of

WRITERS = {
    ExportFormat.COMPOSE: compose,
    ExportFormat.QUADLET: quadlet,
    ExportFormat.KUBERNETES: kubernetes,
    ExportFormat.STACK: stack,
}
LOGIN, ENVIRONMENT = '{"cookies": ["hush-login"]}\n', "TOKEN=hush-file\n"
ODD_NAME = "Ünï Code"
OPTIONS = (
    "--env=GREETING=hush $HOME 'of' \"all\"",
    "--init=true",
    "--add-host=x:10.0.0.1",
    "--label=note=hush-label",
    "--pids-limit=100",
)
LIMITS = Limits(memory_bytes=256 * 1024**2, nano_cpus=1_500_000_000, shm_bytes=32 * 1024**2)
SECRETS = ("hush", "sk-a-key-nobody-may-see")


def ingredient(
    *specs: InstanceSpec, settings: Settings | None = None, with_secrets: bool = False
) -> Ingredient:
    """What exports are made from."""
    wanted = settings or some_settings()
    names = [spec.profile_name for spec in specs]
    around = Surroundings(
        settings=wanted,
        layout=layout_of(wanted),
        host=some_host(wanted.project_root),
        missing_mount_points=("emergency",),
        pool_files={name: Path(f"{wanted.profile_dir}/{name}.json") for name in names},
    )
    if not with_secrets:
        return Ingredient(around, specs)
    logins = {name: Secret(LOGIN) for name in names}
    return Ingredient(around, specs, True, logins, Secret(ENVIRONMENT))


def pool(**changes: Any) -> tuple[InstanceSpec, InstanceSpec]:
    """Two instances: a plain one, and one with an odd name, limits and options of its own."""
    settings = some_settings(**changes)
    own = some_settings(limits=LIMITS, **changes)
    odd = spec_of(ODD_NAME, settings=own, extra=ExtraArgs(OPTIONS), held={ODD_NAME: 1})
    return spec_of("user-a", settings=settings), odd


def exported(form: ExportFormat, *, with_secrets: bool = False) -> Export:
    """The export of that pool."""
    return WRITERS[form](ingredient(*pool(), with_secrets=with_secrets))


def texts_of(export: Export) -> Mapping[str, str]:
    """The content of each file by its name."""
    return {file.name: file.text for file in export.files}
