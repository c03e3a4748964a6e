"""The sample of the configuration file, which comes with the package."""

from __future__ import annotations

from pathlib import Path

SAMPLE_FILE = Path(__file__).with_name("multi-instance.sample.toml")


def sample_text() -> str:
    """Return the sample: every key, as a comment."""
    return SAMPLE_FILE.read_text(encoding="utf-8")
