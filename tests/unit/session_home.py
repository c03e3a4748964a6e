"""A pool with one profile, and the state folder of the instance that runs on it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from multi_instance_manager.sessions.custodian import Custodian
from multi_instance_manager.state.folder import prepare_top
from multi_instance_manager.state.layout import StateLayout
from multi_instance_manager.text.secret import Secret

NAME, PROFILE = "ai-proxy-user-a", "user-a"


class SessionHome:
    """``content`` is in the pool; the rest goes to the custodian. Nothing is installed yet."""

    def __init__(self, folder: Path, content: bytes, **custodian: Any) -> None:
        self.pool_file = folder / "saved" / f"{PROFILE}.json"
        self.pool_file.parent.mkdir()
        self.pool_file.write_bytes(content)
        self.layout = StateLayout(folder / "state", "ai-proxy")
        prepare_top(self.layout)
        self.custodian = Custodian(self.layout, **custodian)
        self.copy = self.layout.copy(NAME, PROFILE)

    def install(self, key: Secret | None = None) -> None:
        self.custodian.install(NAME, PROFILE, self.pool_file, key)

    def versions(self) -> list[bytes]:
        folder = self.layout.history_dir(NAME)
        return [path.read_bytes() for path in sorted(folder.glob("*"))]
