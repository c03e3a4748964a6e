"""A short churn of the real command on a real engine; `soak/churn.py` has the long one."""

from __future__ import annotations

import os
import random
import subprocess
import sys

import pytest

from e2e.project import COMMAND, REPOSITORY

SEED = os.environ.get("SOAK_SEED") or str(random.SystemRandom().randrange(10**6))
OPERATIONS = os.environ.get("SOAK_OPERATIONS", "25")


@pytest.mark.timeout(900)
def test_a_churned_pool_comes_to_what_was_asked_and_loses_nothing() -> None:
    churn = [sys.executable, str(REPOSITORY / "soak" / "churn.py"), "--command", str(COMMAND)]
    bounds = ["--operations", OPERATIONS, "--seed", SEED, "--minutes", "5"]
    quick = {**os.environ, "SOAK_WAIT_TIMEOUT": "30"}
    done = subprocess.run([*churn, *bounds], env=quick, capture_output=True, text=True, check=False)
    sys.stdout.write(done.stdout)
    assert done.returncode == 0, f"again with SOAK_SEED={SEED}:\n{done.stdout}\n{done.stderr}"
