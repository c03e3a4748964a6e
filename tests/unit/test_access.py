"""What a container closed is opened by another one, which sees that folder and nothing else."""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from multi_instance_manager.engine.protocol.engine import ContainerStatus, Image
from multi_instance_manager.errors import EngineError, NotFound, StateError
from multi_instance_manager.execute.context import ExecutionContext
from multi_instance_manager.execute.reopen import open_copy, with_access
from multi_instance_manager.files.private_files import said
from multi_instance_manager.fleet.containers import ContainerState
from multi_instance_manager.plan.plan import Operation
from multi_instance_manager.state import folder
from multi_instance_manager.state.folder import make_dir, prepare_top
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

    top = Path("/")

    def __init__(self, times: int, cause: OSError, path: str = f"active/{NAME}") -> None:
        self.left, self.cause, self.path = times, cause, path

    def __call__(self) -> str:
        if self.left:
            self.left -= 1
            with said(self.top / self.path):
                raise self.cause
        return "done"


def attempt(engine: Opener, act: Closed, tmp_path: Path, image_id: str = "sha256:own") -> str:
    act.top = tmp_path
    tools, operation = surroundings(engine, tmp_path, image_id)
    return with_access(tools, operation, act)


def surroundings(
    engine: Opener, tmp_path: Path, image_id: str = "sha256:own"
) -> tuple[ExecutionContext, Operation]:
    layout = StateLayout(tmp_path, "ai-proxy")
    tools = SimpleNamespace(engine=engine, layout=layout, settings=some_settings())
    containers = [SimpleNamespace(image_id=image_id)] if image_id else []
    operation = SimpleNamespace(
        container_name=NAME, profile_name="user-a", containers=tuple(containers)
    )
    return cast(ExecutionContext, tools), cast(Operation, operation)


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

    with pytest.raises(StateError, match="; "):
        attempt(engine, Closed(1, OSError(28, os.strerror(28))), tmp_path)

    assert engine.payloads == []


@pytest.mark.parametrize(
    "path",
    ["active", "active/ai-proxy-user-b/user-b.json", f"history/{NAME}", f"private/{NAME}", "saved"],
)
def test_what_a_container_has_not_closed_is_not_put_down_to_it(tmp_path: Path, path: str) -> None:
    engine, refused = Opener(code=1), PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    with pytest.raises(StateError) as told:
        attempt(engine, Closed(1, refused, path), tmp_path)

    assert str(told.value).startswith(f"{tmp_path / path}: Permission denied; ")
    assert "its container" not in str(told.value)
    assert engine.payloads == []


@pytest.mark.parametrize("path", [f"active/{NAME}/user-a.json", f"active/{NAME}/deep/er"])
def test_what_lies_in_the_closed_folder_is(tmp_path: Path, path: str) -> None:
    assert attempt(Opener(), Closed(1, PermissionError(), path), tmp_path) == "done"


def test_a_folder_of_all_instances_that_is_another_users_is_named_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No container has made it so, and opening the instance's own folder would not help."""
    layout = StateLayout(tmp_path / "state", "ai-proxy")
    prepare_top(layout)
    monkeypatch.setattr(folder, "trusted_owners", frozenset)

    with pytest.raises(StateError) as told:
        make_dir(layout, layout.active_dir(NAME))

    assert told.value.at == layout.top / "active"


@pytest.mark.parametrize("closed", ["", "user-a.json"])
def test_a_copy_is_opened_where_it_or_its_folder_is_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, closed: str
) -> None:
    """In a folder of mode 0700 of another user, not even the copy can be seen."""
    folder = tmp_path / "active" / NAME
    folder.mkdir(parents=True)
    (folder / "user-a.json").touch()
    stat = os.stat

    def refusing(path: object, *arguments: Any, **named: Any) -> os.stat_result:
        if not closed and str(path).startswith(f"{folder}/"):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return stat(path, *arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "stat", refusing)
    monkeypatch.setattr(os, "access", lambda path, _: Path(path) != folder / closed)
    engine = Opener()

    open_copy(*surroundings(engine, tmp_path))

    (payload,) = engine.payloads
    assert payload["HostConfig"]["Mounts"][0]["Source"] == str(folder)


@pytest.mark.parametrize("there", [True, False])
def test_what_is_open_or_not_there_starts_no_container(tmp_path: Path, *, there: bool) -> None:
    engine, folder = Opener(), tmp_path / "active" / NAME
    if there:
        folder.mkdir(parents=True)
        (folder / "user-a.json").touch()

    open_copy(*surroundings(engine, tmp_path))

    assert engine.payloads == []


def test_what_stays_closed_is_tried_once_more_and_no_further(tmp_path: Path) -> None:
    engine = Opener()

    with pytest.raises(StateError, match="; "):
        attempt(engine, Closed(5, PermissionError()), tmp_path)

    assert len(engine.payloads) == 1
