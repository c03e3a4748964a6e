"""What decoding raises for bytes that are not the JSON that was expected. Pure."""

from __future__ import annotations

import msgspec

# msgspec lets bytes that are not UTF-8, and nesting that is too deep, through as Python's own.
JSON_FAULTS = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
