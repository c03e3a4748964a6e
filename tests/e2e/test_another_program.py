"""The page about another program: its files and its commands, on the real engine."""

from __future__ import annotations

import http.client
import json
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from e2e.obligations import must_succeed
from e2e.project import IMAGE, REPOSITORY, Project, Result, session
from unit.pages import Page

PAGE = Page(REPOSITORY / "docs" / "how-to" / "run-another-program.md")
DEFINITION, CONFIGURATION, _ = PAGE.blocks("toml")
(DOCKERFILE,) = PAGE.blocks("dockerfile")
LAUNCH, LOOK, END = PAGE.blocks("sh")
OWN_VARIABLES = ("IMAGE_NAME", "API_KEY", "AUTO_CONFIRM")


class AccountServer:
    """The page's repository, with a tag, a prefix and ports of the test's own."""

    def __init__(self, project: Project, root: Path) -> None:
        self.project = project
        self.root = root
        self.tag = f"account-server:{uuid.uuid4().hex[:8]}"
        (root / "accounts").mkdir(parents=True)
        for name in ("berlin", "paris"):
            (root / "accounts" / f"{name}.json").write_text(session(name))
        # The page's base image, where no registry answers: it has the same program.
        (root / "Dockerfile").write_text(DOCKERFILE.replace("FROM busybox", f"FROM {IMAGE}"))
        (root / "account-server.toml").write_text(self.own(DEFINITION))
        (root / "multi-instance.toml").write_text(CONFIGURATION)

    def own(self, text: str) -> str:
        return text.replace("account-server:latest", self.tag)

    def sh(self, script: str) -> Result:
        environment: dict[str, str | None] = dict.fromkeys(OWN_VARIABLES)
        environment["DOCKER_BUILDKIT"] = "0"
        words = ("bash", "-euo", "pipefail", "-c", self.own(script))
        return self.project.run(*words, cwd=self.root, env=environment)

    def inspected(self, name: str) -> dict[str, object]:
        words = ["docker", "inspect", self.project.container(name)]
        told = subprocess.run(words, capture_output=True, check=True).stdout
        found: dict[str, object] = json.loads(told)[0]
        return found


@pytest.fixture
def server(project: Project, tmp_path: Path) -> Iterator[AccountServer]:
    made = AccountServer(project, tmp_path / "account-server")
    yield made
    made.sh(END)
    subprocess.run(["docker", "image", "rm", "-f", made.tag], capture_output=True, check=False)


def test_what_the_page_says_runs_another_program(server: AccountServer) -> None:
    must_succeed(server.sh(LAUNCH))
    project = server.project
    for slot, name in enumerate(("berlin", "paris")):
        assert said_at(project.api_port + slot) == name
        details = server.inspected(name)
        assert list(details["HostConfig"]["PortBindings"]) == ["8000/tcp"]  # type: ignore[index]
        targets = {mount["Destination"] for mount in details["Mounts"]}  # type: ignore[attr-defined]
        assert targets == {"/data/accounts/current", "/data/accounts/all"}
        inside = project.run(
            *("docker", "exec", project.container(name), "ls", "/data/accounts/current")
        )
        assert inside.out.split() == [f"{name}.json"]

    looked = must_succeed(server.sh(LOOK))
    assert "none: no key is asked for" in looked.out
    must_be_proven_without_stream_or_key(server)

    must_succeed(server.sh(END))
    left = project.run("docker", "ps", "-aq", "--filter", f"name=^{project.prefix}")
    assert left.out == ""


def must_be_proven_without_stream_or_key(server: AccountServer) -> None:
    listed = must_succeed(server.sh("multi-instance status --output json")).document["instances"]
    assert [one["stream_port"] for one in listed] == [None, None]
    proven = must_succeed(server.sh("multi-instance verify --output json")).document["instances"]
    assert [one["state"] for one in proven] == ["ready", "ready"]
    assert not [one for one in proven if "key" in str(one["proof"])]


def said_at(port: int) -> str:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.request("GET", "/")
        return connection.getresponse().read().decode().strip()


def test_the_lines_of_a_dry_run_launch_the_same(server: AccountServer) -> None:
    """Without a key, a stream or a shared folder, too."""
    must_succeed(server.sh("docker build -q -t account-server:latest ."))
    lines = must_succeed(server.sh("multi-instance up --dry-run")).out
    must_succeed(server.sh(lines))

    must_succeed(server.sh("multi-instance plan"))
