"""The JSON schema of the configuration file, for editors. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from multi_instance_manager.settings.application_choice import APPLICATION
from multi_instance_manager.settings.application_schema import application_schema
from multi_instance_manager.settings.file_keys import types_of
from multi_instance_manager.settings.file_values import PROFILES
from multi_instance_manager.settings.model import Canary, Isolation, Output
from multi_instance_manager.settings.options import OPTIONS
from multi_instance_manager.settings.override import ENVIRONMENT, ENVIRONMENT_HELP, PROFILE_OPTIONS

if TYPE_CHECKING:
    from multi_instance_manager.settings.option import Option

SCHEMA_ID = "multi-instance/config/1"
_CHOICES: dict[str, list[str]] = {
    "canary": [member.value for member in Canary],
    "isolation": [member.value for member in Isolation],
    "output": [member.value for member in Output],
}


def file_schema() -> dict[str, Any]:
    """Return the whole schema, without options that no file can hold."""
    application, shapes = application_schema()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        "title": "multi-instance.toml",
        "type": "object",
        "additionalProperties": False,
        "properties": {
            **{option.key: _of(option) for option in OPTIONS if not option.not_in_file},
            APPLICATION: application,
            PROFILES: {
                "description": "What single profiles have otherwise, by the profile's exact name.",
                "type": "object",
                "additionalProperties": _of_a_profile(),
            },
        },
        "$defs": shapes,
    }


def _of_a_profile() -> dict[str, Any]:
    environment = {
        "description": ENVIRONMENT_HELP,
        "type": "object",
        "additionalProperties": {"type": "string"},
    }
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            **{option.key: _of(option) for option in PROFILE_OPTIONS},
            ENVIRONMENT: environment,
        },
    }


def _of(option: Option) -> dict[str, Any]:
    types = types_of(option)
    meaning = f"false: {option.meaning}" if option.flag.startswith("--no-") else option.meaning
    found: dict[str, Any] = {
        "description": f"{meaning} Default: {option.default_text}.",
        "type": types[0] if len(types) == 1 else list(types),
    }
    if types == ("array",):
        found["items"] = {"type": "string"}
    if option.name in _CHOICES:
        found["enum"] = _CHOICES[option.name]
    if option.hidden:
        found["deprecated"] = True
    return found
