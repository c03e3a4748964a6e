"""What an interruption is told as, where no run is there to take it."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from multi_instance_manager.cli.group import group
from multi_instance_manager.commands.change import down
from multi_instance_manager.commands.change.fleet_session import SessionWatch
from multi_instance_manager.plan.plan import Plan


@pytest.mark.parametrize(
    ("has_begun", "said"), [(False, "nothing was touched"), (True, "before the result was told")]
)
def test_only_where_nothing_was_touched_that_is_said(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    *,
    has_begun: bool,
    said: str,
) -> None:
    def interrupted(_: object, watch: SessionWatch, *__: object, **___: object) -> None:
        if has_begun:
            with watch.progress(Plan(())):
                pass
        raise KeyboardInterrupt

    monkeypatch.setattr(down, "down", interrupted)

    code = group.main(["down", "--project-root", str(tmp_path)], standalone_mode=False)

    assert code == 130
    assert said in capfd.readouterr().err


INTERRUPTED_TWICE = """
import os, signal, threading
from multi_instance_manager.cli.signals import interruptible
with interruptible(threading.Event()):
    os.kill(os.getpid(), signal.SIGINT)
    os.kill(os.getpid(), signal.SIGINT)
"""


def test_a_terminal_that_is_left_at_once_has_its_cursor_back() -> None:
    """The live display hides it, and does not come to its own end."""
    main, worker = pty.openpty()
    process = subprocess.Popen([sys.executable, "-c", INTERRUPTED_TWICE], stderr=worker)
    os.close(worker)
    written = b""
    with suppress(OSError):  # the terminal's other end was closed
        while chunk := os.read(main, 4096):
            written += chunk
    os.close(main)

    assert process.wait() == 130
    assert b"left at once" in written
    assert b"\x1b[?25h" in written
