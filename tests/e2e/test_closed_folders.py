"""What a container closes to a manager that may not look past modes is opened by the engine."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from e2e.obligations import docker, must_run_on_its_own_profile, must_succeed
from e2e.project import COMMAND, Project, Result, session

ACTIVE = "/app/auth_profiles/active"
# What root may do beyond any other user: without it, root is as good as one.
_BEYOND = (
    "dac_override",
    "dac_read_search",
    "fowner",
    "chown",
    "fsetid",
    "sys_ptrace",
    "sys_admin",
)


def as_a_user(project: Project, *words: str) -> Result:
    taken = ",".join(f"-{name}" for name in _BEYOND)
    return project.run("setpriv", f"--bounding-set={taken}", COMMAND, *words)


def in_container(project: Project, script: str, user: str = "4321") -> None:
    """Run a few lines of Python in the container, by default as a user that is none of the host."""
    name, lines = project.container("user-a"), textwrap.dedent(script)
    docker("exec", "-u", user, name, "python", "-c", f"import os\nos.chdir('{ACTIVE}')\n{lines}")


@pytest.fixture
def launched(project: Project) -> Project:
    project.add("user-a")
    must_succeed(as_a_user(project, "up"))
    return project


def close_copy(project: Project, content: str) -> None:
    """Replace the copy as an application does that writes beside it and renames."""
    in_container(
        project,
        f"""
        with open('new', 'w') as file:
            file.write({content!r})
        os.chmod('new', 0o600)
        os.rename('new', 'user-a.json')
        """,
    )


def test_a_copy_that_its_application_closed_reaches_the_pool(launched: Project) -> None:
    refreshed = session("user-a", refreshed=True)
    close_copy(launched, refreshed)
    assert launched.copy_of("user-a").stat().st_uid == 4321

    result = must_succeed(as_a_user(launched, "sync"))

    assert "saved to the pool" in result.text
    assert (launched.saved / "user-a.json").read_text() == refreshed


def test_a_folder_that_its_container_closed_does_not_keep_it_from_being_taken_down(
    launched: Project,
) -> None:
    in_container(launched, "os.makedirs('mine/deeper', 0o700); os.chmod('mine', 0o700)")
    in_container(launched, "open('mine/deeper/file', 'w').close()")

    must_succeed(as_a_user(launched, "restart"))
    must_run_on_its_own_profile(launched, "user-a", launched.api_port)
    in_container(launched, "os.makedirs('mine/deeper', 0o700); os.chmod('mine', 0o700)")
    must_succeed(as_a_user(launched, "down"))

    assert not launched.copy_of("user-a").parent.exists()
    assert docker("ps", "-aq", "--filter", f"name=^{launched.prefix}") == ""


@pytest.mark.parametrize("command", ["sync", "stop", "down"])
def test_a_folder_that_shows_its_copy_to_nobody_costs_no_session(
    launched: Project, command: str
) -> None:
    """Root of a container may do more to its folder than the manager of a user."""
    refreshed = session("user-a", refreshed=True)
    close_copy(launched, refreshed)
    in_container(launched, "os.chown('.', 4321, 4321); os.chmod('.', 0o700)", user="0")

    must_succeed(as_a_user(launched, command))

    kept = launched.state.glob("history/*/*.json")
    found = [(launched.saved / "user-a.json").read_text(), *(path.read_text() for path in kept)]
    assert refreshed in found


def test_the_engines_container_for_it_sees_nothing_else_of_the_host(
    launched: Project, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("of the host")
    secret.chmod(0o600)
    in_container(launched, f"os.mkdir('mine', 0o700); os.symlink('{secret}', 'mine/link')")

    must_succeed(as_a_user(launched, "down"))

    assert secret.stat().st_mode & 0o777 == 0o600
