"""From flags and variables to `Settings`, with every problem of every source in one report."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from multi_instance_manager.errors import UsageProblems
from multi_instance_manager.ports import PortBases
from multi_instance_manager.settings.model import (
    ImageChoice,
    Isolation,
    Limits,
    Output,
    Patience,
    Settings,
)
from multi_instance_manager.settings.options import (
    COMPOSE_IMAGE,
    DEFAULT_IMAGE,
    OPTIONS,
    Option,
)
from multi_instance_manager.settings.project_root import LAUNCHER_VARIABLE, find_project_root

if TYPE_CHECKING:
    from collections.abc import Mapping
    from enum import StrEnum

Choice = TypeVar("Choice", bound="StrEnum")


@dataclass(frozen=True, slots=True)
class Given:
    """What came in: flags by option name (text, True for a switch, or several texts)."""

    flags: Mapping[str, str | bool | tuple[str, ...] | None]
    environment: Mapping[str, str]
    working_dir: Path


@dataclass(frozen=True, slots=True)
class Value:
    """One resolved value and whether anyone asked for it."""

    content: Any
    asked_for: bool


class _Reading:
    """Reads every option once and gathers what is wrong."""

    def __init__(self, given: Given) -> None:
        self.given = given
        self.problems: list[str] = []
        self.values = {option.name: self._read(option) for option in OPTIONS}

    def _read(self, option: Option) -> Value:
        text, origin = self._text_of(option)
        if text is None:
            return Value(None, asked_for=False)
        try:
            return Value(option.reader(text), asked_for=origin is not None)
        except ValueError as problem:
            shown = "" if option.secret else f" {text!r}"
            self.problems.append(f"{origin or option.flag}{shown}: {problem}")
            return Value(None, asked_for=True)

    def _text_of(self, option: Option) -> tuple[str | None, str | None]:
        """The text and the name of what gave it; a variable that is empty counts as not set."""
        flag = self.given.flags.get(option.name)
        if flag is True:
            return str(option.switch_value).lower(), option.flag
        if isinstance(flag, str):
            return flag, option.flag
        if option.variable and not option.repeatable:
            text = self.given.environment.get(option.variable, "")
            if text:
                return text, option.variable
        return option.default, None

    def __getitem__(self, name: str) -> Any:
        return self.values[name].content

    def asked_for(self, name: str) -> bool:
        return self.values[name].asked_for

    def choice(self, name: str, kind: type[Choice]) -> Choice | None:
        text = self[name]
        try:
            return kind(text)
        except ValueError:
            allowed = " or ".join(str(member) for member in kind)
            self.problems.append(f"--{name} {text!r}: is not known; use {allowed}")
            return None


def resolve_settings(given: Given) -> Settings:
    """The settings, or `UsageProblems` with everything that is wrong."""
    reading = _Reading(given)
    isolation = reading.choice("isolation", Isolation)
    output = reading.choice("output", Output)
    if reading["host"] and reading["context"]:
        reading.problems.append("--host, --context: both name an engine; give one of them")
    if reading["first_alone"] and reading["all_at_once"]:
        reading.problems.append("--first-alone, --all-at-once: say the opposite; give one of them")
    if reading.problems or isolation is None or output is None:
        raise UsageProblems(reading.problems)
    root = _project_root(reading, given)
    return Settings(
        project_root=root,
        profile_dir=_path(reading, "profile_dir", root / "auth_profiles" / "saved", given),
        docker_env_file=(
            _path(reading, "docker_env_file", root / "docker" / ".env", given)
            if reading["mount_docker_env"]
            else None
        ),
        state_dir=_path(reading, "state_dir", root / ".multi-instance-runtime", given),
        image=_image(reading),
        container_prefix=reading["container_prefix"],
        api_key=reading["api_key"],
        api_key_asked_for=reading.asked_for("api_key"),
        log_level=reading["log_level"],
        bases=PortBases(reading["base_api_port"], reading["base_stream_port"]),
        host_ip=reading["host_ip"],
        memory_per_instance_gb=reading["memory_per_instance_gb"],
        limits=Limits(reading["memory_limit"], reading["cpus"], reading["shm_size"]),
        rotation=not reading["disable_auth_rotation"],
        isolation=isolation,
        docker_args=_docker_args(given),
        patience=_patience(reading),
        root_was_named=bool(reading["project_root"] or reading["profile_dir"]),
        host=reading["host"],
        context=reading["context"],
        auto_confirm=reading["auto_confirm"],
        dry_run=reading["dry_run"],
        show_secrets=reading["show_secrets"],
        recreate=reading["recreate"],
        retry=reading["retry"],
        first_alone=reading["first_alone"],
        all_at_once=reading["all_at_once"],
        remove_orphans=reading["remove_orphans"],
        plan_file=Path(given.working_dir, reading["plan_file"]) if reading["plan_file"] else None,
        output=output,
    )


def _project_root(reading: _Reading, given: Given) -> Path:
    if reading["project_root"]:
        return Path(os.path.realpath(given.working_dir / Path(reading["project_root"])))
    launcher = given.environment.get(LAUNCHER_VARIABLE)
    found = find_project_root(given.working_dir, Path(launcher) if launcher else None)
    return Path(os.path.realpath(found))


def _path(reading: _Reading, name: str, default: Path, given: Given) -> Path:
    """The path given, taken from the working directory, or the default under the project root."""
    text: str | None = reading[name]
    return Path(given.working_dir, text) if text else default


def _image(reading: _Reading) -> ImageChoice:
    if reading.asked_for("image"):
        return ImageChoice(reading["image"], fallback=None)
    return ImageChoice(DEFAULT_IMAGE, fallback=COMPOSE_IMAGE)


def _docker_args(given: Given) -> tuple[str, ...]:
    """The variable's arguments first, so that a flag given for this run has the last word."""
    from_variable = given.environment.get("EXTRA_DOCKER_ARGS", "")
    from_flags = given.flags.get("docker_args") or ()
    several = from_flags if isinstance(from_flags, tuple) else ()
    return tuple(text for text in (from_variable, *several) if text.strip())


def _patience(reading: _Reading) -> Patience:
    return Patience(
        wait=reading["wait"],
        wait_timeout_s=reading["wait_timeout"],
        stop_timeout_s=reading["stop_timeout"],
        lock_timeout_s=reading["lock_timeout"],
        engine_timeout_s=reading["engine_timeout"],
        parallel=reading["parallel"],
        starting=reading["starting"],
    )
