"""`up NAME…`: only the named profiles are launched, replaced and checked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from multi_instance_manager.errors import ExitCode, Refused, UsageProblems
from multi_instance_manager.execute.outcome import InstanceState
from multi_instance_manager.plan.plan import OperationKind
from multi_instance_manager.render.up_text import launchable_lines
from multi_instance_manager.settings.model import Limits
from multi_instance_manager.settings.override import Override, Pin
from multi_instance_manager.state import records
from multi_instance_manager.state.layout import StateLayout
from unit.up_pool import CONTENT, Pool


@pytest.fixture
def pool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pool]:
    made = Pool(tmp_path / "project", monkeypatch)
    yield made
    made.engine.close()


def ledger(pool: Pool) -> dict[str, int]:
    return records.read_ledger(StateLayout(pool.settings.state_dir, "ai-proxy"))


def own(pool: Pool, profile_name: str, **changes: object) -> None:
    """Give a profile settings of its own."""
    before = pool.settings.overrides
    override = replace(before.get(profile_name, Override()), **changes)
    pool.settings = replace(pool.settings, overrides={**before, profile_name: override})


def test_only_the_named_are_launched_and_a_broken_file_elsewhere_is_in_nobodys_way(
    pool: Pool,
) -> None:
    pool.add("user-a", "user-c", "work-a")
    pool.add_broken("user-b")

    result = pool.up("user-[ac]")

    assert result.exit_code is ExitCode.OK
    assert {f.profile_name for f in result.seen.findings} == {"user-a", "user-c", None}
    assert pool.ports() == {"ai-proxy-user-a": 0, "ai-proxy-user-c": 1}


def test_a_broken_file_that_is_named_is_refused(pool: Pool) -> None:
    pool.add("user-a")
    pool.add_broken("user-b")

    with pytest.raises(Refused) as caught:
        pool.up("user-b")

    assert [f.profile_name for f in caught.value.findings] == ["user-b"]
    assert pool.engine.containers == {}


def test_a_name_that_matches_nothing_names_the_nearest_and_launches_nothing(pool: Pool) -> None:
    pool.add("user-a", "user-b")

    with pytest.raises(UsageProblems, match=r"user-c.*did you mean user-.* or user-"):
        pool.up("user-a", "user-c")

    assert pool.engine.containers == {}


def test_with_an_empty_pool_the_pool_is_reported_and_not_the_name(pool: Pool) -> None:
    with pytest.raises(Refused) as caught:
        pool.up("user-a")

    assert [f.code for f in caught.value.findings] == ["no-profiles"]


def test_only_the_named_is_replaced_and_orphans_stay(pool: Pool) -> None:
    pool.add("user-a", "user-b", "user-c")
    pool.up()
    (pool.saved / "user-c.json").unlink()
    pool.settings = replace(pool.settings, limits=Limits(memory_bytes=2**30))
    before = {c.name: c.container_id for c in pool.engine.containers.values()}

    result = pool.up("user-a")

    after = {c.name: c.container_id for c in pool.engine.containers.values()}
    assert [o.operation.kind for o in result.outcomes] == [OperationKind.REPLACE]
    assert {name for name in before if before[name] != after[name]} == {"ai-proxy-user-a"}


def test_a_launch_of_some_keeps_what_is_recorded_of_others(pool: Pool) -> None:
    pool.add("user-a", "user-b", "user-c")
    pool.up()
    layout = StateLayout(pool.settings.state_dir, "ai-proxy")
    proven, leases = records.read_proofs(layout), ledger(pool)
    pool.add_broken("user-b")

    pool.up("user-a")

    assert records.read_proofs(layout) == proven
    assert ledger(pool) == leases


def test_a_profile_that_was_not_launched_gets_no_lease(pool: Pool) -> None:
    pool.add("user-a", "user-b")

    pool.up("user-b")
    pool.up()

    assert pool.ports() == {"ai-proxy-user-b": 1, "ai-proxy-user-a": 0}


def test_the_lease_of_a_broken_profile_goes_to_no_other(pool: Pool) -> None:
    pool.add("user-a", "user-b")
    pool.up()
    pool.engine.stop("ai-proxy-user-a", timeout_s=1.0)
    pool.engine.remove("ai-proxy-user-a")
    pool.add_broken("user-a")
    pool.add("user-c")

    pool.up("user-c")

    assert pool.ports()["ai-proxy-user-c"] == 2
    assert ledger(pool)["user-a"] == 0


def test_a_pinned_port_that_another_profile_has_leased_is_refused(pool: Pool) -> None:
    pool.add("user-a", "user-b")
    pool.up()
    own(pool, "user-a", pin=Pin(api=pool.settings.bases.api + 1))

    with pytest.raises(Refused, match="also wanted by user-b"):
        pool.up("user-a")


def test_a_disabled_profile_that_is_named_is_reported(pool: Pool) -> None:
    pool.add("user-a", "user-b")
    own(pool, "user-b", enabled=False)

    result = pool.up("user-*")

    assert [f.profile_name for f in result.seen.findings if f.code == "disabled"] == ["user-b"]
    assert list(pool.ports()) == ["ai-proxy-user-a"]


def test_a_plan_of_some_has_only_their_steps(pool: Pool) -> None:
    pool.add("user-a", "user-b")
    pool.add_broken("user-c")

    found = pool.plan("user-b")

    assert found.exit_code is ExitCode.CHANGES_PENDING
    assert found.seen.plan.text() == "create   ai-proxy-user-b: profile is new"


def test_a_refusal_for_single_profiles_says_which_ones_can_be_launched(pool: Pool) -> None:
    pool.add("user-a", "user-c")
    pool.add_broken("user-b")

    with pytest.raises(Refused) as caught:
        pool.up()

    assert caught.value.launchable == ("user-a", "user-c")
    assert pool.up(*caught.value.launchable).exit_code is ExitCode.OK
    assert pool.plan().launchable == ("user-a", "user-c")


def test_a_refusal_for_all_offers_no_launch_of_some(pool: Pool) -> None:
    pool.add("user-a")
    pool.add_broken("user-b")
    missing = replace(pool.settings.image, name="not-there:1", fallback=None)
    pool.settings = replace(pool.settings, image=missing)

    assert pool.plan().launchable == ()


def test_a_renamed_login_that_is_not_named_keeps_its_instance_and_its_lease(pool: Pool) -> None:
    pool.add("user-a", "user-b")
    (pool.saved / "user-b.json").write_text(CONTENT.replace("first", "second"))
    pool.up()
    (pool.saved / "user-b.json").rename(pool.saved / "work-b.json")
    (pool.saved / "user-c.json").write_text(CONTENT.replace("first", "third"))

    pool.up("user-c")
    result = pool.up()

    assert {o.operation.profile_name: o.state for o in result.outcomes} == {
        "user-a": InstanceState.READY,
        "user-c": InstanceState.READY,
        "work-b": InstanceState.READY,
    }
    assert pool.ports() == {"ai-proxy-user-a": 0, "ai-proxy-work-b": 1, "ai-proxy-user-c": 2}


def test_the_command_for_the_others_can_be_pasted_into_a_shell() -> None:
    line = "the others can be launched now: `multi-instance up "
    assert launchable_lines(["user a", "b"]) == [f"{line}'user a' b`"]
    assert launchable_lines(["-b"]) == [f"{line}-- -b`"]
    assert launchable_lines([]) == []
