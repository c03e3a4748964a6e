"""The proxy itself: transparent until it is told to break a call, and then it breaks that one."""

from __future__ import annotations

import time

import pytest
import requests
from docker import APIClient
from docker.errors import APIError

from e2e.obligations import must_succeed
from e2e.project import IMAGE
from faults.bench import KEPT_OUT, NAME, Bench
from faults.promises import must_serve_alone
from faults.proxy import Fault, Faulty, How

LIST = "GET /containers/json"


@pytest.fixture
def client(engine: Faulty) -> APIClient:
    found = APIClient(base_url=engine.url, version="1.41", timeout=1)
    engine.heal()
    return found


@pytest.mark.parametrize("kept_out", [False, True], ids=["", "kept out of processes"])
def test_a_launch_through_the_proxy_is_like_any_other(bench: Bench, kept_out: bool) -> None:
    """The proof looks into the instance's process; where it may not, it asks the engine."""
    bench.project.add(NAME)

    must_succeed(bench.up(**KEPT_OUT if kept_out else {}))

    must_serve_alone(bench, "through the proxy")
    shapes = [call.shape for call in bench.engine.calls]
    assert "POST /containers/create" in shapes
    assert "POST /containers/*/start" in shapes
    assert "GET /containers/*/json" in shapes
    assert ("GET /containers/*/archive" in shapes) is kept_out
    assert len({call.pid for call in bench.engine.calls}) == 1


def test_calls_are_counted_and_named_over_one_connection(client: APIClient, engine: Faulty) -> None:
    client.containers(all=True)
    client.inspect_image(IMAGE)  # type: ignore[no-untyped-call]

    assert [(call.number, call.shape) for call in engine.calls] == [
        (1, LIST),
        (2, "GET /images/*/json"),
    ]
    assert not any(call.changes for call in engine.calls)


@pytest.mark.parametrize(
    ("how", "problem"),
    [
        (How.CONFLICT, APIError),
        (How.ERROR, APIError),
        (How.UNAVAILABLE, APIError),
        (How.DONE_ERROR, APIError),
        (How.RESET, requests.ConnectionError),
        (How.DONE_RESET, requests.ConnectionError),
        (How.CUT, requests.RequestException),
        (How.TRUNCATED, ValueError),
        (How.HUNG, requests.Timeout),
        (How.DONE_HUNG, requests.Timeout),
    ],
)
def test_one_call_is_broken_and_the_next_is_whole(
    client: APIClient, engine: Faulty, how: How, problem: type[Exception]
) -> None:
    fault = engine.inject(Fault(how, LIST, occurrence=2))
    client.containers(all=True)

    with pytest.raises(problem):
        client.containers(all=True)

    assert fault.met is not None
    assert fault.met.number == 2
    assert engine.injected == {how: 1}
    client.containers(all=True)


def test_a_late_answer_is_whole(client: APIClient, engine: Faulty) -> None:
    engine.inject(Fault(How.DELAYED, LIST, delay_s=0.3))
    began = time.monotonic()

    client.containers(all=True)

    assert time.monotonic() - began >= 0.3


def test_an_engine_that_is_gone_comes_back(client: APIClient, engine: Faulty) -> None:
    engine.inject(Fault(How.GONE, LIST))
    for _ in range(3):
        with pytest.raises(requests.ConnectionError):
            client.containers(all=True)

    engine.heal()

    client.containers(all=True)


def test_what_is_done_and_answered_with_500_was_done(client: APIClient, engine: Faulty) -> None:
    made = client.create_container(IMAGE)["Id"]
    engine.inject(Fault(How.DONE_ERROR, "DELETE .*"))

    with pytest.raises(APIError):
        client.remove_container(made)

    engine.heal()
    assert made not in {row["Id"] for row in client.containers(all=True)}
