"""Draws time against number of instances, a line for each tool, as an SVG of its own."""

from __future__ import annotations

import math
from typing import Any
from xml.sax.saxutils import escape

_WIDTH, _HEIGHT = 760, 420
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 226, 56, 66
_TICKS = 5
_LEAST_GAP = 17.0
_LINES = (
    ("shell loop", "shell loop", "#a8443a", ""),
    ("compose up", "docker-compose up -d", "#b07d1c", ""),
    ("up", "multi-instance up", "#1f6f54", ""),
    ("raw launch", "bare API calls", "#7a7a7a", "2 4"),
)
_STYLE = (
    "text{font-family:ui-sans-serif,system-ui,sans-serif;font-size:13px;fill:#3a3a3a}"
    ".title{font-size:15px;font-weight:600}.small{font-size:12px;fill:#6a6a6a}"
    "@media(prefers-color-scheme:dark){rect{fill:#14171a}text{fill:#d6d6d6}"
    ".small{fill:#9a9a9a}.grid{stroke:#30363d}}"
)

Points = list[tuple[int, float]]


def picture_of(content: dict[str, Any]) -> str:
    """The picture of what ``bench/results.json`` has: medians of first launches by size."""
    size, medians = int(content["instances"]), content["medians"]
    lines = [(*line, _points(line[0], medians, size)) for line in _LINES]
    lines = [line for line in lines if line[4]]
    highest = max((s for *_, points in lines for _, s in points), default=1.0)
    step = _step(highest)
    top = step * math.ceil(highest / step)
    size_of_it = f'viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img"'
    said = "Seconds of a first launch against the number of instances"
    title = "Duration of a first launch"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size_of_it} aria-label="{said}">',
        f"<style>{_STYLE}</style>",
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#ffffff"/>',
        f'<text class="title" x="{_LEFT}" y="26">{title}</text>',
        f'<text class="small" x="{_LEFT}" y="44">{escape(_machine(content))}</text>',
        *_grid(size, top, step),
    ]
    for _, _, colour, dashes, points in lines:
        parts += _line(points, colour, dashes, size, top)
    parts += _names(lines, size, top)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _points(name: str, medians: dict[str, float], size: int) -> Points:
    prefix = f"{name} of "
    sizes = [int(n.removeprefix(prefix)) for n in medians if n.startswith(prefix)]
    points = [(n, medians[f"{prefix}{n}"]) for n in sizes]
    return sorted([*points, *([(size, medians[name])] if name in medians else [])])


def _step(highest: float) -> float:
    """A round number of seconds, so that a handful of lines reach the top."""
    rough = highest / _TICKS
    power = 10.0 ** math.floor(math.log10(rough))
    return next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough)


def _machine(content: dict[str, Any]) -> str:
    machine = content["machine"]
    return (
        f"{machine['processors']} processors, engine {machine['engine']}, "
        f"medians of {len(content['rounds'])}; lower is better"
    )


def _x(n: float, size: int) -> float:
    return _LEFT + (_WIDTH - _LEFT - _RIGHT) * n / size


def _y(seconds: float, top: float) -> float:
    return _HEIGHT - _BOTTOM - (_HEIGHT - _TOP - _BOTTOM) * seconds / top


def _grid(size: int, top: float, step: float) -> list[str]:
    parts = []
    for number in range(round(top / step) + 1):
        seconds = number * step
        y = _y(seconds, top)
        parts.append(
            f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}" '
            'stroke="#e4e4e4"/>'
        )
        parts.append(
            f'<text class="small" x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">'
            f"{seconds:g} s</text>"
        )
    y = _HEIGHT - _BOTTOM + 20
    parts += [
        f'<text class="small" x="{_x(n, size):.1f}" y="{y}" text-anchor="middle">{n}</text>'
        for n in range(0, size + 1, max(1, size // 5))
    ]
    middle = (_LEFT + _WIDTH - _RIGHT) / 2
    parts.append(
        f'<text class="small" x="{middle:.1f}" y="{y + 24}" text-anchor="middle">'
        "number of instances</text>"
    )
    return parts


def _line(points: Points, colour: str, dashes: str, size: int, top: float) -> list[str]:
    path = " ".join(f"{_x(n, size):.1f},{_y(s, top):.1f}" for n, s in points)
    dash = f' stroke-dasharray="{dashes}"' if dashes else ""
    dots = [
        f'<circle cx="{_x(n, size):.1f}" cy="{_y(s, top):.1f}" r="2.6" fill="{colour}"/>'
        for n, s in points
    ]
    return [
        f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"{dash}/>',
        *dots,
    ]


def _names(lines: list[tuple[str, str, str, str, Points]], size: int, top: float) -> list[str]:
    """Each line's name at its end, moved apart where ends are close."""
    ends = sorted(lines, key=lambda line: -line[4][-1][1])
    parts, lowest = [], float("-inf")
    for _, text, colour, _, points in ends:
        n, seconds = points[-1]
        end = _y(seconds, top)
        y = max(end + 4, lowest + _LEAST_GAP)
        lowest = y
        parts.append(
            f'<line x1="{_x(n, size) + 5:.1f}" y1="{end:.1f}" x2="{_x(n, size) + 20:.1f}" '
            f'y2="{y - 4:.1f}" stroke="{colour}" stroke-width="1"/>'
        )
        parts.append(
            f'<text x="{_x(n, size) + 24:.1f}" y="{y:.1f}" style="fill:{colour}">'
            f"{escape(text)} {seconds:.1f} s</text>"
        )
    return parts
