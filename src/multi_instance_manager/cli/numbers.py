"""Number types for the options of commands, with the error messages of the settings."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from typing import NoReturn


class WholeNumber(click.ParamType[int]):
    """A whole number with a minimum."""

    name = "whole number"

    def __init__(self, least: int) -> None:
        self._least = least

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Read it; raises `click.BadParameter`."""
        try:
            number = int(value)
        except ValueError:
            number = self._least - 1
        if number < self._least:
            _refuse(self, f"{value!r} is not a whole number of at least {self._least}", param, ctx)
        return number


class Number(click.ParamType[float]):
    """A number with a minimum."""

    name = "number"

    def __init__(self, least: float) -> None:
        self._least = least

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Read it; raises `click.BadParameter`."""
        try:
            number = float(value)
        except ValueError:
            number = math.nan
        if not (self._least <= number < math.inf):
            _refuse(self, f"{value!r} is not a number of at least {self._least:g}", param, ctx)
        return number


def _refuse(
    kind: click.ParamType[Any],
    fact: str,
    param: click.Parameter | None,
    ctx: click.Context | None,
) -> NoReturn:
    kind.fail(fact, param, ctx)
