"""The text of `keys show` and `keys rotate`. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from multi_instance_manager.render.change import launches_text
from multi_instance_manager.render.sheets import sheet_text
from multi_instance_manager.render.tables import Sheet
from multi_instance_manager.text.printable import printable

if TYPE_CHECKING:
    from multi_instance_manager.reports.keys import KeysRotateReport, KeysShowReport

_ALL, _OTHERS = "(all)", "(all others)"


def keys_text(report: KeysShowReport) -> str:
    """Return a row for each key; the keys themselves only if they were asked for."""
    reveals = any(key.key for key in report.keys)
    shared = _OTHERS if len(report.keys) > 1 else _ALL
    columns = ("PROFILE", "SOURCE", "FILE", *(["KEY"] if reveals else []))
    rows = [
        (
            printable(key.profile or shared),
            printable(key.source),
            printable(key.path or "-"),
            *([printable(key.key or "-")] if reveals else []),
        )
        for key in report.keys
    ]
    return sheet_text(Sheet(columns, tuple(rows)))


def path_text(report: KeysShowReport) -> str:
    """Return the path of the one key."""
    return "".join(f"{printable(key.path or '')}\n" for key in report.keys)


def rotated_text(report: KeysRotateReport) -> str:
    """Return the result of each instance, and where the new and the old keys are."""
    lines = []
    for key in report.keys:
        lines.append(f"new key: {printable(key.path)}")
        lines.append(f"old key: {printable(key.old_path)}")
    return launches_text(report) + "".join(f"{line}\n" for line in lines)
