"""The settings in force as shown to the user: each value and its origin. Pure.

Secrets are masked, also the values of variables in the extra arguments.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from multi_instance_manager.application.fact_list import facts_of
from multi_instance_manager.engine.docker_run import parse_docker_args
from multi_instance_manager.engine.docker_run.reserved import Reserved
from multi_instance_manager.settings.application_choice import APPLICATION, ApplicationChoice
from multi_instance_manager.settings.file_keys import key_path
from multi_instance_manager.settings.key_source import KeyKind
from multi_instance_manager.settings.options import OPTIONS
from multi_instance_manager.settings.origin import Origin, Source
from multi_instance_manager.text.secret import MASK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from multi_instance_manager.settings.model import Settings
    from multi_instance_manager.settings.option import Option

_KEY_WAYS = {"api_key", "api_key_file", "generate_api_key"}
_DERIVED: Mapping[str, Callable[[Settings], object]] = {
    "project_root": lambda s: s.project_root,
    "profile_dir": lambda s: s.profile_dir,
    "docker_env_file": lambda s: s.docker_env_file or "not mounted",
    "state_dir": lambda s: s.state_dir,
    "config_file": lambda s: s.config_path or "none",
}


class ShownValue(msgspec.Struct, frozen=True):
    """One setting: its key in the configuration file, its value as text, and its origin.

    ``name`` is its name in the source, such as ``IMAGE_NAME``; empty for a default.
    ``learnt_from`` is the place of a fact in the application's own source.
    """

    key: str
    value: str
    source: Source
    name: str
    learnt_from: str = ""


def shown_values(settings: Settings) -> tuple[ShownValue, ...]:
    """Return every option in the order of the table, then the overrides of the file."""
    listed = [option for option in OPTIONS if option.name not in _KEY_WAYS and not option.hidden]
    of_all = [_of_option(option, settings) for option in listed]
    place = [option.name for option in listed].index("log_level")
    of_all.insert(place, _key_of_all(settings))
    return (*of_all, *_of_profiles(settings))


def shown_facts(settings: Settings) -> Iterator[ShownValue]:
    """Return every fact of the application, by its key in the configuration file."""
    choice = ApplicationChoice(settings.application, settings.application_origins)
    for fact in facts_of(settings.application):
        shown = _shown(key_path(APPLICATION, *fact.path), fact.value, choice.origin_of(fact.path))
        yield replace(shown, learnt_from="" if choice.has_old_source(fact.path) else fact.source)


def _of_option(option: Option, settings: Settings) -> ShownValue:
    origin = settings.origins[option.name]
    if option.repeatable:
        return _shown(option.key, _masked(settings.docker_args), origin)
    if option.name in _DERIVED:
        return _shown(option.key, str(_DERIVED[option.name](settings)), origin)
    if origin.text is None or (origin.source is Source.DEFAULT and option.shown_default):
        return _shown(option.key, option.default_text, origin)
    if option.is_switch:
        turned = option.turned(key_value=option.reader(origin.text))
        return _shown(option.key, str(turned).lower(), origin)
    return _shown(option.key, origin.text, origin)


def _shown(key: str, value: str, origin: Origin) -> ShownValue:
    name = "" if origin.source is Source.DEFAULT else origin.name
    return ShownValue(key, value, origin.source, name)


def _key_of_all(settings: Settings) -> ShownValue:
    """Return the shared key, by the option that gave it."""
    source = settings.key_source
    place = f" in {source.path}" if source.path and source.kind is not KeyKind.CONFIG_FILE else ""
    value = f"{MASK} ({source.kind}{place})"
    given = [settings.origins[way] for way in _KEY_WAYS]
    best = min(given, key=lambda origin: origin.source.rank)
    return _shown("api-key", value, best)


def _of_profiles(settings: Settings) -> Iterator[ShownValue]:
    names = {option.name for option in OPTIONS}
    for name, origin in settings.origins.items():
        if name not in names:
            yield _shown(name, MASK if origin.text is None else origin.text, origin)


def _masked(texts: tuple[str, ...]) -> str:
    """Return the extra arguments without values of variables; files are named, not read."""
    if not texts:
        return "none"
    parsed = parse_docker_args(texts, reader=lambda _: "", environment={}, reserved=Reserved())
    extra = parsed.extra
    return " ".join(extra.masked_tokens) or MASK
