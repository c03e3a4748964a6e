"""The operation `up` over an engine in memory: order, interruption, refusal."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from msgspec.structs import replace

from multi_instance_manager.commands.change import fleet_session
from multi_instance_manager.commands.change.session_result import UpResult
from multi_instance_manager.errors import Declined, ExitCode, Refused
from multi_instance_manager.execute.outage_slots import ConcurrencySlots
from multi_instance_manager.execute.outcome import InstanceState, Outcome
from multi_instance_manager.fleet.container_names import container_name_of
from multi_instance_manager.fleet.containers import ContainerState
from multi_instance_manager.fleet.leases import PortBases
from multi_instance_manager.plan.causes import Cause, CauseCode
from multi_instance_manager.plan.plan import Operation, OperationKind
from multi_instance_manager.progress import Phase
from multi_instance_manager.render.up_text import orphan_lines
from multi_instance_manager.settings.model import ImageChoice
from multi_instance_manager.state import records
from multi_instance_manager.state.layout import StateLayout
from unit.builders import container_of, spec_of
from unit.memory_engine import BROKEN, Fault
from unit.up_pool import Pool

IS_GONE = Cause(CauseCode.PROFILE_GONE)


@pytest.fixture
def pool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pool]:
    made = Pool(tmp_path / "project", monkeypatch)
    yield made
    made.engine.close()


def name(profile_name: str) -> str:
    return container_name_of("ai-proxy", profile_name)


def test_every_profile_gets_its_instance_and_a_second_run_changes_nothing(pool: Pool) -> None:
    pool.add("user-a", "user-b", "User A")

    first = pool.up()
    pool.engine.healthy()
    second = pool.up()

    assert (first.exit_code, second.exit_code) == (ExitCode.OK, ExitCode.OK)
    assert pool.ports() == {name("User A"): 0, name("user-a"): 1, name("user-b"): 2}
    assert second.seen.plan.pending == ()
    assert {"create", "start", "stop", "rename", "remove"} & set(pool.engine.calls) == set()


def test_a_profile_in_between_moves_nobody(pool: Pool) -> None:
    pool.add("user-a", "user-c")
    pool.up()
    pool.add("user-b")

    pool.up()

    assert pool.ports() == {"ai-proxy-user-a": 0, "ai-proxy-user-c": 1, "ai-proxy-user-b": 2}


def test_leases_survive_the_loss_of_the_state_folder(pool: Pool) -> None:
    pool.add("user-b")
    pool.up()
    pool.add("user-a")
    pool.settings.state_dir.rename(pool.root / "lost")
    pool.settings = replace(pool.settings, state_dir=pool.root / "another-state")

    pool.up()

    assert pool.ports() == {"ai-proxy-user-b": 0, "ai-proxy-user-a": 1}


def test_instances_that_take_over_each_others_ports_go_one_after_the_other(pool: Pool) -> None:
    pool.add("user-a", "user-b", "user-c")
    pool.up()
    before = pool.settings.bases
    assert before.stream is not None
    pool.settings = replace(pool.settings, bases=PortBases(before.api + 1, before.stream + 1))

    result = pool.up()

    assert result.exit_code is ExitCode.OK, [o.problem for o in result.outcomes]
    assert pool.ports() == {"ai-proxy-user-a": 0, "ai-proxy-user-b": 1, "ai-proxy-user-c": 2}


def test_an_interrupted_run_begins_nothing_more_and_says_so(pool: Pool) -> None:
    pool.add("user-a", "user-b")
    pool.stop.set()

    result = pool.up()

    assert result.exit_code is ExitCode.INTERRUPTED
    assert {outcome.state for outcome in result.outcomes} == {InstanceState.NOT_BEGUN}
    assert pool.engine.containers == {}


def test_an_interruption_in_mid_replacement_leaves_one_instance_that_serves(pool: Pool) -> None:
    pool.add("user-a")
    pool.up()
    pool.engine.images["ai-studio-proxy:latest"] = "sha256:second"
    create = pool.engine.create

    def interrupted(*arguments: object) -> str:
        pool.stop.set()
        return create(*arguments)  # type: ignore[arg-type]

    pool.engine.create = interrupted  # type: ignore[method-assign, assignment]

    result = pool.up()

    assert result.exit_code is ExitCode.INTERRUPTED
    assert pool.ports() == {"ai-proxy-user-a": 0}
    assert len(pool.engine.containers) == 1


def test_a_replacement_that_waits_for_its_turn_at_an_interruption_was_not_begun(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool.add("user-a", "user-b")
    pool.up()
    pool.engine.images["ai-studio-proxy:latest"] = "sha256:second"
    timeouts = replace(pool.settings.timeouts, parallel=1)
    pool.settings = replace(pool.settings, timeouts=timeouts)
    before = dict(pool.engine.containers)
    both_want_a_turn = threading.Barrier(2)
    stop = pool.engine.stop
    stopped: list[str] = []

    class Wanted(ConcurrencySlots):
        """Given once both want it."""

        @contextmanager
        def turn(self, *, counts_for_s: float | None = None) -> Iterator[None]:
            both_want_a_turn.wait(10)
            with super().turn(counts_for_s=counts_for_s):
                yield

    def interrupted(reference: str, *, timeout_s: float) -> None:
        pool.stop.set()
        stopped.append(reference)
        stop(reference, timeout_s=timeout_s)

    pool.events.clear()
    with monkeypatch.context() as patch:
        patch.setattr(fleet_session, "outages", lambda _: Wanted(1))
        patch.setattr(pool.engine, "stop", interrupted)
        result = pool.up()

    assert result.exit_code is ExitCode.INTERRUPTED
    untouched = next(c for c in before.values() if c.container_id != stopped[0])
    of_it = [o for o in result.outcomes if o.operation.container_name == untouched.name]
    assert [(o.state, o.problem) for o in of_it] == [
        (InstanceState.NOT_BEGUN, "interrupted before it began")
    ]
    assert [e for e in pool.events if e.container_name == untouched.name] == []
    assert untouched.container_id not in stopped
    assert untouched.container_id not in pool.engine.saved
    assert pool.engine.named(untouched.name) is untouched
    assert pool.ports() == {"ai-proxy-user-a": 0, "ai-proxy-user-b": 1}
    must_converge_after_all(pool)


def must_converge_after_all(pool: Pool) -> None:
    """Once nobody interrupts, the next launch brings what was asked for."""
    pool.stop.clear()
    result = pool.up()
    assert result.exit_code is ExitCode.OK, [o.problem for o in result.outcomes]
    assert {c.image.image_id for c in pool.engine.containers.values()} == {"sha256:second"}


@pytest.mark.parametrize("call", ["describe", "find_image", "list_containers"])
def test_an_engine_that_fails_while_it_is_asked_is_one_finding_among_the_others(
    pool: Pool, call: str
) -> None:
    pool.add("user-a")
    (pool.saved / "broken.json").write_text("{")
    pool.engine.failing(Fault(call=call))

    with pytest.raises(Refused) as caught:
        pool.up()

    assert {"engine", "profile"} <= {finding.code for finding in caught.value.findings}
    assert not pool.settings.state_dir.exists()


@pytest.mark.parametrize("launched", [False, True])
def test_a_refused_or_declined_launch_touches_nothing(pool: Pool, launched: bool) -> None:
    pool.add("user-a")
    if launched:
        pool.up()
    pool.add("user-b")
    before = sorted(path for path in pool.root.rglob("*") if "locks" not in path.parts)
    ports = pool.ports()
    pool.settings = replace(pool.settings, auto_confirm=False)
    pool.answer = False

    with pytest.raises(Declined):
        pool.up()

    assert sorted(p for p in pool.root.rglob("*") if "locks" not in p.parts) == before
    assert pool.ports() == ports


def test_one_instance_that_fails_does_not_keep_its_peers_from_starting(pool: Pool) -> None:
    pool.add("user-a", "user-b")
    create = pool.engine.create

    def refusing(container_name: str, payload: dict[str, object]) -> str:
        if container_name == "ai-proxy-user-a":
            pool.engine.fault = Fault(call="create")
        try:
            return create(container_name, payload)
        finally:
            pool.engine.fault = Fault()

    pool.settings = replace(
        pool.settings, timeouts=replace(pool.settings.timeouts, starting=1, parallel=1)
    )
    pool.engine.create = refusing  # type: ignore[method-assign, assignment]

    result = pool.up()

    states = {o.operation.profile_name: o.state for o in result.outcomes}
    assert states == {"user-a": InstanceState.FAILED, "user-b": InstanceState.READY}
    assert result.exit_code is ExitCode.INSTANCE_FAILED


def test_every_instance_ends_in_one_last_event(pool: Pool) -> None:
    pool.add("user-a", "user-b")

    pool.up()

    last = [(e.profile_name, e.phase) for e in pool.events if e.phase is Phase.READY]
    assert sorted(last) == [("user-a", Phase.READY), ("user-b", Phase.READY)]


def test_an_image_with_logins_in_it_starts_nothing_where_only_a_container_shows_them(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its layers cannot be looked into; the first container of it can, before it starts."""
    pool.add("user-a", "user-b")
    held = "/app/.multi-instance-runtime/history"
    monkeypatch.setattr(pool.engine, "holds", lambda _, path: path == held)

    result = pool.up()

    assert {outcome.state for outcome in result.outcomes} == {InstanceState.FAILED}
    assert all("/app/.multi-instance-runtime" in str(o.problem) for o in result.outcomes)
    assert "start" not in pool.engine.calls
    assert pool.engine.containers == {}


def test_an_image_is_looked_into_once(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    pool.add("user-a", "user-b")
    pool.settings = replace(
        pool.settings, timeouts=replace(pool.settings.timeouts, parallel=1, starting=1)
    )
    asked: list[str] = []

    def holds(_: str, path: str) -> bool:
        asked.append(path)
        return False

    monkeypatch.setattr(pool.engine, "holds", holds)

    assert pool.up().exit_code is ExitCode.OK

    assert len(asked) == len(set(asked)) > 0


def breaking(pool: Pool) -> Callable[[], UpResult]:
    """Six launched instances, and an image for all of them that does not serve."""
    pool.add("user-a", "user-b", "user-c", "user-d", "user-e", "user-f")
    assert pool.up().exit_code is ExitCode.OK
    pool.settings = replace(pool.settings, image=ImageChoice(BROKEN, None))
    return pool.up


def test_where_nothing_changed_the_last_line_says_so(pool: Pool) -> None:
    result = breaking(pool)()

    assert result.report().message == "1 rolled back, 5 held back (nothing changed)"


def test_what_is_held_back_stays_proven_and_why_is_kept(pool: Pool) -> None:
    up = breaking(pool)
    layout = StateLayout(pool.settings.state_dir, pool.settings.container_prefix)
    before = records.read_proofs(layout)

    first, *others = up().outcomes

    after, undone = records.read_proofs(layout), records.read_undone(layout)
    old = [o.operation.old.container_id for o in (first, *others) if o.operation.old]
    assert after == {name: before[name] for name in old[1:]}
    assert sorted(undone) == sorted(old)
    assert undone[old[0]].reason == first.problem
    assert first.operation.spec is not None
    assert undone[old[0]].spec_hash == first.operation.spec.hash


def test_what_came_to_nothing_is_forgotten_once_it_is_done(pool: Pool) -> None:
    layout = StateLayout(pool.settings.state_dir, pool.settings.container_prefix)
    breaking(pool)()
    pool.settings = replace(pool.settings, image=ImageChoice("ai-studio-proxy:latest", None))

    assert pool.up().exit_code is ExitCode.OK

    assert not layout.undone.exists()


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (ContainerState.RUNNING, "it still runs as it did"),
        (ContainerState.EXITED, "it is exited, as before"),
        (ContainerState.CREATED, "it is created, as before"),
    ],
)
def test_an_orphan_is_told_as_it_is(state: ContainerState, words: str) -> None:
    container = container_of(spec_of("user-a"), state)
    operation = Operation(
        OperationKind.ORPHAN,
        "user-a",
        container.name,
        (IS_GONE,),
        current=container,
    )

    (line,) = orphan_lines([Outcome(operation, InstanceState.ORPHAN)])

    assert f"profile is gone; {words}, --remove-orphans removes it" in line
