"""`Refusal`: the reason why a value is not supported. Pure."""

from __future__ import annotations


class Refusal(ValueError):
    """The reason why a value is not supported: the fact and the next step, without the subject."""
