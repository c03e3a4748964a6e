"""A container that somebody else removes in mid-run takes no session with it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from unittest.mock import MagicMock

import pytest
from msgspec.structs import replace

from multi_instance_manager.custody_state import Custody
from multi_instance_manager.errors import Conflict, NotFound
from multi_instance_manager.execute.take_down import discard, remove
from multi_instance_manager.observed import ContainerState, ObservedContainer
from multi_instance_manager.plan import Kind, Operation

GONE = ObservedContainer("id", "ai-proxy-user-a", "image", "sha256:1", ContainerState.RUNNING)
OPERATION = Operation(Kind.REMOVE, "user-a", "ai-proxy-user-a", ("profile is gone",), current=GONE)


@pytest.mark.parametrize("take_down", [remove, discard])
def test_what_a_vanished_container_left_is_harvested(
    take_down: Callable[[MagicMock, Operation, ObservedContainer], tuple[str, ...]],
) -> None:
    tools = MagicMock()
    tools.settings.patience.stop_timeout_s = 1.0
    tools.pool_files = {"user-a": Path(__file__)}
    tools.engine.stop.side_effect = NotFound("it is gone")
    tools.custodian.harvest.return_value.custody = Custody.COPY_CHANGED
    tools.custodian.harvest.return_value.note = "saved"

    assert take_down(tools, OPERATION, GONE) == ("saved",)


@pytest.mark.parametrize("take_down", [remove, discard])
def test_one_that_was_started_after_all_is_stopped_and_harvested_once_more(
    take_down: Callable[[MagicMock, Operation, ObservedContainer], tuple[str, ...]],
) -> None:
    """A manager was killed while the engine was starting it."""
    tools = MagicMock()
    tools.settings.patience.stop_timeout_s = 1.0
    tools.pool_files = {"user-a": Path(__file__)}
    tools.engine.remove.side_effect = [Conflict("it is running", status=409), None]
    tools.custodian.harvest.return_value.note = "saved"
    created = replace(GONE, state=ContainerState.CREATED)

    assert take_down(tools, OPERATION, created) == ("saved", "saved")
    tools.engine.stop.assert_called_once_with("id", timeout_s=1.0)
    assert tools.engine.remove.call_count == 2
