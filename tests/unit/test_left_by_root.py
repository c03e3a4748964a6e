"""What a run as root left in a user's state folder is told with the one line that cures it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from multi_instance_manager.errors import StateError
from multi_instance_manager.probe.host_survey import gather_host_facts
from multi_instance_manager.state.folder import refuse_closed
from multi_instance_manager.state.layout import StateLayout
from multi_instance_manager.state.left_by_root import closed_by_root
from multi_instance_manager.state.lock import fleet_lock
from unit.builders import some_settings

USER = 4321


@pytest.fixture
def top(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's state folder, and this process as that user, as far as these calls tell."""
    made = tmp_path / ".multi-instance-runtime"
    (made / "ledger").mkdir(parents=True)
    (made / "active" / "ai-proxy-user-a").mkdir(parents=True)
    (made / "ledger" / "ai-proxy.json").touch()
    for path in (tmp_path, made, *made.rglob("*")):
        os.chown(path, USER, USER)
    monkeypatch.setattr(os, "geteuid", lambda: USER)
    monkeypatch.setattr(os, "getegid", lambda: USER)
    monkeypatch.setattr(
        os, "access", lambda path, _: os.path.lexists(path) and os.lstat(path).st_uid == USER
    )
    return made


@pytest.mark.parametrize("left", [".", "ledger", "ledger/ai-proxy.json"])
def test_what_root_left_is_told_with_the_line_that_gives_it_back(top: Path, left: str) -> None:
    os.chown(top / left, 0, 0)
    layout = StateLayout(top, "ai-proxy")
    remedy = f"`sudo chown -R {USER}:{USER} {top}`"

    facts = gather_host_facts(some_settings(top.parent, docker_env_file=None))
    with pytest.raises(StateError) as changing, fleet_lock(layout, timeout_s=0):
        pass
    with pytest.raises(StateError) as reading:
        refuse_closed(top)

    for told in (facts.state_fault, changing.value, reading.value):
        assert remedy in str(told)


def test_a_users_own_folder_is_in_order(top: Path) -> None:
    assert closed_by_root(top) is None


def test_what_a_container_owns_is_no_left_over_of_a_run_as_root(top: Path) -> None:
    """Root in a container is root of the host; its folder is opened when it is needed."""
    for user in (10247, 0):
        os.chown(top / "active" / "ai-proxy-user-a", user, user)

    assert closed_by_root(top) is None


def test_root_itself_is_kept_from_nothing(top: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.chown(top, 0, 0)
    monkeypatch.setattr(os, "geteuid", lambda: 0)

    assert closed_by_root(top) is None
