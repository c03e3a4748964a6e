"""Custody of sessions, end to end: the pool is its owner's, the copy its container's, none is lost.

Each test uses a real instance, which writes its own copy as the application does.
"""

from __future__ import annotations

import json
import os
import shutil
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from e2e.obligations import (
    containers,
    digest,
    docker,
    eventually,
    must_be_refused,
    must_run_on_its_own_profile,
    must_succeed,
    serves,
    use_until_it_saves,
)
from e2e.project import COMMAND, Project, session

NAME = "user-a"
COPY = f"/app/auth_profiles/active/{NAME}.json"


def launched(project: Project, *names: str) -> dict[str, str]:
    project.add(*names)
    must_succeed(project.up())
    return containers(project)


def refresh(project: Project, name: str = NAME, slot: int = 0) -> str:
    """Use the instance until it saves its session; gives what it wrote."""
    copy = project.copy_of(name)
    before = saves(copy)
    use_until_it_saves(project.api_port + slot)
    eventually(lambda: saves(copy) > before)
    return copy.read_text()


def saves(file: Path) -> int:
    """How often the instance has saved, by the file; -1 for one that is torn at this moment."""
    try:
        content = json.loads(file.read_text())
    except ValueError:
        return -1
    return int(content.get("reference_instance", {}).get("saves", 0)) if content else -1


def in_pool(project: Project, name: str = NAME) -> Path:
    return project.saved / f"{name}.json"


def kept(project: Project, name: str = NAME) -> list[str]:
    """The versions in the history, oldest first."""
    return list(numbered(project, name).values())


def numbered(project: Project, name: str = NAME) -> dict[int, str]:
    return {int(path.name[:6]): path.read_text() for path in kept_files(project, name)}


def kept_files(project: Project, name: str) -> list[Path]:
    return sorted((project.state / "history" / project.container(name)).glob("*.json"))


def logins(*files: Path) -> set[str]:
    """Whose sessions these files hold."""
    return {json.loads(file.read_text())["cookies"][0]["value"] for file in files}


def in_container(project: Project, script: str, name: str = NAME) -> None:
    """Run a few lines of Python in the container, as the root of it."""
    docker("exec", "-u", "0", project.container(name), "python", "-c", script)


def test_what_the_container_saved_is_in_the_pool_after_the_next_launch(project: Project) -> None:
    before = launched(project, NAME)
    first = in_pool(project).read_text()
    for _ in range(2):
        written = refresh(project)

        must_succeed(project.up())

        assert in_pool(project).read_text() == written
    assert containers(project) == before, "a harvest must not touch the instance"
    assert kept(project)[0] == first
    assert len(kept(project)) == 2


DAMAGES: dict[str, Callable[[str], str]] = {
    "empty": lambda _: "",
    "truncated": lambda written: written[: len(written) // 2],
    "not a profile": lambda _: "[]",
    "blank": lambda _: " \n",
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_a_damaged_copy_never_reaches_the_pool(
    project: Project, damage: Callable[[str], str]
) -> None:
    before = launched(project, NAME)
    written = refresh(project)
    must_succeed(project.up())
    project.copy_of(NAME).write_text(damage(written))

    must_succeed(project.up())

    assert in_pool(project).read_text() == written
    assert containers(project) == before
    written = refresh(project)
    must_succeed(project.up())
    assert in_pool(project).read_text() == written, "its next save must be harvested again"


def test_a_damaged_copy_of_a_stopped_instance_is_made_anew_from_the_pool(project: Project) -> None:
    launched(project, NAME)
    written = refresh(project)
    must_succeed(project.up())
    assert in_pool(project).read_text() == written, "its save must be harvested"
    docker("kill", project.container(NAME))
    project.copy_of(NAME).write_text(written[:20])

    must_succeed(project.up())

    assert in_pool(project).read_text() == written
    must_run_on_its_own_profile(project, NAME, project.api_port)


def test_the_owners_new_login_replaces_that_instance_alone(project: Project) -> None:
    before = launched(project, "user-a", "user-b")
    renewed = session("the-new-login")
    in_pool(project, "user-b").write_text(renewed)

    result = must_succeed(project.up())

    after = containers(project)
    assert after[project.container("user-a")] == before[project.container("user-a")]
    assert after[project.container("user-b")] != before[project.container("user-b")]
    assert "profile was replaced in the pool" in result.text
    assert project.copy_of("user-b").read_text() == renewed
    assert in_pool(project, "user-b").read_text() == renewed


def test_where_both_changed_the_owners_wins_and_the_containers_can_be_brought_back(
    project: Project,
) -> None:
    launched(project, NAME)
    refresh(project)
    renewed = session("the-new-login")
    in_pool(project).write_text(renewed)

    must_succeed(project.up())

    assert in_pool(project).read_text() == renewed
    must_run_on_its_own_profile(project, NAME, project.api_port)
    versions = {number: text for number, text in numbered(project).items() if "user-a" in text}
    assert versions, "the container's session must be kept"
    listed = must_succeed(project.run(COMMAND, "profiles", "history", NAME))
    for number in versions:
        assert str(number) in listed.text
    assert "cookie-of" not in listed.text
    number, wanted = max(versions.items())
    assert saves_of(wanted) == 2, "the save at its shutdown is the newest"

    must_succeed(project.run(COMMAND, "profiles", "restore", NAME, str(number)))

    assert in_pool(project).read_text() == wanted
    assert renewed in kept(project), "what was there before must be kept"
    must_succeed(project.up())
    assert "cookie-of-user-a" in project.copy_of(NAME).read_text()
    must_run_on_its_own_profile(project, NAME, project.api_port)


_END_THE_BROWSER = """
import os, pathlib
for words in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
    if words.read_bytes().split(b"\\0")[0].endswith(b"camoufox-bin"):
        os.kill(int(words.parent.name), 9)
"""


def test_what_pythons_json_reads_is_launched_harvested_and_restored_byte_for_byte(
    project: Project,
) -> None:
    """A page can cut a string in the middle of a character; the standard has no such text."""
    odd = [
        f'{{"cookies": [{{"name": "s", "value": "cookie-of-{NAME}-{number}", "expires": 1e400}}],'
        f'"origins": [["cut \\ud83d", NaN, -Infinity, {number}]]}}'
        for number in (1, 2)
    ]
    project.add(NAME)
    in_pool(project).write_text(odd[0])
    must_succeed(project.up())
    assert project.copy_of(NAME).read_text() == odd[0]

    in_container(project, f"open({COPY!r}, 'w').write({odd[1]!r})")
    must_succeed(project.command("sync"))
    assert in_pool(project).read_text() == odd[1]

    must_succeed(project.command("profiles", "restore", NAME, "1"))
    assert in_pool(project).read_text() == odd[0]
    in_container(project, _END_THE_BROWSER)  # its own save writes no half of a character
    must_succeed(project.up())
    assert project.copy_of(NAME).read_text() == odd[0]
    assert odd[1] in kept(project)


def test_a_profile_that_is_renamed_keeps_its_ports_its_history_and_its_newest_session(
    project: Project,
) -> None:
    launched(project, "user-b", NAME)
    port, first = project.api_port, in_pool(project).read_text()
    written = refresh(project)
    in_pool(project).rename(in_pool(project, "anna"))

    planned = project.command("plan")
    assert f"{project.container('anna')}: was renamed from {NAME}" in planned.text
    looked = project.command("status")
    assert "takes its instance over" in looked.text
    assert "--remove-orphans" not in looked.text
    must_succeed(project.up())

    assert set(containers(project)) == {project.container("anna"), project.container("user-b")}
    must_run_on_its_own_profile(project, "anna", port)
    assert saves(in_pool(project, "anna")) >= saves_of(written)
    assert first in kept(project, "anna")
    assert not in_pool(project).exists()
    must_succeed(project.command("plan"))


def test_a_version_that_does_not_exist_is_refused_with_those_that_do(project: Project) -> None:
    launched(project, NAME)
    refresh(project)
    must_succeed(project.up())
    before = in_pool(project).read_text()

    result = project.run(COMMAND, "profiles", "restore", NAME, "99")

    assert result.code == 2
    assert "has no version 99; there are: 1" in result.text
    assert in_pool(project).read_text() == before


def test_a_harvest_keeps_the_owner_and_the_mode_of_the_file_in_the_pool(project: Project) -> None:
    project.add(NAME)
    file = in_pool(project)
    file.chmod(0o640)
    if os.geteuid() == 0:
        os.chown(file, 1234, 2345)
    before = file.stat()
    must_succeed(project.up())
    written = refresh(project)

    must_succeed(project.up())

    after = file.stat()
    assert file.read_text() == written
    assert stat.S_IMODE(after.st_mode) == 0o640
    assert (after.st_uid, after.st_gid) == (before.st_uid, before.st_gid)


def test_a_linked_profile_is_followed_at_every_harvest_and_never_replaced(
    project: Project, tmp_path: Path
) -> None:
    vault = tmp_path / "vault" / "mine.json"
    vault.parent.mkdir()
    vault.write_text(session(NAME))
    in_pool(project).symlink_to(os.path.relpath(vault, project.saved))
    must_succeed(project.up())
    for _ in range(2):
        written = refresh(project)
        must_succeed(project.up())
        assert vault.read_text() == written
    assert in_pool(project).is_symlink()
    assert [path.name for path in vault.parent.iterdir()] == ["mine.json"]
    refresh(project)
    must_succeed(project.up("--recreate"))
    assert in_pool(project).is_symlink()
    assert digest(vault) == digest(project.copy_of(NAME))


PLANTED = {
    "a link to a secret of the host": "os.symlink('{secret}', path)",
    "a link to the pool": "os.symlink('{pool}', path)",
    "a pipe": "os.mkfifo(path)",
    "a folder": "os.mkdir(path)",
    "a socket": "socket.socket(socket.AF_UNIX).bind(path)",
}


@pytest.mark.parametrize("plant", PLANTED.values(), ids=PLANTED.keys())
def test_what_the_container_puts_in_the_place_of_its_copy_is_not_followed(
    project: Project, tmp_path: Path, plant: str
) -> None:
    launched(project, "user-a", "user-b")
    secret = tmp_path / "secret.json"
    secret.write_text(session("the-host"))
    secret.chmod(0o600)
    others = in_pool(project, "user-b")
    secret_before = secret.read_text()
    line = plant.format(secret=secret, pool=others)
    in_container(project, f"import os, socket; path = '{COPY}'; os.remove(path); {line}")

    for options in ((), ("--recreate",)):
        # Its application waits at a pipe for ever: that long it is waited for.
        result = project.up(*options, "--stop-timeout", "4")
        assert "Traceback" not in result.text
        assert secret.read_text() == secret_before
        assert logins(in_pool(project), *kept_files(project, "user-a")) == {"cookie-of-user-a"}
        assert logins(others, *kept_files(project, "user-b")) == {"cookie-of-user-b"}

    must_succeed(project.up())
    assert project.copy_of(NAME).is_file()
    assert not project.copy_of(NAME).is_symlink()
    must_run_on_its_own_profile(project, "user-a", project.api_port)
    must_run_on_its_own_profile(project, "user-b", project.api_port + 1)


def test_a_state_folder_that_was_moved_away_costs_neither_ports_nor_sessions(
    project: Project, tmp_path: Path
) -> None:
    """The labels tell the ports, and the container still has its session mounted."""
    launched(project, "user-a", "user-b", "user-c")
    in_pool(project, "user-a").unlink()
    must_succeed(project.up("--remove-orphans"))
    written = refresh(project, "user-b", 1)
    project.state.rename(tmp_path / "elsewhere")

    result = must_succeed(project.up())

    assert not serves(project.api_port, "user-a")
    must_run_on_its_own_profile(project, "user-b", project.api_port + 1)
    must_run_on_its_own_profile(project, "user-c", project.api_port + 2)
    assert saves(in_pool(project, "user-b")) >= saves_of(written), result.text
    assert saves(project.copy_of("user-b")) >= saves_of(written)
    must_succeed(project.run(COMMAND, "plan"))


def test_a_run_that_looks_in_another_state_folder_is_refused_and_told_the_right_one(
    project: Project, tmp_path: Path
) -> None:
    """Stopped from there, an instance would save its session where nobody looks for it."""
    before = launched(project, NAME)
    other = tmp_path / "other"

    for words in (("stop",), ("down",), ("sync",), ("restart",), ("up",)):
        result = project.command(*words, "--state-dir", other)
        must_be_refused(result, project.container(NAME), f"--state-dir {project.state}")

    assert containers(project) == before
    assert not other.exists()
    linked = tmp_path / "linked"
    linked.symlink_to(project.state)
    must_succeed(project.command("stop", "--state-dir", linked))
    assert saves(in_pool(project)) > 0


def test_a_deleted_state_folder_costs_no_ports_and_nothing_of_the_pool(project: Project) -> None:
    """What only the runtime copy had went with it; the instance's memory has it no more either."""
    launched(project, "user-a", "user-b", "user-c")
    in_pool(project, "user-a").unlink()
    written = refresh(project, "user-b", 1)
    must_succeed(project.up("--remove-orphans"))
    shutil.rmtree(project.state)

    must_succeed(project.up())

    assert not serves(project.api_port, "user-a")
    must_run_on_its_own_profile(project, "user-b", project.api_port + 1)
    must_run_on_its_own_profile(project, "user-c", project.api_port + 2)
    assert saves(in_pool(project, "user-b")) >= saves_of(written)
    must_succeed(project.run(COMMAND, "plan"))


def test_a_damaged_ledger_is_said_and_set_aside_and_nobody_moves(project: Project) -> None:
    before = launched(project, "user-a", "user-b")
    in_pool(project, "user-a").unlink()
    must_succeed(project.up("--remove-orphans"))
    ledger = project.state / "ledger" / f"{project.prefix}.json"
    ledger.write_bytes(b'{"slots": {"user-b"')

    result = must_succeed(project.up())

    assert f"{ledger}: is damaged" in result.text
    assert ledger.with_name(f"{ledger.name}.damaged").read_bytes() == b'{"slots": {"user-b"'
    name = project.container("user-b")
    assert containers(project) == {name: before[name]}
    must_run_on_its_own_profile(project, "user-b", project.api_port + 1)


def test_labels_of_running_instances_win_over_a_ledger_that_says_otherwise(
    project: Project,
) -> None:
    before = launched(project, "user-a", "user-b")
    ledger = project.state / "ledger" / f"{project.prefix}.json"
    content = json.loads(ledger.read_text())
    content["slots"] = {"user-a": 1, "user-b": 0}
    ledger.write_text(json.dumps(content))

    must_succeed(project.up())

    assert containers(project) == before
    must_run_on_its_own_profile(project, "user-a", project.api_port)
    must_run_on_its_own_profile(project, "user-b", project.api_port + 1)


def test_a_session_is_harvested_before_its_instance_is_removed(project: Project) -> None:
    launched(project, NAME, "user-b")
    written = refresh(project)
    in_pool(project).unlink()

    must_succeed(project.up("--remove-orphans"))

    newest = kept(project)[-1]
    assert json.loads(newest)["reference_instance"]["saves"] >= saves_of(written) + 1, (
        "the save at its shutdown must be in the history"
    )
    assert list(containers(project)) == [project.container("user-b")]


def saves_of(text: str) -> int:
    return int(json.loads(text)["reference_instance"]["saves"])
