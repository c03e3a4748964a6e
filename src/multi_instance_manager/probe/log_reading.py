"""Reads a container's log: from the driver's file, or through the engine if that is closed.

The file is much cheaper; `docs/explanation/performance.md` has the figures.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from multi_instance_manager.errors import EngineError
from multi_instance_manager.probe.log_file import LAST_BYTES, last_lines_that_may_mean
from multi_instance_manager.vitals.log_marks import marks_in
from multi_instance_manager.vitals.log_search import sent_lines_that_may_mean
from multi_instance_manager.vitals.log_story import LogStory, story_of

if TYPE_CHECKING:
    from multi_instance_manager.application.definition import Application
    from multi_instance_manager.engine.protocol.engine import ContainerStatus, Reader

_LINES = 8192  # about a megabyte of a talkative application
_FEWER_LINES = 500


def log_story(
    reader: Reader,
    container_id: str,
    status: ContainerStatus,
    application: Application,
    *,
    now: float,
) -> LogStory:
    """Return the story of its last megabyte; an empty one if it cannot be read."""
    if not application.log or status.started_at is None:
        return LogStory()
    lines = last_lines_that_may_mean(status.log_path, container_id, application.log)
    if lines is None:
        lines = _lines_by_engine(reader, container_id, application)
    return story_of(marks_in(lines, application.log), since=status.started_at, now=now)


def _lines_by_engine(
    reader: Reader, container_id: str, application: Application
) -> tuple[tuple[float, str], ...]:
    """Return its last lines; fewer if they exceed the limit of an answer."""
    for lines in (_LINES, _FEWER_LINES):
        try:
            sent = reader.dated_log(container_id, lines=lines)
        except EngineError:
            continue
        return sent_lines_that_may_mean(sent[-LAST_BYTES:], application.log)
    return ()
