"""The page of the JSON documents: each published schema with its members. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from multi_instance_manager.reports import published
from reference_pages.markdown import cell, code, page, table

if TYPE_CHECKING:
    from collections.abc import Iterator

_OPENING = """\
With `--output json` a command writes exactly one document to standard output, however it ends.
Progress and messages go to standard error. `logs` and `events` write one document on each line.

`schema` names the kind of document and its version. New members may be added within a version, so
ignore unknown ones. If a member is removed or changes its meaning, the version rises. Times are in
UTC, in ISO 8601. Names carry their units: `_bytes`, `_s`, `_percent`.

A command that cannot do its work writes `multi-instance/failure/1`.
`multi-instance config schema` prints the schema of the configuration file,
`multi-instance/config/1`.
"""


def json_page() -> str:
    """Return the page with an index of the schemas, and the members of each."""
    found = published()
    index = (
        (f"[`{name}`](#{_anchor(name)})", f"[{_file(name)}](schemas/{_file(name)})", _told(kind))
        for name, kind in found.items()
    )
    sections = [part for name, kind in found.items() for part in _section(name, kind)]
    return page(
        "# JSON documents\n",
        _OPENING,
        table(("Document", "Schema", "What it is"), index),
        *sections,
    )


def _file(name: str) -> str:
    return name.removeprefix("multi-instance/").replace("/", "-") + ".json"


def _title(name: str) -> str:
    return name.removeprefix("multi-instance/").replace("/", " ")


def _anchor(name: str) -> str:
    return _title(name).replace(" ", "-")


def _told(kind: type[msgspec.Struct]) -> str:
    return cell((kind.__doc__ or "").strip().splitlines()[0])


def _section(name: str, kind: type[msgspec.Struct]) -> Iterator[str]:
    schema = msgspec.json.schema(kind)
    definitions: dict[str, Any] = schema["$defs"]
    own = schema["$ref"].rsplit("/", 1)[-1]
    yield f"## {_title(name)}\n"
    yield f"{_told(kind)}\n"
    yield _members(definitions[own])
    for title in sorted(definitions.keys() - {own}):
        if definitions[title].get("properties"):
            yield f"Each `{title}`:\n"
            yield _members(definitions[title])


def _members(definition: dict[str, Any]) -> str:
    rows = (
        (code(name), cell(_type(told)), cell(told.get("description", "")))
        for name, told in definition["properties"].items()
    )
    return table(("Member", "Type", "Meaning"), rows)


def _type(told: dict[str, Any]) -> str:
    """Return the type in words."""
    if "anyOf" in told:
        return " or ".join(_type(one) for one in told["anyOf"])
    if "$ref" in told:
        return f"`{told['$ref'].rsplit('/', 1)[-1]}`"
    if "enum" in told:
        return ", ".join(f"`{value}`" for value in told["enum"])
    if told.get("type") == "array":
        return f"list of {_type(told['items'])}" if "items" in told else "list"
    if isinstance(told.get("type"), list):
        return " or ".join(told["type"])
    return str(told.get("type", "any"))
