"""Puts the table into the page that explains it."""

from __future__ import annotations

from bench.table import Rounds, rows_of, text_of

PAGE = "docs/explanation/performance.md"
_BEGIN, _END = "<!-- figures -->\n", "<!-- end of figures -->"


def with_table(page: str, rounds: Rounds) -> str:
    """The page with the table of these rounds between its marks."""
    before, _, rest = page.partition(_BEGIN)
    _, mark, after = rest.partition(_END)
    if not mark:
        raise SystemExit(f"bench: {PAGE} has no place for the table")
    return f"{before}{_BEGIN}{text_of(rows_of(rounds))}{mark}{after}"
