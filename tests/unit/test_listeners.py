"""Who holds a port: asked of the kernel, with real listeners."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from e2e.project import free_block
from multi_instance_manager.host.listeners import (
    address_fault,
    addresses_to_probe,
    busy_ports,
    can_bind,
    holders_of,
    listening_ports,
)
from multi_instance_manager.host.port_holder import holders_text


@contextmanager
def listener(address: str) -> Iterator[int]:
    """Somebody who listens on a port that was free, and that the system gives to nobody else."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with closing(socket.socket(family, socket.SOCK_STREAM)) as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            holder.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        holder.bind((address, free_block()))
        holder.listen()
        yield int(holder.getsockname()[1])


@pytest.mark.parametrize(
    ("host_ip", "probed"),
    [
        ("127.0.0.1", ("127.0.0.1", "::1")),
        ("::1", ("::1", "127.0.0.1")),
        ("127.0.0.2", ("127.0.0.2", "127.0.0.1", "::1")),
        ("0.0.0.0", ("0.0.0.0", "::")),
        ("::", ("0.0.0.0", "::")),
        ("192.0.2.1", ("192.0.2.1",)),
    ],
)
def test_the_addresses_where_a_listener_would_be_in_the_way(
    host_ip: str, probed: tuple[str, ...]
) -> None:
    assert addresses_to_probe(host_ip) == probed


@pytest.mark.parametrize("address", ["127.0.0.1", "0.0.0.0", "::1", "::"])
def test_a_port_that_somebody_listens_on_is_busy_wherever_he_listens(address: str) -> None:
    with listener(address) as port:
        assert busy_ports("127.0.0.1", [port]) == {port}
    assert busy_ports("127.0.0.1", [port]) == set()


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_a_listener_on_loopback_is_in_the_way_of_the_wildcard(address: str) -> None:
    with listener(address) as port:
        assert busy_ports("0.0.0.0", [port]) == {port}


def test_only_busy_ports_are_given() -> None:
    with listener("127.0.0.1") as busy, listener("127.0.0.1") as other:
        pass
    with listener("127.0.0.1") as held:
        assert busy_ports("127.0.0.1", [busy, other, held]) - {held} == set()


def test_a_connection_that_has_just_ended_does_not_hold_its_port() -> None:
    """The one who closes first keeps the port in TIME_WAIT for a minute."""
    with listener("127.0.0.1") as port, socket.socket() as client:
        client.connect(("127.0.0.1", port))
    assert can_bind("127.0.0.1", port)


def test_an_address_that_this_host_does_not_have_holds_nothing() -> None:
    assert can_bind("203.0.113.77", 2048)


def test_a_port_below_1024_is_judged_by_who_holds_it_and_not_by_the_right_to_bind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Forbidden(socket.socket):
        def bind(self, _: object) -> None:
            raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(socket, "socket", Forbidden)

    assert can_bind("127.0.0.1", 80)


def test_the_holder_of_a_port_is_named_with_its_pid() -> None:
    with listener("127.0.0.1") as port:
        assert f"(pid {os.getpid()})" in holders_text(holders_of(port))
        assert port in listening_ports()


def test_a_holder_that_cannot_be_seen_is_not_invented() -> None:
    with listener("127.0.0.1") as port:
        pass
    assert holders_text(holders_of(port)) == "a listener that cannot be seen from here"


@pytest.mark.parametrize("address", ["127.0.0.1", "127.0.0.5", "0.0.0.0", "::1", "::"])
def test_an_address_of_this_machine_can_be_listened_on(address: str) -> None:
    assert address_fault(address) is None


@pytest.mark.parametrize(
    ("address", "fault"),
    [
        ("203.0.113.9", "is not an address of this machine"),
        ("2001:db8::9", "is not an address of this machine"),
        ("fe80::9", "counts on one link only"),
        ("224.0.0.1", "is the address of a group"),
        ("255.255.255.255", "is the address of a group"),
    ],
)
def test_an_address_where_nothing_can_listen_is_told_why(address: str, fault: str) -> None:
    assert fault in str(address_fault(address))


@pytest.fixture
def proxy(tmp_path: Path) -> Iterator[tuple[int, int]]:
    """The pid and the port of a process that is called as an engine's proxy."""
    program = tmp_path / "docker-proxy"
    program.symlink_to(Path(sys.executable).resolve())
    script = (
        "import socket, sys; s = socket.create_server(('127.0.0.1', 0));"
        "print(s.getsockname()[1], flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [str(program), "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        yield process.pid, int(process.stdout.readline())
        process.kill()


def test_a_proxy_that_a_killed_engine_left_behind_is_named_with_its_remedy(
    proxy: tuple[int, int],
) -> None:
    pid, port = proxy

    assert holders_text(holders_of(port)) == (
        f"docker-proxy (pid {pid}), left behind by an engine that was killed (`kill {pid}` ends it)"
    )


def test_a_proxy_of_an_engine_that_runs_is_no_leftover(
    proxy: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    pid, port = proxy

    class Engine:
        @staticmethod
        def name() -> str:
            return "dockerd"

    monkeypatch.setattr("psutil.Process.parent", lambda _: Engine())

    assert holders_text(holders_of(port)) == f"docker-proxy (pid {pid})"
