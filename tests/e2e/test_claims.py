"""Labels are claims: what bears them without being an instance is named, and never touched."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from e2e.obligations import docker, eventually, inspect, must_succeed, serves
from e2e.project import IMAGE, Project, Result

COMMANDS = ("stop",), ("sync",), ("restart",), ("down", "--verify"), ("up", "--remove-orphans")


@pytest.fixture
def images(project: Project) -> Iterator[str]:
    """A name for an image of the test's own; it goes with its containers."""
    name = f"{project.prefix}-made:1"
    yield name
    made = docker("ps", "-aq", "--filter", f"ancestor={name}").split()
    if made:
        docker("rm", "-fv", *made)
    docker("rmi", "-f", name)


def runs(container: str) -> bool:
    return bool(inspect(container)["State"]["Running"])


@pytest.mark.parametrize("name", ["user-b", "../../../../victim/x"])
def test_an_image_with_our_labels_gets_nothing_done_to_its_container_or_to_this_host(
    project: Project, images: str, name: str
) -> None:
    labels = {
        "fleet": project.prefix,
        "root": project.root,
        "profile": name,
        "slot": 1,
        "api-port": project.api_port,
        "stream-port": project.stream_port,
    }
    base = docker("create", IMAGE)
    changes = [f"--change=LABEL multi-instance.{k}={json.dumps(str(v))}" for k, v in labels.items()]
    docker("commit", *changes, base, images)
    docker("rm", base)
    project.add("user-a")
    must_succeed(project.up())
    stranger = f"{project.prefix}-stranger"
    docker("run", "-d", "--name", stranger, "--entrypoint", "sleep", images, "300")

    for words in COMMANDS:
        must_succeed(project.command(*words))

    assert runs(stranger)
    assert not (project.root.parent / "victim").exists()
    assert list((project.state / "active").iterdir()) == [project.copy_of("user-a").parent]
    told = must_succeed(project.command("plan", "--output", "json")).document["findings"]
    named = [one["subject"] for one in told if one["code"] == "claim"]
    assert named == ([] if "/" in name else [f"container {stranger}"])


def test_what_was_run_from_an_instances_image_is_a_strangers(project: Project, images: str) -> None:
    project.add("user-a")
    must_succeed(project.up())
    docker("commit", project.container("user-a"), images)
    run = f"{project.prefix}-of-a-commit"
    docker("run", "-d", "--name", run, "--entrypoint", "sleep", images, "300")

    logs = must_succeed(project.command("logs", "--output", "json"))
    shown = must_succeed(project.command("status", "--output", "json"))
    must_succeed(project.command("stop"))
    down = must_succeed(project.command("down", "--verify"))

    assert run not in logs.out
    assert [one["container_name"] for one in shown.document["instances"]] == [
        project.container("user-a")
    ]
    assert runs(run)
    assert "1 removed" in down.text


def test_one_run_under_the_instances_own_name_is_named_and_not_replaced(
    project: Project, images: str
) -> None:
    project.add("user-a")
    must_succeed(project.up())
    own = project.container("user-a")
    docker("commit", own, images)
    docker("rm", "-f", own)
    docker("run", "-d", "--name", own, "--entrypoint", "sleep", images, "300")

    refused = project.up()

    assert (refused.code, f"container {own}: exists already" in refused.text) == (3, True)
    assert runs(own)


def second_of(project: Project) -> str:
    """A duplicate as other tools make one: labels, variables and mounts, its own name and ports."""
    details = inspect(project.container("user-a"))
    name = f"{project.prefix}-duplicate"
    words = ["-e" + entry for entry in details["Config"]["Env"]]
    words += [f"-l{key}={value}" for key, value in details["Config"]["Labels"].items()]
    for mount in details["Mounts"]:
        mode = "" if mount["RW"] else ":ro"
        words.append(f"-v{mount['Source']}:{mount['Destination']}{mode}")
    (inner,) = [port for port in details["HostConfig"]["PortBindings"] if port.startswith("2048")]
    docker("run", "-d", "--name", name, f"-p{project.api_port + 5}:{inner}", *words, IMAGE)
    eventually(lambda: serves(project.api_port + 5, "user-a"))
    return name


def must_name(result: Result, name: str, code: int) -> None:
    assert result.code == code, result.text
    assert name in result.text
    assert "Traceback" not in result.text


def test_a_duplicate_on_one_session_is_named_by_every_command_and_loses_nothing(
    project: Project,
) -> None:
    project.add("user-a")
    must_succeed(project.up())
    second = second_of(project)

    must_name(project.up(), second, 3)
    must_name(project.command("status"), second, 0)
    must_name(project.command("verify"), second, 1)
    must_name(project.command("sync"), second, 0)
    must_name(project.command("restart"), second, 1)
    must_name(project.command("down", "--verify"), second, 1)
    assert runs(second)
    assert project.copy_of("user-a").is_file()
    must_name(project.command("stop"), second, 0)
    assert runs(second)
    assert not runs(project.container("user-a"))

    docker("rm", "-f", second)
    must_succeed(project.up())
    must_succeed(project.command("down", "--verify"))
    assert not project.copy_of("user-a").exists()
