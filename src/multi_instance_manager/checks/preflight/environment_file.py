"""Checks which settings of the environment file never reach the application. Pure.

The application reads that file without overriding a variable that its container has: what the image
or the manager sets rules. Names are told, values never.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from multi_instance_manager.application.environment_file import resolved
from multi_instance_manager.findings import Finding, warning

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from multi_instance_manager.application.definition import VariableNames
    from multi_instance_manager.plan.mounts import Host
    from multi_instance_manager.plan.spec import InstanceSpec
    from multi_instance_manager.settings.model import Settings

_PROFILES = "name profiles on the command line to choose which run"
_AT_START = "each instance starts on its own profile"
_ROTATION = "use --enable-auth-rotation"


class _Overridden(msgspec.Struct, frozen=True):
    """Settings without effect, by who sets them instead and what to do about it."""

    setter: str
    next_step: str = ""


def check_environment_file(
    settings: Settings, host: Host, specs: Sequence[InstanceSpec]
) -> list[Finding]:
    """The settings whose value in some container is another than the file's."""
    names: dict[_Overridden, dict[str, None]] = {}
    for spec in specs:
        for name in _without_effect(host, spec):
            names.setdefault(_why(settings, spec, name), {})[name] = None
    return [_finding(settings, why, list(found)) for why, found in names.items()]


def _without_effect(host: Host, spec: InstanceSpec) -> Iterator[str]:
    """The names; without those that the person sets for the container, which is meant to rule."""
    there = _environment_of(spec)
    written = {name: value.reveal() for name, value in host.env_variables.items()}
    for name, value in resolved(written, there).items():
        if there.get(name, value) != value and name not in spec.extra.variable_names:
            yield name


def _environment_of(spec: InstanceSpec) -> Mapping[str, str]:
    """The variables of the container; an extra ``-e NAME`` removes the image's."""
    found = {name: value.reveal() for name, value in spec.image.environment}
    found |= {variable.name: variable.value for variable in spec.variables}
    removed = spec.extra.variable_names
    kept = {name: value for name, value in found.items() if name not in removed}
    return kept | dict(spec.extra.environment)


def _why(settings: Settings, spec: InstanceSpec, name: str) -> _Overridden:
    if any(variable.name == name for variable in spec.variables):
        return _Overridden("the manager", _options(settings.application.variables).get(name, ""))
    setter = "the docker client's configuration" if name in spec.extra.proxies else "the image"
    return _Overridden(setter, _OWN_VARIABLE)


_OWN_VARIABLE = (
    "pass what you mean with --docker-arg '--env NAME=VALUE', "
    "or for one profile as its `environment`"
)


def _options(variables: VariableNames) -> Mapping[str | None, str]:
    """What decides a variable of the contract, by its name."""
    return {
        variables.startup_profile: _PROFILES,
        variables.api_key: "use --api-key",
        variables.log_level: "use --log-level",
        variables.rotate_at_start: _AT_START,
        variables.rotate_while_running: _ROTATION,
    }


def _finding(settings: Settings, why: _Overridden, names: Sequence[str]) -> Finding:
    has, them = ("has", "it") if len(names) == 1 else ("have", "them")
    fact = f"{', '.join(names)} {has} no effect: {why.setter} sets {them}"
    subject = f"environment file {settings.docker_env_file}"
    return warning("docker-env-overridden", subject, fact, why.next_step)
