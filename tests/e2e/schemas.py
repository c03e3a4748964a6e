"""Holds what a command writes as JSON against the schema that is published for it."""

from __future__ import annotations

import json
from typing import Any

import jsonschema

from e2e.project import REPOSITORY

SCHEMAS = REPOSITORY / "docs" / "reference" / "schemas"


def must_match_its_schema(document: Any) -> None:
    """The document names a published schema, and is valid by it."""
    name, version = document["schema"].removeprefix("multi-instance/").rsplit("/", 1)
    schema = json.loads((SCHEMAS / f"{name}-{version}.json").read_text())
    jsonschema.Draft202012Validator(schema).validate(document)
