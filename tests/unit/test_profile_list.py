"""Which of several containers of one profile is the instance that is listed."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from multi_instance_manager.commands.profiles.history import history
from multi_instance_manager.commands.profiles.list import list_profiles
from multi_instance_manager.commands.profiles.saved import saved_profiles
from multi_instance_manager.commands.survey.request import Request
from multi_instance_manager.errors import UsageProblems
from multi_instance_manager.fleet.container_names import aside_name_of, failed_name_of
from multi_instance_manager.fleet.containers import ContainerState, ObservedContainer
from multi_instance_manager.render.profiles import profiles_sheet
from unit.builders import CONNECT, container_of, name_of, some_settings, specs_of
from unit.memory_engine import MemoryEngine

OWN = name_of("user-a")
ASIDE = aside_name_of(OWN)
FAILED = failed_name_of(OWN, "0123456789ab")
RUNNING, EXITED = ContainerState.RUNNING, ContainerState.EXITED


class ListingEngine(MemoryEngine):
    """Lists what it is told to."""

    def __init__(self, listed: tuple[ObservedContainer, ...]) -> None:
        super().__init__()
        self.listed = listed

    def list_containers(self) -> tuple[ObservedContainer, ...]:
        return self.listed


@pytest.mark.parametrize(
    ("states", "shown"),
    [
        ({OWN: RUNNING, ASIDE: EXITED}, OWN),
        ({OWN: EXITED, ASIDE: EXITED}, OWN),
        ({OWN: RUNNING, ASIDE: RUNNING}, OWN),
        ({OWN: ContainerState.CREATED, ASIDE: RUNNING}, ASIDE),
        ({ASIDE: EXITED}, ASIDE),
        ({OWN: RUNNING, ASIDE: EXITED, FAILED: EXITED}, OWN),
        ({OWN: ContainerState.RESTARTING, FAILED: EXITED}, OWN),
    ],
)
def test_the_running_instance_is_listed_and_not_its_predecessor(
    states: dict[str, ContainerState],
    shown: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = some_settings(tmp_path)
    settings.profile_dir.mkdir(parents=True)
    (settings.profile_dir / "user-a.json").write_text('{"cookies": []}')
    (spec,) = specs_of("user-a", settings=settings)
    for order in itertools.permutations(states):
        listed = tuple(container_of(spec, states[name], name=name) for name in order)
        monkeypatch.setattr(
            CONNECT,
            lambda _, listed=listed, **__: ListingEngine(listed),
        )

        report = list_profiles(Request(settings, {"DOCKER_HOST": "unix:///nowhere"}))

        (profile,) = report.profiles
        assert profile.instance is not None
        assert (profile.instance.container_name, profile.instance.state) == (
            shown,
            states[shown].value,
        )


def test_a_profile_without_a_login_is_not_called_valid(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = some_settings(tmp_path)
    settings.profile_dir.mkdir(parents=True)
    cookie = '{"name": "NID", "value": "x", "domain": ".google.com", "expires": 9e9}'
    (settings.profile_dir / "user-a.json").write_text(f'{{"cookies": [{cookie}]}}')
    monkeypatch.setattr(CONNECT, lambda _, **__: ListingEngine(()))

    report = list_profiles(Request(settings, {"DOCKER_HOST": "unix:///nowhere"}))
    (row,) = profiles_sheet(report).rows

    assert (row[1], row[4]) == ("no login", "no login")
    assert report.profiles[0].session is not None
    assert report.profiles[0].session.login_expires_at is None


def test_names_that_are_shown_alike_do_not_share_their_faults(tmp_path: Path) -> None:
    settings = some_settings(tmp_path)
    settings.profile_dir.mkdir(parents=True)
    (settings.profile_dir / "a\\nb.json").write_text('{"cookies": []}')
    (settings.profile_dir / "a\nb.json").write_text('{"cookies": []}')

    found = {one.name: one.refusal for one in saved_profiles(settings, now=0.0)}

    assert found["a\\nb"] is None
    assert "cannot be shown" in str(found["a\nb"])


def test_a_name_that_is_not_known_is_near_to_no_hidden_file(tmp_path: Path) -> None:
    settings = some_settings(tmp_path)
    settings.profile_dir.mkdir(parents=True)
    (settings.profile_dir / ".hidden.json").write_text("{}")

    with pytest.raises(UsageProblems) as caught:
        history(Request(settings, {}), ".hidde")

    assert "did you mean" not in caught.value.problems[0]
