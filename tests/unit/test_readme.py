"""What is made of the code is that of the code, and the README says what the contract says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from multi_instance_manager.application.builtin import builtin_application

REPOSITORY = Path(__file__).resolve().parents[2]
README = (REPOSITORY / "README.md").read_text(encoding="utf-8")


def test_the_tables_are_those_of_the_code() -> None:
    done = subprocess.run(
        [sys.executable, REPOSITORY / "scripts" / "write_reference.py", "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_the_ports_are_those_of_the_contract() -> None:
    inner = builtin_application().ports
    assert f"API port {inner.api} and stream port {inner.stream}" in README
