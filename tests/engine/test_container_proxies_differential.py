"""A container gets the proxies of the docker client's configuration as the client gives them."""

from __future__ import annotations

import json
import os
import subprocess
import uuid
from collections.abc import Mapping
from pathlib import Path

import pytest

from e2e.project import IMAGE
from engine.client_folder import ClientFolder
from multi_instance_manager.engine.docker_run import parse_docker_args
from multi_instance_manager.engine.endpoint.endpoint import proxies_for_containers, resolve_endpoint
from unit.builders import RESERVED

SOCKET = "unix:///var/run/docker.sock"
PLAIN = {
    "httpProxy": "http://user:pass@proxy:3128",
    "httpsProxy": "http://proxy:3129",
    "noProxy": "localhost,.example.org",
}
ALL = {**PLAIN, "ftpProxy": "ftp://proxy:21", "allProxy": "socks5://proxy:1080"}
PROXIES = ("http_proxy", "https_proxy", "no_proxy", "ftp_proxy", "all_proxy")


@pytest.mark.parametrize("extra", ["", "-e HTTP_PROXY=mine", "-e http_proxy=", "-e NO_PROXY"])
@pytest.mark.parametrize(
    "config",
    [
        {},
        {"proxies": {}},
        {"proxies": {"default": PLAIN}},
        {"proxies": {"default": ALL}},
        {"proxies": {"default": {"HTTPProxy": "http://proxy:1", "httpsProxy": ""}}},
        {"proxies": {SOCKET: {"noProxy": "here"}, "default": PLAIN}},
        {"proxies": {SOCKET: {}, "default": PLAIN}},
        {"proxies": {"unix:///elsewhere.sock": PLAIN}},
    ],
    ids=["none", "empty", "default", "all", "case", "own address", "own and empty", "another"],
)
def test_a_container_has_the_variables_that_the_docker_client_gives_it(
    config: Mapping[str, object], extra: str, tmp_path: Path
) -> None:
    folder = ClientFolder(tmp_path / "client")
    folder.configure(json.dumps(config))
    environment = {"PATH": os.environ["PATH"], "DOCKER_CONFIG": str(folder.path)}

    theirs = made_by_the_client(extra, environment)

    url = resolve_endpoint(host=None, context=None, environment=environment).url
    assert url == SOCKET
    given = parse_docker_args(
        (extra,), reader=lambda _: "", environment=environment, reserved=RESERVED
    ).extra
    payload = given.with_proxies(proxies_for_containers(environment, url)).apply_to({})
    assert proxies_in(payload.get("Env", ())) == theirs


def made_by_the_client(extra: str, environment: Mapping[str, str]) -> dict[str, str]:
    name = f"proxies-{uuid.uuid4().hex[:12]}"
    create = ["docker", "create", "--pull=never", "--name", name, *extra.split(), IMAGE]
    subprocess.run(create, env=dict(environment), check=True, capture_output=True, timeout=60)
    try:
        words = ["docker", "inspect", "--format", "{{json .Config.Env}}", name]
        shown = subprocess.run(words, check=True, capture_output=True, timeout=60).stdout
    finally:
        subprocess.run(["docker", "rm", name], check=True, capture_output=True, timeout=60)
    return proxies_in(json.loads(shown))


def proxies_in(entries: list[str]) -> dict[str, str]:
    """What a process would see of the proxies: an entry without a value sets nothing."""
    pairs = (entry.partition("=") for entry in entries)
    return {name: value for name, sign, value in pairs if sign and name.lower() in PROXIES}
