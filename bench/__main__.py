"""``python -m bench``: measures, prints the table, and writes ``bench/results.json``."""

from __future__ import annotations

import argparse
import json
import platform
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import psutil

from bench import launches, scale
from bench.pool import IMAGE, run
from bench.table import Rounds, rows_of, text_of

RESULTS = Path(__file__).resolve().parent / "results.json"
NEXT_IMAGE = "multi-instance-bench-next:latest"


def main() -> None:
    """Measure; nothing here judges by an exit code."""
    arguments = _arguments()
    for program in ("docker", "docker-compose", "lsof"):
        if shutil.which(program) is None:
            raise SystemExit(f"bench: needs {program}; install it (see `make bench`)")
    _make_next_image()
    rounds: Rounds = []
    for number in range(arguments.rounds):
        print(f"round {number + 1} of {arguments.rounds}", flush=True)
        figures: dict[str, float] = {}
        for name, measure in _measures(arguments).items():
            print(f"  {name}", flush=True)
            figures |= measure()
        rounds.append(figures)
        _write(arguments, rounds)
    print(f"\n{text_of(rows_of(rounds))}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--instances", type=int, default=50, help="size of the pool")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--results", type=Path, default=RESULTS, help="where the figures go")
    parser.add_argument("--only", action="append", default=[], help="launches, scale, start, …")
    return parser.parse_args()


def _measures(arguments: argparse.Namespace) -> dict[str, Callable[[], dict[str, float]]]:
    size = arguments.instances
    measures: dict[str, Callable[[], dict[str, float]]] = {
        "launches": lambda: launches.one_round(size, NEXT_IMAGE),
        "start": scale.start,
        "dry-run": lambda: scale.dry_run(2 * size, 20 * size),
        "plan": lambda: scale.pure_plan(1_000, 10_000),
        "growth": lambda: scale.growth(size * 2 // 5, size, size * 4),
        "waiting": scale.waiting,
    }
    return {name: run for name, run in measures.items() if name in (arguments.only or measures)}


def _make_next_image() -> None:
    """The same image under another ID, for a change of image that changes nothing else."""
    made = run(["docker", "create", IMAGE], {"PATH": _path()}).strip()
    change = "LABEL multi-instance.bench=next"
    run(["docker", "commit", "--change", change, made, NEXT_IMAGE], {"PATH": _path()})
    run(["docker", "rm", made], {"PATH": _path()})


def _path() -> str:
    import os

    return os.environ["PATH"]


def _write(arguments: argparse.Namespace, rounds: Rounds) -> None:
    """The rounds so far: a benchmark that is cut short leaves what it has measured."""
    rows = rows_of(rounds)
    content = {
        "machine": _machine(),
        "instances": arguments.instances,
        "rows": [
            {
                "work": row.bar.work,
                "against": row.bar.against_text,
                "ratio": round(row.ratio, 4),
                "lowest": round(row.lowest, 4),
                "highest": round(row.highest, 4),
                "rounds": row.rounds,
                "bar": row.bar.limit,
                "holds": row.holds,
            }
            for row in rows
        ],
        "rounds": [{name: round(s, 4) for name, s in figures.items()} for figures in rounds],
    }
    arguments.results.write_text(json.dumps(content, indent=2) + "\n")


def _machine() -> dict[str, object]:
    words = ["docker", "version", "--format", "{{.Server.Version}}"]
    engine = subprocess.run(words, capture_output=True, text=True, check=False).stdout.strip()
    return {
        "processors": psutil.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 1024**3),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "engine": engine,
    }


if __name__ == "__main__":
    main()
