"""The keys of the configuration file: types, values as text, problems. Pure.

Checks a value's TOML type, then reads its text like that of a flag.
"""

from __future__ import annotations

import difflib
import json
import re
from typing import TYPE_CHECKING, Any

from multi_instance_manager.settings import values

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from multi_instance_manager.settings.option import Option

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_TYPES_OF_READERS: dict[Callable[[str], Any], tuple[str, ...]] = {
    values.boolean: ("boolean",),
    values.port: ("integer",),
    values.count: ("integer",),
    values.positive_number: ("number",),
    values.seconds: ("number",),
    values.seconds_above_zero: ("number",),
    values.nano_cpus: ("number",),
    values.memory_size: ("string", "integer"),
    values.shm_size: ("string", "integer"),
}
_CALLED = {
    "boolean": "true or false, without quotes",
    "integer": "a whole number, without quotes",
    "number": "a number, without quotes",
    "string": "text, in quotes",
    "array": 'a list of texts, such as ["--init", "-e A=1"]',
}


def types_of(option: Option) -> tuple[str, ...]:
    """Return the types that its key accepts, by their names in JSON schema."""
    if option.repeatable:
        return ("array",)
    return _TYPES_OF_READERS.get(option.reader, ("string",))


def text_of(option: Option, value: Any) -> str | tuple[str, ...]:
    """Return the value as on the command line; raises ValueError for a wrong type."""
    types = types_of(option)
    if not any(_is(value, kind) for kind in types):
        raise ValueError(f"is {type_of(value)}; write {' or '.join(_CALLED[t] for t in types)}")
    if option.repeatable:
        return tuple(value)
    if option.is_switch:
        return str(option.turned(key_value=value)).lower()
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int) and abs(value) >= 2**63:
        raise ValueError("is not a number that can be used; write a smaller one")
    return str(value)


def _is(value: Any, kind: str) -> bool:
    match kind:
        case "boolean":
            return isinstance(value, bool)
        case "integer":
            return isinstance(value, int) and not isinstance(value, bool)
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "array":
            return isinstance(value, list) and all(isinstance(item, str) for item in value)
    return isinstance(value, str)


def type_of(value: Any) -> str:
    """Return the type of a value of the file, in words."""
    named = {bool: "true or false", int: "a whole number", float: "a number", str: "text"}
    named |= {list: "a list", dict: "a table"}
    return named.get(type(value), "a date or time")


def key_path(*parts: str) -> str:
    """Return the path of a key as TOML writes it; parts with other characters are quoted."""
    return ".".join(p if _BARE.fullmatch(p) else json.dumps(p) for p in parts)


def unknown(key: str, known: Sequence[str], elsewhere: Sequence[str], there: str) -> str:
    """Return the problem with an unknown key; ``there`` is where such keys belong."""
    spelling = key.lower().replace("_", "-").strip("-")
    for name in (key, spelling):
        if name in elsewhere and name not in known:
            return there
    near = difflib.get_close_matches(spelling, known, n=1)
    advice = f"did you mean {near[0]}?" if near else "see `multi-instance config schema`"
    return f"is not a key; {advice}"
