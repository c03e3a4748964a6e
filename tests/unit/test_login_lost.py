"""What a browser saves that was signed out never takes the place of a login."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from multi_instance_manager.application.builtin import builtin_application
from multi_instance_manager.sessions import harvest, session_files
from multi_instance_manager.sessions.custodian import Custodian
from multi_instance_manager.sessions.history import KEPT_VERSIONS
from multi_instance_manager.sessions.sync_state import Custody, SyncOutcome, compare
from unit.session_home import NAME, PROFILE, SessionHome


def state(login: str = "", other: str = "") -> bytes:
    """A session with that login, and what the site gives to every visitor; empty for none."""
    values = {"SID": login, "NID": other}
    cookies = [
        {"name": name, "value": value, "domain": ".google.com", "expires": 4102444800}
        for name, value in values.items()
        if value
    ]
    return json.dumps({"cookies": cookies, "origins": []}).encode()


class Home(SessionHome):
    """A pool with one profile, and the instance that was launched from it."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, state("first"), login=builtin_application().login)
        self.install()

    def harvest(self) -> SyncOutcome:
        return self.custodian.harvest(NAME, PROFILE, self.pool_file).fate


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setattr(session_files, "_READ_PAUSE_S", 0.0)
    return Home(tmp_path)


@pytest.mark.parametrize("saved", [state(), state(other="a visitor")], ids=["empty", "login-less"])
def test_the_pool_keeps_its_version_and_the_history_gets_the_other(
    home: Home, saved: bytes
) -> None:
    home.copy.write_bytes(saved)

    assert home.harvest() is SyncOutcome.LOGIN_LOST

    assert home.pool_file.read_bytes() == state("first")
    assert home.versions() == [saved]


def test_the_note_says_so_and_tells_nothing_of_the_session(home: Home) -> None:
    home.copy.write_bytes(state(other="a-visitor"))

    harvest = home.custodian.harvest(NAME, PROFILE, home.pool_file)

    assert harvest.note is not None
    assert "is signed out, so the pool keeps its version" in harvest.note
    assert "a-visitor" not in harvest.note


def test_one_that_signs_in_again_is_carried_to_the_pool(home: Home) -> None:
    home.copy.write_bytes(state())
    home.harvest()
    home.copy.write_bytes(state("again"))

    assert home.harvest() is SyncOutcome.SAVED

    assert home.pool_file.read_bytes() == state("again")


def test_a_pool_that_holds_no_login_itself_takes_whatever_is_newer(home: Home) -> None:
    home.pool_file.write_bytes(state(other="a visitor"))
    home.custodian.install(NAME, PROFILE, home.pool_file, None)
    home.copy.write_bytes(state(other="another visitor"))

    assert home.harvest() is SyncOutcome.SAVED


def test_one_that_is_signed_out_between_the_look_and_the_harvest_is_not_carried(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.copy.write_bytes(state("refreshed"))

    def signed_out_after(*sides: Any) -> Custody:
        home.copy.write_bytes(state())
        return compare(*sides)

    monkeypatch.setattr(harvest, "compare", signed_out_after)

    assert home.harvest() is SyncOutcome.SAVED
    assert home.pool_file.read_bytes() == state("refreshed")
    assert home.harvest() is SyncOutcome.LOGIN_LOST
    assert home.pool_file.read_bytes() == state("refreshed")


def cookie(name: str, value: str, ends_at: float = 4102444800, domain: str = ".google.com") -> Any:
    return {"name": name, "value": value, "domain": domain, "expires": ends_at}


def signed_out(number: int, *cookies: Any) -> bytes:
    storage = [{"origin": "https://g.test", "localStorage": [{"name": "n", "value": f"{number}"}]}]
    return json.dumps({"cookies": cookies, "origins": storage}).encode()


SIGNED_OUT: dict[str, Callable[[int], bytes]] = {
    "no cookies": signed_out,
    "what every visitor has": lambda n: signed_out(n, cookie("NID", f"visitor {n}")),
    "login cookies without a value": lambda n: signed_out(n, cookie("SID", "")),
    "login cookies that have ended": lambda n: signed_out(n, cookie("SID", f"{n}", ends_at=5.0)),
    "the login of another site": lambda n: signed_out(n, cookie("SID", f"{n}", domain="g.test")),
    "something that is no cookie": lambda n: json.dumps({"cookies": [None, n], "n": n}).encode(),
}
RIGHT, FAR_AHEAD = 1_700_000_000.0, 5_000_000_000.0
# By a clock that is far ahead both sides have ended.
MOMENTS = [(RIGHT, kind) for kind in SIGNED_OUT]
MOMENTS += [(FAR_AHEAD, kind) for kind in SIGNED_OUT if kind != "login cookies that have ended"]


@pytest.mark.parametrize("has_record", [True, False], ids=["with a record", "record lost"])
@pytest.mark.parametrize(("now", "kind"), MOMENTS)
def test_however_often_a_signed_out_state_is_saved_pool_and_history_hold_the_last_login(
    home: Home, now: float, kind: str, *, has_record: bool
) -> None:
    home.copy.write_bytes(state("refreshed"))
    home.harvest()
    home.custodian = Custodian(home.layout, builtin_application().login, clock=lambda: now)
    for number in range(2 * KEPT_VERSIONS):
        home.copy.write_bytes(SIGNED_OUT[kind](number))
        if not has_record:
            home.layout.custody_record(NAME).unlink(missing_ok=True)

        assert home.harvest() is not SyncOutcome.SAVED

    assert home.pool_file.read_bytes() == state("refreshed")
    assert state("first") in home.versions()


def test_the_owners_signed_out_file_pushes_no_login_out_of_the_history(home: Home) -> None:
    """What the pool holds itself has no login then, so that whatever is newer is carried to it."""
    for number in range(2 * KEPT_VERSIONS):
        home.pool_file.write_bytes(signed_out(number))
        home.custodian.install(NAME, PROFILE, home.pool_file, None)
        home.copy.write_bytes(signed_out(number + 1000))
        home.harvest()

    assert state("first") in home.versions()


def test_however_many_come_after_it_the_last_version_with_a_login_stays(home: Home) -> None:
    for number in range(3):
        home.custodian.keep_version(NAME, state(f"login {number}"))
    for number in range(3 * KEPT_VERSIONS):
        home.custodian.keep_version(NAME, state(other=f"visitor {number}"))

    newest = [state(other=f"visitor {n}") for n in range(2 * KEPT_VERSIONS, 3 * KEPT_VERSIONS)]
    assert home.versions() == [state("login 2"), *newest]


def test_once_a_newer_version_with_a_login_is_kept_the_older_one_goes(home: Home) -> None:
    home.custodian.keep_version(NAME, state("old"))
    for number in range(2 * KEPT_VERSIONS):
        home.custodian.keep_version(NAME, state(other=f"visitor {number}"))

    home.custodian.keep_version(NAME, state("new"))

    assert len(home.versions()) == KEPT_VERSIONS
    assert state("old") not in home.versions()
    assert home.versions()[-1] == state("new")
