"""One command in a container, as the Engine API has it: created, started, asked for its end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from multi_instance_manager.engine.wire.hijack import hijacked
from multi_instance_manager.engine.wire.mapping import mapped, short

if TYPE_CHECKING:
    from multi_instance_manager.engine.protocol.exec import Command
    from multi_instance_manager.engine.wire.api import Api
    from multi_instance_manager.engine.wire.hijack import Hijacked

# Without keys of ours the engine takes Ctrl-P away from shells, which scroll back with it.
_DETACH_KEYS = "ctrl-^,ctrl-],ctrl-^"


class Execution:
    """A command that the engine knows and has not started yet; creating it may raise."""

    def __init__(self, api: Api, reference: str, command: Command) -> None:
        self._api = api
        self._tty = command.tty
        self._action = f"running a command in {short(reference)}"
        wish: dict[str, Any] = {
            "Cmd": list(command.words),
            "AttachStdin": command.stdin,
            "AttachStdout": True,
            "AttachStderr": True,
            "Tty": command.tty,
            "User": command.user,
            "Env": list(command.environment),
        }
        if command.working_dir:
            wish["WorkingDir"] = command.working_dir
        if command.tty:
            wish["DetachKeys"] = _DETACH_KEYS
        created = api.post(self._action, f"/containers/{reference}/exec", wish)
        with mapped(self._action):
            self._at = f"/exec/{created['Id']}"

    def start(self) -> Hijacked:
        """Start it, connected to its input and output."""
        body = {"Detach": False, "Tty": self._tty}
        target = self._api.target(f"{self._at}/start")
        return hijacked(self._api.calls, target, body, self._action)

    def exit_code(self) -> int | None:
        """Its code once it has ended; None while it runs."""
        action = "asking for the exit code"
        details = self._api.get(action, f"{self._at}/json")
        with mapped(action):
            code = details["ExitCode"]
            return None if details.get("Running") or code is None else int(code)

    def resize(self, columns: int, rows: int) -> None:
        """Tell its terminal's size."""
        size = {"h": str(rows), "w": str(columns)}
        self._api.ask("resizing a terminal", "POST", f"{self._at}/resize", size)
