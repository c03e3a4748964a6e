"""Chooses whether one instance goes first, from `canary` and its two earlier spellings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from multi_instance_manager.settings.model import Canary
from multi_instance_manager.settings.reading import Value

if TYPE_CHECKING:
    from multi_instance_manager.settings.reading import OptionValues

_EARLIER = {"first_alone": Canary.ALWAYS, "all_at_once": Canary.NEVER}
_ONE_SETTING = "each sets --canary"


def choose_canary(reading: OptionValues) -> Canary | None:
    """Return the choice of the strongest source; None if it has a problem.

    An earlier spelling is recorded as the origin of `canary`.
    """
    way = reading.strongest(("canary", *_EARLIER), _ONE_SETTING)
    if way not in _EARLIER:
        return reading.choice("canary", Canary)
    chosen = _EARLIER[way]
    origin = replace(reading.values[way].origin, text=chosen.value)
    reading.values["canary"] = Value(chosen.value, origin)
    return chosen
