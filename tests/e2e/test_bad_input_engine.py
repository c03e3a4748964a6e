"""No image, no engine, or somebody else's containers: said in words, and nobody else's touched."""

from __future__ import annotations

import hashlib
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from e2e.obligations import (
    containers,
    docker,
    inspect,
    must_be_refused,
    must_run_on_its_own_profile,
    must_succeed,
)
from e2e.project import Project, free_block, session
from e2e.refusals import foreign_container, lives, must_report, nothing_changes

_NOWHERE = "unix:///nonexistent.sock"


@pytest.fixture(autouse=True)
def pool(project: Project) -> None:
    project.add("user-a")


@pytest.mark.podman
@pytest.mark.parametrize("by_variable", [False, True])
def test_an_image_that_was_named_and_is_missing_is_named_and_never_replaced(
    project: Project, by_variable: bool
) -> None:
    with nothing_changes(project):
        if by_variable:
            result = project.up(env={"IMAGE_NAME": "no-such-image:1"})
        else:
            result = project.up("--image", "no-such-image:1")

    must_report(result, ("image no-such-image:1", "does not exist", "build it", "--image"))
    assert "docker-ai-studio-proxy" not in result.text


@pytest.mark.podman
def test_a_missing_image_leaves_running_instances_alone(project: Project) -> None:
    must_succeed(project.up())
    with nothing_changes(project):
        result = project.up("--image", "no-such-image:1")

    must_report(result, ("image no-such-image:1", "does not exist"))


@pytest.mark.parametrize("by_flag", [False, True])
def test_an_engine_that_is_down_is_named_with_what_chose_it(
    project: Project, by_flag: bool
) -> None:
    with nothing_changes(project):
        if by_flag:
            result = project.up("--host", _NOWHERE)
        else:
            result = project.up(env={"DOCKER_HOST": _NOWHERE})

    chosen_by = "--host" if by_flag else "DOCKER_HOST"
    must_report(result, (f"engine at {_NOWHERE} (from {chosen_by})", "no such socket", "start"))


def test_a_port_where_no_engine_listens_is_named(project: Project) -> None:
    url = f"tcp://127.0.0.1:{project.first_port + 39}"
    with nothing_changes(project):
        result = project.up(env={"DOCKER_HOST": url})

    must_report(result, (f"engine at {url} (from DOCKER_HOST)", "nobody listens there", "start"))


def test_a_port_where_somebody_else_answers_is_no_engine(project: Project) -> None:
    with _web_server() as port, nothing_changes(project):
        result = project.up(env={"DOCKER_HOST": f"tcp://127.0.0.1:{port}"})

    must_report(result, (f"engine at tcp://127.0.0.1:{port} (from DOCKER_HOST)", "--host"))


@pytest.mark.parametrize(
    "url",
    [
        "nonsense://host",
        "unix://",
        "tcp://",
        "tcp://:",
        "tcp://host:port",
        "tcp://host:99999",
        "tcp://a b:1",
        "/",
    ],
)
def test_a_malformed_engine_address_is_named_with_a_good_example(
    project: Project, url: str
) -> None:
    with nothing_changes(project):
        result = project.up(env={"DOCKER_HOST": url})

    must_report(result, (url, "DOCKER_HOST", "is not an address", "unix:///var/run/docker.sock"))


def test_a_pipe_of_windows_is_not_said_to_be_silent(project: Project) -> None:
    url = "npipe:////./pipe/docker_engine"
    with nothing_changes(project):
        result = project.up(env={"DOCKER_HOST": url})

    must_report(result, (f"engine at {url} (from DOCKER_HOST)", "socket", "--host"))
    assert "does not answer" not in result.text


def test_a_machine_that_ssh_does_not_reach_is_named_with_its_own_words(project: Project) -> None:
    url = "ssh://nobody@127.0.0.1:1"
    with nothing_changes(project):
        result = project.up(env={"DOCKER_HOST": url})

    must_report(result, (f"engine at {url} (from DOCKER_HOST)", "Connection refused", "by hand"))


@pytest.mark.parametrize("chosen_by", ["--context", "DOCKER_CONTEXT", "currentContext"])
def test_a_missing_context_is_never_replaced_by_the_local_engine(
    project: Project, chosen_by: str
) -> None:
    how = _choose(project, chosen_by, "no-such-context")
    with nothing_changes(project):
        result = project.up(*how.flags, env=how.environment)

    must_report(result, ("docker context 'no-such-context'", how.said, "does not exist", "--host"))


@pytest.mark.parametrize("chosen_by", ["--context", "DOCKER_CONTEXT", "currentContext"])
def test_a_context_whose_engine_is_down_is_never_replaced_by_the_local_one(
    project: Project, chosen_by: str
) -> None:
    how = _choose(project, chosen_by, "far-away")
    _write_context(how.config, "far-away", {"Endpoints": {"docker": {"Host": _NOWHERE}}})
    with nothing_changes(project):
        result = project.up(*how.flags, env=how.environment)

    must_report(result, (f"engine at {_NOWHERE}", "context far-away", how.said, "no such socket"))


@pytest.mark.parametrize(
    "meta", ["{", "[]", '{"Endpoints": []}', '{"Endpoints": {"docker": 7}}', "{}"]
)
def test_a_context_whose_file_is_damaged_is_never_replaced_by_the_local_engine(
    project: Project, meta: str
) -> None:
    how = _choose(project, "DOCKER_CONTEXT", "damaged")
    _write_context(how.config, "damaged", meta)
    with nothing_changes(project):
        result = project.up(env=how.environment)

    assert len([line for line in result.text.splitlines() if line.startswith("error: ")]) == 1
    must_be_refused(result, "--host")


@pytest.mark.parametrize("content", ["{", '{"currentContext": 7}', '{"currentContext": ["a"]}'])
def test_a_damaged_client_configuration_is_named(project: Project, content: str) -> None:
    config = project.root / "client"
    config.mkdir()
    (config / "config.json").write_text(content)
    with nothing_changes(project):
        result = project.up(env={"DOCKER_HOST": None, "DOCKER_CONFIG": str(config)})

    must_report(result, (str(config / "config.json"), "DOCKER_CONFIG"))


def test_an_engine_that_is_down_hides_no_other_problem(project: Project) -> None:
    (project.saved / "user-b.json").write_text("{")
    (project.root / "docker" / ".env").unlink()
    with nothing_changes(project):
        result = project.up(env={"DOCKER_HOST": _NOWHERE})

    must_report(
        result,
        (f"engine at {_NOWHERE}", "no such socket"),
        ("profile user-b", "cut off"),
        ("docker/.env", "does not exist"),
    )


@pytest.mark.podman
@pytest.mark.parametrize("running", [True, False])
def test_a_foreign_container_of_the_same_name_is_named_and_not_touched(
    project: Project, running: bool
) -> None:
    name = project.container("user-a")
    foreign_container(name)
    if not running:
        docker("kill", name)
    with nothing_changes(project):
        result = project.up("--recreate")

    must_report(result, (f"container {name}", "not this manager's", "--container-prefix"))
    assert inspect(name)["State"]["Running"] is running


@pytest.mark.podman
def test_a_container_of_the_earlier_script_is_adopted_and_replaced(project: Project) -> None:
    variable = "ACTIVE_AUTH_JSON_PATH=/app/auth_profiles/saved/user-a.json"
    name = project.container("user-a")
    published = f"127.0.0.1:{project.api_port}:2048"
    earlier = foreign_container(name, "-e", variable, "-p", published)

    must_succeed(project.up())

    assert list(containers(project)) == [name]
    assert inspect(name)["Id"] != earlier
    must_run_on_its_own_profile(project, "user-a", project.api_port)


def test_the_earlier_scripts_container_of_another_name_is_nobodys_business(
    project: Project,
) -> None:
    variable = "ACTIVE_AUTH_JSON_PATH=/app/auth_profiles/saved/user-z.json"
    name = project.container("user-z")
    foreign_container(name, "-e", variable)
    before = lives(project)[name]

    must_succeed(project.up("--remove-orphans"))

    assert lives(project)[name] == before


def test_a_pool_of_another_project_under_the_same_names_is_refused(
    project: Project, tmp_path: Path
) -> None:
    must_succeed(project.up())
    other = Project(tmp_path / "other", project.prefix, free_block())
    other.add("user-a", "user-b")
    with nothing_changes(project), nothing_changes(other):
        result = other.up("--recreate", "--remove-orphans")

    name = project.container("user-a")
    must_report(result, (f"container {name}", str(project.root), "--container-prefix"))


def test_sessions_are_not_in_what_a_foreign_name_is_told_with(project: Project) -> None:
    (project.saved / "user-b.json").write_text(session("b"))
    foreign_container(project.container("user-b"), "-e", "SECRET=cookie-of-somebody")
    with nothing_changes(project):
        result = project.up()

    must_report(result, (f"container {project.container('user-b')}", "not this manager's"))


class _Choice:
    """How a context is chosen, and where it would lie."""

    def __init__(self, config: Path, flags: tuple[str, ...], more: dict[str, str | None]) -> None:
        self.config = config
        self.flags = flags
        self.environment: dict[str, str | None] = {
            "DOCKER_HOST": None,  # it would decide
            "DOCKER_CONFIG": str(config),
            **more,
        }
        self.said = flags[0] if flags else next(iter(more), "config.json")


def _choose(project: Project, chosen_by: str, context: str) -> _Choice:
    config = project.root / "client"
    config.mkdir()
    if chosen_by == "--context":
        return _Choice(config, ("--context", context), {})
    if chosen_by == "DOCKER_CONTEXT":
        return _Choice(config, (), {"DOCKER_CONTEXT": context})
    (config / "config.json").write_text(json.dumps({"currentContext": context}))
    return _Choice(config, (), {})


def _write_context(config: Path, name: str, meta: object) -> None:
    folder = config / "contexts" / "meta" / hashlib.sha256(name.encode()).hexdigest()
    folder.mkdir(parents=True)
    (folder / "meta.json").write_text(meta if isinstance(meta, str) else json.dumps(meta))


@contextmanager
def _web_server() -> Iterator[int]:
    """Answers every request like some web server that is no engine; gives its port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_answer, args=(listener,), daemon=True).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)


def _answer(listener: socket.socket) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with connection:
            connection.recv(4096)
            connection.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 6\r\n\r\n<html>")
