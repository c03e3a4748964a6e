"""What to know of logins once they are among the others of the pool."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from multi_instance_manager.commands.profiles.login_findings import DAY_S, login_findings
from multi_instance_manager.commands.profiles.saved import saved_profiles
from multi_instance_manager.reports.profile_add import ComparedWith, TwinProfile
from multi_instance_manager.text.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from multi_instance_manager.commands.profiles.saved import SavedProfile
    from multi_instance_manager.commands.survey.request import Request
    from multi_instance_manager.reports.profile_finding import ProfileFinding

SOON_DAYS = 7.0


class LoginsOfPool:
    """The logins of the pool; ``given`` are the sources of those that were just added, by name."""

    def __init__(self, request: Request, given: Mapping[str, str]) -> None:
        self._layout = request.layout
        self._given = given
        self._now = time.time()
        found = saved_profiles(request.settings, now=self._now)
        self._saved = {one.name: one for one in found}

    def findings(self, name: str) -> Iterator[ProfileFinding]:
        """What is wrong with the login of a profile, or will soon be."""
        one = self._saved.get(name)
        if one is not None and one.login.facts is not None:
            soon_s = SOON_DAYS * DAY_S
            yield from login_findings(
                name, one.login.facts, one.twins, now=self._now, soon_s=soon_s
            )

    def twins(self, name: str) -> tuple[TwinProfile, ...]:
        """The profiles with the same login, each with the file that it was compared with."""
        one = self._saved.get(name)
        return tuple(self._twin(self._saved[other]) for other in (one.twins if one else ()))

    def _twin(self, other: SavedProfile) -> TwinProfile:
        found, source = ComparedWith.POOL, str(other.path)
        if other.name in self._given:
            found, source = ComparedWith.GIVEN, self._given[other.name]
        elif not other.login.is_saved:
            copy = self._layout.copy(other.container_name, other.name)
            found, source = ComparedWith.INSTANCE, str(copy)
        return TwinProfile(
            profile=printable(other.name), compared_with=found, source=printable(source)
        )
