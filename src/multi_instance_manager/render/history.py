"""The versions of a session, for people and for programs. Pure."""

from __future__ import annotations

import msgspec

from multi_instance_manager.operations.profiles import ProfileHistory
from multi_instance_manager.render.tables import Sheet, as_columns
from multi_instance_manager.settings import Output

SCHEMA = "multi-instance/profile-history/1"


def history_text(history: ProfileHistory, output: Output) -> str:
    """One line, or one member of the document, for each version."""
    if output is Output.JSON:
        return _document(history)
    rows = tuple(
        (
            str(v.number),
            f"{v.kept_at.astimezone():%Y-%m-%d %H:%M:%S}",
            v.digest,
            f"{v.size} bytes",
            _mark(history, v.digest),
        )
        for v in history.versions
    )
    if not rows:
        return f"profile {history.profile_name}: no earlier version is kept"
    return as_columns(Sheet(("VERSION", "KEPT AT", "DIGEST", "SIZE", ""), rows))


def _mark(history: ProfileHistory, digest: str) -> str:
    return "in the pool" if (history.current_digest or "").startswith(digest) else ""


def _document(history: ProfileHistory) -> str:
    content = {
        "schema": SCHEMA,
        "profile": history.profile_name,
        "versions": [
            {
                "number": v.number,
                "kept_at": v.kept_at.isoformat(),
                "digest": v.digest,
                "size_bytes": v.size,
            }
            for v in history.versions
        ],
    }
    return msgspec.json.format(msgspec.json.encode(content), indent=2).decode()
