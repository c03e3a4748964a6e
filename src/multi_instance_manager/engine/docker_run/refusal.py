"""`Refusal`: why a value cannot be carried over. Pure."""

from __future__ import annotations


class Refusal(ValueError):
    """Why a value cannot be carried over: the fact and the next step, without the subject."""
