"""The configuration folder of a docker client, written as the client writes it."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class ClientFolder:
    """``config.json`` and the contexts."""

    path: Path

    def configure(self, content: str) -> None:
        self.path.mkdir(parents=True, exist_ok=True)
        (self.path / "config.json").write_text(content)

    def context(
        self, name: str, host: str | None, *, certificates: Path | None = None, **more: Any
    ) -> None:
        """A context with an address, and with its own copy of certificate files."""
        endpoint = {**({} if host is None else {"Host": host}), **more}
        meta = {"Name": name, "Metadata": {}, "Endpoints": {"docker": endpoint}}
        self.damaged_context(name, json.dumps(meta))
        if certificates is not None:
            digest = hashlib.sha256(name.encode()).hexdigest()
            shutil.copytree(certificates, self.path / "contexts" / "tls" / digest / "docker")

    def damaged_context(self, name: str, meta: str) -> None:
        digest = hashlib.sha256(name.encode()).hexdigest()
        folder = self.path / "contexts" / "meta" / digest
        folder.mkdir(parents=True)
        (folder / "meta.json").write_text(meta)
