"""The files under ``auth_profiles/``: resolving, reading and saving a profile, and the keys."""

import json
import os
import threading
import time
from os.path import basename, isfile, join

from reference_instance.output import StartError, log

PROFILE_FOLDERS = ("active", "saved", "emergency")


def resolve_profile(root: str) -> str:
    """Find the profile as the application does: the first of active/, else the variable."""
    active = [path for path in listed(join(root, "active")) if path.endswith(".json")]
    if active:
        os.environ["ACTIVE_AUTH_JSON_PATH"] = active[0]
        return active[0]
    named = os.environ.get("ACTIVE_AUTH_JSON_PATH", "")
    if isfile(named):
        return named
    raise StartError("no profile: active/ holds no *.json and ACTIVE_AUTH_JSON_PATH names no file")


def read_bytes(path: str) -> bytes:
    """Return a file's content."""
    with open(path, "rb") as file:
        return file.read()


def read_profile(path: str) -> dict[str, object]:
    """Parse a profile; errors name the file and hold nothing of its content."""
    try:
        content = json.loads(read_bytes(path))
    except OSError as error:
        raise StartError(f"profile {path}: cannot be read: {error.strerror}") from None
    except ValueError:
        raise StartError(f"profile {path}: is not valid JSON") from None
    if not isinstance(content, dict):
        raise StartError(f"profile {path}: is not a JSON object")
    return content


class Session:
    """The profile in use: what a browser would hold in memory, and its file."""

    def __init__(self, path: str, content: dict[str, object]) -> None:
        """Nothing is saved yet."""
        self.path = path
        self.content = content
        self.saves = 0
        self._lock = threading.Lock()

    def save(self, reason: str) -> None:
        """Write the profile in place, truncate then write: a reader can meet it torn."""
        with self._lock:
            self.saves += 1
            self.content["reference_instance"] = {"saves": self.saves, "saved_at": time.time()}
            try:
                with open(self.path, "w", encoding="utf-8") as file:
                    json.dump(self.content, file, indent=2)
            except OSError as error:
                log(f"saving {self.path} failed: {error.strerror}")
            else:
                log(f"saved {self.path} ({reason})")


def read_keys(root: str) -> frozenset[str]:
    """Return the keys of ``key.txt``; none at all means that nobody is asked for one."""
    try:
        lines = read_bytes(join(root, "key.txt")).decode().splitlines()
    except FileNotFoundError:
        return frozenset()
    return frozenset(line.strip() for line in lines if line.strip())


def digest_of(path: str) -> str | None:
    """Return the SHA-256 of a file as it is now, or None where it cannot be read."""
    import hashlib

    try:
        return hashlib.sha256(read_bytes(path)).hexdigest()
    except OSError:
        return None


def visible_files(root: str) -> dict[str, dict[str, str | None]]:
    """Return every entry of the profile folders with its digest, whatever its name."""
    return {
        folder: {basename(path): digest_of(path) for path in listed(join(root, folder))}
        for folder in PROFILE_FOLDERS
    }


def listed(folder: str) -> list[str]:
    """Return a folder's entries by name; nothing where it is missing or closed to us."""
    try:
        return [join(folder, name) for name in sorted(os.listdir(folder))]
    except OSError:
        return []
