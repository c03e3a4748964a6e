"""Writes the JSON schema of every document into ``docs/reference/schemas``, from the types."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import msgspec

from multi_instance_manager.reports import published

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "reference" / "schemas"
_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schemas() -> dict[str, str]:
    """The text of each schema by file name."""
    return {_file_of(name): _text(name, kind) for name, kind in published().items()}


def _file_of(name: str) -> str:
    """``multi-instance/status/1`` lies in ``status-1.json``."""
    return name.removeprefix("multi-instance/").replace("/", "-") + ".json"


def _text(name: str, kind: type[msgspec.Struct]) -> str:
    schema: dict[str, Any] = {"$schema": _DIALECT, "$id": name, **msgspec.json.schema(kind)}
    return msgspec.json.format(msgspec.json.encode(schema), indent=2).decode() + "\n"


def main() -> None:
    """Write them all and drop what is no longer published, or with ``--check`` only compare."""
    wanted = schemas()
    there = {path.name: path.read_text() for path in FOLDER.glob("*.json")}
    if "--check" in sys.argv:
        behind = "docs/reference/schemas: are behind the code; run `make docs`"
        raise SystemExit(0 if wanted == there else behind)
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in there.keys() - wanted.keys():
        (FOLDER / name).unlink()
    for name, text in wanted.items():
        (FOLDER / name).write_text(text)


if __name__ == "__main__":
    main()
