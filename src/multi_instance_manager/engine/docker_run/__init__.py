"""The user's own `docker run` options, carried over to every instance. Pure.

`parse_docker_args` reads `EXTRA_DOCKER_ARGS` and `--docker-arg` into `ExtraArgs` or a list of
problems; `ExtraArgs.apply_to` adds them to a container-create payload with the same effect as the
docker client. The options are one table, a file for each theme:

    words      quotes and forms            table       every supported option
    values     grammars of values          refused     every refused option, and why
    draft      merges values into a payload
    reserved   what the manager keeps for itself
    tokens     the parsed options, and how they apply
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from multi_instance_manager.engine.docker_run.extra import ExtraArgs, ParsedDockerArgs

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from multi_instance_manager.engine.docker_run.reserved import Reserved

__all__ = ["ExtraArgs", "ParsedDockerArgs", "parse_docker_args"]


def parse_docker_args(
    sources: Sequence[str],
    *,
    reader: Callable[[str], str],
    environment: Mapping[str, str],
    reserved: Reserved,
) -> ParsedDockerArgs:
    """Parse `EXTRA_DOCKER_ARGS` and every `--docker-arg`, quoted as in a shell.

    `reader` returns the text of a file by its path, and raises OSError; `environment` resolves an
    `-e NAME` without a value; `reserved` is what no option may take. Without any argument, the
    table of options is not needed.
    """
    if not any(source.strip() for source in sources):
        return ParsedDockerArgs(ExtraArgs())
    from multi_instance_manager.engine.docker_run.parse import parse

    return parse(sources, reader=reader, environment=environment, reserved=reserved)
