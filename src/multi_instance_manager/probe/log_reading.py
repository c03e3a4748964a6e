"""Reads what a container's log tells: in the driver's file, or where that is closed by the engine.

The file is by far the cheaper way; `docs/explanation/performance.md` has the figures.
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

_LINES = 8192  # about a megabyte, of an application that says much
_FEWER_LINES = 500


def log_story(
    reader: Reader,
    container_id: str,
    status: ContainerStatus,
    application: Application,
    *,
    now: float,
) -> LogStory:
    """The story of its last megabyte; an empty one where it cannot be read."""
    if not application.log or status.started_at is None:
        return LogStory()
    lines = last_lines_that_may_mean(status.log_path, container_id, application.log)
    if lines is None:
        lines = _lines_by_engine(reader, container_id, application)
    return story_of(marks_in(lines, application.log), since=status.started_at, now=now)


def _lines_by_engine(
    reader: Reader, container_id: str, application: Application
) -> tuple[tuple[float, str], ...]:
    """Of its last lines; of fewer where those are more than an answer may have."""
    for lines in (_LINES, _FEWER_LINES):
        try:
            sent = reader.dated_log(container_id, lines=lines)
        except EngineError:
            continue
        return sent_lines_that_may_mean(sent[-LAST_BYTES:], application.log)
    return ()
