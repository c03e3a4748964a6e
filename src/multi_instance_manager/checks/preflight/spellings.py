"""Finds profiles whose names look the same. Pure."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from typing import TYPE_CHECKING

from multi_instance_manager.findings import Finding, warning

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

_FACT = "have names that differ only by case or Unicode form, and get an instance each"
_STEP = "rename one, unless they are two logins"


def check_spellings(
    profile_names: Iterable[str], about: Container[str] | None = None
) -> list[Finding]:
    """Names that differ only by case or by Unicode form: most likely one login was saved twice.

    With ``about``, only groups with one of these profiles are reported.
    """
    alike: dict[str, list[str]] = defaultdict(list)
    for name in profile_names:
        folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
        alike[folded].append(name)
    return [
        warning("spelling", f"profiles {' and '.join(map(ascii, names))}", _FACT, _STEP)
        for names in alike.values()
        if len(names) > 1 and (about is None or any(name in about for name in names))
    ]
