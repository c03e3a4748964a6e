"""Where keys are kept is shown without them; a rotation replaces one instance at a time."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from multi_instance_manager.cli.group import group
from multi_instance_manager.commands.change.rotate_keys import (
    NewKeys,
    RotationResult,
    rotate_keys,
)
from multi_instance_manager.commands.survey.known_secrets import KnownSecrets
from multi_instance_manager.errors import Declined, ExitCode, Refused, UsageProblems
from multi_instance_manager.http.probes import get
from multi_instance_manager.progress import Phase
from multi_instance_manager.settings.key_source import KeyKind, KeySource
from multi_instance_manager.settings.override import Override
from multi_instance_manager.text.secret import Secret
from unit.memory_engine import Fault
from unit.world import NAME, Builder, World, states

OLD = "sk-before-the-rotation"
OTHER = "ai-proxy-user-b"


def key_file(world: World, name: str = "key.txt") -> Path:
    path = world.settings.project_root / name
    path.write_text(f"\n{OLD}\n# a remark\n")
    path.chmod(0o640)
    return path


def kept_in_a_file(build: Builder, *names: str) -> tuple[World, Path]:
    """A launched pool whose key is in a file."""
    world = build(*names)
    path = key_file(world)
    world.wish(api_key=Secret(OLD), key_source=KeySource(KeyKind.KEY_FILE, path))
    assert world.up().exit_code is ExitCode.OK
    world.engine.healthy()
    return world, path


def rotate(world: World, *names: str) -> RotationResult:
    return rotate_keys(world.request(*names), world.watch(), lambda _: pytest.fail("asked"))


def mounted_key(world: World, container: str) -> str:
    return (world.settings.state_dir / "private" / container / "key.txt").read_text().strip()


def answers_to(world: World, key: str) -> bool:
    url = f"http://127.0.0.1:{world.settings.bases.api}/v1/queue"
    return get(url, timeout_s=5, key=Secret(key)).status == 200


def test_a_rotation_replaces_one_instance_at_a_time_and_says_where_both_keys_are(
    build: Builder,
) -> None:
    world, path = kept_in_a_file(build, "user-a", "user-b")

    report = rotate(world).report()

    assert report.exit_code == 0
    assert {one.profile: one.state for one in report.instances} == {
        "user-a": "ready",
        "user-b": "ready",
    }
    (key,) = report.keys
    assert (key.path, key.old_path) == (str(path), f"{path}.old")
    assert key.profiles == ("user-a", "user-b")
    new = path.read_text().split("\n")[1]
    assert path.read_text() == f"\n{new}\n# a remark\n"
    assert OLD in Path(key.old_path).read_text()
    assert mounted_key(world, NAME) == mounted_key(world, OTHER) == new != OLD
    assert new not in repr(report)
    assert answers_to(world, new)
    assert not answers_to(world, OLD)
    phases = [(e.profile_name, e.phase) for e in world.events]
    assert phases.index(("user-a", Phase.READY)) < min(
        place for place, (name, _) in enumerate(phases) if name == "user-b"
    )


def test_the_next_launch_has_nothing_to_do(build: Builder) -> None:
    world, path = kept_in_a_file(build, "user-a")
    rotate(world)
    new = path.read_text().split("\n")[1]

    world.wish(api_key=Secret(new))

    assert world.plan().pending == ()


def test_the_files_stay_as_closed_as_they_were_and_the_old_key_is_private(build: Builder) -> None:
    world, path = kept_in_a_file(build, "user-a")

    rotate(world)

    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert stat.S_IMODE(Path(f"{path}.old").stat().st_mode) == 0o600


def test_after_a_failure_the_others_are_not_touched_and_serve_on_with_the_old_key(
    build: Builder,
) -> None:
    world, path = kept_in_a_file(build, "user-a", "user-b")
    world.engine.fault = Fault(call="create")

    result = rotate(world)

    assert result.exit_code is not ExitCode.OK
    assert states(result.outcomes) == {"user-a": "rolled back", "user-b": "held back"}
    assert mounted_key(world, NAME) == mounted_key(world, OTHER) == OLD
    assert OLD in Path(f"{path}.old").read_text()
    world.engine.healthy()
    world.wish(api_key=Secret(path.read_text().split("\n")[1]))
    assert {o.profile_name for o in world.plan().pending} == {"user-a", "user-b"}


def test_both_keys_are_masked_in_logs_after_a_rotation(build: Builder) -> None:
    world, path = kept_in_a_file(build, "user-a")
    rotate(world)
    new = path.read_text().split("\n")[1]
    world.wish(api_key=Secret(new))

    line = KnownSecrets(world.settings, ()).log_line(f"{OLD} {new}".encode())

    assert OLD.encode() not in line
    assert new.encode() not in line


def test_a_profile_with_a_key_of_its_own_is_rotated_by_its_name_and_no_other(
    build: Builder,
) -> None:
    world = build("user-a", "user-b")
    shared, own = key_file(world), key_file(world, "own.txt")
    source = KeySource(KeyKind.KEY_FILE, own)
    world.wish(
        api_key=Secret(OLD),
        key_source=KeySource(KeyKind.KEY_FILE, shared),
        overrides={"user-b": Override(api_key=Secret(OLD), key_source=source)},
    )
    assert world.up().exit_code is ExitCode.OK
    before = world.engine.named(NAME)

    report = rotate(world, "user-b").report()

    assert [key.profiles for key in report.keys] == [("user-b",)]
    assert world.engine.named(NAME) is before
    assert mounted_key(world, NAME) == OLD != mounted_key(world, OTHER)
    assert not Path(f"{shared}.old").exists()


def test_a_shared_key_is_not_rotated_for_some(build: Builder) -> None:
    world, path = kept_in_a_file(build, "user-a", "user-b")

    with pytest.raises(UsageProblems, match="is also that of user-b; name these profiles, too"):
        rotate(world, "user-a")

    assert OLD in path.read_text()


@pytest.mark.parametrize(
    ("kind", "step"),
    [
        (KeyKind.DEFAULT, "generate-api-key = true"),
        (KeyKind.COMMAND_LINE, "--api-key-file"),
        (KeyKind.VARIABLE, "API_KEY_FILE"),
        (KeyKind.CONFIG_FILE, "change it there"),
        (KeyKind.TO_BE_KEPT, "run `up`"),
    ],
)
def test_a_key_without_a_file_of_its_own_is_refused_with_the_next_step(
    build: Builder, kind: KeyKind, step: str
) -> None:
    world = build("user-a")
    world.wish(key_source=KeySource(kind, world.settings.state_dir / "keys" / "ai-proxy.txt"))

    with pytest.raises(UsageProblems, match="profile user-a: its API key") as caught:
        rotate(world)

    assert step in str(caught.value)
    assert not world.settings.state_dir.exists()


def test_the_applications_own_file_is_left_to_its_owner(build: Builder) -> None:
    world = build("user-a")
    (world.saved.parent / "key.txt").write_text("sk-of-the-owner\n")
    world.wish(api_key_asked_for=False, key_source=KeySource())

    with pytest.raises(UsageProblems, match="the application's own file; change it there"):
        rotate(world)


def test_other_changes_come_first(build: Builder) -> None:
    world, path = kept_in_a_file(build, "user-a", "user-b")
    world.wish(log_level="DEBUG")

    with pytest.raises(Refused, match="`up` has other changes for user-a, user-b"):
        rotate(world)

    assert path.read_text() == f"\n{OLD}\n# a remark\n"


def test_before_the_first_launch_only_the_file_changes(build: Builder) -> None:
    world = build("user-a")
    path = key_file(world)
    world.wish(api_key=Secret(OLD), key_source=KeySource(KeyKind.KEY_FILE, path))

    report = rotate(world).report()

    assert report.message == "the key is new; no instance runs, and the next `up` uses it"
    assert OLD not in path.read_text()
    assert world.shown() == {}


def test_it_asks_and_without_a_yes_touches_nothing(build: Builder) -> None:
    world, path = kept_in_a_file(build, "user-a")
    world.wish(auto_confirm=False)
    asked: list[NewKeys] = []

    def no(about: NewKeys) -> bool:
        asked.append(about)
        return False

    with pytest.raises(Declined):
        rotate_keys(world.request(), world.watch(), no)

    assert asked == [NewKeys((str(path),), ("user-a",))]
    assert OLD in path.read_text()
    assert not Path(f"{path}.old").exists()


# What is shown


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    saved = tmp_path / "auth_profiles" / "saved"
    saved.mkdir(parents=True)
    for name in ("user-a", "user-b"):
        (saved / f"{name}.json").write_text("{}")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def show(*words: str) -> Result:
    return CliRunner().invoke(group, ["keys", "show", *words])


def generated(project: Path) -> Path:
    path = project / ".multi-instance-runtime" / "keys" / "ai-proxy.txt"
    path.parent.mkdir(parents=True)
    path.write_text(f"{OLD}\n")
    return path


def test_one_path_is_printed_and_no_key(project: Path) -> None:
    path = generated(project)

    assert show("--path").stdout == f"{path}\n"
    assert show("user-b", "--path").stdout == f"{path}\n"
    text = show().stdout
    assert f"{path}" in text
    assert OLD not in text


def test_a_key_is_shown_only_if_asked_for(project: Path) -> None:
    generated(project)

    assert OLD in show("--reveal").stdout
    document = json.loads(show("--output", "json").stdout)
    assert document["keys"] == [
        {
            "profile": None,
            "source": "generated",
            "path": str(project / ".multi-instance-runtime" / "keys" / "ai-proxy.txt"),
            "key": None,
        }
    ]


def test_profiles_with_keys_of_their_own_have_a_row_and_several_paths_are_refused(
    project: Path,
) -> None:
    generated(project)
    (project / "own.txt").write_text("sk-of-b\n")
    (project / "multi-instance.toml").write_text("[profiles.user-b]\napi-key-file = 'own.txt'\n")

    text = show().stdout
    assert f"user-b{' ' * 8}key file" in text
    assert show("user-b", "--path").stdout == f"{project / 'own.txt'}\n"
    several = show("user-a", "user-b", "--path")
    assert several.exit_code == 2
    assert "name one profile" in several.stderr


@pytest.mark.parametrize(
    ("words", "step"),
    [
        ((), "is the public default; say generate-api-key = true, and run `up`"),
        (("--generate-api-key",), "is not generated yet; run `up`"),
    ],
)
def test_without_a_file_there_is_a_next_step_and_no_key(
    project: Path, words: tuple[str, ...], step: str
) -> None:
    result = show("--path", *words)

    assert (result.exit_code, result.stdout) == (2, "")
    assert step in result.stderr
    assert "sk-" not in show("--reveal", "--generate-api-key").stdout
    assert project.is_dir()


def test_the_applications_own_keys_are_found(project: Path) -> None:
    own = project / "auth_profiles" / "key.txt"
    own.write_text("sk-of-the-owner\n")

    assert show("--path").stdout == f"{own}\n"
    assert "sk-of-the-owner" in show("--reveal").stdout


def test_outside_of_a_project_the_next_step_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    result = show()

    assert result.exit_code == 3
    assert "--project-root" in result.stderr
