"""The benchmark's figures in the repository: one measurement, told alike everywhere."""

from __future__ import annotations

import json
from pathlib import Path

from bench.page import PAGE, with_table
from bench.picture import picture_of
from bench.table import BARS, rows_of

ROOT = Path(__file__).resolve().parents[2]
RESULTS = json.loads((ROOT / "bench" / "results.json").read_text())
_ROUNDS = 5


def test_every_bar_was_measured_often_enough() -> None:
    rows = rows_of(RESULTS["rounds"])

    assert [row.bar for row in rows] == list(BARS)
    seldom = {row.bar.figure for row in rows if row.rounds < _ROUNDS}
    assert {name for name in seldom if not name.startswith("following")} == set()
    assert RESULTS["instances"] >= 50


def test_the_verdicts_are_those_of_the_rounds() -> None:
    told = [(row["work"], row["against"], row["bar"], row["holds"]) for row in RESULTS["rows"]]

    assert told == [
        (row.bar.work, row.bar.against_text, row.bar.limit, row.holds)
        for row in rows_of(RESULTS["rounds"])
    ]


def test_the_picture_is_drawn_from_them() -> None:
    assert (ROOT / "docs" / "pictures" / "speed.svg").read_text() == picture_of(RESULTS)


def test_the_page_has_their_table() -> None:
    page = (ROOT / PAGE).read_text()

    assert page == with_table(page, RESULTS["rounds"])


def test_the_machine_is_described() -> None:
    assert RESULTS["machine"].keys() >= {"processors", "memory_gb", "kernel", "python", "engine"}
