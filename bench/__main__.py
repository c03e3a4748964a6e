"""``python -m bench``: measures, prints the table, and writes ``bench/results.json``."""

from __future__ import annotations

import argparse
import compileall
import json
import os
import platform
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from statistics import median

import psutil

from bench import launches, scale, stops
from bench.following import following
from bench.page import PAGE, with_table
from bench.picture import picture_of
from bench.pool import IMAGE, run
from bench.table import Rounds, rows_of, text_of

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "bench" / "results.json"
PICTURE = ROOT / "docs" / "pictures" / "speed.svg"
Measures = dict[str, Callable[[], dict[str, float]]]
NEXT_IMAGE = "multi-instance-bench-next:latest"


def main() -> None:
    """Measure; nothing here judges by an exit code."""
    arguments = _arguments()
    for program in ("docker", "docker-compose", "lsof"):
        if shutil.which(program) is None:
            raise SystemExit(f"bench: needs {program}; install it (see `make bench`)")
    _make_next_image()
    compileall.compile_dir(ROOT / "src", quiet=1)  # as an installation does
    kept = arguments.again or arguments.resume
    before = json.loads(arguments.results.read_text())["rounds"] if kept else []
    rounds: Rounds = [*before]
    for number in range(len(before) if arguments.resume else 0, arguments.rounds):
        print(f"round {number + 1} of {arguments.rounds}", flush=True)
        figures: dict[str, float] = {}
        measures = _measures(arguments, number) | ({} if number else _measures_made_once(arguments))
        for name, measure in measures.items():
            print(f"  {name}", flush=True)
            figures |= measure()
        rounds[number : number + 1] = [(before[number] if number < len(before) else {}) | figures]
        _write(arguments, rounds)
    print(f"\n{text_of(rows_of(rounds))}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--instances", type=int, default=50, help="size of the pool")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--follow-minutes", type=float, default=10.0)
    parser.add_argument("--results", type=Path, default=RESULTS, help="where the figures go")
    parser.add_argument(
        "--publish", action="store_true", help="put the table and the picture into the docs"
    )
    parser.add_argument(
        "--resume", action="store_true", help="go on after the rounds that were measured"
    )
    parser.add_argument(
        "--again", action="store_true", help="put what is measured into the rounds there are"
    )
    parser.add_argument(
        "--only", action="append", default=[], help="one of the measures; may be repeated"
    )
    return parser.parse_args()


def _measures(arguments: argparse.Namespace, number: int) -> Measures:
    size = arguments.instances
    measures: Measures = {
        "launches": lambda: launches.one_round(size, NEXT_IMAGE, number),
        "start": scale.start,
        "dry-run": lambda: scale.dry_run(2 * size, 20 * size),
        "plan": lambda: scale.pure_plan(1_000, 10_000),
        "growth": lambda: scale.growth(size * 2 // 5, size, size * 4),
        "stops": lambda: stops.one_round(max(1, size * 2 // 5), shutdown_s=10),
        "waiting": scale.waiting,
        "sizes": lambda: launches.by_size(sizes_up_to(size)[:-1]),
    }
    return _asked_for(measures, arguments)


def _measures_made_once(arguments: argparse.Namespace) -> Measures:
    """What takes long, and is about its own course and no other tool's."""
    size, seconds = 2 * arguments.instances, 60 * arguments.follow_minutes
    return _asked_for({"following": lambda: following(size, seconds)}, arguments)


def _asked_for(measures: Measures, arguments: argparse.Namespace) -> Measures:
    only = arguments.only or measures
    return {name: measure for name, measure in measures.items() if name in only}


def sizes_up_to(size: int) -> list[int]:
    """The sizes of the picture; the largest is measured with all the rest."""
    return [max(1, size * tenths // 10) for tenths in (2, 4, 7, 10)]


def _make_next_image() -> None:
    """The same image under another ID, for a change of image that changes nothing else."""
    made = run(["docker", "create", IMAGE], os.environ).strip()
    change = "LABEL multi-instance.bench=next"
    run(["docker", "commit", "--change", change, made, NEXT_IMAGE], os.environ)
    run(["docker", "rm", made], os.environ)


def _write(arguments: argparse.Namespace, rounds: Rounds) -> None:
    """The rounds so far: a benchmark that is cut short leaves what it has measured.

    Everything is told from the rounds as they are written down.
    """
    rounds = [{name: round(figure, 5) for name, figure in one.items()} for one in rounds]
    rows = rows_of(rounds)
    content = {
        "machine": _machine(),
        "instances": arguments.instances,
        "rows": [
            {
                "work": row.bar.work,
                "against": row.bar.against_text,
                "ratio": round(row.ratio, 5),
                "lowest": round(row.lowest, 5),
                "highest": round(row.highest, 5),
                "rounds": row.rounds,
                "bar": row.bar.limit,
                "holds": row.holds,
            }
            for row in rows
        ],
        "medians": _medians(rounds),
        "rounds": rounds,
    }
    arguments.results.write_text(json.dumps(content, indent=2) + "\n")
    if arguments.publish:
        PICTURE.write_text(picture_of(content))
        page = ROOT / PAGE
        page.write_text(with_table(page.read_text(), rounds))


def _medians(rounds: Rounds) -> dict[str, float]:
    names = dict.fromkeys(name for figures in rounds for name in figures)
    return {name: round(median(f[name] for f in rounds if name in f), 4) for name in names}


def _processor() -> str:
    """Its name, where the kernel tells one."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _machine() -> dict[str, object]:
    words = ["docker", "version", "--format", "{{.Server.Version}}"]
    engine = subprocess.run(words, capture_output=True, text=True, check=False).stdout.strip()
    return {
        "processor": _processor(),
        "processors": psutil.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 1024**3),
        "kernel": platform.release().partition("-")[0],
        "python": platform.python_version(),
        "engine": engine,
    }


if __name__ == "__main__":
    main()
