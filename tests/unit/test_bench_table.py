"""The benchmark's verdicts: medians of ratios, and nothing claimed that was not measured."""

from __future__ import annotations

from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest
from bench.picture import picture_of
from bench.table import BARS, rows_of, text_of

SVG = "{http://www.w3.org/2000/svg}"


def row_of(figure: str, *rounds: dict[str, float]) -> tuple[float, bool | None, int]:
    (row,) = [row for row in rows_of(list(rounds)) if row.bar.figure == figure]
    return row.ratio, row.holds, row.rounds


def test_the_ratio_is_the_median_of_the_rounds_own_ratios() -> None:
    rounds = [
        {"status": 1.0, "compose ps": 2.0},
        {"status": 3.0, "compose ps": 10.0},
        {"status": 9.0, "compose ps": 10.0},
    ]

    assert row_of("status", *rounds) == (0.5, False, 3)


@pytest.mark.parametrize(("own", "holds"), [(0.4, True), (0.41, False)])
def test_a_ratio_at_the_bar_holds_and_one_above_it_does_not(own: float, *, holds: bool) -> None:
    assert row_of("status", {"status": own, "compose ps": 1.0})[1] is holds


def test_a_figure_without_another_is_held_against_the_bar_itself() -> None:
    figure = "waiting, share of a core"

    assert row_of(figure, {figure: 0.02})[:2] == (0.02, True)
    assert row_of(figure, {figure: 0.04})[:2] == (0.04, False)


def test_the_floor_is_told_and_judged_by_nothing() -> None:
    rounds = {"raw launch": 3.0, "shell loop": 9.0, "compose up": 4.0}
    rows = [row for row in rows_of([rounds]) if row.bar.figure == "raw launch"]

    assert [row.holds for row in rows] == [None, None]
    assert text_of(rows).splitlines()[2:] == [
        "| bare API calls: the floor | shell loop | 0.333 | 0.333 | 0.333 |  |  |",
        "| bare API calls: the floor | docker-compose up -d | 0.75 | 0.75 | 0.75 |  |  |",
    ]


def test_what_was_not_measured_has_no_row() -> None:
    assert rows_of([{"status": 1.0}, {"compose ps": 1.0}]) == []


def test_the_table_says_in_words_what_missed() -> None:
    rows = rows_of([{"status": 1.0, "compose ps": 1.0, "down": 1.0, "rm -f one by one": 4.0}])
    lines = text_of(rows).splitlines()

    assert lines[2] == "| `down` | docker rm -f one by one | 0.25 | 0.25 | 0.25 | 0.5 | holds |"
    assert lines[3] == "| `status` | docker-compose ps | 1 | 1 | 1 | 0.4 | MISSED |"


def test_every_bar_is_another_claim() -> None:
    claims = [(bar.figure, bar.against, bar.limit) for bar in BARS]

    assert len(set(claims)) == len(claims)


def content_of(**medians: float) -> dict[str, object]:
    return {
        "machine": {"processors": 2, "engine": "20.10 <&>"},
        "instances": 50,
        "rounds": [{}, {}],
        "medians": {name.replace("_", " "): seconds for name, seconds in medians.items()},
    }


def test_the_picture_has_a_line_for_each_tool_that_was_measured() -> None:
    content = content_of(raw_launch=8.0, raw_launch_of_10=2.0, shell_loop=20.0, shell_loop_of_10=4)
    drawing = ET.fromstring(picture_of(content))  # noqa: S314  # our own text

    lines = drawing.findall(f"{SVG}polyline")
    words = [text.text for text in drawing.findall(f"{SVG}text")]
    assert len(lines) == 2
    assert [len(str(line.get("points")).split()) for line in lines] == [2, 2]
    assert "shell loop 20.0 s" in words
    assert "bare API calls 8.0 s" in words
    assert "2 processors, engine 20.10 <&>, medians of 2; lower is better" in words


def test_names_at_the_ends_of_close_lines_do_not_meet() -> None:
    content = content_of(raw_launch=8.0, up=8.01, compose_up=8.02, shell_loop=20.0)
    drawing = ET.fromstring(picture_of(content))  # noqa: S314  # our own text

    names = [t for t in drawing.findall(f"{SVG}text") if t.get("style")]
    heights = sorted(float(str(text.get("y"))) for text in names)
    assert len(heights) == 4
    assert all(after - before > 16 for before, after in pairwise(heights))


def test_a_longer_time_is_drawn_higher_and_more_instances_further_to_the_right() -> None:
    content = content_of(up=8.0, up_of_10=2.0)
    drawing = ET.fromstring(picture_of(content))  # noqa: S314  # our own text

    line = drawing.find(f"{SVG}polyline")
    assert line is not None
    (x, y), (x_after, y_after) = (
        tuple(map(float, point.split(","))) for point in str(line.get("points")).split()
    )
    assert x < x_after
    assert y > y_after
