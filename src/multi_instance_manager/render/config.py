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
    rows = tuple((value.key, _origin(value), printable(value.value)) for value in report.values)
    named = report.config_file or "none (multi-instance.toml in the project root would be read)"
    sheet = sheet_text(Sheet(("SETTING", "FROM", "VALUE"), rows))
    return f"configuration file: {printable(named)}\n\n{sheet}\n{_application(report)}"


def _application(report: ConfigReport) -> str:
    rows = tuple(
        (fact.key, _origin(fact), printable(fact.value), printable(fact.learnt_from or "-"))
        for fact in report.application
    )
    return sheet_text(Sheet(("FACT OF THE APPLICATION", "FROM", "VALUE", "LEARNT FROM"), rows))


def _origin(value: ConfigValue) -> str:
    """Return the source and the name in it; omit the key of a file."""
    return f"{value.source} {printable(value.name.removesuffix(f': {value.key}'))}".strip()
