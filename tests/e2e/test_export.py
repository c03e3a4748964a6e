"""What another tool makes of an export is an instance to the manager."""

from __future__ import annotations

import json
from pathlib import Path

from e2e.obligations import (
    containers,
    inspect,
    must_ask_for_the_key,
    must_run_on_its_own_profile,
    must_succeed,
    variables,
)
from e2e.project import Project, session

OPTIONS = ("--memory-limit=256m", "--docker-arg=--env 'GREETING=a $b' --add-host x:10.0.0.1")
UP = """
bash prepare.sh
. ./secrets.sh
docker-compose up --detach
"""


def test_up_takes_over_what_compose_made_without_a_replacement(
    project: Project, tmp_path: Path
) -> None:
    project.add("user-a")
    (project.saved / "A $name.json").write_text(session("odd"))
    files = tmp_path / "files"
    must_succeed(project.command("export", "compose", files, "--with-secrets", *OPTIONS))
    must_succeed(project.run("bash", "-euc", UP, cwd=files, env={"API_KEY": None}))
    made = containers(project)
    assert len(made) == 2

    result = must_succeed(project.up(*OPTIONS))

    assert "nothing to do" in result.out
    assert containers(project) == made
    must_run_on_its_own_profile(project, "user-a", project.api_port + 1)
    must_ask_for_the_key(project.api_port + 1)
    container = project.container("user-a")
    assert variables(container)["GREETING"] == "a $b"
    assert inspect(container)["HostConfig"]["Memory"] == 256 * 1024**2
    proofs = json.loads(must_succeed(project.command("verify", "--output", "json")).out)
    assert proofs["exit_code"] == 0
