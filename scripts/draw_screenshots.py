"""Draws the pictures of the README: the real commands, in a terminal, on a scratch pool.

It needs an engine that answers and the reference image (`make pictures` sees to both). A picture of
a command that does not exist here is left as it is.
"""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pictures.drawing import drawn
from pictures.masks import masked
from pictures.scratch_pool import ScratchPool, kill_browser, scratch_pool
from pictures.screen import shown_after
from pictures.terminal import COLUMNS, Script, Take, take

if TYPE_CHECKING:
    from collections.abc import Sequence

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "pictures"
_COMMAND = Path(sys.executable).with_name("multi-instance")
_NAME = "multi-instance"
_PROMPT = "\x1b[1;32m$\x1b[0m \x1b[1m{}\x1b[0m"
_ANSWERS = {"[y/N]: ": "y\n"}
_CHANGES = """
[profiles.user-a]
memory-limit = "2g"
log-level = "DEBUG"
"""


@dataclass(frozen=True)
class Artist:
    """Draws what the pool's commands show."""

    pool: ScratchPool

    def draw(self, name: str, command: str, *, exit_code: int = 0) -> None:
        """Run a command and draw what stands there then."""
        if self._exists(command.split(maxsplit=1)[0]):
            self._save(name, command, self._take(command, exit_code).end)

    def draw_launch(self, midway: Sequence[str]) -> None:
        """Draw a launch while it goes on, and its end."""
        command = "up --proof"
        taken = self._take(command, 0, midway)
        self._save("progress", command, taken.midway)
        self._save("up", command, taken.end)

    def _take(self, command: str, exit_code: int, midway: Sequence[str] = ()) -> Take:
        words = [str(_COMMAND), *command.split()]
        script = Script(_ANSWERS, midway)
        taken = take(words, self.pool.root, self.pool.environment, script)
        if taken.exit_code != exit_code or "Traceback (most recent" in taken.end:
            raise SystemExit(f"{command}: exit code {taken.exit_code}\n{taken.end}")
        return taken

    def _save(self, name: str, command: str, written: str) -> None:
        shown = f"{_NAME} {command}"
        text = f"{_PROMPT.format(shown)}\r\n{written}"
        rows = shown_after(masked(text, str(self.pool.root), self.pool.began), COLUMNS)
        FOLDER.mkdir(parents=True, exist_ok=True)
        svg = drawn(rows, COLUMNS, name, shown)
        (FOLDER / f"{name}.svg").write_text(svg, encoding="utf-8")

    def _exists(self, command: str) -> bool:
        words = [str(_COMMAND), command, "--help"]
        return subprocess.run(words, capture_output=True, check=False).returncode == 0  # noqa: S603


def main() -> None:
    """Draw all pictures, in the order of a day."""
    with scratch_pool() as pool:
        artist = Artist(pool)
        for name in ("user-a", "user-b", "user-c", "user-d"):
            pool.add(name)
        pool.behave("REFERENCE_READY_AFTER_S=user-a=0.2,user-b=2,user-c=4,user-d=8\n")
        artist.draw_launch(midway=["3 of 4 done", "team-a-user-d"])
        artist.draw("logs", "logs --grep startup")
        kill_browser("user-c")
        artist.draw("status", "status", exit_code=1)
        artist.draw("explain", "explain user-c", exit_code=1)
        pool.add("user-e")
        pool.remove("user-d")
        pool.set(_CHANGES)
        artist.draw("plan", "plan", exit_code=5)


if __name__ == "__main__":
    main()
