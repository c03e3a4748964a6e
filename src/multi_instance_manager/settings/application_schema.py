"""The JSON schema of the application in the configuration file. Pure."""

from __future__ import annotations

from typing import Any

import msgspec

from multi_instance_manager.application.definition import Application
from multi_instance_manager.settings.application_choice import DEFINITION

_WHOLE = {"ProcessSign", "LogSign"}  # entries of lists are always complete
_HELP = (
    "What is known of the application: a table that changes single facts, where false takes one "
    "away, or the name of a file with a whole definition. Default: the definition that comes with "
    "the manager."
)
_DEFINITION_HELP = "File with the whole definition in which the other keys change facts."


def application_schema() -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the schema of the key, and the definitions it uses."""
    _, found = msgspec.json.schema_components([Application])
    shapes = {name: _changing(name, shape) for name, shape in found.items()}
    table = shapes.pop(Application.__name__)
    table["description"] = _HELP
    table["properties"][DEFINITION] = {"description": _DEFINITION_HELP, "type": "string"}
    by_name = {"description": _HELP, "type": "string"}
    return {"description": _HELP, "anyOf": [table, by_name]}, shapes


def _changing(name: str, shape: dict[str, Any]) -> dict[str, Any]:
    """Turn the schema into one of overrides: nothing is required, optional parts may be false."""
    if name in _WHOLE or "properties" not in shape:
        return shape
    kept = {key: value for key, value in shape.items() if key != "required"}
    required = shape.get("required", [])
    properties = {
        key: _fact(value, may_be_absent=key not in required)
        for key, value in shape["properties"].items()
    }
    return {**kept, "properties": properties}


def _fact(schema: dict[str, Any], *, may_be_absent: bool) -> dict[str, Any]:
    kept = {key: value for key, value in schema.items() if key != "default"}
    if not may_be_absent:
        return kept
    if isinstance(kept.get("additionalProperties"), dict):
        values = kept["additionalProperties"]
        kept["additionalProperties"] = {"anyOf": [values, {"const": False}]}
    among = kept.pop("anyOf", None) or [kept]
    return {"anyOf": [*(one for one in among if one != {"type": "null"}), {"const": False}]}
