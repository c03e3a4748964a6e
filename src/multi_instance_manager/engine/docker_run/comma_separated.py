"""Splits the comma-separated `key=value` fields that some options take. Pure."""

from __future__ import annotations

import csv

from multi_instance_manager.engine.docker_run.docker_option import Refusal


def fields(value: str) -> list[str]:
    """Split a record into its fields; double quotes protect a comma."""
    try:
        records = list(csv.reader([value], strict=True))
    except csv.Error:
        raise Refusal("the quotes do not match; put a whole field in double quotes") from None
    if not records or not records[0]:
        raise Refusal("the value is empty; write comma-separated key=value fields")
    return records[0]
