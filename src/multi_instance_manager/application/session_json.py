"""Reads the JSON of a session as the application does: with Python's own reader. Pure.

That one takes more than the standard has: half of a surrogate pair, NaN, Infinity, numbers beyond
every bound. A browser's storage has such things, and a session with them is a whole one.
"""

from __future__ import annotations

import json
from typing import Any

import msgspec

from multi_instance_manager.text.json_bounds import refuse_beyond_bounds
from multi_instance_manager.text.json_faults import JSON_FAULTS


def read_session(content: bytes) -> Any:
    """The decoded content; raises one of `JSON_FAULTS` where the application could not read it.

    `BeyondBounds` among them: what is beyond them is no session, and is not decoded at all.
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
    """The JSON object that a session is, or None for anything else."""
    try:
        document = read_session(content)
    except JSON_FAULTS:
        return None
    return document if isinstance(document, dict) else None
