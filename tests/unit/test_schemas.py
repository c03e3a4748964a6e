from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from multi_instance_manager.reports import published

REPOSITORY = Path(__file__).resolve().parents[2]
SCHEMAS = sorted((REPOSITORY / "docs" / "reference" / "schemas").glob("*.json"))


def test_the_published_schemas_are_those_of_the_code() -> None:
    script = REPOSITORY / "scripts" / "write_schemas.py"
    done = subprocess.run([sys.executable, script, "--check"], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()


@pytest.mark.parametrize("path", SCHEMAS, ids=lambda path: path.stem)
def test_each_schema_is_one_and_describes_every_member(path: Path) -> None:
    schema = json.loads(path.read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$id"] in published()
    for name, definition in schema["$defs"].items():
        for member, told in definition.get("properties", {}).items():
            described = "description" in told or member == "schema" or "$ref" in str(told)
            assert described, f"{path.name}: {name}.{member} has no description"
