"""What an instance logs of its own profile is nowhere to be seen."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from multi_instance_manager.commands.survey import known_secrets
from multi_instance_manager.commands.survey.known_secrets import KnownSecrets, lazy_redaction
from multi_instance_manager.settings.model import Settings
from multi_instance_manager.text.redactor import LONGEST_LINE
from multi_instance_manager.text.secret import MASK, Secret
from multi_instance_manager.text.secret_index import SecretIndex
from unit.builders import some_host, some_settings

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


@pytest.mark.parametrize(
    ("place", "line"),
    [
        ("docker/.env", "API_TOKEN={}"),
        ("elsewhere/.env", "API_TOKEN={}"),
        ("auth_profiles/key.txt", "{}"),
        ("elsewhere/user-a.json", '{{"cookies": [{{"name": "SID", "value": "{}"}}]}}'),
    ],
)
def test_a_file_of_secrets_that_changes_while_it_is_looked_at_is_read_anew(
    place: str, line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(known_secrets, "_LOOKS_APART_S", 0.0)
    file = tmp_path / place
    file.parent.mkdir(parents=True)
    file.write_text(line.format("the-first-secret"))
    link_to(file, tmp_path)
    known = KnownSecrets(some_settings(tmp_path), ())
    assert known.log_line(b"the-first-secret") == MASK.encode()

    file.write_text(line.format("a-second-and-longer-secret"))

    assert known.log_line(b"a-second-and-longer-secret") == MASK.encode()
    if not place.endswith(".json"):
        # An instance that was started before goes on with the first.
        assert known.log_line(b"the-first-secret") == MASK.encode()


def link_to(file: Path, root: Path) -> None:
    """Let a link lead to a file that does not lie in its own place."""
    places = {".env": root / "docker", "user-a.json": root / "auth_profiles" / "saved"}
    if file.parent.name == "elsewhere":
        places[file.name].mkdir(parents=True)
        (places[file.name] / file.name).symlink_to(file)


def test_what_is_shown_of_a_long_line_is_cut_through_no_secret(tmp_path: Path) -> None:
    shown = lazy_redaction(Seen(some_settings(tmp_path)), some_host(host_keys=(Secret(COOKIE),)))

    text = shown(f"first\n{'.' * (LONGEST_LINE - 9)}{COOKIE} {'.' * 9999}\nlast")

    assert text == f"first\n{'.' * (LONGEST_LINE - 9)}\nlast"


class Seen:
    """Settings, and no instances."""

    specs = ()

    def __init__(self, settings: Settings) -> None:
        self.settings = settings


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
