"""The settings in force, as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from multi_instance_manager.render.sheets import sheet_text
from multi_instance_manager.render.tables import Sheet
from multi_instance_manager.text.printable import printable

if TYPE_CHECKING:
    from multi_instance_manager.reports.config import ConfigReport, ConfigValue


def config_text(report: ConfigReport) -> str:
    """Return one row for each setting and each fact of the application, widest column last."""
    named = report.config_file or "none (multi-instance.toml in the project root would be read)"
    tables = [text for text in (_settings(report), _application(report)) if text]
    return "\n".join([f"configuration file: {printable(named)}\n", *tables])


def _settings(report: ConfigReport) -> str:
    rows = tuple((value.key, _origin(value), printable(value.value)) for value in report.values)
    return sheet_text(Sheet(("SETTING", "FROM", "VALUE"), rows)) if rows else ""


def _application(report: ConfigReport) -> str:
    rows = tuple(
        (fact.key, _origin(fact), printable(fact.value), printable(fact.learnt_from or "-"))
        for fact in report.application
    )
    columns = ("FACT OF THE APPLICATION", "FROM", "VALUE", "LEARNT FROM")
    return sheet_text(Sheet(columns, rows)) if rows else ""


def _origin(value: ConfigValue) -> str:
    """Return the source and the name in it; omit the key of a file."""
    return f"{value.source} {printable(value.name.removesuffix(f': {value.key}'))}".strip()
