"""The proxies of the docker client's configuration: which count, what is bad, what stays hidden."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from multi_instance_manager.engine.docker_run import ExtraArgs
from multi_instance_manager.engine.endpoint.endpoint import proxies_for_containers
from multi_instance_manager.errors import EngineUnreachable
from multi_instance_manager.plan.causes import Cause, CauseCode
from multi_instance_manager.plan.secret_changes import record_of, secret_changes
from multi_instance_manager.text.secret import Secret
from unit.builders import spec_of

HERE = "unix:///var/run/docker.sock"
ADDRESS = "http://user:a-password-nobody-may-see@proxy:3128"
GIVEN = (("HTTP_PROXY", Secret(ADDRESS)), ("http_proxy", Secret(ADDRESS)))


def read(config: Any, folder: Path, url: str = HERE) -> dict[str, str]:
    (folder / "config.json").write_text(json.dumps(config))
    found = proxies_for_containers({"DOCKER_CONFIG": str(folder)}, url)
    return {name: value.reveal() for name, value in found}


def test_no_configuration_gives_no_proxy(tmp_path: Path) -> None:
    assert proxies_for_containers({"DOCKER_CONFIG": str(tmp_path)}, HERE) == ()


def test_over_ssh_only_the_default_counts(tmp_path: Path) -> None:
    url = "ssh://user@host"
    config = {"proxies": {url: {"httpProxy": "one"}, "default": {"httpProxy": "two"}}}

    assert read(config, tmp_path, url) == {"HTTP_PROXY": "two", "http_proxy": "two"}


@pytest.mark.parametrize(
    "proxies", ["text", ["list"], {"default": "text"}, {"default": {"httpProxy": 3128}}]
)
def test_proxies_of_another_shape_are_refused_by_the_name_of_the_file(
    proxies: Any, tmp_path: Path
) -> None:
    with pytest.raises(EngineUnreachable, match=r"config\.json: cannot be read"):
        read({"proxies": proxies}, tmp_path)


def test_a_proxy_replaces_nothing_that_the_person_sets() -> None:
    extra = ExtraArgs(("--env=HTTP_PROXY=mine", "--env=https_proxy")).with_proxies(
        (*GIVEN, ("https_proxy", Secret("x")))
    )

    assert dict(extra.environment) == {"HTTP_PROXY": "mine", "http_proxy": ADDRESS}
    assert extra.variable_names == {"HTTP_PROXY", "https_proxy"}
    assert extra.proxies == {"http_proxy"}


def test_without_proxies_nothing_changes() -> None:
    assert ExtraArgs().with_proxies(()) == ExtraArgs()


def test_the_address_of_a_proxy_is_a_secret_whose_change_replaces_the_instance() -> None:
    one = spec_of("user-a", extra=ExtraArgs().with_proxies(GIVEN))
    elsewhere = (("HTTP_PROXY", Secret("other")), GIVEN[1])
    other = spec_of("user-a", extra=ExtraArgs().with_proxies(elsewhere))

    record = record_of(one, "salt").text()
    for told in (repr(one), repr(one.parts()), repr(one.labels()), record):
        assert "a-password-nobody-may-see" not in told
    assert f"HTTP_PROXY={ADDRESS}" in one.payload()["Env"]
    assert one.hash != spec_of("user-a").hash
    assert secret_changes(record, other) == (Cause(CauseCode.PROXY_CHANGED, ("HTTP_PROXY",)),)
