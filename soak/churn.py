"""A bounded churn: random operations on a scratch pool of a real engine, invariants after each.

``python soak/churn.py --operations 500 --seed 7 --minutes 20`` prints a line for each operation.
Where something does not hold it prints the whole trace, keeps the project and the containers for
whoever looks, and ends with exit code 1. The seed gives the same operations again; the moments at
which processes are killed are the machine's.
"""

from __future__ import annotations

import argparse
import random
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import engine
import invariants
from operation import NotNow, Operation, Violation
from operations import OPERATIONS
from scratch import Scratch, Settings, free_first_port
from world import World

REPOSITORY = Path(__file__).resolve().parents[1]
_VARIANTS = ("soak-one", "soak-two")
_AFTERMATH_S = 12.0
"""Longer than a stop that a killed manager asked for may take: it must not hit what came after."""
_COMMAND = "multi-instance"
_FIRST_PROFILES = ("alice", "bob", "carol")


@dataclass
class Churn:
    """One run: what was done, and what was found."""

    world: World
    operations: int
    ends_at_s: float
    trace: list[str] = field(default_factory=list)

    def run(self) -> None:
        """Do the operations until they or the time are used up; raises `Violation`."""
        self.bring_in_order()
        self.tell("launched", time.monotonic())
        while len(self.trace) <= self.operations and time.monotonic() < self.ends_at_s:
            self.step(self.choose())
        self.bring_in_order()
        time.sleep(_AFTERMATH_S)
        self.look_again()

    def choose(self) -> Operation:
        """The next operation."""
        weights = [operation.weight for operation in OPERATIONS]
        return self.world.chance.choices(OPERATIONS, weights)[0]

    def step(self, operation: Operation) -> None:
        """Do one operation, and bring the pool in order after it; nothing where it cannot be."""
        began_s = time.monotonic()
        self.look_again()
        self.world.log.clear()
        self.world.sessions.look()
        try:
            self.world.well = frozenset()
            what = operation.act(self.world)
        except NotNow:
            return
        except Exception:
            self.tell(f"{operation.name} …", began_s)
            raise
        try:
            if operation.is_followed_by_up:
                self.bring_in_order()
        finally:
            self.tell(f"{operation.name} {what}", began_s)

    def bring_in_order(self) -> None:
        """Let the manager bring the pool to what was asked, and look whether all holds."""
        self.world.sessions.look()
        result = self.world.pool.up()
        self.world.log.append(f"exit code {result.code}\n{result.text}")
        if result.code != 0:
            raise Violation(f"up: exit code {result.code}\n{result.text}")
        found = invariants.problems(self.world)
        if found:
            raise Violation("\n".join(found))

    def look_again(self) -> None:
        """See whether what was called well has stayed so since."""
        fallen = invariants.fallen(self.world)
        if fallen:
            raise Violation("\n".join(fallen))

    def tell(self, what: str, began_s: float) -> None:
        """Print a line for an operation."""
        self.trace.append(what)
        print(f"{len(self.trace) - 1:4}  {time.monotonic() - began_s:5.1f} s  {what}", flush=True)


def read_arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="Random operations on a pool of a real engine.")
    parser.add_argument("--operations", type=int, default=500)
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--command", type=Path, default=Path(sys.executable).with_name(_COMMAND))
    parser.add_argument("--engine-restart-command", default="", help="without it, none restarts")
    parser.add_argument(
        "--allow-superseded",
        action="store_true",
        help="a version counts as kept where a later save of the same login is",
    )
    return parser.parse_args()


def build_images() -> tuple[str, ...]:
    """Two images of one behaviour and two IDs."""
    script = REPOSITORY / "reference-instance" / "build.sh"
    tags = tuple(f"multi-instance-reference:{variant}" for variant in _VARIANTS)
    for tag, variant in zip(tags, _VARIANTS, strict=True):
        subprocess.run([script, tag, "--variant", variant], check=True, stdout=subprocess.DEVNULL)
    return tags


def make_world(arguments: argparse.Namespace, folder: Path) -> World:
    """A scratch pool with a few profiles, and containers of others beside it."""
    prefix = f"soak{random.SystemRandom().randrange(16**6):06x}"
    images = build_images()
    folder.chmod(0o755)
    root = folder / "project"
    pool = Scratch(root, prefix, arguments.command, Settings(images[0]), free_first_port())
    for name in _FIRST_PROFILES:
        pool.log_in(name)
    chance = random.Random(arguments.seed)
    world = World(pool, chance, images, arguments.engine_restart_command)
    world.sessions.is_superseded_kept = arguments.allow_superseded
    world.place_bystanders()
    return world


def keep_evidence(world: World, folder: Path) -> None:
    """Write beside the project what the commands said and what the engine shows."""
    (folder / "commands.log").write_text("\n\n".join(world.log))
    for one in engine.containers(world.pool.prefix):
        for kind in ("inspect", "logs"):
            (folder / f"{one.name}.{kind}").write_text(engine.try_docker(kind, one.id))
    print(
        f"evidence: {folder}; its containers are kept, their names begin with {world.pool.prefix}"
    )


def clean_up(world: World, folder: Path) -> None:
    """Remove all that the run made, but the images."""
    for one in engine.containers(world.pool.prefix):
        engine.try_docker("rm", "-fv", one.id)
    with suppress(OSError):
        shutil.rmtree(folder)


def main() -> int:
    """Run, and tell how it went by the exit code."""
    arguments = read_arguments()
    folder = Path(tempfile.mkdtemp(prefix="multi-instance-soak-"))
    print(f"seed {arguments.seed}", flush=True)
    world = make_world(arguments, folder)
    churn = Churn(world, arguments.operations, time.monotonic() + arguments.minutes * 60)
    try:
        churn.run()
    except Violation as violation:
        print(f"\nseed {arguments.seed}: violation after these operations:")
        print("\n".join(f"{number:4}  {line}" for number, line in enumerate(churn.trace)))
        print(f"\n{violation}\n")
        keep_evidence(world, folder)
        return 1
    except BaseException:
        keep_evidence(world, folder)
        raise
    clean_up(world, folder)
    print(f"seed {arguments.seed}: {len(churn.trace) - 1} operations, all invariants held")
    return 0


if __name__ == "__main__":
    sys.exit(main())
