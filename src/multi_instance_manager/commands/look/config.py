"""Shows the settings in force. Reads no pool and asks no engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from multi_instance_manager.errors import UsageProblems
from multi_instance_manager.reports.config import ApplicationFact, ConfigReport, ConfigValue
from multi_instance_manager.settings.file_keys import unknown
from multi_instance_manager.settings.shown import shown_facts, shown_values

if TYPE_CHECKING:
    from multi_instance_manager.commands.survey.request import Request
    from multi_instance_manager.settings.model import Settings


def config_show(request: Request, keys: tuple[str, ...] = ()) -> ConfigReport:
    """Every value with its origin, or only those of ``keys``; secrets are masked.

    Raises `UsageProblems` for keys that do not exist.
    """
    settings = request.settings
    whole = _whole(settings)
    known = [value.key for value in (*whole.values, *whole.application)]
    problems = [f"KEY {key}: {unknown(key, known, (), '')}" for key in keys if key not in known]
    if problems:
        raise UsageProblems(problems)
    if not keys:
        return whole
    return replace(
        whole,
        values=tuple(value for value in whole.values if value.key in keys),
        application=tuple(fact for fact in whole.application if fact.key in keys),
    )


def _whole(settings: Settings) -> ConfigReport:
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
