"""A project whose manager talks to the engine through the proxy, and may be told to die."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from typing import Any

from e2e.obligations import containers, docker
from e2e.project import Project, Result
from faults import stress
from faults.proxy import Call, Fault, Faulty, How
from faults.witness import Witness

RUNNER = Path(__file__).with_name("runner.py")
NAME = "user-a"
# Long enough for a loaded machine, short enough for a test that waits for it.
ENGINE_TIMEOUT_S = "4"
PATIENCE_S = "6"
KEPT_OUT = {"FAULTS_KEPT_OUT": "1"}
"""The variable of a run that sees a container's files through the engine alone."""
_LEVELS = ("DEBUG", "WARNING", "ERROR", "INFO")


@dataclass
class Bench:
    """One project, its engine, and the wishes of its owner."""

    project: Project
    engine: Faulty
    wishes: dict[str, str | None] = field(default_factory=dict)
    levels: cycle[str] = field(default_factory=lambda: cycle(_LEVELS))

    def __post_init__(self) -> None:
        self.witness = Witness(self.project)
        self.engine.after_call = lambda _: self.witness.look()

    @property
    def variables(self) -> dict[str, str | None]:
        return {
            "DOCKER_HOST": self.engine.url,
            "WAIT_TIMEOUT": "20",
            "MULTI_INSTANCE_STOP_TIMEOUT": "3",
            "FAULTS_ENGINE_TIMEOUT_S": ENGINE_TIMEOUT_S,
            "FAULTS_PATIENCE_S": PATIENCE_S,
            **self.wishes,
        }

    def run(self, command: str, *options: str | Path, **variables: str) -> Result:
        """Run one of the manager's commands to its end."""
        words = (sys.executable, RUNNER, command, *options)
        return self.project.run(*words, env={**self.variables, **variables})

    def up(self, *options: str | Path, **variables: str) -> Result:
        return self.run("up", *options, **variables)

    def begin(
        self, *options: str, command: tuple[str, ...] = ("up",), **variables: str
    ) -> subprocess.Popen[str]:
        """Start `up`, or another command, and let the test act meanwhile."""
        wanted = {**self.project.environment, **self.variables, **variables}
        return subprocess.Popen(
            [sys.executable, RUNNER, *command, *options],
            cwd=self.project.root,
            env={name: value for name, value in wanted.items() if value is not None},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def wish_for_another(self) -> str:
        """Change a setting, so that the next launch replaces every instance; gives its value."""
        level = next(self.levels)
        self.wishes["SERVER_LOG_LEVEL"] = level
        return level

    def inject(self, how: How, call: tuple[str, int] = (".*", 1), **more: Any) -> Fault:
        shape, occurrence = call
        return self.engine.inject(Fault(how, shape, occurrence, **more))

    def heal(self) -> None:
        """The fault is gone, and what was injected is counted."""
        stress.injected.update({how.value: n for how, n in self.engine.injected.items()})
        self.engine.injected.clear()
        self.engine.heal()

    @property
    def journal(self) -> list[dict[str, Any]]:
        path = self.project.state / "journal" / f"{self.project.prefix}.jsonl"
        lines = path.read_text().splitlines() if path.exists() else []
        return [json.loads(line) for line in lines]

    @property
    def leftovers(self) -> list[str]:
        """What a run that was cut short may have left, and the next one must not leave."""
        state, saved = self.project.state, self.project.saved
        found = [*state.glob("aside/*"), *saved.glob(".*"), *state.glob("*/.*")]
        found += state.glob("*/*/.*")
        return sorted(str(path.relative_to(self.project.root)) for path in found)

    def start_anew(self) -> None:
        """Back to a pool that was never launched."""
        names = containers(self.project)
        if names:
            docker("rm", "-fv", *names)
        shutil.rmtree(self.project.state, ignore_errors=True)


def positions(calls: list[Call]) -> list[tuple[str, int]]:
    """Each call as its shape and which one of that shape it is, for `Bench.inject`."""
    seen: dict[str, int] = {}
    found = []
    for call in calls:
        seen[call.shape] = seen.get(call.shape, 0) + 1
        found.append((_exactly(call.shape), seen[call.shape]))
    return found


def _exactly(shape: str) -> str:
    return shape.replace("*", r"\*").replace(".", r"\.")


def changes_of(path: Path) -> list[str]:
    """The changes of files that a run recorded."""
    return path.read_text().splitlines() if path.exists() else []
