"""The routes that are open to whoever reaches the port: profiles and keys, shown and changed."""

import json
import os
import shutil
from collections.abc import Mapping
from os.path import basename, isfile, join

from reference_instance.instance import Instance
from reference_instance.profile import listed, load_keys
from reference_instance.servers import Request

Answer = tuple[int, Mapping[str, object]]
OK, BAD_REQUEST, NOT_FOUND, NOT_ALLOWED = 200, 400, 404, 405


def answer_to(request: Request, instance: Instance) -> Answer:
    """Answer a request below ``/api/auth/`` or ``/api/keys``."""
    root = instance.root
    match request.method, request.path:
        case "GET", "/api/keys":
            return _show_keys(instance)
        case "GET", "/api/auth/files":
            return OK, {"saved_files": _saved_files(root), "active_file": _active_file(root)}
        case "GET", "/api/auth/active":
            return OK, {"active_file": _active_file(root)}
        case "POST", "/api/auth/activate":
            return _activate(root, request.body)
        case "DELETE", "/api/auth/deactivate":
            return _deactivate(root)
        case _:
            return NOT_ALLOWED, {"detail": "Method Not Allowed"}


def _show_keys(instance: Instance) -> Answer:
    """Show the keys, read anew: from then on they are the ones that count."""
    instance.keys = load_keys(instance.root)
    keys = [{"value": key, "status": "Valid"} for key in sorted(instance.keys)]
    return OK, {"success": True, "keys": keys, "total_count": len(keys)}


def _profiles(folder: str) -> list[str]:
    return [path for path in listed(folder) if path.endswith(".json")]


def _active_file(root: str) -> str | None:
    active = _profiles(join(root, "active"))
    return basename(active[0]) if active else None


def _saved_files(root: str) -> list[dict[str, object]]:
    active = _active_file(root)
    return [
        {
            "name": basename(path),
            "path": path,
            "size_bytes": os.stat(path).st_size,
            "is_active": basename(path) == active,
        }
        for path in _profiles(join(root, "saved"))
    ]


def _activate(root: str, body: bytes) -> Answer:
    """Empty active/ and copy the named file there; where it lies there itself, it is lost.

    The file is looked for in saved/ first. Where both folders are one, it is deleted before it
    can be copied.
    """
    try:
        filename = json.loads(body)["filename"]
    except (ValueError, KeyError, TypeError):
        return BAD_REQUEST, {"detail": "filename is missing"}
    source = next(
        (path for folder in ("saved", "active") if isfile(path := join(root, folder, filename))),
        None,
    )
    if source is None:
        return NOT_FOUND, {"detail": f"Auth file '{filename}' not found"}
    for path in _profiles(join(root, "active")):
        os.unlink(path)
    shutil.copy2(source, join(root, "active", filename))
    message = f"Auth file '{filename}' activated"
    return OK, {"success": True, "message": message, "active_file": filename}


def _deactivate(root: str) -> Answer:
    active = _profiles(join(root, "active"))
    for path in active:
        os.unlink(path)
    message = f"Removed {len(active)} auth file(s)"
    return OK, {"success": True, "message": message, "active_file": None}
