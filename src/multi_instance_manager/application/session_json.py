"""Reads the JSON of a session as the application does: with Python's own reader. Pure.

It accepts more than the standard: half of a surrogate pair, NaN, Infinity, numbers of any size. A
browser's storage may contain these, and such a session is valid.
"""

from __future__ import annotations

import json
from typing import Any

import msgspec

from multi_instance_manager.text.json_bounds import refuse_beyond_bounds
from multi_instance_manager.text.json_faults import JSON_FAULTS


def read_session(content: bytes) -> Any:
    """Return the decoded content; raises one of `JSON_FAULTS` if the application could not read it.

    That includes `BeyondBounds`: such content is no session, and is not decoded at all.
    """
    refuse_beyond_bounds(content)
    try:
        return msgspec.json.decode(content)
    except msgspec.DecodeError as problem:
        try:
            return json.loads(content.decode())
        except ValueError:
            raise problem from None


def session_object(content: bytes) -> dict[str, Any] | None:
    """Return the JSON object of a session, or None for anything else."""
    try:
        document = read_session(content)
    except JSON_FAULTS:
        return None
    return document if isinstance(document, dict) else None
