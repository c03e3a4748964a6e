"""What an engine is asked, and what its answers, or their absence, mean."""

from __future__ import annotations

import json
import ssl
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from multi_instance_manager.engine.wire.api import Api
from multi_instance_manager.engine.wire.http_calls import AnswerTooLarge, EngineAnswer, HttpCalls
from multi_instance_manager.engine.wire.mapping import mapped
from multi_instance_manager.engine.wire.transport import SocketTransport
from multi_instance_manager.errors import (
    Conflict,
    EngineError,
    EngineTimeout,
    EngineUnreachable,
    NotFound,
)

DEEP = b"[" * 100_000
WORDS = st.text(st.sampled_from("aZ09-_.~ %&;=?#+/:@\"'\\\r\n\0\u00e9\u20ac"), min_size=1)


class Recorder(HttpCalls):
    """Calls that go nowhere: each gets the same answer, or the same error."""

    def __init__(self, outcome: EngineAnswer | Exception) -> None:
        super().__init__(SocketTransport({}, "/nowhere.sock"), 1)
        self._outcome = outcome
        self.asked: list[tuple[str, str, bytes | None, float]] = []

    def call(
        self, method: str, target: str, body: bytes | None = None, *, longer_s: float = 0
    ) -> EngineAnswer:
        self.asked.append((method, target, body, longer_s))
        if isinstance(self._outcome, Exception):
            raise self._outcome
        return self._outcome

    def be_patient(self, silence_s: float) -> None:
        raise AssertionError(silence_s)


def api_of(outcome: EngineAnswer | Exception) -> Api:
    return Api(Recorder(outcome), "1.41")


def told(outcome: EngineAnswer | Exception) -> EngineError:
    with pytest.raises(EngineError) as caught:
        api_of(outcome).ask("starting a", "POST", "/containers/a/start")
    return caught.value


def asked(
    path: str,
    query: Mapping[str, str] | None = None,
    body: Mapping[str, Any] | None = None,
    longer_s: float = 0,
) -> tuple[str, str, bytes | None, float]:
    recorder = Recorder(EngineAnswer(200, b""))
    Api(recorder, "1.41").ask("acting", "POST", path, query, body, longer_s=longer_s)
    (call,) = recorder.asked
    return call


def test_a_question_has_the_version_agreed_upon() -> None:
    assert asked("/containers/a/start") == ("POST", "/v1.41/containers/a/start", None, 0)


def test_what_is_wished_for_is_quoted() -> None:
    query = {"name": "a b&c=d", "path": "/é?#"}

    _, target, _, _ = asked("/x", query)

    assert target == "/v1.41/x?name=a+b%26c%3Dd&path=%2F%C3%A9%3F%23"


@given(st.dictionaries(WORDS, WORDS, min_size=1))
def test_a_query_stays_one_line_and_comes_back_whole(query: dict[str, str]) -> None:
    _, target, _, _ = asked("/x", query)

    assert target.isascii()
    assert target.isprintable()
    assert " " not in target
    assert parse_qs(urlsplit(target).query) == {name: [text] for name, text in query.items()}


def test_an_empty_query_adds_nothing() -> None:
    assert asked("/x", {})[1] == "/v1.41/x"


def test_a_body_is_sent_as_json() -> None:
    _, _, body, _ = asked("/x", body={"Image": "ü", "Env": ["A=1"]})

    assert body is not None
    assert json.loads(body) == {"Image": "ü", "Env": ["A=1"]}
    assert asked("/x", body={})[2] == b"{}"


def test_a_call_may_be_given_more_time() -> None:
    assert asked("/x", longer_s=10)[3] == 10


def test_the_body_of_an_answer_is_handed_on_as_it_is() -> None:
    for status in (200, 201, 204, 304):
        content = api_of(EngineAnswer(status, b"\x00\xff")).ask("reading", "GET", "/archive")
        assert content == b"\x00\xff"


def test_what_the_engine_tells_is_read() -> None:
    recorder = Recorder(EngineAnswer(200, b'{"Id": "\xc3\xbc", "Rows": [1, null]}'))

    found = Api(recorder, "1.47").get("looking", "/info", {"all": "1"})

    assert found == {"Id": "ü", "Rows": [1, None]}
    assert recorder.asked == [("GET", "/v1.47/info?all=1", None, 0)]


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, EngineError),
        (401, EngineError),
        (404, NotFound),
        (409, Conflict),
        (500, EngineError),
        (503, EngineError),
        (301, EngineError),
        (307, EngineError),
    ],
)
def test_a_refusal_is_told_by_its_status_with_the_engines_words(
    status: int, kind: type[EngineError]
) -> None:
    problem = told(EngineAnswer(status, b'{"message": "no such container: a"}'))

    assert type(problem) is kind
    assert problem.status == status
    assert str(problem) == f"starting a: the engine answered {status}: no such container: a"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"plain words\n", "plain words"),
        (b"<html>Bad Gateway</html>", "<html>Bad Gateway</html>"),
        (b"", "no reason given"),
        (b" \r\n", "no reason given"),
        (b'{"message": ""}', "no reason given"),
        (b'{"message": "cut', '{"message": "cut'),
        (b'{"message": ["a"]}', '{"message": ["a"]}'),
        (b'{"cause": "a"}', '{"cause": "a"}'),
        (b'["message"]', '["message"]'),
        (b"null", "null"),
        (b"\xff\xfe", "��"),
        (DEEP, DEEP.decode()),
    ],
    ids=lambda given: repr(given)[:24],
)
def test_a_refusal_has_whatever_words_there_are(content: bytes, words: str) -> None:
    assert str(told(EngineAnswer(500, content))) == f"starting a: the engine answered 500: {words}"


@pytest.mark.parametrize(
    "content", [b"", b"{", b"<html>", b"\xff", DEEP], ids=lambda c: repr(c)[:9]
)
def test_an_answer_that_is_no_json_makes_no_sense(content: bytes) -> None:
    with pytest.raises(
        EngineError, match=r"^looking: the engine's answer makes no sense"
    ) as caught:
        api_of(EngineAnswer(200, content)).get("looking", "/info")

    assert type(caught.value) is EngineError
    assert caught.value.status is None


def test_an_answer_that_is_read_later_may_be_nested_too_deeply_as_well() -> None:
    with pytest.raises(EngineError, match="makes no sense"), mapped("looking"):
        json.loads(DEEP)


@pytest.mark.parametrize(
    ("problem", "kind", "words"),
    [
        (TimeoutError(), EngineTimeout, "did not answer in time"),
        (ConnectionResetError(), EngineUnreachable, "the connection to the engine broke"),
        (FileNotFoundError(), EngineUnreachable, "the connection to the engine broke"),
        (PermissionError(), EngineUnreachable, "the connection to the engine broke"),
        (ssl.SSLError(), EngineUnreachable, "the connection to the engine broke"),
        (AnswerTooLarge(), EngineError, "is larger than 268435456 bytes"),
        (ValueError(), EngineError, "makes no sense (ValueError)"),
    ],
)
def test_a_call_that_fails_tells_what_was_asked_and_what_is_known(
    problem: Exception, kind: type[EngineError], words: str
) -> None:
    error = told(problem)

    assert type(error) is kind
    assert str(error).startswith("starting a: ")
    assert words in str(error)
    assert error.__cause__ is problem


def test_an_error_that_is_known_better_is_left_as_it_is() -> None:
    known = EngineUnreachable("the configuration cannot be used")

    assert told(known) is known


def test_what_is_no_fault_of_the_engine_is_not_told_as_one() -> None:
    with pytest.raises(ZeroDivisionError):
        api_of(ZeroDivisionError()).ask("starting a", "POST", "/x")
