"""The container's side of a launch: what it is given, what it sees, and what the host keeps."""

from __future__ import annotations

import json
import stat
import tempfile
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from e2e.engine_kind import told
from e2e.obligations import (
    digest,
    docker,
    eventually,
    get,
    inspect,
    mounts,
    must_run_on_its_own_profile,
    must_succeed,
    variables,
)
from e2e.project import KEY, Project, session

TREE = "/app/auth_profiles"
NOBODY = 65534


def python_in(container: str, statement: str, *options: str) -> str:
    """Run a statement inside, as the container's own user."""
    return docker("exec", *options, container, "python", "-S", "-c", statement)


def holds_a_secret(path: Path) -> bool:
    content = path.read_bytes()
    return b"cookie-of-" in content or KEY.encode() in content


def tree_of(project: Project) -> dict[str, bytes]:
    """Every file of the shared tree with its content."""
    tree = project.root / "auth_profiles"
    return {
        str(path.relative_to(tree)): path.read_bytes()
        for path in sorted(tree.rglob("*"))
        if path.is_file()
    }


@pytest.mark.podman
def test_the_shared_tree_is_mounted_and_the_variable_names_the_profile(project: Project) -> None:
    project.add("user-a", "user-b")

    must_succeed(project.up())

    for name in ("user-a", "user-b"):
        container = project.container(name)
        assert mounts(container)[TREE]["Source"] == str(project.root / "auth_profiles")
        assert variables(container)["ACTIVE_AUTH_JSON_PATH"] == f"{TREE}/saved/{name}.json"
        assert variables(container)["AUTO_AUTH_ROTATION_ON_STARTUP"] == "false"
        assert variables(container)["AUTO_ROTATE_AUTH_PROFILE"] == "false"


@pytest.mark.podman
def test_the_runtime_copy_is_a_private_folder_under_the_state_folder(project: Project) -> None:
    project.add("user-a")

    must_succeed(project.up())

    mount = mounts(project.container("user-a"))[f"{TREE}/active"]
    assert Path(mount["Source"]) == project.copy_of("user-a").parent
    assert mount["RW"]
    assert [path.name for path in Path(mount["Source"]).iterdir()] == ["user-a.json"]
    assert project.copy_of("user-a").read_bytes() == (project.saved / "user-a.json").read_bytes()


def test_the_hosts_shared_tree_stays_as_it_was(project: Project) -> None:
    project.add("user-a", "user-b", "user-c")
    (project.root / "auth_profiles" / "active" / "of-the-host.json").write_text('{"mine": 1}')
    before = tree_of(project)

    must_succeed(project.up())
    must_succeed(project.up("--recreate", "--enable-auth-rotation"))

    after = tree_of(project)
    pool = [f"saved/{name}.json" for name in ("user-a", "user-b", "user-c")]
    assert after.keys() - before.keys() <= {"key.txt"}, "no stub may be left in the shared tree"
    assert after.get("key.txt", b"") == b""
    untouched = before.keys() - set(pool)
    assert {name: after[name] for name in untouched} == {name: before[name] for name in untouched}


@pytest.mark.podman
def test_the_pool_that_an_instance_sees_is_its_own_profile_and_cannot_be_written(
    project: Project,
) -> None:
    project.add("user-a", "user-b")
    must_succeed(project.up())
    container = project.container("user-a")

    for folder in ("saved", "emergency", "."):
        assert not mounts(container)[f"{TREE}/{folder}".removesuffix("/.")]["RW"]
    assert python_in(container, f"import os; print(os.listdir('{TREE}/saved'))") == (
        "['user-a.json']"
    )
    with pytest.raises(AssertionError, match="Read-only file system"):
        python_in(container, f"open('{TREE}/saved/other.json', 'w')", "--user", "0")


def test_what_an_instance_saves_is_seen_in_its_copy_alone(project: Project) -> None:
    project.behave(REFERENCE_SAVE_EVERY_S="0.2")
    project.add("user-a")
    before = digest(project.saved / "user-a.json")

    must_succeed(project.up())
    eventually(lambda: digest(project.copy_of("user-a")) != before)

    visible = get(project.api_port, "/whoami")[1]["visible"]
    assert visible["active"] != {"user-a.json": before}
    assert visible["saved"] == {"user-a.json": before}
    assert digest(project.saved / "user-a.json") == before


@pytest.mark.podman
def test_the_applications_own_activation_keeps_the_session(project: Project) -> None:
    """It empties the folder in use, and then copies from its pool."""
    project.add("user-a")
    must_succeed(project.up())
    body = json.dumps({"filename": "user-a.json"}).encode()

    asked = urllib.request.Request(  # of this machine
        f"http://127.0.0.1:{project.api_port}/api/auth/activate",
        data=body,
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(asked, timeout=10) as answer:  # noqa: S310  # as above
        assert answer.status == 200

    assert digest(project.copy_of("user-a")) == digest(project.saved / "user-a.json")
    assert project.command("verify").code == 0


@pytest.mark.parametrize("command", ["sync", "restart", "stop", "up"])
def test_a_copy_that_the_application_deleted_is_put_back(project: Project, command: str) -> None:
    project.add("user-a")
    must_succeed(project.up())
    copy, before = project.copy_of("user-a"), digest(project.saved / "user-a.json")
    asked = urllib.request.Request(  # of this machine
        f"http://127.0.0.1:{project.api_port}/api/auth/deactivate", method="DELETE"
    )
    urllib.request.urlopen(asked, timeout=10).close()  # noqa: S310  # as above
    assert not copy.exists()

    result = must_succeed(project.command(command, "--output", "json"))

    (entry,) = result.document["instances"]
    assert any("it was put back from the pool" in note for note in entry["notes"])
    assert copy.exists()
    if command == "sync":
        assert digest(copy) == before


@pytest.mark.podman
def test_what_lies_in_the_emergency_folder_is_not_seen_by_a_new_container(
    project: Project,
) -> None:
    project.add("user-a")
    must_succeed(project.up())
    container = project.container("user-a")
    folder = Path(mounts(container)[f"{TREE}/emergency"]["Source"])
    (folder / "other.json").write_text("{}")
    assert project.command("verify").code == 1, "another profile lies there"

    must_succeed(project.up("--recreate"))

    assert list(folder.iterdir()) == []
    assert project.command("verify").code == 0


@pytest.mark.podman
def test_the_copy_can_be_written_by_the_containers_own_user(project: Project) -> None:
    project.add("user-a")
    must_succeed(project.up())
    container = project.container("user-a")
    user = python_in(container, "import os; print(os.getuid())")

    python_in(container, f"open('{TREE}/active/user-a.json', 'r+').close()")
    python_in(container, f"open('{TREE}/active/.written', 'w').close()")

    assert user not in {"0", str(project.copy_of("user-a").stat().st_uid)}


@pytest.mark.podman
def test_the_key_reaches_the_variable_and_the_file_that_is_read(project: Project) -> None:
    project.add("user-a")

    must_succeed(project.up())

    container = project.container("user-a")
    assert variables(container)["API_KEY"] == KEY
    assert python_in(container, f"print(open('{TREE}/key.txt').read())") == KEY
    assert get(project.api_port, "/v1/queue", KEY)[0] == 200
    assert get(project.api_port, "/v1/queue", "sk-another")[0] == 401


def test_the_hosts_key_file_rules_where_no_key_was_asked_for(project: Project) -> None:
    project.add("user-a")
    keys = project.root / "auth_profiles" / "key.txt"
    keys.write_text("sk-of-the-host\nsk-second\n")

    result = must_succeed(project.up(env={"API_KEY": None}))

    assert "key.txt" in result.text, "the report must say which keys hold"
    assert "sk-of-the-host" not in result.text
    assert get(project.api_port, "/v1/queue", "sk-of-the-host")[0] == 200
    assert get(project.api_port, "/v1/queue", "sk-second")[0] == 200
    assert get(project.api_port, "/v1/queue", "sk-dummy")[0] == 401
    assert keys.read_text() == "sk-of-the-host\nsk-second\n"


@pytest.mark.parametrize("by", ["flag", "variable"])
def test_a_key_that_was_asked_for_beats_the_hosts_key_file(project: Project, by: str) -> None:
    project.add("user-a")
    keys = project.root / "auth_profiles" / "key.txt"
    keys.write_text("sk-of-the-host\n")
    flags = ("--api-key", "sk-asked") if by == "flag" else ()

    must_succeed(project.up(*flags, env={"API_KEY": None if flags else "sk-asked"}))

    assert get(project.api_port, "/v1/queue", "sk-asked")[0] == 200
    assert get(project.api_port, "/v1/queue", "sk-of-the-host")[0] == 401
    assert keys.read_text() == "sk-of-the-host\n"


@pytest.mark.podman
def test_the_environment_file_can_be_read_and_not_written(project: Project) -> None:
    project.add("user-a")
    must_succeed(project.up())
    container = project.container("user-a")

    mount = mounts(container)["/app/.env"]
    assert Path(mount["Source"]) == project.root / "docker" / ".env"
    assert not mount["RW"]
    assert (
        python_in(container, "print(open('/app/.env').read())")
        == (project.root / "docker" / ".env").read_text().strip()
    )


@pytest.mark.podman
def test_with_rotation_the_pool_is_visible_and_the_own_profile_comes_first(
    project: Project,
) -> None:
    project.add("user-a", "user-b")

    must_succeed(project.up("--enable-auth-rotation"))

    for slot, name in enumerate(("user-a", "user-b")):
        said = get(project.api_port + slot, "/whoami")[1]
        assert said["profile"] == name
        assert list(said["visible"]["active"]) == [f"{name}.json"]
        assert list(said["visible"]["saved"]) == ["user-a.json", "user-b.json"]
        assert variables(project.container(name))["AUTO_ROTATE_AUTH_PROFILE"] == "true"


def test_shared_isolation_shows_the_pool_and_rotates_nothing(project: Project) -> None:
    project.add("user-a", "user-b")

    must_succeed(project.up("--isolation", "shared"))

    for slot, name in enumerate(("user-a", "user-b")):
        said = get(project.api_port + slot, "/whoami")[1]
        assert said["profile"] == name
        assert list(said["visible"]["active"]) == [f"{name}.json"]
        assert list(said["visible"]["saved"]) == ["user-a.json", "user-b.json"]
        assert variables(project.container(name))["AUTO_ROTATE_AUTH_PROFILE"] == "false"


def test_an_emergency_profile_of_the_host_is_not_visible(project: Project) -> None:
    project.add("user-a")
    emergency = project.root / "auth_profiles" / "emergency"
    emergency.mkdir()
    (emergency / "spare.json").write_text('{"spare": true}')

    must_succeed(project.up())

    must_run_on_its_own_profile(project, "user-a", project.api_port)
    must_succeed(project.up("--isolation", "shared"))
    assert list(get(project.api_port, "/whoami")[1]["visible"]["emergency"]) == ["spare.json"]


@pytest.mark.podman
def test_a_pool_elsewhere_is_visible_with_rotation(project: Project) -> None:
    pool = project.root / "pool"
    pool.mkdir()
    for name in ("user-a", "user-b"):
        (pool / f"{name}.json").write_text(session(name))
    project.add("in-the-usual-place")

    must_succeed(project.up("--profile-dir", pool, "--enable-auth-rotation"))

    said = get(project.api_port, "/whoami")[1]
    assert said["profile"] == "user-a"
    assert list(said["visible"]["saved"]) == ["user-a.json", "user-b.json"]


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user of the host can enter, unlike those of other tests."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.mark.parametrize("existed", [False, True], ids=["made by the launch", "there before"])
def test_no_other_user_of_the_host_can_read_a_runtime_copy_or_a_key(
    project: Project, open_folder: Path, existed: bool
) -> None:
    project.add("user-a")
    state = open_folder / "state"
    (open_folder / "readable").write_text("hello")
    if existed:
        state.mkdir()
        state.chmod(0o755)

    must_succeed(project.up(env={"RUNTIME_STATE_DIR": str(state)}))

    as_nobody = project.run("cat", open_folder / "readable", user=NOBODY, cwd=open_folder)
    assert as_nobody.out == "hello", "the other user must be able to come as far as the folder"
    secrets = [path for path in state.rglob("*") if path.is_file() and holds_a_secret(path)]
    assert {path.name for path in secrets} >= {"user-a.json", "key.txt"}
    for path in secrets:
        refused = project.run("cat", path, user=NOBODY, cwd=open_folder)
        assert (refused.code, refused.out) == (1, ""), f"{path} was read"


def test_the_folders_of_the_state_folder_are_closed_to_others(project: Project) -> None:
    project.add("user-a")

    must_succeed(project.up())

    folders = [path for path in (project.state, *project.state.iterdir()) if path.is_dir()]
    assert {stat.S_IMODE(path.stat().st_mode) for path in folders} == {0o700}
    assert len(folders) > 3


@pytest.mark.podman
def test_the_image_and_the_command_of_a_container_are_those_of_the_image(
    project: Project,
) -> None:
    project.add("user-a")

    must_succeed(project.up())

    made = inspect(project.container("user-a"))
    (image,) = json.loads(docker("image", "inspect", made["Image"]))
    for part in ("Cmd", "Entrypoint", "User", "WorkingDir"):
        assert told(made["Config"][part]) == told(image["Config"][part])
