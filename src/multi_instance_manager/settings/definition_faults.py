"""Finds the faults of an application's definition, fact by fact. Pure.

Values are never repeated: a value in the wrong place may be secret.
"""

from __future__ import annotations

import difflib
import types
from collections.abc import Mapping
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin

import msgspec
from msgspec.structs import fields

from multi_instance_manager.application.definition import Application
from multi_instance_manager.settings.file_keys import key_path, type_of

if TYPE_CHECKING:
    from collections.abc import Iterator

Path = tuple[str, ...]
Fault = tuple[Path, str]


def faults_of(tables: Mapping[str, Any], *, whole: bool) -> Iterator[Fault]:
    """Return each fault: the path of its key, and a sentence.

    With ``whole`` nothing may be missing; without it the tables override single facts, and
    ``false`` removes one.
    """
    yield from _of_table(tables, Application, (), whole=whole)


def contradictions_of(application: Application) -> Iterator[Fault]:
    """Return contradictions between facts that are valid by themselves."""
    ports, paths = application.ports, application.paths
    if ports.stream == ports.api:
        yield ("ports", "stream"), "is the API's port, too; give each its own"
    if len(set(paths.folders)) < len(paths.folders):
        yield ("paths",), "gives two folders one name; name each as the application does"
    if application.key is not None and not application.takes_key:
        where = "paths.key_file or variables.api_key"
        yield ("key",), f"needs a way to tell the key; say {where}, or leave it out"
    names = [name for name in msgspec.structs.astuple(application.variables)[:-1] if name]
    if len(set(names)) < len(names):
        yield ("variables",), "gives two facts one variable; name each as the application does"


def _of_table(
    table: Mapping[str, Any], kind: type[msgspec.Struct], path: Path, *, whole: bool
) -> Iterator[Fault]:
    known = {field.name: field for field in fields(kind)}
    for key, value in table.items():
        field = known.get(key)
        if field is None:
            yield (*path, key), _unknown(key, list(known))
        elif value is not False or whole or _plain(field.type) is bool:
            yield from _of_value(value, field.type, (*path, key), whole=whole)
        elif field.required:
            yield (*path, key), f"cannot be taken away; write {_wanted(field.type)}"
    if whole:
        for name in known.keys() - table.keys():
            if known[name].required:
                yield (*path, name), f"is missing; write {_wanted(known[name].type)}"


def _of_value(value: Any, kind: Any, path: Path, *, whole: bool) -> Iterator[Fault]:
    plain = _plain(kind)
    item = _item_of(plain)
    if _is_struct(plain):
        if isinstance(value, dict):
            yield from _of_table(value, plain, path, whole=whole)
        else:
            yield path, f"is {type_of(value)}; write a table"
    elif item is not None:
        yield from _of_entries(value, item, path)
    elif _is_mapping(plain) and isinstance(value, dict) and not whole:
        kept = {key: inner for key, inner in value.items() if inner is not False}
        yield from _of_leaf(kept, kind, path)
    else:
        yield from _of_leaf(value, kind, path)


def _of_entries(value: Any, item: type[msgspec.Struct], path: Path) -> Iterator[Fault]:
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        yield path, f"is {type_of(value)}; write [[{key_path(*path)}]] above each entry"
        return
    for number, entry in enumerate(value, 1):
        yield from _of_table(entry, item, (*path, str(number)), whole=True)


def _of_leaf(value: Any, kind: Any, path: Path) -> Iterator[Fault]:
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError:
        yield path, f"is {type_of(value)} that cannot be used; write {_wanted(kind)}"


def _unknown(key: str, known: list[str]) -> str:
    near = difflib.get_close_matches(key.lower().replace("-", "_"), known, n=1)
    advice = f"did you mean {near[0]}?" if near else "see `multi-instance config schema`"
    return f"is not a key; {advice}"


def _wanted(kind: Any) -> str:
    """Return what to write for a fact."""
    return _described(kind) or _words_for(_plain(kind))


def _described(kind: Any) -> str:
    """Return the description in a type, or in its non-null variant."""
    if get_origin(kind) in {Union, types.UnionType}:
        return next((text for one in get_args(kind) if (text := _described(one))), "")
    metas = getattr(kind, "__metadata__", ())
    return next((meta.description or "" for meta in metas if isinstance(meta, msgspec.Meta)), "")


def _words_for(plain: Any) -> str:
    if get_origin(plain) is Literal:
        return f"one of {', '.join(get_args(plain))}"
    if isinstance(plain, type) and issubclass(plain, Enum):
        return f"one of {', '.join(str(member.value) for member in plain)}"
    if _is_struct(plain):
        named = ", ".join(field.name for field in fields(plain) if field.required)
        return f"a table with {named}" if named else "a table"
    if plain is bool:
        return "true or false, without quotes"
    return 'a table of texts, such as { NAME = "value" }' if _is_mapping(plain) else "text"


def _plain(kind: Any) -> Any:
    """Return the type without its description, and without None."""
    if get_origin(kind) is Annotated:
        return _plain(get_args(kind)[0])
    if get_origin(kind) in {Union, types.UnionType}:
        return _plain(next(one for one in get_args(kind) if one is not type(None)))
    return kind


def _item_of(plain: Any) -> type[msgspec.Struct] | None:
    """Return the kind of the entries, for a list of tables."""
    arguments = get_args(plain)
    found = arguments[0] if get_origin(plain) is tuple and arguments else None
    return found if _is_struct(found) else None


def _is_struct(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


def _is_mapping(plain: Any) -> bool:
    origin = get_origin(plain)
    return isinstance(origin, type) and issubclass(origin, Mapping)
