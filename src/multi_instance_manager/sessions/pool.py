"""The pool of saved auth profiles: discovers and validates them. Their content stays here.

A profile is a JSON object in a file ``<name>.json``. What is wrong with one is told by kind and
place, never by quoting it: these are people's sessions.
"""

from __future__ import annotations

import errno
import os
import secrets
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeAlias

from msgspec.structs import replace

from multi_instance_manager.application.session_json import read_session, session_object
from multi_instance_manager.files.profile_size import LARGEST_IN_WORDS
from multi_instance_manager.files.untrusted_files import read_untrusted, size_of_untrusted
from multi_instance_manager.findings import Finding, error, warning
from multi_instance_manager.sessions.login_facts import NO_LOGIN, session_facts
from multi_instance_manager.sessions.pool_links import NotFollowed, Unfollowed, real_file
from multi_instance_manager.sessions.profile import Pool, Profile
from multi_instance_manager.text.digest import digest_of
from multi_instance_manager.text.json_bounds import BeyondBounds
from multi_instance_manager.text.json_faults import JSON_FAULTS
from multi_instance_manager.text.printable import printable

if TYPE_CHECKING:
    from pathlib import Path

    from multi_instance_manager.application.definition import LoginCookies
    from multi_instance_manager.sessions.login_facts import SessionFacts

SUFFIX = ".json"
_Found: TypeAlias = "tuple[Path, bytes | None, tuple[str, str] | None]"
_SALT_BYTES = 32
_BRACKETS = ((b"{", b"}"), (b"[", b"]"))


def read_pool(
    profile_dir: Path,
    known: LoginCookies | None,
    *,
    now: float,
    may_be_planted: bool = False,
) -> Pool:
    """Discover every ``*.json`` directly in the folder; ``now`` in seconds since the epoch.

    ``known`` are the cookies that carry a login, where the application says which do.
    ``may_be_planted``: instances could write to the pool, so that a link may be theirs.
    """
    try:
        entries = sorted(entry for entry in os.listdir(profile_dir) if _is_candidate(entry))  # noqa: PTH208  # names alone are enough
    except OSError as problem:
        return Pool(findings=(_folder_finding(profile_dir, problem),))
    if not entries:
        return Pool(
            findings=(
                error(
                    "no-profiles",
                    f"profile directory {profile_dir}",
                    "holds no *.json profile",
                    "save a login there, or name another folder with --profile-dir",
                ),
            )
        )
    salt = secrets.token_bytes(_SALT_BYTES)
    profiles: list[Profile] = []
    refused: list[str] = []
    findings: list[Finding] = []
    for entry in entries:
        name = entry.removesuffix(SUFFIX)
        found_there = _content_of(profile_dir / entry, may_be_planted)
        profile, found = _read_profile(name, found_there, known, now, salt)
        findings += [replace(finding, profile_name=name) for finding in found]
        if profile:
            profiles.append(profile)
        else:
            refused.append(name)
    profiles.sort(key=lambda profile: profile.name)
    return Pool(tuple(profiles), tuple(refused), tuple(findings), salt)


def names_in(profile_dir: Path) -> tuple[str, ...]:
    """The names of the profiles of a folder, usable or not; none where it cannot be read."""
    try:
        entries = os.listdir(profile_dir)  # noqa: PTH208  # names alone are enough
    except OSError:
        return ()
    return tuple(sorted(e.removesuffix(SUFFIX) for e in entries if _is_candidate(e)))


def is_whole_profile(content: bytes) -> bool:
    """Whether the content is a JSON object with something in it: safe to keep as a session."""
    return bool(session_object(content))


def _is_candidate(entry: str) -> bool:
    return entry.endswith(SUFFIX) and not entry.startswith(".")


def _folder_finding(profile_dir: Path, problem: OSError) -> Finding:
    facts = {
        FileNotFoundError: ("does not exist", "create it, or name another with --profile-dir"),
        NotADirectoryError: ("is not a directory", "name a directory with --profile-dir"),
        PermissionError: ("cannot be read by this user", "give this user access to it"),
    }
    fact, step = facts.get(type(problem), (f"cannot be read ({problem.strerror})", "mend it"))
    return error("profile-dir", f"profile directory {profile_dir}", fact, step)


def _read_profile(
    name: str, found: _Found, known: LoginCookies | None, now: float, salt: bytes
) -> tuple[Profile | None, list[Finding]]:
    subject = f"profile {printable(name)}"
    real, content, refusal = found
    if content is not None and refusal is None:
        refusal = fault_of(content)
    if content is None or refusal is not None:
        return None, [error("profile", subject, *(refusal or _UNREADABLE))]
    facts = session_facts(content, known, salt=salt)
    marks = facts.marks if facts else frozenset()
    return Profile(name, real, digest_of(content), marks), _login_findings(subject, facts, now)


def content_in_pool(file: Path) -> bytes:
    """What the pool has in a file; raises OSError, and waits for no pipe that lies there."""
    content = read_untrusted(file)
    if content is None:
        raise OSError(errno.EINVAL, _kind_of(file))
    return content


def _kind_of(file: Path) -> str:
    size = size_of_untrusted(file)
    return "is not a regular file" if size is None else f"is larger than {LARGEST_IN_WORDS}"


_UNREADABLE = ("cannot be read", "give this user access to the file")
_SAVE_AGAIN = "save this login again, or move the file out of the folder"
_MOVE_AWAY = "move it out of the profile directory"
_PUT_ITSELF_THERE = "put the file itself there, or remove the link"
_NOT_FOLLOWED = {
    Unfollowed.MAY_BE_PLANTED: (
        "is a link out of the profile directory, to which instances with auth rotation can write",
        _PUT_ITSELF_THERE,
    ),
    Unfollowed.OF_ANOTHER_USER: (
        "is a link that another user made, or that leads through a folder of theirs",
        _PUT_ITSELF_THERE,
    ),
}


def _content_of(path: Path, may_be_planted: bool) -> _Found:
    """The file itself and its content, or why there is none and what to do about it."""
    name = path.name.removesuffix(SUFFIX)
    if printable(name) != name:
        return path, None, ("its file name has characters that cannot be shown", "rename the file")
    try:
        real = real_file(path, may_be_planted=may_be_planted)
        content = read_untrusted(real)
        return real, content, None if content is not None else _kind_refusal(real)
    except NotFollowed as problem:
        return path, None, _NOT_FOLLOWED[problem.reason]
    except FileNotFoundError:
        return path, None, ("is a link to a file that does not exist", "mend or remove the link")
    except OSError as problem:
        if problem.errno == errno.ELOOP:
            return path, None, ("is a link that leads back to itself", "mend or remove the link")
        return path, None, (f"cannot be read ({problem.strerror})", _UNREADABLE[1])


def _kind_refusal(file: Path) -> tuple[str, str]:
    if file.is_dir():
        return "is a directory, not a file", _MOVE_AWAY
    return _kind_of(file), _MOVE_AWAY


def fault_of(content: bytes) -> tuple[str, str] | None:
    """What keeps the content from being a profile, without a word of it, and the next step."""
    if not content.strip():
        return "is empty", _SAVE_AGAIN
    try:
        document = read_session(content)
    except BeyondBounds as problem:
        return str(problem), _SAVE_AGAIN
    except JSON_FAULTS:
        cut = ": it is cut off" if _is_cut_off(content) else ""
        return f"is not valid JSON{cut}", _SAVE_AGAIN
    if not isinstance(document, dict):
        return "is valid JSON but not an object", _SAVE_AGAIN
    return None if document else ("is an empty JSON object", _SAVE_AGAIN)


def _is_cut_off(content: bytes) -> bool:
    """Whether a document begins and does not end, as where its writer was interrupted."""
    text = content.strip()
    return any(text[:1] == begin and text[-1:] != end for begin, end in _BRACKETS)


def _login_findings(subject: str, facts: SessionFacts | None, now: float) -> list[Finding]:
    """A warning where its login has ended by the date of its cookies, or where it has none."""
    ends_at = facts.login_expires_at if facts else None
    if ends_at is not None and ends_at <= now:
        date = datetime.fromtimestamp(ends_at, tz=UTC).date().isoformat()
        return [warning("expired", subject, f"its login expired on {date}", "log in again")]
    if facts is not None and facts.lacks_login:
        return [warning("no-login", subject, NO_LOGIN, "log in, and save it again")]
    return []
