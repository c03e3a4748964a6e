"""What stands on the engine beats what was recorded, whoever changed it: the next `up` sees it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from e2e.obligations import containers, docker, eventually, inspect, must_succeed, serves
from e2e.project import IMAGE, Project


@pytest.fixture
def pool(project: Project) -> Project:
    project.add("user-a")
    must_succeed(project.up())
    return project


@pytest.fixture
def network(project: Project) -> Iterator[str]:
    name = f"{project.prefix}-more"
    docker("network", "create", name)
    yield name
    held = docker("ps", "-aq", "--filter", f"network={name}").split()
    if held:
        docker("rm", "-fv", *held)
    docker("network", "rm", name)


@pytest.fixture
def other_image(project: Project) -> Iterator[str]:
    """An image that is the reference instance in all but its ID."""
    name = f"{project.prefix}-other:1"
    base = docker("create", IMAGE)
    docker("commit", "--change=LABEL other=yes", base, name)
    docker("rm", base)
    yield name
    held = docker("ps", "-aq", "--filter", f"ancestor={name}").split()
    if held:
        docker("rm", "-fv", *held)
    docker("rmi", "-f", name)


def made_again(project: Project, *more: str, image: str = IMAGE, shift: int = 0) -> None:
    """The instance's container as another tool makes it anew: the same labels and name."""
    name = project.container("user-a")
    details = inspect(name)
    words = ["-e" + entry for entry in details["Config"]["Env"]]
    words += [f"-l{key}={value}" for key, value in details["Config"]["Labels"].items()]
    for mount in details["Mounts"]:
        mode = "" if mount["RW"] else ":ro"
        words.append(f"-v{mount['Source']}:{mount['Destination']}{mode}")
    for inner, (outer,) in details["HostConfig"]["PortBindings"].items():
        words.append(f"-p127.0.0.1:{int(outer['HostPort']) + shift}:{inner.split('/')[0]}")
    docker("stop", name)
    docker("rm", name)
    policy = "--restart=unless-stopped"
    docker("run", "-d", "--name", name, policy, *words, *more, image)
    eventually(lambda: serves(project.api_port + shift, "user-a"))


def must_be_put_right(project: Project, *words: str) -> None:
    """`status` and `plan` say what is otherwise than it was made, and `up` makes it anew, once."""
    before = containers(project)
    assert any(word in project.command("status").text for word in words)
    plan = project.command("plan")
    assert plan.code == 5, plan.text
    for word in words:
        assert word in plan.text

    must_succeed(project.up())

    assert containers(project) != before
    assert serves(project.api_port, "user-a")
    assert "nothing to do" in must_succeed(project.command("plan")).text


def test_what_another_tool_changed_of_a_running_container_is_put_right(
    pool: Project, network: str
) -> None:
    name = pool.container("user-a")
    docker("update", "--restart=no", "--memory=300m", "--memory-swap=300m", name)
    docker("network", "connect", network, name)

    must_be_put_right(
        pool,
        "restart policy was changed on the engine: unless-stopped → none",
        "memory limit was changed on the engine: none → 314572800",
        f"network {network} was connected on the engine",
    )


def test_one_that_was_made_again_as_it_was_is_left_as_it_is(pool: Project) -> None:
    made_again(pool)

    assert "nothing to do" in must_succeed(pool.command("plan")).text


def test_one_that_was_made_again_on_another_image_is_told_by_what_it_runs(
    pool: Project, other_image: str
) -> None:
    made_again(pool, image=other_image)
    runs = str(inspect(pool.container("user-a"))["Image"])

    (shown,) = pool.command("status", "--output", "json").document["instances"]
    assert shown["container"]["image_id"] == runs
    must_be_put_right(pool, f"({runs.removeprefix('sha256:')[:12]}) → ")


def with_other_ports(pool: Project) -> None:
    made_again(pool, shift=7)
    (shown,) = pool.command("status", "--output", "json").document["instances"]
    assert shown["api_port"] == pool.api_port + 7


def with_more(*words: str) -> Callable[[Project], None]:
    return lambda pool: made_again(pool, *words)


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        (with_other_ports, "published port of 2048/tcp was changed on the engine"),
        (
            with_more("-v/etc:/added", "--privileged", "-eAUTO_ROTATE_AUTH_PROFILE=true"),
            "mount /added was added on the engine",
        ),
    ],
    ids=["ports", "mounts"],
)
def test_one_that_was_made_again_otherwise_is_put_right(
    pool: Project, change: Callable[[Project], None], cause: str
) -> None:
    change(pool)

    must_be_put_right(pool, cause)
