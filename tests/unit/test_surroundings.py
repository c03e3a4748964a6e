"""Odd surroundings: never a traceback, never a wrong answer."""

from __future__ import annotations

import os
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest
from msgspec.structs import replace

from multi_instance_manager.checks.preflight import check_shared_names
from multi_instance_manager.checks.preflight.spellings import check_spellings
from multi_instance_manager.cli import group
from multi_instance_manager.commands.survey.selection import select
from multi_instance_manager.engine.docker_run import parse_docker_args
from multi_instance_manager.engine.endpoint.endpoint import config_dir
from multi_instance_manager.findings import Severity
from multi_instance_manager.settings.override import Override
from multi_instance_manager.settings.spelling import spelled_as_in_pool
from unit.builders import RESERVED, some_settings, spec_of
from unit.pages import REPOSITORY

COMPOSED = "josé"
DECOMPOSED = unicodedata.normalize("NFD", COMPOSED)


def test_a_user_without_a_home_has_no_configuration_of_docker(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def unknown() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", unknown)

    assert config_dir({}) == Path("/.docker")
    assert config_dir({"HOME": "/h"}) == Path("/h/.docker")
    assert config_dir({"DOCKER_CONFIG": "/c", "HOME": "/h"}) == Path("/c")


@pytest.mark.parametrize(
    ("source", "tokens"),
    [
        ("--memory 2g \\\n  --cpus 1", ("--memory=2g", "--cpus=1")),
        ("--memory 2g \\\r\n--cpus 1", ("--memory=2g", "--cpus=1")),
        ("--hostname a\\\nb", ("--hostname=ab",)),
        ('--hostname "a\\\nb"', ("--hostname=ab",)),
        ("--label 'a=x\\\ny'", ("--label=a=x\\\ny",)),
        ("--label a=x\\\\", ("--label=a=x\\",)),
        ("--memory 2g\n--cpus 1", ("--memory=2g", "--cpus=1")),
    ],
)
def test_a_line_that_ends_in_a_backslash_goes_on_as_in_a_shell(
    source: str, tokens: tuple[str, ...]
) -> None:
    parsed = parse_docker_args([source], reader=lambda _: "", environment={}, reserved=RESERVED)

    assert parsed.problems == ()
    assert sorted(parsed.extra.tokens) == sorted(tokens)


@pytest.mark.parametrize("other", [DECOMPOSED, COMPOSED.upper()])
def test_names_that_look_the_same_are_told(other: str) -> None:
    [finding] = check_spellings([COMPOSED, other, "user-b"])

    assert finding.severity is Severity.WARNING
    assert "differ only by case or Unicode form" in finding.fact


def test_names_that_look_different_are_not_told() -> None:
    assert check_spellings(["user-a", "user-b", COMPOSED, "jose"]) == []


@pytest.mark.parametrize(("written", "on_disk"), [(COMPOSED, DECOMPOSED), (DECOMPOSED, COMPOSED)])
def test_an_override_applies_in_whichever_form_its_name_is_written(
    written: str, on_disk: str, tmp_path: Path
) -> None:
    settings = replace(some_settings(tmp_path), overrides={written: Override(log_level="DEBUG")})
    settings.profile_dir.mkdir(parents=True)
    (settings.profile_dir / f"{on_disk}.json").write_text("{}")

    assert spelled_as_in_pool(settings).of(on_disk).log_level == "DEBUG"
    assert select([written], [on_disk, "user-b"]) == (on_disk,)


def test_two_profiles_that_share_a_containers_name_are_told() -> None:
    [finding] = check_shared_names([spec_of("User"), replace(spec_of("user-b512d97e"))])

    assert finding.severity is Severity.ERROR
    assert "profiles User and user-b512d97e would share this name" in finding.fact


def test_the_launcher_finds_its_folder_whatever_cdpath_says(tmp_path: Path) -> None:
    root = tmp_path / "project"
    script = root / "scripts" / "multi-instance-manager" / "run-multi-instance.sh"
    command = root / ".venv" / "bin" / "multi-instance"
    for file in (script, command):
        file.parent.mkdir(parents=True)
    source = REPOSITORY / "scripts" / "multi-instance-manager" / "run-multi-instance.sh"
    script.write_text(source.read_text())
    command.write_text('#!/bin/sh\necho "$MULTI_INSTANCE_LAUNCHER_ROOT"\n')
    command.chmod(0o755)
    environment = {**os.environ, "CDPATH": f".:{root}:{tmp_path}"}
    environment.pop("MULTI_INSTANCE_LAUNCHER_ROOT", None)

    for folder, path in ((root, "scripts/multi-instance-manager"), (root / "scripts", ".")):
        words = ["bash", f"{path}/{script.name}"]
        place = script.parent if path == "." else folder
        ran = subprocess.run(
            words, cwd=place, env=environment, capture_output=True, text=True, check=True
        )
        assert ran.stdout == f"{root}\n"


def test_names_are_the_same_under_every_locale(monkeypatch: pytest.MonkeyPatch) -> None:
    """A locale of one byte a letter would make another name of a file, and another container."""
    begun: list[tuple[str, list[str], dict[str, str]]] = []
    monkeypatch.setattr(sys, "getfilesystemencoding", lambda: "iso8859-1")
    monkeypatch.setattr(sys, "orig_argv", ["python3", "/bin/multi-instance", "status"])
    monkeypatch.setattr("locale.getencoding", lambda: "ISO-8859-1")
    monkeypatch.setattr(os, "execve", lambda *words: begun.append(words))
    monkeypatch.delenv("PYTHONIOENCODING", raising=False)

    group.read_names_as_utf8()

    [(program, words, environment)] = begun
    assert program == sys.executable
    assert words == [sys.executable, "-X", "utf8", "/bin/multi-instance", "status"]
    assert environment["PYTHONIOENCODING"] == "ISO-8859-1"


def test_nothing_begins_anew_where_names_are_utf8_already(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "execve", lambda *_: pytest.fail("begun anew"))

    group.read_names_as_utf8()
