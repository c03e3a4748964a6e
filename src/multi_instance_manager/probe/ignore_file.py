"""Matches paths with a `.dockerignore`, by the rules of the docker client. Pure."""

from __future__ import annotations

import re


def keeps_out(ignore_text: str, path: str) -> bool:
    """Whether everything at a path, relative to the build context, is excluded.

    The last matching line wins; one that begins with ``!`` includes again. A line that matches a
    folder matches everything below it.
    """
    is_out = False
    for line in ignore_text.removeprefix("\ufeff").splitlines():
        pattern, lets_in = _pattern_of(line)
        if not pattern:
            continue
        if any(_matches(pattern, above) for above in _with_parents(path)):
            is_out = not lets_in
        elif lets_in and f"{pattern}/".startswith(f"{path}/"):
            is_out = False
    return is_out


def _pattern_of(line: str) -> tuple[str, bool]:
    """Return the cleaned pattern of a line, and whether it includes; an empty one has no effect."""
    if line.startswith("#"):
        return "", False
    text = line.strip()
    lets_in = text.startswith("!")
    parts = [p for p in text.removeprefix("!").strip().split("/") if p not in {"", "."}]
    return "/".join(parts), lets_in


def _with_parents(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[: number + 1]) for number in range(len(parts))]


def _matches(pattern: str, path: str) -> bool:
    try:
        return re.fullmatch(_expression_of(pattern), path) is not None
    except re.error:
        return False


def _expression_of(pattern: str) -> str:
    """Convert to a regular expression: ``*`` and ``?`` stop at a slash, ``**`` does not."""
    words = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    pieces = re.findall(r"\*\*/|\*\*|\*|\?|\[[^]]*\]|\\.|.", pattern, re.DOTALL)
    return "".join(words.get(piece) or _literally(piece) for piece in pieces)


def _literally(piece: str) -> str:
    if len(piece) > 1 and piece.startswith("["):
        return piece
    return re.escape(piece.removeprefix("\\") if len(piece) > 1 else piece)
