"""One manager works on a pool at a time, and a dead one is in nobody's way."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

from e2e.obligations import containers, eventually, must_succeed
from e2e.project import REPOSITORY, ended
from faults import stress
from faults.bench import NAME, Bench
from faults.promises import must_be_a_clear_report, must_converge, must_serve_alone
from faults.proxy import How

CREATE = "POST /containers/create"


def test_a_second_launch_waits_for_the_first_and_finds_nothing_to_do(bench: Bench) -> None:
    bench.project.add(NAME)
    fault = bench.inject(How.DELAYED, (CREATE, 1), delay_s=2.0)
    first = bench.begin()
    eventually(lambda: fault.met is not None or first.poll() is not None)

    second = must_succeed(bench.up(MULTI_INSTANCE_LOCK_TIMEOUT="30"))

    must_succeed(ended(first))
    assert "nothing to do" in second.out
    assert len([call for call in bench.engine.calls if call.shape == CREATE]) == 1
    must_serve_alone(bench, second.text)


def test_a_second_launch_that_will_not_wait_names_the_process_in_its_way(bench: Bench) -> None:
    bench.project.add(NAME)
    fault = bench.inject(How.DELAYED, (CREATE, 1), delay_s=3.0)
    first = bench.begin()
    eventually(lambda: fault.met is not None or first.poll() is not None)

    began = time.monotonic()
    second = bench.up("--lock-timeout", "0.2")

    assert time.monotonic() - began < 20
    assert second.code == 3, second.text
    must_be_a_clear_report(second, "refused")
    assert re.search(rf"\(pid {first.pid}, since \d\d:\d\d:\d\d\)", second.text), second.text
    assert "--lock-timeout" in second.text
    must_succeed(ended(first))


def test_two_launches_of_a_new_pool_at_once_make_each_instance_once(bench: Bench) -> None:
    """Neither finds a lock, because there is no state folder yet."""
    bench.project.add(NAME)
    fault = bench.inject(How.DELAYED, ("GET /containers/json", 1), delay_s=1.5)
    first = bench.begin()
    eventually(lambda: fault.met is not None or first.poll() is not None)
    second = bench.begin()

    codes = {ended(first).code, ended(second).code}

    assert codes <= {0, 3}, codes
    assert 0 in codes
    assert len(containers(bench.project)) == 1
    must_converge(bench, "two launches at once")


def test_a_killed_holder_blocks_nobody(bench: Bench) -> None:
    bench.project.add(NAME)
    fault = bench.inject(How.HUNG, (CREATE, 1))
    first = bench.begin(FAULTS_ENGINE_TIMEOUT_S="60")
    eventually(lambda: fault.met is not None or first.poll() is not None)

    first.send_signal(signal.SIGKILL)
    assert ended(first).code == -signal.SIGKILL
    stress.injected["the holder of the lock killed"] += 1

    bench.heal()
    must_succeed(bench.up("--lock-timeout", "0"))
    must_converge(bench, "the holder was killed")


def test_a_stopped_holder_is_named_and_once_it_goes_on_both_end_well(bench: Bench) -> None:
    bench.project.add(NAME)
    fault = bench.inject(How.DELAYED, (CREATE, 1), delay_s=0.5)
    first = bench.begin()
    eventually(lambda: fault.met is not None or first.poll() is not None)
    first.send_signal(signal.SIGSTOP)
    try:
        second = bench.up("--lock-timeout", "0.5")
    finally:
        first.send_signal(signal.SIGCONT)

    assert second.code == 3
    assert f"pid {first.pid}" in second.text
    must_succeed(ended(first))
    must_converge(bench, "the holder slept")


_HOLDER = """
import subprocess, sys
from pathlib import Path
from multi_instance_manager.state.lock import fleet_lock
from multi_instance_manager.state.layout import StateLayout
with fleet_lock(StateLayout(Path(sys.argv[1]), sys.argv[2]), timeout_s=1):
    child = subprocess.Popen(["sleep", "60"], close_fds=False, stdout=subprocess.DEVNULL)
    print(child.pid, flush=True)
    sys.stdin.read()
"""


def test_a_child_does_not_inherit_the_lock(bench: Bench) -> None:
    bench.project.add(NAME)
    must_succeed(bench.up())
    state, fleet = str(bench.project.state), bench.project.prefix
    words = [sys.executable, "-c", _HOLDER, state, fleet]
    with subprocess.Popen(
        words,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=REPOSITORY,
    ) as holder:
        assert holder.stdout is not None
        child = int(holder.stdout.readline())
        assert bench.up("--lock-timeout", "0").code == 3, "the test must hold the lock"
        holder.kill()
    try:
        assert Path(f"/proc/{child}").exists(), "the child must outlive its parent"
        must_succeed(bench.up("--lock-timeout", "0"))
    finally:
        os.kill(child, signal.SIGKILL)
