"""The base of all reports."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from multi_instance_manager.errors import ExitCode
from multi_instance_manager.text.json_text import json_bytes, json_text

_RESULTS = {ExitCode.OK: "ok", ExitCode.INTERRUPTED: "interrupted"}


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """The result of one command. The struct is the JSON document, field by field.

    Subclasses declare ``tag_field="schema"`` and ``tag="multi-instance/NAME/VERSION"``.
    """

    exit_code: Annotated[int, Meta(description="The exit code of the command.")] = 0


def result_word(code: ExitCode) -> str:
    """The exit code of a run that came to its end, in a word."""
    return _RESULTS.get(code, "failed")


def document_of(report: msgspec.Struct) -> str:
    """Return the report as indented JSON that ends with a newline."""
    return json_text(report)


def line_of(report: msgspec.Struct) -> str:
    """Return the report as one line of JSON, for a stream of documents."""
    return json_bytes(report).decode() + "\n"
