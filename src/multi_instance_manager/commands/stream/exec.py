"""Runs a command, or a shell, in the running container of a profile."""

from __future__ import annotations

import select
from contextlib import closing
from typing import TYPE_CHECKING

from multi_instance_manager.commands.stream.relay import relay
from multi_instance_manager.commands.stream.running_instance import running_instance
from multi_instance_manager.engine.protocol.exec import Command
from multi_instance_manager.errors import Conflict, InstanceFailed
from multi_instance_manager.http.deadline import Deadline

if TYPE_CHECKING:
    from multi_instance_manager.commands.stream.relay import Ends
    from multi_instance_manager.commands.survey.request import Request
    from multi_instance_manager.engine.protocol.exec import Runner

SHELLS = ("bash", "sh")
_SHELL_WITHIN_S = 30.0


def instance_to_run_in(request: Request, profile_name: str) -> str:
    """The ID of the profile's running container; raises `InstanceFailed` where there is none."""
    return running_instance(request, profile_name).container_id


def run_command(request: Request, container_id: str, command: Command, ends: Ends) -> int:
    """Run to the end, and give the command's own exit code."""
    try:
        running = request.runner().begin(container_id, command)
    except Conflict as problem:
        raise InstanceFailed(f"its container has just stopped ({problem}); run it again") from None
    with closing(running):
        relay(running, ends)
        return running.exit_code()


def shell_of(request: Request, container_id: str, profile_name: str, user: str = "") -> str:
    """The first shell that the container has."""
    runner = request.runner()
    for shell in SHELLS:
        try:
            if _succeeds(runner, container_id, Command((shell, "-c", "exit 0"), user=user)):
                return shell
        except TimeoutError:
            raise InstanceFailed(
                f"profile {profile_name}: its {shell} does not end within {_SHELL_WITHIN_S:g} s; "
                f"`multi-instance exec {profile_name} COMMAND` runs another program"
            ) from None
    raise InstanceFailed(
        f"profile {profile_name}: its image has no shell ({' or '.join(SHELLS)}); "
        f"`multi-instance exec {profile_name} COMMAND` runs a program that it does have"
    )


def _succeeds(runner: Runner, container_id: str, command: Command) -> bool:
    """Whether it ends well; raises `TimeoutError` where it does not end: it is the image's own."""
    deadline = Deadline(_SHELL_WITHIN_S)
    with closing(runner.begin(container_id, command)) as running:
        while (pieces := running.receive()) is not None:
            left_s = deadline.left_s()
            if not pieces:
                select.select([running], [], [], left_s)
        return running.exit_code() == 0
