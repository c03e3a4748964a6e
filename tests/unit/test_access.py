"""What a container closed is opened by another one, which sees that folder and nothing else."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from multi_instance_manager.engine.protocol.engine import ContainerStatus, Image
from multi_instance_manager.errors import EngineError, NotFound, StateError
from multi_instance_manager.execute.context import ExecutionContext
from multi_instance_manager.execute.reopen import with_access
from multi_instance_manager.fleet.containers import ContainerState
from multi_instance_manager.plan.plan import Operation
from multi_instance_manager.state.layout import StateLayout
from unit.builders import some_settings

NAME = "ai-proxy-user-a"


class Opener:
    """An engine whose container ends with a code."""

    def __init__(self, code: int = 0, *, fails: bool = False) -> None:
        self.code, self.fails = code, fails
        self.payloads: list[Mapping[str, Any]] = []
        self.removed: list[str] = []

    def find_image(self, name: str) -> Image:
        return Image(name, "sha256:wanted")

    def create(self, name: str, payload: Mapping[str, Any]) -> str:
        assert name.startswith("ai-proxy.opens-")
        self.payloads.append(payload)
        return "opener"

    def start(self, reference: str) -> None:
        if self.fails:
            raise EngineError(f"starting {reference}: no such program")

    def status(self, reference: str) -> ContainerStatus:
        assert reference == "opener"
        return ContainerStatus(ContainerState.EXITED, self.code, oom_killed=False, restart_count=0)

    def stop(self, reference: str, *, timeout_s: float) -> None:
        raise NotFound(f"{reference} has ended within {timeout_s}")

    def remove(self, reference: str) -> None:
        self.removed.append(reference)


class Closed:
    """An act that a folder keeps from being done until it has been tried a number of times."""

    def __init__(self, times: int, cause: OSError) -> None:
        self.left, self.cause = times, cause

    def __call__(self) -> str:
        if self.left:
            self.left -= 1
            raise StateError("the folder", "is closed") from self.cause
        return "done"


def attempt(engine: Opener, act: Closed, tmp_path: Path, image_id: str = "sha256:own") -> str:
    layout = StateLayout(tmp_path, "ai-proxy")
    tools = SimpleNamespace(engine=engine, layout=layout, settings=some_settings())
    containers = [SimpleNamespace(image_id=image_id)] if image_id else []
    operation = SimpleNamespace(
        container_name=NAME, profile_name="user-a", containers=tuple(containers)
    )
    return with_access(cast(ExecutionContext, tools), cast(Operation, operation), act)


def test_a_closed_folder_is_opened_and_the_act_done(tmp_path: Path) -> None:
    engine = Opener()

    assert attempt(engine, Closed(1, PermissionError()), tmp_path) == "done"

    (payload,) = engine.payloads
    assert payload["Image"] == "sha256:own"
    (mount,) = payload["HostConfig"]["Mounts"]
    assert mount["Source"] == str(tmp_path / "active" / NAME)
    assert payload["HostConfig"]["NetworkMode"] == "none"
    assert not payload.get("Labels"), "it must not be taken for an instance"
    assert engine.removed == ["opener"]


def test_without_a_container_the_wanted_image_opens_it(tmp_path: Path) -> None:
    engine = Opener()

    attempt(engine, Closed(1, PermissionError()), tmp_path, image_id="")

    assert engine.payloads[0]["Image"] == "sha256:wanted"


@pytest.mark.parametrize("engine", [Opener(code=1), Opener(fails=True)])
def test_where_the_image_cannot_the_exact_remedy_is_told(engine: Opener, tmp_path: Path) -> None:
    with pytest.raises(StateError, match="`sudo chmod -R a\\+rwX ") as told:
        attempt(engine, Closed(1, PermissionError()), tmp_path)

    assert str(tmp_path / "active" / NAME) in str(told.value)
    assert engine.removed == ["opener"]


def test_another_error_starts_no_container(tmp_path: Path) -> None:
    engine = Opener()

    with pytest.raises(StateError, match="is closed"):
        attempt(engine, Closed(1, OSError(28, os.strerror(28))), tmp_path)

    assert engine.payloads == []


def test_what_stays_closed_is_tried_once_more_and_no_further(tmp_path: Path) -> None:
    engine = Opener()

    with pytest.raises(StateError, match="is closed"):
        attempt(engine, Closed(5, PermissionError()), tmp_path)

    assert len(engine.payloads) == 1
