"""How each instance is doing, told of a pool in which every one misbehaves in its own way."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from functools import cached_property
from http.client import HTTPConnection, HTTPException
from typing import Any

import pytest

from e2e.launched import remove_containers
from e2e.mixed_pool import google_session
from e2e.obligations import docker, must_not_tell_secrets, must_succeed
from e2e.project import KEY, SHARED_BLOCKS, Project, Result
from e2e.schemas import must_match_its_schema

SECRETS = ("SID-of-", KEY)
FAR = 2_000_000_000
WITHIN_S = 60.0

# By profile: what it is told, and where the first of the evidence was seen.
SIGNS = {
    "well": ("ready", "health"),
    "busy": ("busy", "queue"),
    "signed-out": ("signed out", "log"),
    "lost-login": ("signed out", "login"),
    "challenged": ("challenged", "log"),
    "quota": ("quota used up", "log"),
    "stalled": ("stalled", "log"),
    "no-stream": ("stalled", "processes"),
    "no-browser": ("browser gone", "processes"),
    "no-driver": ("browser gone", "processes"),
    "renderer": ("out of memory", "memory"),
    "loop": ("quarantined", "earlier run"),
    "no-models": ("not ready", "models"),
    "by-hand": ("stopped by hand", "container"),
    "disabled": ("disabled", "configuration"),
}
ASKED = ("busy", "quota")
STARTING = "zz-slow"
# Those that look well until they are asked a real question.
HANGS, REVEALED = "hangs", "revealed"
AS_JSON = ("--output", "json")
BEHAVIOUR = {
    "REFERENCE_READY_AFTER_S": "zz-slow=3000,*=0",
    "REFERENCE_SIGNED_OUT": "signed-out=1",
    "REFERENCE_CHALLENGED": "challenged=1",
    "REFERENCE_CYCLE_S": "2.5",
    "REFERENCE_SIGNED_OUT_AFTER_S": "lost-login=1,revealed=1",
    "REFERENCE_SAVE_EVERY_S": "lost-login=1,*=1800",
    "REFERENCE_QUOTA_AFTER_S": "quota=0",
    "REFERENCE_STALLED_AFTER_S": "stalled=2",
    "REFERENCE_STREAM_GONE_AFTER_S": "no-stream=2",
    "REFERENCE_BROWSER_GONE_AFTER_S": "no-browser=2",
    "REFERENCE_DRIVER_GONE_AFTER_S": "no-driver=2",
    "REFERENCE_RENDERER_KILLED_AFTER_S": "renderer=2",
    "REFERENCE_CRASH_AT_START": "loop=3",
    "REFERENCE_NO_MODELS": "no-models=1",
    "REFERENCE_REQUEST_S": "busy=3000,quota=3000,hangs=3000,*=0",
    "REFERENCE_COLOURS": "signed-out=1,quota=1",
}


def told(one: dict[str, Any]) -> tuple[str, str]:
    return one["condition"], one["evidence"][0]["sign"]


class Pool:
    """The pool as it was launched, and what the launch and the first look said of it."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.launch = self.command("up", "--auto-confirm", "--wait-timeout", "8", *AS_JSON)
        self.first = self.status()
        docker("stop", "-t", "20", project.container("by-hand"))

    def command(self, *words: str) -> Result:
        result = self.project.command(*words)
        must_not_tell_secrets(result, *SECRETS)
        return result

    def status(self) -> dict[str, dict[str, Any]]:
        result = self.command("status", *AS_JSON)
        must_match_its_schema(result.document)
        return {one["profile"]: one for one in result.document["instances"]}

    @cached_property
    def settled(self) -> dict[str, dict[str, Any]]:
        """A look at which each has come to its own word, or the last one of a long time."""
        deadline = time.monotonic() + WITHIN_S
        while time.monotonic() < deadline:
            found = self.status()
            if all(told(found[name]) == SIGNS[name] for name in SIGNS):
                break
        return found

    def ask(self, name: str) -> None:
        """Put a real request to an instance; nobody waits for its answer."""
        port = self.first[name]["api_port"]
        threading.Thread(target=_ask, args=(port,), daemon=True).start()


def _ask(port: int) -> None:
    body = json.dumps({"model": "m", "messages": [{"role": "user", "content": "hi"}]})
    headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
    connection = HTTPConnection("127.0.0.1", port, timeout=3000)
    with suppress(OSError, HTTPException):
        connection.request("POST", "/v1/chat/completions", body, headers)
        connection.getresponse()


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pool]:
    folder = tmp_path_factory.mktemp("signs")
    folder.chmod(0o755)
    project = Project(folder / "project")
    project.root.chmod(0o755)
    for name in (*SIGNS, STARTING, HANGS, REVEALED):
        (project.saved / f"{name}.json").write_text(google_session(name, FAR))
    settings = 'memory-limit = "160m"\n[profiles.disabled]\nenabled = false\n'
    settings += "[application.question]\nwithin_s = 3\n"
    (project.root / "multi-instance.toml").write_text(settings)
    project.behave(**BEHAVIOUR)
    SHARED_BLOCKS.add(project.first_port)
    try:
        made = Pool(project)
        for name in ASKED:
            made.ask(name)
        yield made
    finally:
        remove_containers(project)
        SHARED_BLOCKS.discard(project.first_port)


@pytest.mark.parametrize("name", SIGNS)
def test_each_way_to_be_ill_has_its_word_and_its_evidence(pool: Pool, name: str) -> None:
    assert told(pool.settled[name]) == SIGNS[name]


def test_one_that_has_just_begun_is_starting(pool: Pool) -> None:
    one = pool.first[STARTING]

    assert (one["condition"], one["is_well"]) == ("starting", False)
    assert [sign["sign"] for sign in one["evidence"]] == ["health", "uptime"]


def launched(pool: Pool) -> dict[str, dict[str, Any]]:
    must_match_its_schema(pool.launch.document)
    return {one["profile"]: one for one in pool.launch.document["instances"]}


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("signed-out", "Detected redirect to login page"),
        ("challenged", "core input area did not become visible"),
    ],
)
def test_a_start_that_comes_to_nothing_is_told_by_its_own_line(
    pool: Pool, name: str, line: str
) -> None:
    one = launched(pool)[name]

    assert (one["state"], one["condition"]) == ("failed", SIGNS[name][0])
    assert one["problem"].startswith(f"{SIGNS[name][0]}: ")
    assert line in one["problem"]
    assert "\x1b" not in one["problem"]
    assert "was not ready after" not in one["problem"]


def test_its_peers_are_launched_all_the_same(pool: Pool) -> None:
    found = launched(pool)

    assert (found["well"]["state"], found["well"]["condition"]) == ("ready", "ready")
    assert pool.launch.code == 1


def test_a_loop_inside_a_standing_container_is_quarantined_with_the_real_exit(pool: Pool) -> None:
    one = launched(pool)["loop"]

    assert (one["state"], one["condition"]) == ("quarantined", "quarantined")
    assert "its main process began" in one["problem"]
    assert "exit status 3" in one["problem"]
    state = pool.settled["loop"]
    assert (state["condition"], state["container"]["restarts"]) == ("quarantined", 0)


def test_a_later_launch_calls_none_ready_that_is_not(pool: Pool) -> None:
    assert pool.settled

    again = pool.command("start", "--wait-timeout", "8", *AS_JSON, "no-browser", "lost-login")
    found = {one["profile"]: one for one in again.document["instances"]}

    assert again.code == 1
    assert found["no-browser"]["condition"] == "browser gone"
    assert found["lost-login"]["condition"] == "signed out"


def test_the_last_exit_of_what_runs_is_never_the_engines(pool: Pool) -> None:
    result = pool.command("explain", *AS_JSON, "signed-out")
    evidence = {one["name"]: one["seen"] for one in result.document["evidence"]}

    assert "last exit" not in evidence
    assert result.document["condition"] == "signed out"


@pytest.mark.parametrize("name", ["well", "signed-out", "no-browser", "lost-login", "no-models"])
def test_every_command_says_the_same_word(pool: Pool, name: str) -> None:
    assert pool.settled
    word = SIGNS[name][0]

    explained = pool.command("explain", *AS_JSON, name)
    verified = pool.command("verify", *AS_JSON, name)
    listed = pool.command("profiles", "list", *AS_JSON, name)
    for one in (explained, verified, listed):
        must_match_its_schema(one.document)

    assert explained.document["condition"] == word
    assert verified.document["instances"][0]["condition"] == word
    assert listed.document["profiles"][0]["instance"]["condition"] == word
    assert (explained.code, verified.code) == ((0, 0) if name == "well" else (1, 1))


def test_the_doctor_names_each_that_is_not_well(pool: Pool) -> None:
    assert pool.settled

    checks = pool.command("doctor", *AS_JSON).document["checks"]
    seen = [one["seen"] for one in checks if one["name"] == "instances"]

    assert any(one.startswith("no-browser: browser gone: ") for one in seen)
    assert not any(one.startswith(("well: ", "by-hand: ", "disabled: ")) for one in seen)


def test_a_lost_login_is_lost_in_every_command(pool: Pool) -> None:
    state = pool.settled["lost-login"]["session"]["state"]
    listed = pool.command("profiles", "list", *AS_JSON, "lost-login").document
    explained = pool.command("explain", *AS_JSON, "lost-login").document
    checked = pool.command("profiles", "check", *AS_JSON, "lost-login").document

    assert (state, listed["profiles"][0]["session"]["state"]) == ("gone", "gone")
    assert {"name": "login", "seen": "its login cookies are gone"} in explained["evidence"]
    assert checked["findings"][0]["code"] == "signed-out"


def test_the_time_of_the_telling_line_is_told(pool: Pool) -> None:
    seen = pool.settled["challenged"]["evidence"][0]

    assert datetime.fromisoformat(seen["at"]).tzinfo is not None


def test_people_read_the_evidence_below_the_table(pool: Pool) -> None:
    assert pool.settled

    result = pool.command("status", "no-driver", "well")

    assert result.code == 1
    assert "no-driver: browser gone: the browser driver does not run" in result.out
    assert "`multi-instance restart no-driver` starts it anew" in result.out
    must_succeed(pool.command("status", "well"))


def test_a_real_question_is_asked_only_on_request_and_has_the_last_word(pool: Pool) -> None:
    assert pool.settled
    names = ("well", HANGS, REVEALED, "busy")

    before = pool.command("status", *AS_JSON, *names)
    asked = pool.command("status", "--probe", "deep", *AS_JSON, *names)
    must_match_its_schema(asked.document)
    found = {one["profile"]: one for one in asked.document["instances"]}

    unasked = {one["profile"]: one["condition"] for one in before.document["instances"]}
    assert unasked == {"well": "ready", HANGS: "ready", REVEALED: "ready", "busy": "busy"}
    assert {name: one["condition"] for name, one in found.items()} == {
        "well": "ready",
        HANGS: "stalled",
        REVEALED: "signed out",
        "busy": "busy",
    }
    told_of = {name: [one["seen"] for one in found[name]["evidence"]] for name in ("well", HANGS)}
    assert "/v1/chat/completions answers 200" in told_of["well"][1]
    assert "/v1/chat/completions does not answer in time" in told_of[HANGS][0]


def test_a_real_question_counts_for_verify_too(pool: Pool) -> None:
    assert pool.settled

    result = pool.command("verify", "--probe", "deep", *AS_JSON, "well", HANGS)
    found = {one["profile"]: one for one in result.document["instances"]}

    assert (found["well"]["condition"], found[HANGS]["condition"]) == ("ready", "stalled")
    assert result.code == 1
