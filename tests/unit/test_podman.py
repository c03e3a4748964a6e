"""What Podman does otherwise than a Docker Engine, told by a client that answers as it does."""

from __future__ import annotations

import json
from typing import Any

import pytest

from multi_instance_manager.engine.docker import podman_stop
from multi_instance_manager.engine.docker.engine import DockerEngine
from multi_instance_manager.engine.docker.podman_mounts import has_odd_mounts, is_podman, with_binds
from multi_instance_manager.engine.endpoint.endpoint import Endpoint
from multi_instance_manager.engine.wire.api import Api
from multi_instance_manager.engine.wire.http_calls import EngineAnswer, HttpCalls
from multi_instance_manager.engine.wire.transport import SocketTransport
from multi_instance_manager.errors import EngineError
from multi_instance_manager.fleet.containers import ContainerState
from multi_instance_manager.fleet.labels import FLEET

NETWORKS = EngineAnswer(200, b'[{"Name": "bridge", "Id": "n1"}, {"Name": "mine", "Id": "n2"}]')


class Podman(HttpCalls):
    """A Podman whose one container is in these states, one look after the other."""

    def __init__(self, *states: str, restarts_at_each_look: bool = False, name: str = "") -> None:
        super().__init__(SocketTransport({"Host": "localhost"}, "/podman.sock"), 1)
        self.states = list(states)
        self.restarts_at_each_look = restarts_at_each_look
        self.looks = 0
        self.stops = 0
        self.name = name or "Podman Engine"
        self.created: dict[str, Any] = {}
        self.networks: dict[str, Any] = {"bridge": {"NetworkID": "bridge"}}
        self.libpod = EngineAnswer(200, json.dumps([{"name": "own", "id": "n1"}]).encode())

    def be_patient(self, silence_s: float) -> None:
        raise AssertionError(silence_s)

    def call(
        self, method: str, target: str, body: bytes | None = None, *, longer_s: float = 0
    ) -> EngineAnswer:
        match method, target:
            case "GET", "/v1.41/containers/json?all=1":
                return self._list()
            case "GET", "/v1.41/containers/one/json":
                return self._look()
            case "GET", "/v1.41/networks" | "/v4.0.0/libpod/networks/json":
                return self.libpod if "libpod" in target else NETWORKS
            case "POST", "/v1.41/containers/one/stop?t=7":
                assert longer_s == 7, "a stop may take as long as it was given"
                self.stops += 1
                return EngineAnswer(204, b"")
            case "GET", "/v1.41/containers/one/stats?stream=0&one-shot=1":
                return EngineAnswer(200, b"")
            case "POST", "/v1.41/containers/create?name=one":
                self.created = json.loads(body or b"")
                return EngineAnswer(201, b'{"Id": "id"}')
        raise AssertionError(f"{method} {target}")

    def _list(self) -> EngineAnswer:
        shared = {"Mounts": None, "NetworkSettings": {"Networks": self.networks}}
        one = {"Id": "one", "Labels": {FLEET: "x"}, **shared}
        another = {"Id": "another", "Labels": None, **shared}
        return EngineAnswer(200, json.dumps([one, another]).encode())

    def _look(self) -> EngineAnswer:
        self.looks += 1
        state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        if state == "gone":
            return EngineAnswer(404, b'{"message": "no such container"}')
        count = self.looks if self.restarts_at_each_look else 0
        mounts = [{"Type": "bind", "Source": "/here", "Destination": "/there", "RW": False}]
        details = {"State": {"Status": state}, "RestartCount": count, "Mounts": mounts}
        return EngineAnswer(200, json.dumps(details).encode())


def engine_of(podman: Podman) -> DockerEngine:
    endpoint = Endpoint("unix:///podman.sock", "a test")
    told = {"Components": [{"Name": podman.name}]}
    api = Api(podman, "1.41", is_podman=is_podman(told))
    return DockerEngine(api, endpoint)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(podman_stop, "_PAUSE_S", 0.001)
    monkeypatch.setattr(podman_stop, "_SETTLED_S", 0.05)
    monkeypatch.setattr(podman_stop, "_AT_MOST_S", 0.1)


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("configured", ContainerState.CREATED),
        ("initialized", ContainerState.CREATED),
        ("stopping", ContainerState.RUNNING),
        ("stopped", ContainerState.RESTARTING),
        ("exited", ContainerState.EXITED),
        ("what it may invent", ContainerState.UNKNOWN),
    ],
)
def test_the_words_of_podman_are_read(word: str, state: ContainerState) -> None:
    assert ContainerState.of(word) is state


@pytest.mark.parametrize("state", ["exited", "gone"])
def test_a_stop_that_holds_is_not_repeated(state: str) -> None:
    podman = Podman(state)

    engine_of(podman).stop("one", timeout_s=7)

    assert podman.stops == 1


def test_a_stop_between_two_runs_is_repeated_until_it_holds() -> None:
    podman = Podman("stopped", "stopped", "stopped", "stopped", "exited")

    engine_of(podman).stop("one", timeout_s=7)

    assert podman.states == ["exited"]
    assert podman.stops > 1


@pytest.mark.parametrize("before", [(), ("stopped", "stopped")], ids=["at once", "later"])
def test_a_container_that_was_started_again_right_after_the_stop_is_stopped_again(
    before: tuple[str, ...],
) -> None:
    podman = Podman(*before, "running", "running", "running", "exited")

    engine_of(podman).stop("one", timeout_s=7)

    assert podman.states == ["exited"]
    assert podman.stops > 1


def test_a_container_that_nothing_restarts_any_more_counts_as_stopped() -> None:
    engine_of(Podman("stopped")).stop("one", timeout_s=7)


def test_a_container_that_restarts_faster_than_it_can_be_stopped_is_told() -> None:
    podman = Podman("stopped", restarts_at_each_look=True)

    with pytest.raises(EngineError, match="restarts faster than it can be stopped"):
        engine_of(podman).stop("one", timeout_s=7)


def test_the_mounts_that_its_list_leaves_out_are_asked_for_of_what_may_be_ours() -> None:
    podman = Podman("running")

    one, another = engine_of(podman).list_containers()

    assert one.mounts == {"/there": "/here"}
    assert one.read_only == frozenset({"/there"})
    assert another.mounts == {}
    assert podman.looks == 1


def test_a_container_that_goes_while_it_is_asked_about_is_still_in_the_list() -> None:
    one, _ = engine_of(Podman("gone")).list_containers()

    assert one.mounts == {}


def test_its_default_network_has_the_name_that_its_list_of_networks_gives_it() -> None:
    podman = Podman("running")
    podman.networks = {"own": {"NetworkID": "own"}, "mine": {"NetworkID": "mine"}}

    one, another = engine_of(podman).list_containers()

    assert one.networks == {"bridge": "n1", "mine": "mine"}
    assert another.networks == {"own": "own", "mine": "mine"}


@pytest.mark.parametrize(
    "libpod",
    [EngineAnswer(400, b'{"cause": "given version is not supported"}'), EngineAnswer(200, b"[]")],
    ids=["an older one", "one that does not list it"],
)
def test_a_network_whose_own_name_is_not_told_keeps_its_name(libpod: EngineAnswer) -> None:
    podman = Podman("running")
    podman.networks, podman.libpod = {"own": {"NetworkID": "own"}}, libpod

    assert engine_of(podman).list_containers()[0].networks == {"own": "own"}


def test_an_answer_about_networks_that_makes_no_sense_is_told() -> None:
    podman = Podman("running")
    podman.networks, podman.libpod = {"own": {}}, EngineAnswer(200, b"[1]")

    with pytest.raises(EngineError, match=r"listing networks: .* makes no sense"):
        engine_of(podman).list_containers()


def test_what_does_not_run_uses_nothing() -> None:
    usage = engine_of(Podman("exited")).usage("one")

    assert (usage.memory_bytes, usage.cpu_ns, usage.processes) == (0, 0, 0)


def test_what_runs_and_cannot_be_measured_is_told() -> None:
    with pytest.raises(EngineError, match="makes no sense"):
        engine_of(Podman("running")).usage("one")


def mount(source: str, **more: Any) -> dict[str, Any]:
    return {"Type": "bind", "Source": source, "Target": "/app", "ReadOnly": True, **more}


def body(*mounts: dict[str, Any]) -> dict[str, Any]:
    return {"Image": "image", "HostConfig": {"Binds": ["/c:/d"], "Mounts": list(mounts)}}


def test_a_path_that_podman_would_misread_is_given_in_the_older_form() -> None:
    podman = Podman("created")

    engine_of(podman).create("one", body(mount("/plain"), mount('/a, "b"', ReadOnly=False)))

    host = podman.created["HostConfig"]
    assert host["Mounts"] == [mount("/plain")]
    assert host["Binds"] == ["/c:/d", '/a, "b":/app:rw']


def test_a_docker_engine_gets_every_path_as_it_is() -> None:
    client = Podman("created", name="Engine")
    asked = body(mount("/a, b"))

    engine_of(client).create("one", asked)

    assert client.created == asked


@pytest.mark.parametrize(
    "mounts",
    [(), (mount("/plain"),), (mount("/a,:b"),), (mount("/a,b", BindOptions={}),)],
    ids=["none", "plain", "no older form for a colon", "no older form for its options"],
)
def test_other_mounts_stay_as_they_are(mounts: tuple[dict[str, Any], ...]) -> None:
    assert not has_odd_mounts(body(*mounts))
    assert with_binds(body(*mounts)) == body(*mounts)
