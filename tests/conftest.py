"""What a run of any part of the tests says at its end."""

from __future__ import annotations

import os
import signal
from collections import Counter
from itertools import chain

import pytest


def pytest_configure() -> None:
    """Take interruptions again where a script has put the run into the background.

    Whatever is started there ignores them, and would pass that on to the commands under test.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Count what was injected: a number of the run, not of somebody's hand."""
    injected: Counter[str] = Counter()
    seeds = set()
    for report in chain.from_iterable(terminalreporter.stats.values()):
        if getattr(report, "when", "") == "teardown":
            properties = dict(report.user_properties)
            injected.update(properties.get("injected", {}))
            seeds |= {str(properties["seed"])} if "seed" in properties else set()
    if not injected:
        return
    seed = f"sampled with FAULTS_SEED={' and '.join(sorted(seeds))}"
    extent = "at every position" if os.environ.get("FAULTS_ALL") else seed
    terminalreporter.section("injected faults")
    for what, number in sorted(injected.items()):
        terminalreporter.write_line(f"{number:5} x {what}")
    terminalreporter.write_line(f"{injected.total():5} faults injected ({extent})")
