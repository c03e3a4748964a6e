"""The files under ``auth_profiles/``: resolving and reading a profile, and the keys."""

import os
from os.path import basename, isfile, join, splitext

from reference_instance.output import StartError
from reference_instance.quick_json import loads

PROFILE_FOLDERS = ("active", "saved", "emergency")


def resolve_profile(root: str) -> str:
    """Find the profile as the application does: the first of active/, else the variable."""
    active = [path for path in listed(join(root, "active")) if path.lower().endswith(".json")]
    if active:
        os.environ["ACTIVE_AUTH_JSON_PATH"] = active[0]
        return active[0]
    named = os.environ.get("ACTIVE_AUTH_JSON_PATH", "")
    if isfile(named):
        return named
    raise StartError("no profile: active/ holds no *.json and ACTIVE_AUTH_JSON_PATH names no file")


def name_of(path: str) -> str:
    """Return the name of a profile: that of its file."""
    return splitext(basename(path))[0]


def read_bytes(path: str) -> bytes:
    """Return a file's content."""
    with open(path, "rb") as file:
        return file.read()


def read_profile(path: str) -> dict[str, object]:
    """Parse a profile; errors name the file and hold nothing of its content."""
    try:
        content = loads(read_bytes(path))
    except OSError as error:
        raise StartError(f"profile {path}: cannot be read: {error.strerror}") from None
    except ValueError:
        raise StartError(f"profile {path}: is not valid JSON") from None
    if not isinstance(content, dict):
        raise StartError(f"profile {path}: is not a JSON object")
    return content


def load_keys(root: str) -> frozenset[str]:
    """Return the keys of ``key.txt``; none at all means that nobody is asked for one.

    The application makes the file where it is missing.
    """
    path = join(root, "key.txt")
    try:
        if not isfile(path):
            open(path, "xb").close()
        lines = read_bytes(path).decode().splitlines()
    except OSError as error:
        raise StartError(f"{path}: {error.strerror}") from None
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
