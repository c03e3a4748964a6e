"""The exceptions of decoding bytes that are not the expected JSON. Pure."""

from __future__ import annotations

import msgspec

# msgspec raises Python's own errors for bytes that are not UTF-8, and for deep nesting.
JSON_FAULTS = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
