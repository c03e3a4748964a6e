"""The vocabulary of the end-to-end checks: what must hold, looked at from outside.

Nothing here uses the manager's own code: the engine is asked through the docker client or, for what
is looked at again and again, through its socket; instances over HTTP.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from e2e.engine_kind import IMPLIED_REGISTRY, asked
from e2e.project import KEY, Project, Result

REQUESTS_PER_SAVE = 10


def docker(*words: str) -> str:
    """Run the docker client; a failure fails the test."""
    done = subprocess.run(["docker", *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"docker {' '.join(words)}: {done.stderr}"
    return done.stdout.strip()


def inspect(container: str) -> dict[str, Any]:
    """The engine's details of one container."""
    details: dict[str, Any] = asked(f"/containers/{quote(container)}/json")
    return details


def containers(project: Project) -> dict[str, str]:
    """All containers of the project's prefix, running or not: name → ID."""
    filters = quote(json.dumps({"name": [f"^{project.prefix}-"]}))
    listed = asked(f"/containers/json?all=1&filters={filters}")
    return {one["Names"][0].removeprefix("/"): one["Id"] for one in listed}


def variables(container: str) -> dict[str, str]:
    """A container's environment, as it was created."""
    return dict(entry.split("=", 1) for entry in inspect(container)["Config"]["Env"])


def image_name(container: str) -> str:
    """The image that a container was made from, by the name that people write."""
    return str(inspect(container)["Config"]["Image"]).removeprefix(IMPLIED_REGISTRY)


def logs(container: str) -> str:
    """All that a container has said, on either stream."""
    done = subprocess.run(
        ["docker", "logs", container],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=True,
    )
    return done.stdout


def mounts(container: str) -> dict[str, dict[str, Any]]:
    """What is mounted into a container, by the place where it sees it."""
    return {mount["Destination"]: mount for mount in inspect(container)["Mounts"]}


def get(port: int, path: str, key: str | None = None) -> tuple[int, Any]:
    """Ask an instance: status and decoded body."""
    return _ask("GET", port, path, key)


def post(port: int, path: str, key: str | None = None) -> tuple[int, Any]:
    """Put a request without content to an instance: status and decoded body."""
    return _ask("POST", port, path, key, {"messages": []})


def use_until_it_saves(port: int) -> None:
    """Put ten requests to an instance: after the tenth it saves its session."""
    for _ in range(REQUESTS_PER_SAVE):
        assert post(port, "/v1/chat/completions", KEY)[0] == 200


def _ask(
    method: str, port: int, path: str, key: str | None = None, document: object = None
) -> tuple[int, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        body = None if document is None else json.dumps(document)
        connection.request(method, path, body=body, headers=headers)
        response = connection.getresponse()
        return response.status, json.loads(response.read() or b"null")
    finally:
        connection.close()


def serves(port: int, profile_name: str) -> bool:
    """Whether an instance of that profile is ready at the port now."""
    try:
        ready = get(port, "/health")[0] == 200
        return ready and get(port, "/whoami")[1]["profile"] == profile_name
    except (OSError, http.client.HTTPException):
        return False


def eventually(claim: Callable[[], object], seconds: float = 20.0) -> None:
    """The claim must become true by the deadline."""
    deadline = time.monotonic() + seconds
    while not claim():
        assert time.monotonic() < deadline, "did not become true in time"
        time.sleep(0.05)


def must_succeed(result: Result) -> Result:
    assert result.code == 0, f"exit code {result.code}\n{result.out}\n{result.err}"
    return result


def must_have_touched_nothing(project: Project, before: object) -> None:
    """The project is as in the snapshot, and no container of it exists."""
    assert project.snapshot() == before
    assert containers(project) == {}


def must_be_refused(result: Result, *words: str, code: int = 3) -> None:
    """One clear report with these words, the right exit code, no traceback, no secret."""
    assert result.code == code, f"exit code {result.code}\n{result.out}\n{result.err}"
    for word in words:
        assert word in result.text, f"{word!r} is not in:\n{result.text}"
    assert "Traceback" not in result.text
    must_not_tell_secrets(result)


def must_not_tell_secrets(result: Result, *secrets: str) -> None:
    for secret in (KEY, "cookie-of-", *secrets):
        assert secret not in result.text, f"a secret is in the output:\n{result.text}"


def must_run_on_its_own_profile(project: Project, name: str, port: int) -> None:
    """The instance resolved its own profile and can see no other."""
    status, said = get(port, "/whoami")
    assert status == 200
    assert said["profile"] == name
    assert said["resolved_path"] == f"/app/auth_profiles/active/{name}.json"
    assert list(said["visible"]["active"]) == [f"{name}.json"]
    assert list(said["visible"]["saved"]) == [f"{name}.json"]
    assert said["visible"]["emergency"] == {}
    assert said["visible"]["active"] == said["visible"]["saved"]
    assert said["sha256"] == digest(project.copy_of(name))


def must_ask_for_the_key(port: int, key: str = KEY) -> None:
    assert get(port, "/v1/queue")[0] == 401
    assert get(port, "/v1/queue", key)[0] == 200


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
