"""Looks at a project and its engine before there is a configuration file. Reads only."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from multi_instance_manager.errors import EngineError
from multi_instance_manager.fleet.leases import HIGHEST_PORT
from multi_instance_manager.host.listeners import busy_ports
from multi_instance_manager.probe.host_survey import host_key_file, host_keys
from multi_instance_manager.sessions.pool import names_in
from multi_instance_manager.settings.key_source import KeyKind
from multi_instance_manager.settings.origin import Source

if TYPE_CHECKING:
    from multi_instance_manager.commands.survey.request import Request
    from multi_instance_manager.settings.model import Settings

_STEP = 1000


class FirstLook(msgspec.Struct, frozen=True):
    """What a project and its engine propose.

    ``image`` is the one that the engine has; None if it has none, or if ``engine_problem`` says why
    it was not asked. ``port_shift`` is how far above the default ports free ones begin.
    """

    profiles: int
    image: str | None
    engine_problem: str | None
    port_shift: int
    lacks_environment_file: bool
    has_own_keys: bool
    has_kept_key: bool


def first_look(request: Request) -> FirstLook:
    """Look at the pool, the image, the ports and the keys."""
    settings = request.settings
    profiles = len(names_in(settings.profile_dir))
    image, problem = _image(request)
    key_file, env_file = host_key_file(settings), settings.docker_env_file
    asked_for = settings.origins["docker_env_file"].source is not Source.DEFAULT
    return FirstLook(
        profiles=profiles,
        image=image,
        engine_problem=problem,
        port_shift=0 if request.layout.ledger.exists() else _port_shift(settings, profiles),
        lacks_environment_file=bool(env_file and not env_file.exists() and not asked_for),
        has_own_keys=bool(key_file and host_keys(key_file)[0]),
        has_kept_key=settings.key_source.kind is KeyKind.GENERATED,
    )


def _image(request: Request) -> tuple[str | None, str | None]:
    """Return the first of the image's names that the engine has, or why it was not asked."""
    choice = request.settings.image
    try:
        engine = request.engine()
        names = (name for name in (choice.name, choice.fallback) if name)
        return next((name for name in names if engine.find_image(name)), None), None
    except EngineError as problem:
        return None, str(problem)


def _port_shift(settings: Settings, profiles: int) -> int:
    """Return the first shift of all ports at which they are free; 0 if there is none."""
    bases = [base for base in (settings.bases.api, settings.bases.stream) if base is not None]
    room = max(1, profiles)
    for shift in range(0, HIGHEST_PORT + 2 - max(bases) - room, _STEP):
        ports = [port for base in bases for port in range(base + shift, base + shift + room)]
        if not busy_ports(settings.host_ip, ports):
            return shift
    return 0
