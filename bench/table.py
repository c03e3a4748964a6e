"""The bars, and what was measured against them."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median

Rounds = list[dict[str, float]]


@dataclass(frozen=True, slots=True)
class Bar:
    """One claim: a figure of ours over another figure, at most ``limit``.

    Without ``against`` the figure itself is held against the limit; without ``limit`` it is no
    claim, and stands there to compare the others with.
    """

    work: str
    against_text: str
    figure: str
    against: str | None
    limit: float | None


BARS = (
    Bar("first `up`, --no-wait", "bare API calls", "up, no wait", "raw launch", 1.10),
    Bar("first `up`, waited for and proven", "bare API calls", "up", "raw launch", 1.35),
    Bar("first `up`", "shell loop", "up", "shell loop", 0.35),
    Bar("first `up`", "docker-compose up -d", "up", "compose up", 0.65),
    Bar("bare API calls: the floor", "shell loop", "raw launch", "shell loop", None),
    Bar("bare API calls: the floor", "docker-compose up -d", "raw launch", "compose up", None),
    Bar("first `up`", "the same on the default bridge", "up", "compose up, bridge", None),
    Bar(
        "bare API calls: the floor",
        "the same on the default bridge",
        "raw launch",
        "compose up, bridge",
        None,
    ),
    Bar("second `up`, nothing changed", "shell loop", "up again", "shell loop again", 0.01),
    Bar(
        "second `up`, nothing changed", "docker-compose up -d", "up again", "compose up again", 0.5
    ),
    Bar("image changed, all replaced", "shell loop", "replace all", "shell loop again", 0.6),
    Bar("outage of one replacement", "bare stop, create, start", "outage", "raw outage", 1.5),
    Bar("`down`", "docker rm -f one by one", "down", "rm -f one by one", 0.5),
    Bar(
        "`stop` of 20 that need 10 s each",
        "docker stop of all at once",
        "stop, slow",
        "docker stop, slow",
        1.25,
    ),
    Bar("`status`", "docker-compose ps", "status", "compose ps", 0.4),
    Bar("`--help`", "python -c 'import click'", "--help", "import click", 1.5),
    Bar("dry run of 10 times as many", "of as many", "dry run, large", "dry run, small", 10.0),
    Bar("plan of 10,000 profiles", "of 1,000", "plan, large", "plan, small", 11.0),
    Bar("plan of 10,000 profiles", "seconds", "plan, large", None, 1.0),
    Bar("`up` of 4 times as many", "of as many", "up, large", "up, middle", 4.4),
    Bar("bare API calls of 4 times as many", "of as many", "raw, large", "raw, middle", None),
    Bar("peak memory of 10 times as many", "of as many", "peak, large", "peak, small", 1.3),
    Bar(
        "following the logs of 100: highest memory",
        "once it has settled",
        "following, highest memory",
        "following, memory",
        1.05,
    ),
    Bar(
        "following the logs of 100: most open files",
        "once it has settled",
        "following, most files",
        "following, files",
        1.0,
    ),
    Bar("CPU of a waiting `up`", "share of a core", "waiting, share of a core", None, 0.03),
)


_VERDICTS = {True: "holds", False: "MISSED", None: ""}


@dataclass(frozen=True, slots=True)
class Row:
    """One bar with its measurement: the median of the ratios, round by round."""

    bar: Bar
    ratio: float
    lowest: float
    highest: float
    rounds: int

    @property
    def holds(self) -> bool | None:
        """Whether the median is within the bar; None where there is none."""
        return None if self.bar.limit is None else self.ratio <= self.bar.limit


def rows_of(rounds: Rounds) -> list[Row]:
    """Every bar that was measured."""
    rows = []
    for bar in BARS:
        ratios = [
            figures[bar.figure] / (figures[bar.against] if bar.against else 1)
            for figures in rounds
            if bar.figure in figures and (bar.against is None or bar.against in figures)
        ]
        if ratios:
            rows.append(Row(bar, median(ratios), min(ratios), max(ratios), len(ratios)))
    return rows


def text_of(rows: list[Row]) -> str:
    """The table as Markdown."""
    lines = [
        "| work | against | ratio | lowest | highest | bar | |",
        "| --- | --- | ---: | ---: | ---: | ---: | --- |",
    ]
    for row in rows:
        limit = "" if row.bar.limit is None else f"{row.bar.limit:g}"
        figures = f"{row.ratio:.3g} | {row.lowest:.3g} | {row.highest:.3g} | {limit}"
        work = f"{row.bar.work} | {row.bar.against_text}"
        lines.append(f"| {work} | {figures} | {_VERDICTS[row.holds]} |")
    return "\n".join(lines) + "\n"
