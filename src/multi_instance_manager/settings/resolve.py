"""Resolves flags, variables, file and defaults to `Settings`, with all problems in one report."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from multi_instance_manager.errors import UsageProblems
from multi_instance_manager.fleet.leases import PortBases
from multi_instance_manager.settings.canary_choice import choose_canary
from multi_instance_manager.settings.config_file import CONFIG_NAME, read_config_file
from multi_instance_manager.settings.file_values import FileValues, file_values
from multi_instance_manager.settings.key_choice import choose_key
from multi_instance_manager.settings.model import (
    ImageChoice,
    Isolation,
    Limits,
    Output,
    Settings,
    Timeouts,
)
from multi_instance_manager.settings.options import OPTIONS
from multi_instance_manager.settings.origin import Origin, Source
from multi_instance_manager.settings.project_root import LAUNCHER_VARIABLE, find_project_root
from multi_instance_manager.settings.reading import GivenOptions, OptionValues, early_text
from multi_instance_manager.state.layout import STATE_FOLDER

if TYPE_CHECKING:
    from collections.abc import Mapping

    from multi_instance_manager.application.definition import Application

__all__ = ["GivenOptions", "config_target", "resolve_settings"]

_ENGINE_VARIABLES = ("DOCKER_HOST", "DOCKER_CONTEXT")
_TWO_ENGINES = "both name an engine"


def resolve_settings(given: GivenOptions) -> Settings:
    """Return the settings; raises `UsageProblems` with all problems."""
    problems: list[str] = []
    file = _file_of(given, problems)
    reading = OptionValues(given, file)
    reading.problems[:0] = problems
    isolation = reading.choice("isolation", Isolation)
    output = reading.choice("output", Output)
    root = _project_root(reading, given, file)
    state_dir = _path(reading, "state_dir", root / STATE_FOLDER, given)
    application = file.application.application
    profile_dir = _path(reading, "profile_dir", root / application.project.pool, given)
    key, source = choose_key(reading, state_dir)
    env_file = _env_file(reading, application, root)
    engine = _engine(reading)
    canary = choose_canary(reading)
    if reading.problems or isolation is None or output is None or canary is None:
        raise UsageProblems(reading.problems)
    return Settings(
        project_root=root,
        profile_dir=profile_dir,
        docker_env_file=env_file,
        state_dir=state_dir,
        image=_image(reading, application),
        container_prefix=reading["container_prefix"],
        api_key=key,
        api_key_asked_for=source.is_asked_for,
        key_source=source,
        log_level=reading["log_level"],
        bases=PortBases(
            reading["base_api_port"],
            None if application.ports.stream is None else reading["base_stream_port"],
        ),
        host_ip=reading["host_ip"],
        memory_per_instance_gb=reading["memory_per_instance_gb"],
        limits=Limits(reading["memory_limit"], reading["cpus"], reading["shm_size"]),
        rotation=not reading["disable_auth_rotation"],
        isolation=isolation,
        docker_args=reading["docker_args"],
        timeouts=_timeouts(reading),
        root_was_named=bool(reading["project_root"] or reading["profile_dir"]),
        host=engine.get("host"),
        context=engine.get("context"),
        auto_confirm=reading["auto_confirm"],
        dry_run=reading["dry_run"],
        show_secrets=reading["show_secrets"],
        recreate=reading["recreate"],
        retry=reading["retry"],
        canary=canary,
        remove_orphans=reading["remove_orphans"],
        require_stream=reading["require_stream"],
        plan_file=Path(given.working_dir, reading["plan_file"]) if reading["plan_file"] else None,
        output=output,
        config_path=file.path,
        application=application,
        application_origins=file.application.origins,
        overrides=file.overrides,
        origins=_origins(reading),
    )


def _file_of(given: GivenOptions, problems: list[str]) -> FileValues:
    """Read the configuration file: the named one, or the project root's, if any."""
    if given.ignores_file:
        return FileValues()
    text, named_by = early_text(given, "config_file")
    if text:
        path, shown = given.working_dir / text, f"{named_by} {text!r}"
    else:
        path = _root_without_file(given) / CONFIG_NAME
        shown = CONFIG_NAME
        if not os.path.lexists(path):
            return FileValues()
    try:
        return file_values(read_config_file(path, shown))
    except UsageProblems as failure:
        problems += failure.problems
        return FileValues()


def config_target(given: GivenOptions) -> Path:
    """Return the file that would be read: the named one, or that of the project root."""
    text, _ = early_text(given, "config_file")
    return given.working_dir / text if text else _root_without_file(given) / CONFIG_NAME


def _root_without_file(given: GivenOptions, mark: str | None = None) -> Path:
    """Return the project root from flags, variables and places."""
    text, _ = early_text(given, "project_root")
    if text:
        return Path(os.path.realpath(given.working_dir / Path(text)))
    launcher = given.environment.get(LAUNCHER_VARIABLE)
    found = find_project_root(given.working_dir, Path(launcher) if launcher else None, mark)
    return Path(os.path.realpath(found))


def _project_root(reading: OptionValues, given: GivenOptions, file: FileValues) -> Path:
    """Return the root; a file that was found inside the root cannot name another."""
    was_named = early_text(given, "config_file")[0] is not None
    mark = file.application.application.project.mark if was_named else None
    around = _root_without_file(given, mark)
    if reading.values["project_root"].origin.source is not Source.FILE or file.path is None:
        return around
    root = Path(os.path.realpath(reading["project_root"] or around))
    if not was_named and root != around:
        name = reading.name_of("project_root")
        reading.problems.append(
            f"{name}: names another folder than the one that the file lies in; "
            "leave it out, or pass the file with --config"
        )
    return root


def _path(reading: OptionValues, name: str, default: Path, given: GivenOptions) -> Path:
    """Return the given path, from the working directory, or the default under the project root."""
    text: str | None = reading[name]
    return Path(given.working_dir, text) if text else default


def _env_file(reading: OptionValues, application: Application, root: Path) -> Path | None:
    """Return the environment file; a requested one needs a place in the container."""
    if not reading["mount_docker_env"]:
        return None
    has_place = application.paths.environment_file is not None
    if reading.asked_for("docker_env_file") and not has_place:
        reading.problems.append(
            f"{reading.name_of('docker_env_file')}: {application.name} reads no environment file; "
            "leave it out, or say paths.environment_file in [application]"
        )
    default = application.project.environment_file
    if not has_place or (default is None and not reading.asked_for("docker_env_file")):
        return None
    return _path(reading, "docker_env_file", root / (default or ""), reading.given)


def _image(reading: OptionValues, application: Application) -> ImageChoice:
    if reading.asked_for("image"):
        return ImageChoice(reading["image"], fallback=None)
    return ImageChoice(application.image.default, fallback=application.image.compose)


def _engine(reading: OptionValues) -> dict[str, str]:
    """Return the named endpoint or context, by its option; a variable overrides the file."""
    way = reading.strongest(("host", "context"), _TWO_ENGINES)
    if way is None:
        return {}
    of_file = reading.values[way].origin.source is Source.FILE
    if of_file and any(reading.given.environment.get(name) for name in _ENGINE_VARIABLES):
        return {}
    return {way: reading[way]}


def _timeouts(reading: OptionValues) -> Timeouts:
    return Timeouts(
        wait=reading["wait"],
        wait_timeout_s=reading["wait_timeout"],
        stop_timeout_s=reading["stop_timeout"],
        lock_timeout_s=reading["lock_timeout"],
        engine_timeout_s=reading["engine_timeout"],
        parallel=reading["parallel"],
        starting=reading["starting"],
    )


def _origins(reading: OptionValues) -> Mapping[str, Origin]:
    """Return the origin of each option, then of each override in the file."""
    origins = {name: value.origin for name, value in reading.values.items()}
    for option in OPTIONS:
        text = reading.given.environment.get(option.elsewhere or "", "")
        if option.elsewhere and text and origins[option.name].source is not Source.FLAG:
            origins[option.name] = Origin(Source.VARIABLE, option.elsewhere, text)
    return origins | reading.file.origins
