"""Every command line that users of the earlier script have in their notes, word for word."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from e2e.default_names import COMPOSE_IMAGE, DEFAULT_IMAGE, default_names
from e2e.obligations import containers, docker, get, image_name, inspect, must_succeed, variables
from e2e.project import REPOSITORY, Project, Result

SHIM = Path("scripts/multi-instance-manager/run-multi-instance.sh")
RUN = "bash scripts/multi-instance-manager/run-multi-instance.sh"
ANOTHER_IMAGE = """\
bash scripts/multi-instance-manager/run-multi-instance.sh \\
  --image docker-ai-studio-proxy:latest \\
  --container-prefix team-a
"""
IMAGE_BY_VARIABLE = """\
IMAGE_NAME=docker-ai-studio-proxy:latest \\
  bash scripts/multi-instance-manager/run-multi-instance.sh
"""
SHIFTED_PORTS = """\
bash scripts/multi-instance-manager/run-multi-instance.sh \\
  --base-api-port 3048 \\
  --base-stream-port 4120
"""
SKIPPED_CONFIRMATION = "bash scripts/multi-instance-manager/run-multi-instance.sh --auto-confirm"
PREVIEW = "bash scripts/multi-instance-manager/run-multi-instance.sh --dry-run"
ROTATION = "bash scripts/multi-instance-manager/run-multi-instance.sh --enable-auth-rotation"
EXPORTED = """\
export IMAGE_NAME=docker-ai-studio-proxy:latest
export BASE_API_PORT=3048
export BASE_STREAM_PORT=4120
export AUTO_CONFIRM=true
bash scripts/multi-instance-manager/run-multi-instance.sh
"""
LIST = 'docker ps --filter "name=^ai-proxy-"'
STOP_ONE = "docker rm -f ai-proxy-user-a"
STOP_ALL = """\
containers=$(docker ps -aq --filter "name=^ai-proxy-")
[ -n "$containers" ] && docker rm -f $containers
"""
FOLLOW_LOG = "docker logs -f ai-proxy-user-a"
YES = "y\n"


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[Project]:
    """The application's repository as the guide has it, on an engine with both images."""
    made = Project(tmp_path / "repository", prefix="ai-proxy", first_port=2048)
    made.add("user-a", "user-b")
    (made.root / SHIM).parent.mkdir(parents=True)
    shutil.copy(REPOSITORY / SHIM, made.root / SHIM)
    with default_names(DEFAULT_IMAGE, COMPOSE_IMAGE):
        yield made


def line(repository: Project, text: str, answer: str = "") -> Result:
    """Run a command line in the repository with the variables of any shell, and no others."""
    return repository.run("bash", "-c", text, env=repository.bare, answer=answer)


def must_map(prefix: str, api_port: int, stream_port: int) -> None:
    """Both profiles are served by their containers on their ports."""
    for slot, name in enumerate(("user-a", "user-b")):
        container = f"{prefix}-{name}"
        ports = inspect(container)["HostConfig"]["PortBindings"]
        assert ports["2048/tcp"][0]["HostPort"] == str(api_port + slot)
        assert ports["3120/tcp"][0]["HostPort"] == str(stream_port + slot)
        assert get(api_port + slot, "/whoami")[1]["profile"] == name


@pytest.mark.podman
def test_the_plain_line_launches_each_profile_on_the_ports_of_the_guide(
    repository: Project,
) -> None:
    must_succeed(line(repository, RUN, YES))

    assert sorted(containers(repository)) == ["ai-proxy-user-a", "ai-proxy-user-b"]
    must_map("ai-proxy", 2048, 3120)
    for name in ("user-a", "user-b"):
        container = f"ai-proxy-{name}"
        assert image_name(container) == DEFAULT_IMAGE
        given = variables(container)
        assert given["ACTIVE_AUTH_JSON_PATH"] == f"/app/auth_profiles/saved/{name}.json"
        assert given["API_KEY"] == "sk-dummy"
        assert given["SERVER_LOG_LEVEL"] == "INFO"
        assert given["AUTO_AUTH_ROTATION_ON_STARTUP"] == "false"
        assert given["AUTO_ROTATE_AUTH_PROFILE"] == "false"
    assert get(2048, "/v1/queue")[0] == 401
    assert get(2048, "/v1/queue", "sk-dummy")[0] == 200


def test_the_line_works_through_a_link_to_the_script(repository: Project) -> None:
    (repository.root / SHIM).unlink()
    (repository.root / SHIM).symlink_to(REPOSITORY / SHIM)

    must_succeed(line(repository, RUN, YES))

    must_map("ai-proxy", 2048, 3120)
    assert (repository.root / ".multi-instance-runtime").is_dir()


def test_the_script_finds_its_repository_from_anywhere(repository: Project, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()

    must_succeed(
        repository.run(
            "bash", repository.root / SHIM, env=repository.bare, answer=YES, cwd=elsewhere
        )
    )

    must_map("ai-proxy", 2048, 3120)
    assert list(elsewhere.iterdir()) == []


def test_another_image_and_prefix_by_option(repository: Project) -> None:
    must_succeed(line(repository, ANOTHER_IMAGE, YES))

    must_map("team-a", 2048, 3120)
    assert image_name("team-a-user-a") == COMPOSE_IMAGE
    assert containers(repository) == {}


def test_another_image_by_variable(repository: Project) -> None:
    must_succeed(line(repository, IMAGE_BY_VARIABLE, YES))

    must_map("ai-proxy", 2048, 3120)
    assert image_name("ai-proxy-user-a") == COMPOSE_IMAGE


def test_ports_shifted_upward(repository: Project) -> None:
    must_succeed(line(repository, SHIFTED_PORTS, YES))

    must_map("ai-proxy", 3048, 4120)


def test_confirmation_skipped_for_automation(repository: Project) -> None:
    must_succeed(line(repository, SKIPPED_CONFIRMATION))

    must_map("ai-proxy", 2048, 3120)


def test_a_preview_launches_nothing(repository: Project) -> None:
    before = repository.snapshot()

    result = must_succeed(line(repository, PREVIEW))

    assert "--name ai-proxy-user-a" in result.out
    assert "--name ai-proxy-user-b" in result.out
    assert containers(repository) == {}
    assert repository.snapshot() == before


def test_rotation_enabled_inside_each_container(repository: Project) -> None:
    must_succeed(line(repository, ROTATION, YES))

    must_map("ai-proxy", 2048, 3120)
    for name in ("user-a", "user-b"):
        assert variables(f"ai-proxy-{name}")["AUTO_ROTATE_AUTH_PROFILE"] == "true"
        assert variables(f"ai-proxy-{name}")["AUTO_AUTH_ROTATION_ON_STARTUP"] == "false"


def test_exported_variables_replace_options(repository: Project) -> None:
    must_succeed(line(repository, EXPORTED))

    must_map("ai-proxy", 3048, 4120)
    assert image_name("ai-proxy-user-a") == COMPOSE_IMAGE


@pytest.mark.podman
def test_the_docker_client_lists_and_follows_the_containers(repository: Project) -> None:
    must_succeed(line(repository, RUN, YES))

    listed = must_succeed(line(repository, LIST)).out
    assert "ai-proxy-user-a" in listed
    assert "ai-proxy-user-b" in listed
    assert len(listed.splitlines()) == 3
    followed = must_succeed(line(repository, "docker logs ai-proxy-user-a"))
    assert "Server startup complete" in followed.out + followed.err
    followed = line(repository, f"timeout 1 {FOLLOW_LOG}")
    assert followed.code == 124, "following must go on until it is ended"
    assert "Server startup complete" in followed.out + followed.err


@pytest.mark.podman
def test_up_puts_an_instance_back_after_it_was_removed_from_outside(repository: Project) -> None:
    must_succeed(line(repository, RUN, YES))
    neighbour = containers(repository)["ai-proxy-user-b"]

    must_succeed(line(repository, STOP_ONE))
    assert sorted(containers(repository)) == ["ai-proxy-user-b"]
    must_succeed(line(repository, RUN, YES))

    must_map("ai-proxy", 2048, 3120)
    assert containers(repository)["ai-proxy-user-b"] == neighbour


@pytest.mark.podman
def test_the_two_lines_that_stop_all_leave_none_and_up_puts_all_back(
    repository: Project,
) -> None:
    must_succeed(line(repository, RUN, YES))

    must_succeed(line(repository, STOP_ALL))
    assert containers(repository) == {}
    must_succeed(line(repository, RUN, YES))

    must_map("ai-proxy", 2048, 3120)


def test_the_script_says_what_to_do_where_the_command_is_not_installed(
    repository: Project,
) -> None:
    result = subprocess.run(
        ["bash", "-c", RUN],
        cwd=repository.root,
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert result.returncode == 2
    assert "pipx install" in result.stderr
    assert docker("ps", "-aq", "--filter", "name=^ai-proxy-") == ""
