"""The logs of failures that are kept: the last of each instance, and those of no other fewer."""

from __future__ import annotations

from pathlib import Path

import pytest

from multi_instance_manager.execute import failure_logs
from multi_instance_manager.execute.failure_logs import keep_log
from multi_instance_manager.state.folder import prepare_top
from multi_instance_manager.state.layout import StateLayout

NAME = "ai-proxy-user"
OTHER = f"{NAME}-a"  # a name that begins like the first


@pytest.fixture
def layout(tmp_path: Path) -> StateLayout:
    made = StateLayout(tmp_path / "state", "ai-proxy")
    prepare_top(made)
    return made


def test_the_last_of_an_instance_are_kept_and_all_of_another(layout: StateLayout) -> None:
    other = keep_log(layout, OTHER, ["theirs"], 1.0)

    kept = [keep_log(layout, NAME, [str(now)], float(now)) for now in range(2, 40)]

    assert other is not None
    assert other.exists()
    there = set(layout.failures_dir.iterdir()) - {other}
    assert there == set(kept[-failure_logs._KEPT :])


def test_a_folder_that_a_person_put_among_them_stops_nothing(layout: StateLayout) -> None:
    (layout.failures_dir / f"{NAME}-19700101T000000.000000Z.log").mkdir(parents=True)

    kept = [keep_log(layout, NAME, [str(now)], float(now)) for now in range(2, 40)]

    assert None not in kept
    assert kept[-1] is not None
    assert kept[-1].exists()
