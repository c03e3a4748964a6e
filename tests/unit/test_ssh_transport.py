"""The time of a call through ``ssh``: the wait for a login and the login itself belong to it."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import pytest

from multi_instance_manager.engine.endpoint.endpoint import Endpoint
from multi_instance_manager.engine.wire import ssh, ssh_transport
from multi_instance_manager.engine.wire.ssh_transport import SshTransport
from multi_instance_manager.errors import EngineUnreachable

SHORT_S = 0.2
PATIENCE_S = 30
ENDPOINT = Endpoint("ssh://engine.test", "--host")
_TRICKLES = f"""#!{sys.executable}
import sys, time
until = time.monotonic() + {PATIENCE_S}
sys.stdout.write("HTTP/1.1 200 OK\\r\\nX: ")
while time.monotonic() < until:
    sys.stdout.write("x")
    sys.stdout.flush()
    time.sleep(0.002)
print("outlasted", file=sys.stderr)
"""


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The place of a program that is called ``ssh``."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(ssh, "_TIME_TO_END_S", SHORT_S)
    return tmp_path / "ssh"


@pytest.mark.parametrize(("login_s", "call_s"), [(SHORT_S, PATIENCE_S), (PATIENCE_S, SHORT_S)])
def test_a_login_that_trickles_is_over_with_its_time_and_with_that_of_the_call(
    program: Path, monkeypatch: pytest.MonkeyPatch, login_s: float, call_s: float
) -> None:
    monkeypatch.setattr(ssh_transport, "_LOGIN_TIMEOUT_S", login_s)
    program.write_text(_TRICKLES)
    program.chmod(0o755)

    with pytest.raises(EngineUnreachable, match="does not answer through ssh in time;"):
        SshTransport({}, ENDPOINT).open(call_s)


def test_the_wait_for_other_logins_is_over_with_the_time_of_the_call(program: Path) -> None:
    way = SshTransport({}, ENDPOINT)
    for _ in range(ssh_transport._LOGINS_AT_ONCE):
        way._logins.acquire()
    in_the_end = threading.Timer(PATIENCE_S, way._logins.release)
    in_the_end.start()

    with pytest.raises(TimeoutError):
        way.open(SHORT_S)
    assert in_the_end.is_alive()
    assert not program.exists()
    in_the_end.cancel()
