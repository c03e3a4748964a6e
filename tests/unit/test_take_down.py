"""A container that somebody else removes in mid-run takes no session with it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from unittest.mock import MagicMock

import pytest

from multi_instance_manager.custody_state import Custody
from multi_instance_manager.errors import NotFound
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
