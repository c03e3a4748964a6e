"""Which variables an instance has: proxies, a proxy of its own, and settings without effect."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest

from e2e.obligations import docker, must_not_tell_secrets, must_succeed, variables
from e2e.project import COMMAND, IMAGE, REPOSITORY, Project, Result
from unit.pages import Page

HOW_TO = Page(REPOSITORY / "docs" / "how-to" / "run-a-login-behind-its-own-proxy.md")
PROXY = "http://user:a-password-nobody-may-see@proxy.example.org:3128"
KEPT = Page(REPOSITORY / "docs" / "explanation" / "what-an-instance-keeps-and-loses.md")
FILLING = "import os; os.makedirs('/app/errors_py/2026/step'); open('/app/errors_py/2026/a', 'w')"
# A variable that the image sets, and its value there.
OF_IMAGE = ("PYTHONUNBUFFERED", "1")


@pytest.mark.parametrize("words", [("plan",), ("doctor",), ("up", "--dry-run"), ("up",)])
def test_a_setting_that_the_image_overrides_is_told_by_name_and_without_value(
    project: Project, words: tuple[str, ...]
) -> None:
    name, value = OF_IMAGE
    assert f"{name}={value}" in docker(
        "image", "inspect", "--format", "{{json .Config.Env}}", IMAGE
    )
    project.add("user-a")
    project.behave(**{name: "value-nobody-may-see", "SERVER_LOG_LEVEL": "DEBUG"})

    result = project.command(*words)

    told = " ".join(result.text.replace("│", " ").split())
    assert f"{name} has no effect: the image sets it" in told
    assert "SERVER_LOG_LEVEL has no effect: the manager sets it" in told
    assert "--log-level" in told
    assert "value-nobody-may-see" not in result.text


def test_settings_that_say_what_the_container_has_anyway_are_not_told(project: Project) -> None:
    name, value = OF_IMAGE
    project.add("user-a")
    project.behave(**{name: value, "SERVER_LOG_LEVEL": "INFO", "SOMETHING_ELSE": "1"})

    assert "no effect" not in project.command("plan").text


@pytest.fixture
def client(project: Project) -> dict[str, str | None]:
    """A docker client whose configuration has proxies for containers."""
    folder = project.root / "client"
    folder.mkdir()
    proxies = {"httpProxy": PROXY, "noProxy": "localhost"}
    (folder / "config.json").write_text(json.dumps({"proxies": {"default": proxies}}))
    return {"DOCKER_CONFIG": str(folder)}


def test_the_proxies_of_the_docker_client_reach_each_container(
    project: Project, client: dict[str, str | None]
) -> None:
    project.add("user-a", "user-b")
    arguments = ("--docker-arg", "--env NO_PROXY=mine")

    launched = must_succeed(project.up(*arguments, env=client))

    for name in ("user-a", "user-b"):
        found = variables(project.container(name))
        assert found["HTTP_PROXY"] == found["http_proxy"] == PROXY
        assert (found["NO_PROXY"], found["no_proxy"]) == ("mine", "localhost")
    must_not_tell_secrets(launched, PROXY)
    unchanged = must_succeed(project.command("plan", *arguments, env=client))
    assert "nothing to do" in unchanged.out


def test_another_proxy_replaces_the_instance_and_is_never_shown(
    project: Project, client: dict[str, str | None]
) -> None:
    project.add("user-a")
    must_succeed(project.up(env=client))
    config = Path(str(client["DOCKER_CONFIG"])) / "config.json"
    config.write_text(config.read_text().replace("3128", "3129"))

    plan = project.command("plan", env=client)
    dry_run = must_succeed(project.up("--dry-run", env=client))

    assert plan.code == 5
    assert "proxy of the docker client changed" in plan.out
    for result in (plan, dry_run):
        must_not_tell_secrets(result, "a-password-nobody-may-see")
    must_succeed(project.up(env=client))
    assert variables(project.container("user-a"))["HTTP_PROXY"] == PROXY.replace("3128", "3129")


def test_the_how_to_gives_one_login_a_proxy_of_its_own(project: Project) -> None:
    project.add("user-a", "user-b")
    must_succeed(project.up())
    (project.root / "multi-instance.toml").write_text(HOW_TO.blocks("toml")[0])
    steps = [line for block in HOW_TO.blocks("sh") for line in block.splitlines() if line]

    plan, _, shown = (as_written(project, line) for line in steps)

    assert f"replace  {project.container('user-a')}" in plan.out
    assert f"keep     {project.container('user-b')}" in plan.out
    assert shown.out.strip() == "http://proxy.example.org:3128"
    name = "INTERNAL_CAMOUFOX_PROXY"
    assert variables(project.container("user-a"))[name] == shown.out.strip()
    assert variables(project.container("user-b")).get(name, "") == ""


def test_the_how_to_names_a_proxy_on_this_machine(project: Project) -> None:
    project.add("user-a")
    (project.root / "multi-instance.toml").write_text(HOW_TO.blocks("toml")[1])

    must_succeed(project.up())

    hosts = docker("exec", project.container("user-a"), "cat", "/etc/hosts")
    assert "host.docker.internal" in hosts


def test_snapshots_of_failed_steps_can_be_bounded(project: Project) -> None:
    project.add("user-a")
    must_succeed(project.up())
    exec_id = ("multi-instance", "exec", "user-a", "--", "id", "-u")
    assert shlex.join(exec_id) in KEPT.text
    user = must_succeed(project.run(COMMAND, *exec_id[1:])).out.strip()
    settings = KEPT.blocks("toml")[0]
    (project.root / "multi-instance.toml").write_text(settings.replace("uid=997", f"uid={user}"))
    must_succeed(project.up())
    container = project.container("user-a")

    docker("exec", container, "python", "-S", "-c", FILLING)

    bounded = docker("exec", container, "cat", "/proc/mounts")
    (mount,) = (line for line in bounded.splitlines() if " /app/errors_py " in line)
    assert mount.startswith("tmpfs ")
    assert "size=65536k" in mount


def as_written(project: Project, line: str) -> Result:
    """Run a line of the page."""
    program, *words = shlex.split(line)
    assert program == "multi-instance"
    return project.run(COMMAND, *words)
