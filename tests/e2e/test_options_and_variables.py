"""Every option and variable, by what it makes of a real container."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from e2e.default_names import DEFAULT_IMAGE, default_names
from e2e.engine_kind import (
    DEFAULT_SHM_BYTES,
    IMAGE_BY_ID,
    IMPLIED_REGISTRY,
    ROTATED_LOG,
    log_settings,
)
from e2e.obligations import (
    containers,
    docker,
    get,
    image_name,
    inspect,
    mounts,
    must_ask_for_the_key,
    must_run_on_its_own_profile,
    must_succeed,
    variables,
)
from e2e.project import IMAGE, Project, Result, session

Look = Callable[[Project, str, Result], Any]


@dataclass(frozen=True)
class Setting:
    """One option: what it is set to, and how its effect is seen on the container.

    ``{root}``, ``{prefix}``, ``{api}``, ``{stream}`` and ``{image_id}`` stand for the test's own.
    """

    flag: str
    variable: str
    by_variable: str
    by_flag: str
    look: Look
    seen_by_variable: Any = None
    seen_by_flag: Any = None
    default: Any = None


def _bound(place: str, part: str) -> Look:
    def look(project: Project, container: str, result: Result) -> Any:
        del project, result
        return inspect(container)["HostConfig"]["PortBindings"][place][0][part]

    return look


def _host_config(name: str) -> Look:
    return lambda _project, container, _result: inspect(container)["HostConfig"][name]


def _variable(name: str) -> Look:
    return lambda _project, container, _result: variables(container).get(name)


def _source(place: str) -> Look:
    return lambda _project, container, _result: mounts(container).get(place, {}).get("Source")


def _name(project: Project, container: str, result: Result) -> str:
    del project, result
    return str(inspect(container)["Name"]).removeprefix("/")


def _image(project: Project, container: str, result: Result) -> Any:
    del project, result
    return image_name(container)


def _state_folder(project: Project, container: str, result: Result) -> str:
    del project, result
    return str(Path(mounts(container)["/app/auth_profiles/active"]["Source"]).parents[1])


def _session(project: Project, container: str, result: Result) -> Any:
    """The session in the container's own file."""
    del project, result
    copy = Path(mounts(container)["/app/auth_profiles/active"]["Source"]) / "user-a.json"
    return json.loads(copy.read_text())["cookies"][0]["value"]


def _sees_the_pool(project: Project, container: str, result: Result) -> bool:
    del project, result
    saved = mounts(container).get("/app/auth_profiles/saved")
    return saved is None


def _estimate(project: Project, container: str, result: Result) -> str:
    del project, container
    line = next(line for line in result.err.splitlines() if "memory:" in line)
    return line.partition("about ")[2].partition(" GB")[0]


SETTINGS = (
    Setting(
        "--image",
        "IMAGE_NAME",
        IMAGE,
        "{image_id}",
        _image,
        seen_by_flag=IMAGE_BY_ID,
        default=DEFAULT_IMAGE,
    ),
    Setting(
        "--container-prefix",
        "CONTAINER_PREFIX",
        "{prefix}-variable",
        "{prefix}-flag",
        _name,
        "{prefix}-variable-user-a",
        "{prefix}-flag-user-a",
        "ai-proxy-user-a",
    ),
    Setting("--api-key", "API_KEY", "sk-1", "sk-2", _variable("API_KEY"), default="sk-dummy"),
    Setting(
        "--log-level",
        "SERVER_LOG_LEVEL",
        "DEBUG",
        "WARNING",
        _variable("SERVER_LOG_LEVEL"),
        default="INFO",
    ),
    Setting(
        "--base-api-port",
        "BASE_API_PORT",
        "{api5}",
        "{api9}",
        _bound("2048/tcp", "HostPort"),
        default="2048",
    ),
    Setting(
        "--base-stream-port",
        "BASE_STREAM_PORT",
        "{stream5}",
        "{stream9}",
        _bound("3120/tcp", "HostPort"),
        default="3120",
    ),
    Setting(
        "--profile-dir",
        "PROFILE_DIR",
        "{root}/pool-1",
        "{root}/pool-2",
        _session,
        "cookie-of-pool-1",
        "cookie-of-pool-2",
        "cookie-of-user-a",
    ),
    Setting(
        "--docker-env-file",
        "DOCKER_ENV_FILE",
        "{root}/pool-1/environment",
        "{root}/pool-2/environment",
        _source("/app/.env"),
        default="{root}/docker/.env",
    ),
    Setting(
        "--state-dir",
        "RUNTIME_STATE_DIR",
        "{root}/state-1",
        "{root}/state-2",
        _state_folder,
        default="{root}/.multi-instance-runtime",
    ),
    Setting(
        "--memory-per-instance-gb", "MEMORY_PER_INSTANCE_GB", "1.5", "2", _estimate, default="1"
    ),
    Setting(
        "--host-ip",
        "MULTI_INSTANCE_HOST_IP",
        "127.0.0.2",
        "127.0.0.3",
        _bound("2048/tcp", "HostIp"),
        default="127.0.0.1",
    ),
    Setting(
        "--isolation",
        "MULTI_INSTANCE_ISOLATION",
        "shared",
        "private",
        _sees_the_pool,
        True,
        False,
        default=False,
    ),
    Setting(
        "--memory-limit",
        "MULTI_INSTANCE_MEMORY_LIMIT",
        "256m",
        "0.5g",
        _host_config("Memory"),
        256 * 1024**2,
        512 * 1024**2,
        0,
    ),
    Setting(
        "--cpus",
        "MULTI_INSTANCE_CPUS",
        "0.5",
        "1.5",
        _host_config("NanoCpus"),
        5 * 10**8,
        15 * 10**8,
        0,
    ),
    Setting(
        "--shm-size",
        "MULTI_INSTANCE_SHM_SIZE",
        "32m",
        "1g",
        _host_config("ShmSize"),
        32 * 1024**2,
        1024**3,
        DEFAULT_SHM_BYTES,
    ),
)


def filled(text: Any, project: Project) -> Any:
    """The text with the test's own paths, names and ports in place of what stands for them."""
    if not isinstance(text, str):
        return text
    return text.format(
        root=project.root,
        prefix=project.prefix,
        api5=project.api_port + 5,
        api9=project.api_port + 9,
        stream5=project.stream_port + 5,
        stream9=project.stream_port + 9,
        image_id=_of_the_image("{{.Id}}"),
        a_name=_of_the_image("{{index .RepoTags 0}}").removeprefix(IMPLIED_REGISTRY),
    )


def _of_the_image(template: str) -> str:
    return docker("image", "inspect", "--format", template, IMAGE)


def the_container(project: Project) -> str:
    (container,) = containers(project)
    return container


def clear(project: Project) -> None:
    docker("rm", "-f", *containers(project))


@pytest.fixture
def stocked(project: Project) -> Project:
    """A project with a profile in the usual place, and with two other pools."""
    project.add("user-a")
    for name in ("pool-1", "pool-2"):
        (project.root / name).mkdir()
        (project.root / name / "user-a.json").write_text(session(name))
        (project.root / name / "environment").write_text("")
    return project


# What these come to is the engine's matter; the others reach it as the same words by either way.
_OF_THE_ENGINE = {"--image", "--host-ip", "--memory-limit", "--cpus", "--shm-size"}


@pytest.mark.parametrize(
    "setting",
    [
        pytest.param(s, id=s.variable, marks=[pytest.mark.podman] * (s.flag in _OF_THE_ENGINE))
        for s in SETTINGS
    ],
)
def test_a_flag_beats_the_variable(stocked: Project, setting: Setting) -> None:
    by_variable = filled(setting.by_variable, stocked)
    by_flag = filled(setting.by_flag, stocked)
    given: dict[str, str | None] = {setting.variable: by_variable}

    result = must_succeed(stocked.up("--no-wait", env=given))
    seen = setting.look(stocked, the_container(stocked), result)
    assert seen == filled(setting.seen_by_variable, stocked) or seen == by_variable

    clear(stocked)
    result = must_succeed(stocked.up("--no-wait", setting.flag, by_flag, env=given))
    seen = setting.look(stocked, the_container(stocked), result)
    assert seen == (
        by_flag if setting.seen_by_flag is None else filled(setting.seen_by_flag, stocked)
    )


@pytest.mark.podman
def test_the_variable_beats_the_default_of_every_setting(tmp_path: Path) -> None:
    project = Project(tmp_path / "project", prefix="ai-proxy", first_port=2048)
    project.add("user-a")
    with default_names(DEFAULT_IMAGE):
        result = must_succeed(project.up(env={**project.bare, "AUTO_CONFIRM": "true"}))

        seen = {s.variable: s.look(project, "ai-proxy-user-a", result) for s in SETTINGS}

    assert seen == {s.variable: filled(s.default, project) for s in SETTINGS}
    other = {s.variable: filled(s.by_variable, project) for s in SETTINGS}
    assert not seen.items() & other.items()


@pytest.mark.parametrize(
    ("flags", "given"),
    [((), "false"), (("--no-docker-env",), "true")],
    ids=["by variable", "by flag, against the variable"],
)
def test_the_environment_file_is_left_out(
    stocked: Project, flags: tuple[str, ...], given: str
) -> None:
    (stocked.root / "docker" / ".env").unlink()

    must_succeed(stocked.up(*flags, env={"MOUNT_DOCKER_ENV": given}))

    assert "/app/.env" not in mounts(the_container(stocked))


def test_the_environment_file_is_mounted_where_the_variable_says_so(stocked: Project) -> None:
    must_succeed(stocked.up(env={"MOUNT_DOCKER_ENV": "true"}))

    assert "/app/.env" in mounts(the_container(stocked))


@pytest.mark.parametrize(
    ("flags", "given", "rotates"),
    [
        ((), None, "false"),
        ((), "true", "false"),
        ((), "false", "true"),
        (("--enable-auth-rotation",), "true", "true"),
    ],
    ids=["default", "disabled by variable", "enabled by variable", "enabled by flag"],
)
def test_rotation_is_off_unless_it_is_asked_for(
    stocked: Project, flags: tuple[str, ...], given: str | None, rotates: str
) -> None:
    must_succeed(stocked.up(*flags, env={"DISABLE_AUTH_ROTATION": given}))

    found = variables(the_container(stocked))
    assert found["AUTO_ROTATE_AUTH_PROFILE"] == rotates
    assert found["AUTO_AUTH_ROTATION_ON_STARTUP"] == "false", "an instance starts on its own login"
    assert ("QUOTA_SOFT_LIMIT" in found) is (rotates == "false")
    assert ("QUOTA_HARD_LIMIT" in found) is (rotates == "false")


@pytest.mark.parametrize("way", ["argument", "profile", "environment file"])
def test_a_quota_limit_that_the_person_sets_is_the_one_that_counts(
    stocked: Project, way: str
) -> None:
    profile = next(stocked.saved.glob("*.json")).stem
    arguments: tuple[str, ...] = ()
    if way == "argument":
        arguments = ("--docker-arg", "--env QUOTA_SOFT_LIMIT=1234")
    elif way == "profile":
        own = f'[profiles."{profile}"]\nenvironment = {{ QUOTA_SOFT_LIMIT = "1234" }}\n'
        (stocked.root / "multi-instance.toml").write_text(own)
    else:
        stocked.behave(QUOTA_SOFT_LIMIT=1234)

    must_succeed(stocked.up(*arguments))

    expected = None if way == "environment file" else "1234"
    found = variables(the_container(stocked))
    assert found.get("QUOTA_SOFT_LIMIT") == expected
    assert found["QUOTA_HARD_LIMIT"] == "1000000000000"


def test_dry_run_by_flag_beats_a_variable_that_says_no(stocked: Project) -> None:
    must_succeed(stocked.up("--dry-run", env={"DRY_RUN": "false"}))

    assert containers(stocked) == {}


def test_dry_run_by_variable_launches_nothing(stocked: Project) -> None:
    must_succeed(stocked.up(env={"DRY_RUN": "true"}))

    assert containers(stocked) == {}


def test_auto_confirm_by_flag_beats_a_variable_that_says_no(stocked: Project) -> None:
    must_succeed(stocked.up("--auto-confirm", env={"AUTO_CONFIRM": "false"}))

    assert get(stocked.api_port, "/health")[0] == 200


def test_extra_arguments_are_read_as_a_shell_reads_them(stocked: Project) -> None:
    given = """--env "GREETING=hello big world" -e 'QUOTED=it is "so"' --label note=a\\ b"""

    must_succeed(stocked.up(env={"EXTRA_DOCKER_ARGS": given}))

    container = the_container(stocked)
    assert variables(container)["GREETING"] == "hello big world"
    assert variables(container)["QUOTED"] == 'it is "so"'
    assert inspect(container)["Config"]["Labels"]["note"] == "a b"
    must_run_on_its_own_profile(stocked, "user-a", stocked.api_port)


@pytest.mark.podman
def test_extra_arguments_by_flag_have_the_last_word(stocked: Project) -> None:
    must_succeed(
        stocked.up(
            "--docker-arg",
            "-e WHO=flag",
            "--docker-arg=--add-host elsewhere:10.0.0.1",
            env={"EXTRA_DOCKER_ARGS": "-e WHO=variable -e KEPT=yes"},
        )
    )

    found = variables(the_container(stocked))
    assert (found["WHO"], found["KEPT"]) == ("flag", "yes")
    assert inspect(the_container(stocked))["HostConfig"]["ExtraHosts"] == ["elsewhere:10.0.0.1"]


def must_lie_in_the_project(project: Project) -> None:
    """All paths of the launch are those of the project's root."""
    found = mounts(the_container(project))
    assert found["/app/auth_profiles"]["Source"] == str(project.root / "auth_profiles")
    assert found["/app/.env"]["Source"] == str(project.root / "docker" / ".env")
    must_run_on_its_own_profile(project, "user-a", project.api_port)


@pytest.mark.parametrize("how", ["flag", "variable", "relative flag"])
def test_derived_paths_follow_the_project_root_from_elsewhere(
    stocked: Project, tmp_path: Path, how: str
) -> None:
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "auth_profiles" / "saved").mkdir(parents=True)
    (elsewhere / "auth_profiles" / "saved" / "decoy.json").write_text(session("decoy"))
    flags: dict[str, list[str | Path]] = {
        "flag": ["--project-root", stocked.root],
        "relative flag": ["--project-root=../project"],
    }
    wrong = str(elsewhere) if how == "flag" else None
    root = str(stocked.root) if how == "variable" else wrong

    must_succeed(stocked.up(*flags.get(how, []), env={"PROJECT_ROOT": root}, cwd=elsewhere))

    must_lie_in_the_project(stocked)
    assert not (elsewhere / ".multi-instance-runtime").exists()


def test_the_project_root_is_found_upwards_from_a_folder_in_it(stocked: Project) -> None:
    deep = stocked.root / "docker" / "some" / "where"
    deep.mkdir(parents=True)

    must_succeed(stocked.up(cwd=deep))

    must_lie_in_the_project(stocked)


def test_a_profile_directory_elsewhere_is_the_whole_pool(stocked: Project, tmp_path: Path) -> None:
    pool = tmp_path / "pool of others"
    pool.mkdir()
    (pool / "user-z.json").write_text(session("user-z"))

    must_succeed(stocked.up("--profile-dir", "../pool of others"))

    assert list(containers(stocked)) == [stocked.container("user-z")]
    must_run_on_its_own_profile(stocked, "user-z", stocked.api_port)
    must_ask_for_the_key(stocked.api_port)


@pytest.mark.podman
def test_containers_restart_and_rotate_their_logs_and_stay_on_loopback(stocked: Project) -> None:
    must_succeed(stocked.up())

    made = inspect(the_container(stocked))
    details = made["HostConfig"]
    assert details["RestartPolicy"]["Name"] == "unless-stopped"
    assert log_settings(made) == ROTATED_LOG
    bound = [entry for entries in details["PortBindings"].values() for entry in entries]
    assert {entry["HostIp"] for entry in bound} == {"127.0.0.1"}
    assert len(bound) == 2


@pytest.mark.podman
def test_the_stop_timeout_ends_an_instance_that_will_not_stop(stocked: Project) -> None:
    stocked.behave(REFERENCE_IGNORE_SIGTERM="yes")
    must_succeed(stocked.up())

    began = time.monotonic()
    result = stocked.up("--recreate", "--stop-timeout", "1")

    assert (result.code, "not saved: time ran out" in result.out) == (1, True)
    assert 1 <= time.monotonic() - began < 10
