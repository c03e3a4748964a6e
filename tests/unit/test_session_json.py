"""A session is what the application's own reader takes: Python's, which is laxer than JSON is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from multi_instance_manager.application.builtin import builtin_application
from multi_instance_manager.application.held_login import has_login
from multi_instance_manager.application.session_json import read_session, session_object
from multi_instance_manager.sessions.custodian import Custodian
from multi_instance_manager.sessions.harvest import put_in_pool
from multi_instance_manager.sessions.login_facts import session_facts
from multi_instance_manager.sessions.pool import fault_of, is_whole_profile, read_pool
from multi_instance_manager.sessions.sync_state import SyncOutcome
from multi_instance_manager.state.folder import prepare_top
from multi_instance_manager.state.layout import StateLayout
from multi_instance_manager.text.redactor import Redactor, session_values

NAME, PROFILE, NOW = "ai-proxy-user-a", "user-a", 1_700_000_000.0
LOGIN = builtin_application().login
ODD = {
    "the first half of a pair": r'"cut \ud83d"',
    "the second half of a pair": r'"\udc00 cut"',
    "halves in the wrong order": r'"\udc00\ud83d"',
    "a half as a name": r'{"\ud800": 1}',
    "not a number": "NaN",
    "infinity": "Infinity",
    "minus infinity": "-Infinity",
    "beyond every bound": "1e400",
    "beyond every bound, below": "-1e400",
    "an integer without end": "1" + "0" * 400,
}
TORN = (b"", b"nan", b"{", b'{"a": "cut \\ud83d', b'{"a": NaN', b'{"a": 1,}', b"\xff", b"[" * 10**5)


def session(odd: str, number: int = 0) -> bytes:
    cookie = f'{{"name":"SID","value":"secret-{number}","domain":".google.com","expires":%s}}'
    ends = odd if odd[0] not in '"{' else "4102444800"
    return f'{{"cookies":[{cookie % ends}],"origins":[{odd}]}}'.encode()


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_what_pythons_reader_takes_is_a_session_with_its_login(odd: str) -> None:
    content = session(odd)
    json.loads(content)

    assert is_whole_profile(content)
    assert fault_of(content) is None
    facts = session_facts(content, LOGIN, salt=b"salt")
    assert facts is not None
    assert facts.login_cookies == 1


@pytest.mark.parametrize("odd", [o for o in ODD.values() if not o.startswith("-")])
def test_an_odd_end_of_a_cookie_is_no_end_in_the_past(odd: str) -> None:
    assert has_login(session(odd), LOGIN, now=NOW)


@pytest.mark.parametrize("torn", TORN)
def test_what_it_does_not_take_is_none(torn: bytes) -> None:
    assert session_object(torn) is None
    assert not is_whole_profile(torn)
    assert fault_of(torn) is not None


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_it_is_launched_harvested_and_put_back_byte_for_byte(tmp_path: Path, odd: str) -> None:
    saved = tmp_path / "saved"
    saved.mkdir()
    file = saved / f"{PROFILE}.json"
    file.write_bytes(session(odd))
    layout = StateLayout(tmp_path / "state", "ai-proxy")
    prepare_top(layout)
    custodian = Custodian(layout, LOGIN, clock=lambda: NOW)
    copy = layout.copy(NAME, PROFILE)

    assert [p.name for p in read_pool(saved, LOGIN, now=NOW).profiles] == [PROFILE]
    custodian.install(NAME, PROFILE, file, None)
    assert copy.read_bytes() == session(odd)

    copy.write_bytes(session(odd, 1))
    assert custodian.harvest(NAME, PROFILE, file).fate is SyncOutcome.SAVED
    assert file.read_bytes() == session(odd, 1)
    kept = put_in_pool(custodian, NAME, file, session(odd))
    assert file.read_bytes() == session(odd)
    assert kept is not None
    assert kept.read_bytes() == session(odd, 1)


def test_two_logins_that_differ_in_half_a_character_are_two() -> None:
    marks = []
    for half in (r"\ud83d", r"\ud83e"):
        content = session("1").replace(b"secret-0", half.encode())
        facts = session_facts(content, LOGIN, salt=b"s")
        assert facts is not None
        marks.append(facts.marks)

    assert not marks[0] & marks[1]


def test_a_secret_with_half_a_character_is_masked() -> None:
    content = read_session(rb'{"cookies": [{"name": "a", "value": "a-long-secret-\ud83d-value"}]}')
    redactor = Redactor([], session_values(content))

    assert "long-secret" not in redactor.text(r'it said "a-long-secret-\ud83d-value" to me')
