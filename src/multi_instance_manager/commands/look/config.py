"""Shows the settings in force. Reads no pool and asks no engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from multi_instance_manager.reports.config import ApplicationFact, ConfigReport, ConfigValue
from multi_instance_manager.settings.shown import shown_facts, shown_values

if TYPE_CHECKING:
    from multi_instance_manager.commands.survey.request import Request


def config_show(request: Request) -> ConfigReport:
    """Every value with its origin; secrets are masked."""
    settings = request.settings
    return ConfigReport(
        config_file=str(settings.config_path) if settings.config_path else None,
        values=tuple(
            ConfigValue(key=shown.key, value=shown.value, source=shown.source, name=shown.name)
            for shown in shown_values(settings)
        ),
        application=tuple(
            ApplicationFact(
                key=shown.key,
                value=shown.value,
                source=shown.source,
                name=shown.name,
                learnt_from=shown.learnt_from or None,
            )
            for shown in shown_facts(settings)
        ),
    )
