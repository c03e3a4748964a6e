"""What an instance logs of its own profile is nowhere to be seen."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from multi_instance_manager.commands.survey import known_secrets
from multi_instance_manager.commands.survey.known_secrets import KnownSecrets
from multi_instance_manager.text.secret import MASK
from multi_instance_manager.text.secret_index import SecretIndex
from unit.builders import some_settings

COOKIE = "g.a000zwiKQ-cookie-of-this-instance-0123456789"


def profile_with(value: str) -> str:
    return json.dumps({"cookies": [{"name": "SID", "value": value}], "origins": []})


@pytest.mark.parametrize(
    "place",
    [
        "auth_profiles/saved/user-a.json",
        ".multi-instance-runtime/active/ai-proxy-user-a/user-a.json",
        ".multi-instance-runtime/aside/ai-proxy-user-a/user-a.json",
        ".multi-instance-runtime/history/ai-proxy-user-a/0001-x.json",
    ],
)
@pytest.mark.parametrize(
    "line",
    [
        profile_with(COOKIE),
        f"value={COOKIE}",
        f"cut off: {COOKIE[:30]}",
        f"its end: {COOKIE[-20:]}",
    ],
)
def test_a_logged_session_is_masked_wherever_it_is_kept_and_however_it_is_cut(
    place: str, line: str, tmp_path: Path
) -> None:
    file = tmp_path / place
    file.parent.mkdir(parents=True)
    file.write_text(profile_with(COOKIE))

    shown = KnownSecrets(some_settings(tmp_path), ()).log_line(line.encode()).decode()

    assert MASK in shown
    assert COOKIE[8:30] not in shown
    assert COOKIE[-12:] not in shown


def test_a_session_that_is_refreshed_while_it_is_looked_at_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = some_settings(tmp_path)
    settings.profile_dir.mkdir(parents=True)
    known = KnownSecrets(settings, ())
    assert known.log_line(COOKIE.encode()) == COOKIE.encode()
    (settings.profile_dir / "user-a.json").write_text(profile_with(COOKIE))
    monkeypatch.setattr(known_secrets, "_LOOKS_APART_S", 0.0)

    assert known.log_line(COOKIE.encode()) == MASK.encode()


def test_a_log_speaks_of_tokens_that_are_counted_but_not_of_headers() -> None:
    known = KnownSecrets(some_settings(), ())

    assert known.log_line(b"max_tokens: 512, tokens=7") == b"max_tokens: 512, tokens=7"
    for line in (b"Cookie: SID=abc", b"authorization: abc", b"sent with Bearer abcdefgh"):
        assert b"abc" not in known.log_line(line)


def test_secrets_that_overlap_are_masked_to_their_common_end() -> None:
    assert SecretIndex([b"abcdefgh", b"efghijkl"]).masked(b"-abcdefghijkl-") == b"-********-"


def test_a_character_is_never_cut_in_two() -> None:
    secret = ("0123456789abcdef" * 2 + "é").encode()

    shown = SecretIndex([secret]).masked(("0123456789abcdef" * 2 + "è").encode())

    assert shown.decode() == "********è"
