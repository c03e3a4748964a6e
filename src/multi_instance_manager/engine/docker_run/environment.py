"""Options that set the environment: `--env` and `--env-file`. Pure.

Values are never shown in a refusal: they may be secrets.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from multi_instance_manager.engine.docker_run.docker_option import (
    DockerOption,
    OptionKind,
    Refusal,
    Sources,
    Theme,
)
from multi_instance_manager.engine.docker_run.pair_files import pairs
from multi_instance_manager.engine.docker_run.value_parsers import filled

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from multi_instance_manager.engine.docker_run.draft import Draft

Variable = tuple[str, str | None]


def variable(value: str) -> Variable:
    """`NAME=value`; or a name alone, which removes the variable that the image sets."""
    name, separator, rest = value.partition("=")
    if not name:
        raise Refusal("a variable has no name; write NAME=value")
    return name, rest if separator else None


def _expand_variable(value: str, sources: Sources) -> Sequence[tuple[str, str]]:
    if "=" in value or value not in sources.environment:
        return [("env", value)]
    return [("env", f"{value}={sources.environment[value]}")]


def _expand_file(path: str, sources: Sources) -> Sequence[tuple[str, str]]:
    return [
        ("env", f"{name}={value}")
        for name, given in pairs(path, sources.reader)
        if (value := sources.environment.get(name) if given is None else given) is not None
    ]


def _write(draft: Draft, variables: Sequence[Variable]) -> None:
    names = {name for name, _ in variables}
    kept = [entry for entry in draft.get("Env", []) if entry.partition("=")[0] not in names]
    draft.set("Env", kept + [_entry(given) for given in last_of_each(variables)])


def last_of_each(variables: Iterable[Variable]) -> Sequence[Variable]:
    """Return the value that a process would see for each name: the last one given."""
    return list(dict(variables).items())


def _entry(given: Variable) -> str:
    name, value = given
    return name if value is None else f"{name}={value}"


THEME = Theme(
    options=(
        DockerOption(
            "env",
            short="e",
            kind=OptionKind.REPEATABLE,
            read=variable,
            expand=_expand_variable,
            refuse=lambda reserved, given: reserved.refuse_variable(given[0]),
            write=_write,
        ),
        DockerOption(
            "env-file",
            kind=OptionKind.REPEATABLE,
            read=filled,
            expand=_expand_file,
            takes_path=True,
        ),
    ),
)
