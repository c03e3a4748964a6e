"""Options that describe a container: labels and annotations. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from multi_instance_manager.engine.docker_run import reserved
from multi_instance_manager.engine.docker_run.docker_option import (
    DockerOption,
    OptionKind,
    Refusal,
    Sources,
    Theme,
)
from multi_instance_manager.engine.docker_run.draft import entries
from multi_instance_manager.engine.docker_run.pair_files import pairs
from multi_instance_manager.engine.docker_run.value_parsers import filled

if TYPE_CHECKING:
    from collections.abc import Sequence


def label(value: str) -> tuple[str, str]:
    """`key=value`, or a key alone for an empty value."""
    key, _, rest = value.partition("=")
    name = key.lstrip(" \t")
    if not name:
        raise Refusal("a label has no name; write NAME=value")
    if any(character in name for character in " \t"):
        raise Refusal("the name of a label holds a space; write NAME=value without it")
    reserved.refuse_label(key)
    return key, rest


def annotation(value: str) -> tuple[str, str]:
    """`key=value` for the runtime."""
    key, separator, rest = value.partition("=")
    if not key or not separator:
        raise Refusal("an annotation needs a name and a value; write NAME=value")
    return key, rest


def _expand_file(path: str, sources: Sources) -> Sequence[tuple[str, str]]:
    # As in the client, a bare name is a label on the command line, and nothing in a file.
    return [
        ("label", f"{name}={value}")
        for name, value in pairs(path, sources.reader)
        if value is not None
    ]


THEME = Theme(
    options=(
        DockerOption(
            "label", short="l", kind=OptionKind.REPEATABLE, read=label, write=entries("Labels")
        ),
        DockerOption(
            "label-file",
            kind=OptionKind.REPEATABLE,
            read=filled,
            expand=_expand_file,
            takes_path=True,
        ),
        DockerOption(
            "annotation",
            kind=OptionKind.REPEATABLE,
            read=annotation,
            write=entries("HostConfig.Annotations"),
            needs_api="1.43",
        ),
    ),
)
