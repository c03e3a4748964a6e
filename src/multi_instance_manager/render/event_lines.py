"""Events of instances as text and as JSON."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from multi_instance_manager.render.foreign_text import harmless_json
from multi_instance_manager.text.printable import printable
from multi_instance_manager.text.times import SECOND, stamp_of

if TYPE_CHECKING:
    from multi_instance_manager.commands.stream.instance_events import InstanceEvent

_ID_DIGITS = 12


def event_text(happening: InstanceEvent, width: int = 0) -> str:
    """Return one line with the local time; ``width`` aligns the text after the profile."""
    at = datetime.fromtimestamp(happening.at_ns // SECOND).astimezone()
    name = printable(happening.profile_name)
    where = f"{printable(happening.container_name)} {happening.container_id[:_ID_DIGITS]}"
    return f"{at:%Y-%m-%d %H:%M:%S}  {name:<{width}}  {printable(happening.text)}  ({where})\n"


def event_json(happening: InstanceEvent) -> str:
    """Return one line of JSON of the schema ``multi-instance/instance-event/1``."""
    from multi_instance_manager.reports.instance_event import InstanceEventReport
    from multi_instance_manager.reports.report import line_of

    report = InstanceEventReport(
        time=stamp_of(happening.at_ns),
        profile=happening.profile_name,
        container=happening.container_name,
        container_id=happening.container_id,
        event=happening.kind,
        text=happening.text,
        exit_code=happening.exit_code,
        health=happening.health,
    )
    return harmless_json(line_of(report))
