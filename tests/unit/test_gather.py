"""Taking the signs of many at once: what each answers, and what does not come in time."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, cast

import pytest
from msgspec.structs import replace

from multi_instance_manager.application.builtin import builtin_application
from multi_instance_manager.application.process_table import Process
from multi_instance_manager.engine.docker.answers import processes_of as listed_processes
from multi_instance_manager.engine.docker.answers import status_of
from multi_instance_manager.engine.protocol.engine import ContainerStatus, Reader
from multi_instance_manager.errors import EngineError
from multi_instance_manager.fleet.containers import ContainerState
from multi_instance_manager.host.cgroup_memory import KernelFiles, oom_kills_of
from multi_instance_manager.http.probes import Question, ask_each
from multi_instance_manager.http.response import Answer
from multi_instance_manager.probe import vital_signs
from multi_instance_manager.probe.vital_signs import AskedInstance, http_signs, inner_signs
from multi_instance_manager.text.secret import Secret
from multi_instance_manager.vitals.api_answers import Queue, lacks_models, queue_of, uptime_of
from unit.serving import serving

APPLICATION = builtin_application()
KEY = "sk-of-the-instance"
MODELS = {"data": [{"id": "a", "owned_by": "ai_studio"}]}
FALLBACK = {"data": [{"id": "a", "owned_by": "camoufox-proxy-fallback"}]}
IDLE: dict[str, Any] = {"items": [], "is_processing_locked": False}


class Instance(BaseHTTPRequestHandler):
    """Answers as the application does; ``bodies`` by path, ``asked`` what was asked."""

    bodies: dict[str, Any]
    asked: list[str]
    health: int

    def do_GET(self) -> None:
        self.asked.append(self.path)
        guarded = self.path == "/v1/queue"
        refused = guarded and self.headers.get("Authorization") != f"Bearer {KEY}"
        body = json.dumps(self.bodies.get(self.path, {})).encode()
        status = 401 if refused else (self.health if self.path == "/health" else 200)
        self.send_response(status)
        self.send_header("Content-Length", str(0 if refused else len(body)))
        self.end_headers()
        if not refused:
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def instance(health: int = 200, **bodies: Any) -> Iterator[tuple[AskedInstance, list[str]]]:
    paths = {"queue": "/v1/queue", "models": "/v1/models", "uptime": "/api/server/status"}
    known = {"queue": IDLE, "models": MODELS, "uptime": {"uptime_seconds": 12.5}} | bodies
    asked: list[str] = []
    handler = type(
        "One",
        (Instance,),
        {"bodies": {paths[n]: b for n, b in known.items()}, "asked": asked, "health": health},
    )
    with serving(ThreadingHTTPServer(("127.0.0.1", 0), handler)) as server:
        yield AskedInstance("id", f"http://127.0.0.1:{server.server_port}", Secret(KEY)), asked


def test_everything_that_it_tells_is_taken() -> None:
    with instance() as (one, _):
        found = http_signs([one], APPLICATION)["id"]

    assert found.health == Answer(200)
    assert found.queue == Queue(0, 0.0, is_running=False)
    assert (found.lacks_models, found.main_uptime_s) == (False, 12.5)


def test_the_fall_back_entry_means_that_there_is_no_list_of_models() -> None:
    with instance(models=FALLBACK) as (one, _):
        assert http_signs([one], APPLICATION)["id"].lacks_models is True


@pytest.mark.parametrize(
    ("health", "queue"),
    [(503, IDLE), (200, {"items": [], "is_processing_locked": True}), (200, {"items": [{}]})],
)
def test_the_models_are_asked_only_of_one_that_is_ready_and_idle(health: int, queue: Any) -> None:
    """The application loads its page again for that question, where it has no list yet."""
    with instance(health, queue=queue) as (one, asked):
        found = http_signs([one], APPLICATION)["id"]

    assert "/v1/models" not in asked
    assert found.lacks_models is None


def test_without_its_key_the_queue_is_not_known_and_the_rest_is() -> None:
    with instance() as (one, _):
        found = http_signs([replace(one, key=None)], APPLICATION)["id"]

    assert (found.queue, found.health) == (None, Answer(200))


def test_only_what_the_definition_has_is_asked() -> None:
    bare = replace(APPLICATION, queue=None, models=None, uptime=None)
    with instance() as (one, asked):
        http_signs([one], bare)

    assert asked == ["/health"]


def test_one_whose_processes_are_seen_is_not_asked_how_long_it_runs() -> None:
    with instance() as (one, asked):
        found = http_signs([replace(one, shows_processes=True)], APPLICATION)["id"]

    assert "/api/server/status" not in asked
    assert (found.main_uptime_s, found.lacks_models) == (None, False)


def test_what_does_not_come_in_time_is_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vital_signs, "SIGN_WITHIN_S", 1.0)
    monkeypatch.setattr(vital_signs, "HEALTH_WITHIN_S", 1.0)
    with instance() as (one, asked):
        silent = socket.create_server(("127.0.0.1", 0))  # takes connections, and says nothing
        with silent:
            elsewhere = f"http://127.0.0.1:{silent.getsockname()[1]}"
            found = http_signs([one, AskedInstance("silent", elsewhere)], APPLICATION)

    assert "/api/server/status" in asked
    assert found["id"].main_uptime_s == 12.5
    assert found["silent"].health == Answer(None, "does not answer in time")
    assert (found["silent"].queue, found["silent"].main_uptime_s) == (None, None)


def test_one_that_nobody_listens_for_keeps_nobody_else_from_answering() -> None:
    with instance() as (one, _):
        away = AskedInstance("away", "http://127.0.0.1:1")
        found = http_signs([away, one], APPLICATION)

    assert found["away"].health == Answer(None, "refuses connections")
    assert found["id"].main_uptime_s == 12.5


def test_many_bodies_come_in_the_order_of_the_questions() -> None:
    with instance() as (one, _):
        paths = ["/v1/models", "/api/server/status"] * 20
        asked = [Question(f"{one.api_url}{path}", 30.0, wants_body=True) for path in paths]
        bodies = [json.loads(found.body) for found in ask_each(asked)]

    assert bodies == [MODELS, {"uptime_seconds": 12.5}] * 20


QUEUE, MODEL_PATH, UPTIME = APPLICATION.queue, APPLICATION.models, APPLICATION.uptime


@pytest.mark.parametrize("body", [b"", b"[]", b"\xff", b'{"items": 1}', b"{", b"[" * 5000])
def test_an_answer_that_makes_no_sense_is_none(body: bytes) -> None:
    assert QUEUE
    assert MODEL_PATH
    assert UPTIME
    assert queue_of(body, QUEUE) is None
    assert lacks_models(body, MODEL_PATH) is None
    assert uptime_of(body, UPTIME) is None


def test_the_oldest_wait_is_the_longest_and_what_is_no_number_is_none() -> None:
    assert QUEUE
    assert UPTIME
    waits = [{"wait_time_seconds": wait} for wait in (3, "x", True, 412.7, -1, 1e300)]

    assert queue_of(json.dumps({"items": waits}).encode(), QUEUE) == Queue(6, 412.7, False)
    assert uptime_of(b'{"uptime_seconds": "long"}', UPTIME) is None


class _Engine:
    def __init__(self, moments: dict[str, float] | EngineError) -> None:
        self._moments = moments

    def out_of_memory_moments(self, since: float) -> dict[str, float]:
        assert since == 50.0
        if isinstance(self._moments, EngineError):
            raise self._moments
        return self._moments

    def processes(self, _: str) -> tuple[Process, ...]:
        return (Process(1, 0, ("supervisord",)),)

    def dated_log(self, _: str, *, lines: int) -> bytes:
        del lines
        return b""


def status(pid: int = 7) -> ContainerStatus:
    return ContainerStatus(ContainerState.RUNNING, 0, False, 0, started_at=50.0, pid=pid)


def test_the_engine_is_asked_for_the_moment_only_where_the_kernel_counts_a_kill(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kills = {"hit": 2, "whole": 0, "unknown": None}
    monkeypatch.setattr(vital_signs, "oom_kills_of", lambda _, name: kills[name])
    names = {name: status() for name in kills}

    found = inner_signs(cast("Reader", _Engine({"hit": 90.0})), names, APPLICATION, {})
    failed = inner_signs(cast("Reader", _Engine(EngineError("500"))), names, APPLICATION, {})

    assert {name: (one.oom_kills, one.oom_at) for name, one in found.items()} == {
        "hit": (2, 90.0),
        "whole": (0, None),
        "unknown": (None, None),
    }
    assert (failed["hit"].oom_kills, failed["hit"].oom_at) == (2, None)


def test_processes_that_are_not_seen_here_are_the_engines_to_tell() -> None:
    engine = cast("Reader", _Engine({}))

    found = inner_signs(engine, {"a-container-of-another-host": status(0)}, APPLICATION, {})

    assert found["a-container-of-another-host"].processes == (Process(1, 0, ("supervisord",)),)


def test_an_engine_lists_processes_without_the_ends_of_their_words() -> None:
    top = {"Titles": ["PID", "PPID", "COMMAND"], "Processes": [["9", "1", "python a.py --b"], []]}

    assert listed_processes(top) == (Process(9, 1, ("python", "a.py", "--b")),)
    assert listed_processes({"Processes": None}) == ()


def test_the_restart_policy_and_the_logs_file_come_with_the_state() -> None:
    host = {"RestartPolicy": {"Name": "unless-stopped"}, "LogConfig": {"Type": "json-file"}}
    details = {"State": {"Status": "running"}, "HostConfig": host, "LogPath": "/x/json.log"}

    found = status_of(details)
    other = status_of({**details, "HostConfig": {"LogConfig": {"Type": "journald"}}})

    assert (found.restarts_by_itself, found.log_path) == (True, "/x/json.log")
    assert (other.restarts_by_itself, other.log_path) == (None, "")


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_the_kernels_count_is_read_in_both_layouts(tmp_path: Path, version: str) -> None:
    name, (processes, groups) = "c" * 64, (tmp_path / "proc", tmp_path / "groups")
    line, folder, usage, events, text = {
        "v1": (
            f"4:memory:/docker/{name}",
            groups / "memory" / "docker" / name,
            "memory.usage_in_bytes",
            "memory.oom_control",
            "oom_kill_disable 0\nunder_oom 0\noom_kill 3\n",
        ),
        "v2": (
            f"0::/docker/{name}",
            groups / "docker" / name,
            "memory.current",
            "memory.events",
            "low 0\nhigh 0\nmax 9\noom 4\noom_kill 3\n",
        ),
    }[version]
    folder.mkdir(parents=True)
    (processes / "7").mkdir(parents=True)
    (processes / "7" / "cgroup").write_text(f"{line}\n")
    (folder / usage).write_text("1\n")
    (folder / events).write_text(text)
    files = KernelFiles(processes, groups)

    assert oom_kills_of(7, name, files) == 3
    assert oom_kills_of(7, "d" * 64, files) is None
    assert oom_kills_of(8, name, files) is None
