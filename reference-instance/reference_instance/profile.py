"""The files under ``auth_profiles/``: resolving, reading and saving a profile, and the keys."""

import hashlib
import json
import os
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from reference_instance.output import StartError, log

PROFILE_FOLDERS = ("active", "saved", "emergency")


def resolve_profile(root: Path) -> Path:
    """Find the profile as the application does: the first of active/, else the variable."""
    active = sorted((root / "active").glob("*.json"))
    if active:
        os.environ["ACTIVE_AUTH_JSON_PATH"] = str(active[0])
        return active[0]
    named = os.environ.get("ACTIVE_AUTH_JSON_PATH", "")
    if named and Path(named).is_file():
        return Path(named)
    raise StartError("no profile: active/ holds no *.json and ACTIVE_AUTH_JSON_PATH names no file")


def read_profile(path: Path) -> dict[str, object]:
    """Parse a profile; errors name the file and hold nothing of its content."""
    try:
        content = json.loads(path.read_bytes())
    except OSError as error:
        raise StartError(f"profile {path}: cannot be read: {error.strerror}") from None
    except ValueError:
        raise StartError(f"profile {path}: is not valid JSON") from None
    if not isinstance(content, dict):
        raise StartError(f"profile {path}: is not a JSON object")
    return content


@dataclass
class Session:
    """The profile in use: what a browser would hold in memory, and its file."""

    path: Path
    content: dict[str, object]
    saves: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def save(self, reason: str) -> None:
        """Write the profile in place, truncate then write: a reader can meet it torn."""
        with self._lock:
            self.saves += 1
            self.content["reference_instance"] = {"saves": self.saves, "saved_at": time.time()}
            try:
                with self.path.open("w", encoding="utf-8") as file:
                    json.dump(self.content, file, indent=2)
            except OSError as error:
                log(f"saving {self.path} failed: {error.strerror}")
            else:
                log(f"saved {self.path} ({reason})")


def read_keys(root: Path) -> frozenset[str]:
    """Return the keys of ``key.txt``; none at all means that nobody is asked for one."""
    try:
        lines = (root / "key.txt").read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return frozenset()
    return frozenset(line.strip() for line in lines if line.strip())


def digest_of(path: Path) -> str | None:
    """Return the SHA-256 of a file as it is now, or None where it cannot be read."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return None


def visible_files(root: Path) -> dict[str, dict[str, str | None]]:
    """Return every entry of the profile folders with its digest, whatever its name."""
    return {
        folder: {path.name: digest_of(path) for path in listed(root / folder)}
        for folder in PROFILE_FOLDERS
    }


def listed(folder: Path) -> Iterable[Path]:
    """Return a folder's entries by name; nothing where it is missing or closed to us."""
    try:
        return sorted(folder.iterdir())
    except OSError:
        return ()
