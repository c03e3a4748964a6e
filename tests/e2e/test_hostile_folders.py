"""What an instance's root does to its folders hinders no command and reaches no host file."""

from __future__ import annotations

import stat
import textwrap
from pathlib import Path

import pytest

from e2e.obligations import (
    containers,
    docker,
    must_be_refused,
    must_run_on_its_own_profile,
    must_succeed,
)
from e2e.project import Project, session

TREE = "/app/auth_profiles"
SECRET = session("the-host")


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A file of the host that is root's alone, where a container knows it to lie."""
    made = tmp_path / "secret.json"
    made.write_text(SECRET)
    made.chmod(0o600)
    return made


def in_container(project: Project, script: str) -> str:
    """Run a few lines of Python in the container, as the root of it."""
    lines = textwrap.dedent(script)
    return docker("exec", "-u", "0", project.container("user-a"), "python", "-c", lines)


def launched(project: Project, *options: str) -> None:
    project.add("user-a")
    must_succeed(project.up(*options))


def must_be_untouched(secret: Path) -> None:
    assert secret.read_text() == SECRET
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600


def test_what_it_put_beside_its_profile_is_gone_before_it_starts_again(
    project: Project, secret: Path
) -> None:
    launched(project)
    before = containers(project)
    in_container(
        project,
        f"""
        import os
        os.chdir("{TREE}/active")
        os.symlink("{TREE}/saved/user-a.json", "aaa.json")
        os.symlink("{secret}", "aab.json")
        os.symlink("/app", "aac")
        os.mkfifo("aad.json")
        os.mkdir("aae.json")
        os.mknod("aaf.json", 0o020666, os.makedev(1, 9))
        """,
    )
    told = project.command("verify")
    assert told.code == 1
    assert "aaa.json (a link)" in told.text

    must_succeed(project.command("restart"))

    assert containers(project) == before
    assert list(project.copy_of("user-a").parent.iterdir()) == [project.copy_of("user-a")]
    must_run_on_its_own_profile(project, "user-a", project.api_port)
    must_succeed(project.command("verify"))
    must_be_untouched(secret)


DEEPER = """
import os
os.chdir("{tree}/active")
for _ in range(1500):
    os.mkdir("{name}")
    os.chdir("{name}")
"""


def test_a_tree_without_end_hinders_no_command(project: Project) -> None:
    launched(project)
    for name in ("d", "e" * 200):
        in_container(project, DEEPER.format(tree=TREE, name=name))

    for words in (("status",), ("plan",), ("explain", "user-a"), ("sync",), ("verify",)):
        result = project.command(*words)
        assert "Traceback" not in result.text, words
        assert "recursion" not in result.text, words
    must_succeed(project.command("down"))

    assert not project.copy_of("user-a").parent.exists()


def test_a_program_of_the_image_that_writes_for_ever_holds_no_command(project: Project) -> None:
    launched(project)
    in_container(
        project,
        """
        import os, shutil
        path = shutil.which("cat")
        os.path.lexists(path) and os.remove(path)
        with open(path, "w") as file:
            file.write("#!/bin/sh\\nwhile :; do echo xxxxxxxxxxxxxxxx; done\\n")
        os.chmod(path, 0o755)
        """,
    )
    project.copy_of("user-a").unlink()

    result = must_succeed(project.command("sync"))

    assert "it was put back from the pool" in result.text
    assert project.copy_of("user-a").read_text() == session("user-a", pool=project.prefix)


def test_a_link_planted_in_the_pool_is_neither_launched_nor_written_to(
    project: Project, secret: Path
) -> None:
    launched(project, "--enable-auth-rotation")
    in_container(
        project,
        f"""
        import os
        os.chdir("{TREE}/saved")
        os.symlink("{secret}", "zzz.json")
        os.remove("user-a.json")
        os.symlink("{secret}", "user-a.json")
        """,
    )

    for options in ((), ("--enable-auth-rotation",)):
        result = project.up(*options)
        must_be_refused(
            result, "profile zzz", "profile user-a", "link out of the profile directory"
        )
    for words in (("sync",), ("stop",)):
        assert "Traceback" not in project.command(*words).text

    assert list(containers(project)) == [project.container("user-a")]
    must_be_untouched(secret)


def test_with_rotation_an_instance_cannot_write_the_keys_of_all(project: Project) -> None:
    launched(project, "--enable-auth-rotation")

    for act in (f"open('{TREE}/new', 'w')", f"import os; os.rename('{TREE}/key.txt', '{TREE}/k')"):
        with pytest.raises(AssertionError, match=r"Read-only file system|Device or resource busy"):
            in_container(project, act)
    in_container(project, f"open('{TREE}/saved/user-b.json', 'w').write('{{\"cookies\": []}}')")
    assert (project.saved / "user-b.json").exists()
