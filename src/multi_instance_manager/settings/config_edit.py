"""Edits the text of a configuration file; its comments, its order and all other values stay. Pure.

Every edit is parsed again, and compared with what was wanted. One that changed anything else is
not returned.
"""

from __future__ import annotations

import copy
import json
import re
import unicodedata
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from multi_instance_manager.settings.file_values import PROFILES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_ENABLED = "enabled"
_BARE = re.compile(r"[A-Za-z0-9_-]+")


class CannotEdit(ValueError):
    """The file is written in a way that cannot be edited without changing more."""


def with_switch(text: str, profile_name: str, *, enabled: bool) -> str:
    """Return the text with the profile enabled, or disabled; the same text if it is so already."""
    before = _parsed(text)
    key = _key_of(before, profile_name)
    own = before.get(PROFILES, {}).get(key, {})
    if own.get(_ENABLED, True) is enabled:
        return text
    wanted = copy.deepcopy(before)
    wanted.setdefault(PROFILES, {}).setdefault(key, {})[_ENABLED] = enabled
    return _first_right(_switched(text, key, is_new=not own, enabled=enabled), wanted)


def with_new_name(text: str, old_name: str, new_name: str) -> str:
    """Return the text with the settings of the profile under its new name; raises `CannotEdit`."""
    before = _parsed(text)
    key = _key_of(before, old_name)
    wanted = copy.deepcopy(before)
    tables = wanted.get(PROFILES, {})
    if key not in tables:
        return text
    if _key_of(before, new_name) in tables:
        raise CannotEdit(f"has settings for {new_name}, too")
    tables[new_name] = tables.pop(key)
    return _first_right(_renamed(text, key, new_name), wanted)


def _parsed(text: str) -> dict[str, Any]:
    import tomllib

    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as problem:
        raise CannotEdit("is not valid TOML") from problem


def _key_of(tables: dict[str, Any], profile_name: str) -> str:
    """Return the profile's key in the file, which may be in another Unicode form."""
    for key in map(str, tables.get(PROFILES, {})):
        if unicodedata.normalize("NFC", key) == unicodedata.normalize("NFC", profile_name):
            return key
    return profile_name


def _first_right(made: Iterator[Callable[[], str]], wanted: dict[str, Any]) -> str:
    """Return the first edit that gives exactly what is wanted."""
    from tomlkit.exceptions import TOMLKitError

    for make in made:
        with suppress(TOMLKitError, CannotEdit, KeyError, TypeError, AttributeError):
            edited = make()
            if _parsed(edited) == wanted:
                return edited
    raise CannotEdit("is written in a way that cannot be edited safely")


def _switched(text: str, key: str, *, is_new: bool, enabled: bool) -> Iterator[Callable[[], str]]:
    line = f"{_ENABLED} = {str(enabled).lower()}\n"
    if is_new:
        gap = "" if not text else "\n" if text.endswith("\n") else "\n\n"
        yield lambda: f"{text}{gap}[{PROFILES}.{_quoted(key)}]\n{line}"
    yield lambda: _with_value(text, key, enabled=enabled)


def _with_value(text: str, key: str, *, enabled: bool) -> str:
    import tomlkit

    document = tomlkit.parse(text)
    tables: Any = document.setdefault(PROFILES, {})
    tables.setdefault(key, {})[_ENABLED] = enabled
    return tomlkit.dumps(document)


def _renamed(text: str, key: str, new_name: str) -> Iterator[Callable[[], str]]:
    """By the keys where they stand; only where that is not enough, by a table at another place."""
    yield lambda: _headers_of(key).sub(lambda found: f"{found[1]}{_quoted(new_name)}", text)
    yield lambda: _moved(text, key, new_name)


def _headers_of(key: str) -> re.Pattern[str]:
    """Match the key in a table's header, or in a dotted key at the beginning of a line."""
    profiles = rf"""(?:{PROFILES}|"{PROFILES}"|'{PROFILES}')"""
    forms = {key, f'"{key}"', f"'{key}'", json.dumps(key), _quoted(key)}
    own = "|".join(re.escape(form) for form in sorted(forms, key=len, reverse=True))
    return re.compile(rf"(?m)^([ \t]*\[?[ \t]*{profiles}[ \t]*\.[ \t]*)(?:{own})(?=[ \t]*[\].=])")


def _moved(text: str, key: str, new_name: str) -> str:
    import tomlkit

    document = tomlkit.parse(text)
    tables: Any = document[PROFILES]
    value = tables.pop(key)
    tables[new_name] = value
    return tomlkit.dumps(document)


def _quoted(key: str) -> str:
    return key if _BARE.fullmatch(key) else json.dumps(key, ensure_ascii=False)
