"""Addresses as people write them."""

from __future__ import annotations

import pytest

from multi_instance_manager.engine.endpoint.address import SshAddress, ssh_address, whole_address


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("ssh://host", SshAddress("host")),
        ("ssh://MyHost", SshAddress("MyHost")),
        ("ssh://me@host:2222", SshAddress("host", "me", 2222)),
        ("ssh://a%40b@host", SshAddress("host", "a@b")),
        ("ssh://me@[2001:db8::1]:22", SshAddress("2001:db8::1", "me", 22)),
        ("ssh://host/run/docker.sock", SshAddress("host", socket="/run/docker.sock")),
        ("ssh://host/a%20b", SshAddress("host", socket="/a b")),
        ("ssh://host/", SshAddress("host")),
    ],
)  # fmt: skip
def test_an_address_for_ssh_is_taken_apart(url: str, address: SshAddress) -> None:
    assert whole_address(url) == url
    assert ssh_address(url) == address


@pytest.mark.parametrize(
    "url",
    [
        "ssh://",
        "ssh://me:secret@host",
        "ssh://-oProxyCommand=x",
        "ssh://-oProxyCommand=x@host",
        "ssh://host;reboot",
        "ssh://$(reboot)@host",
        "ssh://me%20you@host",
        "ssh://%60reboot%60@host",
        "ssh://host?x",
        "ssh://host#x",
        "ssh://ho st",
        "ssh://host:0",
    ],
)
def test_an_address_that_a_shell_would_act_on_is_none(url: str) -> None:
    assert whole_address(url) is None
