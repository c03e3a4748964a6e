"""Words what is about one subject: ``subject: fact; next step``. Pure."""

from __future__ import annotations


def problem_text(subject: str, fact: str = "", next_step: str = "") -> str:
    """The problem as one sentence; a subject without a fact is a sentence already."""
    told = f"{subject}: {fact}" if fact else subject
    return f"{told}; {next_step}" if next_step else told
