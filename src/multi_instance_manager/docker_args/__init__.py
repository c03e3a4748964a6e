"""The user's own `docker run` options, carried over to every instance. Pure.

`parse_docker_args` reads `EXTRA_DOCKER_ARGS` and `--docker-arg` into `ExtraArgs` or a list of
problems; `ExtraArgs.apply_to` adds them to a container-create payload with the same effect as the
docker client. The options are one table, a file for each theme:

    words      quotes and forms            table       every option carried over
    values     grammars of values          refused     every option refused, and why
    draft      how a value meets a payload reserved    what the manager keeps for itself
"""

from __future__ import annotations

from multi_instance_manager.docker_args.extra import ExtraArgs, ParsedDockerArgs
from multi_instance_manager.docker_args.parse import parse_docker_args

__all__ = ["ExtraArgs", "ParsedDockerArgs", "parse_docker_args"]
