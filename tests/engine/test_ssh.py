"""An engine behind ``ssh``: a real server, the system's own ``ssh``, and the real engine there."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from e2e.launched import remove_containers
from e2e.obligations import containers, eventually, must_run_on_its_own_profile, must_succeed
from e2e.project import COMMAND, KEY, Project
from e2e.terminal import Terminal
from engine.sshd import Sshd
from multi_instance_manager.engine.connect import connect
from multi_instance_manager.engine.endpoint.address import SshAddress
from multi_instance_manager.engine.endpoint.endpoint import resolve_endpoint
from multi_instance_manager.engine.protocol.engine import Engine
from multi_instance_manager.engine.wire import ssh, ssh_transport
from multi_instance_manager.errors import EngineUnreachable

_KEEPS_CONNECTIONS = """
import os, sys, threading
from multi_instance_manager.engine.connect import connect
from multi_instance_manager.engine.endpoint.endpoint import resolve_endpoint
endpoint = resolve_endpoint(host=sys.argv[1], context=None, environment=os.environ)
engine = connect(endpoint, timeout_s=30)
threads = [threading.Thread(target=engine.list_containers) for _ in range(3)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
print("connected", flush=True)
if len(sys.argv) > 2:
    sys.stdin.read()
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    with Sshd(tmp_path_factory.mktemp("sshd")) as started:
        yield started


@pytest.fixture(autouse=True)
def sshd(server: Sshd, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sshd]:
    """The server, in good order again after each test; no process of a test is left."""
    monkeypatch.setenv("PATH", server.path)
    yield server
    server.behave("well")
    server.configure_client()
    ssh._RUNNING.end_all()
    eventually(server.logins_are_over)


def connected(url: str) -> Engine:
    endpoint = resolve_endpoint(host=url, context=None, environment=os.environ)
    return connect(endpoint, timeout_s=30)


def refusal(url: str) -> str:
    with pytest.raises(EngineUnreachable) as caught:
        connected(url)
    text = str(caught.value)
    assert text.startswith(f"engine at {url} (from --host): ")
    assert "\n" not in text
    assert "; " in text, "it says what to do"
    return text


def test_the_engine_at_the_other_end_answers(sshd: Sshd) -> None:
    through, direct = connected(sshd.url), connected("unix:///var/run/docker.sock")

    assert through.describe().api_version == direct.describe().api_version
    image = "multi-instance-reference:latest"
    assert through.find_image(image) == direct.find_image(image)


def test_the_socket_at_the_other_end_can_be_named(sshd: Sshd) -> None:
    assert connected(f"{sshd.url}/var/run/docker.sock").list_containers() is not None
    assert "no such file" in refusal(f"{sshd.url}/no/such%20engine's.sock")


def test_many_threads_ask_at_once(sshd: Sshd) -> None:
    engine = connected(sshd.url)
    answers: list[int] = []
    threads = [
        threading.Thread(target=lambda: answers.append(len(engine.list_containers())))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(answers) == 8


def test_no_key_press_on_our_terminal_reaches_ssh(sshd: Sshd) -> None:
    engine = connected(sshd.url)

    clients = [child for child in psutil.Process().children() if child.name() == "ssh"]

    assert clients
    assert os.getsid(0) not in {os.getsid(client.pid) for client in clients}
    assert engine.describe()


def test_a_connection_that_broke_is_replaced_by_the_next_call(sshd: Sshd) -> None:
    engine = connected(sshd.url)

    ssh._RUNNING.end_all()

    assert engine.list_containers() is not None


@pytest.mark.parametrize("killed", [False, True])
def test_nothing_is_left_of_a_manager_that_has_ended(sshd: Sshd, killed: bool) -> None:
    words = [sys.executable, "-c", _KEEPS_CONNECTIONS, sshd.url, *(["wait"] if killed else [])]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(words, **pipes) as manager:  # type: ignore[call-overload]
        assert manager.stdout.readline() == b"connected\n"
        if killed:
            assert not sshd.logins_are_over()
            manager.send_signal(signal.SIGKILL)
        manager.wait(timeout=20)

    eventually(sshd.logins_are_over)


def test_our_environment_stays_here(sshd: Sshd, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_KEY", "sk-of-this-side")
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
    subprocess.run(["ssh", "-p", str(sshd.port), "127.0.0.1", "true"], check=True)
    assert "sk-of-this-side" in sshd.environment_over_there(), "this configuration sends all"
    sshd.behave("well")

    connected(sshd.url)

    assert "SSH_CONNECTION=" in sshd.environment_over_there()
    assert "sk-of-this-side" not in sshd.environment_over_there()
    assert "DOCKER_HOST" not in sshd.environment_over_there()


def test_a_server_that_is_not_there_is_told_in_the_words_of_ssh() -> None:
    assert "Connection refused" in refusal("ssh://127.0.0.1:1")
    assert "connect once with `ssh` by hand" in refusal("ssh://nobody-by-this-name.invalid")


def test_a_host_that_is_not_known_is_not_trusted_and_not_asked_about(sshd: Sshd) -> None:
    (sshd.folder / "known").write_text("")

    assert "Host key verification failed" in refusal(sshd.url)


@pytest.mark.parametrize("key", ["other", "closed"])
def test_a_key_that_does_not_fit_or_has_a_passphrase_is_not_asked_about(
    sshd: Sshd, key: str
) -> None:
    sshd.configure_client(key=key)

    assert "Permission denied" in refusal(sshd.url)


def test_a_machine_without_a_docker_client_is_told_as_that(sshd: Sshd) -> None:
    sshd.behave("bare")

    assert "there is no docker client at the other end" in refusal(sshd.url)


def test_what_fails_over_there_is_told_with_its_last_line(sshd: Sshd) -> None:
    sshd.behave("useless")

    assert "(the disk of this machine is full)" in refusal(sshd.url)


def test_a_login_that_prints_something_is_told_as_that(sshd: Sshd) -> None:
    sshd.behave("chatty")

    assert "prints nothing when no terminal is present" in refusal(sshd.url)


def test_a_login_that_never_answers_does_not_hang(
    sshd: Sshd, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ssh_transport, "_LOGIN_TIMEOUT_S", 0.5)
    monkeypatch.setattr(ssh, "_TIME_TO_END_S", 0.2)
    sshd.behave("silent")

    assert "does not answer through ssh in time" in refusal(sshd.url)


def test_a_system_without_ssh_is_told_as_that(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    assert "the program ssh is not installed here" in refusal("ssh://somewhere")


@pytest.mark.parametrize(
    ("address", "ending"),
    [
        (SshAddress("host"), "-- host|docker system dial-stdio"),
        (SshAddress("host", "me", 22), "-l me -p 22 -- host|docker system dial-stdio"),
        (
            SshAddress("host", socket="/a b/$(touch x)'.sock"),
            "-- host|docker --host 'unix:///a b/$(touch x)'\"'\"'.sock' system dial-stdio",
        ),
    ],
)
def test_what_is_run_there_is_one_quoted_line(address: SshAddress, ending: str) -> None:
    words = ssh.command_line(address)

    assert f"{' '.join(words[:-1])}|{words[-1]}".endswith(ending)
    assert words[words.index("--") + 2 :] == [words[-1]]


def test_a_pool_is_launched_through_ssh_on_this_machine(sshd: Sshd, tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    project = Project(tmp_path / "project")
    project.add("user-a", "user-b")
    try:
        must_succeed(project.up("--host", sshd.url, env={"PATH": f"{COMMAND.parent}:{sshd.path}"}))
        must_run_on_its_own_profile(project, "user-a", project.api_port)
        must_run_on_its_own_profile(project, "user-b", project.api_port + 1)
    finally:
        remove_containers(project)
    assert KEY not in sshd.environment_over_there()


def test_an_interruption_is_for_the_manager_and_not_for_its_ssh(sshd: Sshd, tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    project = Project(tmp_path / "project")
    project.add("user-a")
    try:
        must_succeed(project.up())
        before = containers(project)
        slow = ["--docker-arg", "-e REFERENCE_READY_AFTER_S=600"]
        with Terminal(project, COMMAND, "up", "--host", sshd.url, *slow) as terminal:
            eventually(lambda: len(containers(project)) == 2)
            terminal.send("\x03")
            assert terminal.ended() == 130, terminal.text
        assert "its predecessor serves again" in terminal.text
        assert containers(project) == before
    finally:
        remove_containers(project)


def test_nothing_is_asked_on_a_terminal(sshd: Sshd, tmp_path: Path) -> None:
    project = Project(tmp_path / "project")
    project.add("user-a")
    sshd.configure_client(key="closed")

    with Terminal(project, COMMAND, "plan", "--host", sshd.url) as terminal:
        assert terminal.ended() == 3

    assert "Permission denied" in terminal.text
    assert "passphrase for" not in terminal.text.lower()
