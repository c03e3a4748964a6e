"""A container that somebody else removes in mid-run takes no session with it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from unittest.mock import MagicMock

import pytest
from msgspec.structs import replace

from multi_instance_manager.errors import Conflict, NotFound
from multi_instance_manager.execute.stop_and_remove import discard, remove
from multi_instance_manager.fleet.containers import ContainerState, ObservedContainer
from multi_instance_manager.plan.causes import Cause, CauseCode
from multi_instance_manager.plan.plan import Operation, OperationKind
from multi_instance_manager.sessions.sync_state import Custody, Harvest

IS_GONE = Cause(CauseCode.PROFILE_GONE)
GONE = ObservedContainer("id", "ai-proxy-user-a", "image", "sha256:1", ContainerState.RUNNING)
OPERATION = Operation(
    OperationKind.REMOVE,
    "user-a",
    "ai-proxy-user-a",
    (IS_GONE,),
    current=GONE,
)
SAVED = Harvest(Custody.COPY_CHANGED, "saved")


def notes_of_remove(
    tools: MagicMock, operation: Operation, container: ObservedContainer
) -> tuple[str, ...]:
    return remove(tools, operation, container).notes


@pytest.fixture
def tools(tmp_path: Path) -> MagicMock:
    made = MagicMock()
    made.settings.timeouts.stop_timeout_s = 1.0
    made.settings.application.main_process = None
    made.pool_files = {"user-a": Path(__file__)}
    made.layout.legacy_copy.return_value = tmp_path / "user-a.json"
    made.custodian.harvest.return_value = SAVED
    return made


TakeDown = Callable[[MagicMock, Operation, ObservedContainer], tuple[str, ...]]


@pytest.mark.parametrize("take_down", [notes_of_remove, discard])
def test_what_a_vanished_container_left_is_harvested(take_down: TakeDown, tools: MagicMock) -> None:
    tools.engine.stop.side_effect = NotFound("it is gone")

    assert take_down(tools, OPERATION, GONE) == ("saved",)


@pytest.mark.parametrize("take_down", [notes_of_remove, discard])
def test_one_that_was_started_after_all_is_stopped_and_harvested_once_more(
    take_down: TakeDown, tools: MagicMock
) -> None:
    """A manager was killed while the engine was starting it."""
    tools.engine.remove.side_effect = [Conflict("it is running", status=409), None]
    created = replace(GONE, state=ContainerState.CREATED)

    assert set(take_down(tools, OPERATION, created)) == {"saved"}
    tools.engine.stop.assert_called_once()
    assert tools.custodian.harvest.call_count == 2
    assert tools.engine.remove.call_count == 2
