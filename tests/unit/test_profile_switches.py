"""Enabling and disabling profiles in the configuration file: that value changes, nothing else."""

from __future__ import annotations

import os
import stat
import tomllib
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from multi_instance_manager.commands.profiles import config_change
from multi_instance_manager.commands.profiles.switch import switch_profiles
from multi_instance_manager.commands.survey.request import Request
from multi_instance_manager.errors import StateError, UsageProblems
from multi_instance_manager.files import compared, left_files
from multi_instance_manager.files.untrusted_files import read_untrusted
from multi_instance_manager.render.profile_changes import switched_lines
from multi_instance_manager.reports.profile_switch import NextUp, ProfileSwitchReport
from multi_instance_manager.settings.config_edit import CannotEdit, with_new_name, with_switch
from multi_instance_manager.settings.config_file import read_config_file
from multi_instance_manager.settings.file_values import file_values
from multi_instance_manager.settings.model import Settings
from unit.builders import layout_of, some_settings
from unit.kill_walk import killed_at

COMMENTED = """\
# Ours.
image = "x:1"   # pinned

[profiles.b]    # the second
# at night
cpus = 1.5
enabled = true  # for now

[profiles."a c"]
log-level = "DEBUG"

[application.readiness]
path = "/health"
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = some_settings(tmp_path)
    made.profile_dir.mkdir(parents=True)
    for name in ("a", "a c", "b", "team-1", "team-2"):
        (made.profile_dir / f"{name}.json").write_text('{"cookies": []}')
    return made


def resolved(settings: Settings) -> Settings:
    """The settings with what the file says now."""
    path = settings.project_root / "multi-instance.toml"
    if not path.exists():
        return settings
    found = file_values(read_config_file(path, "file"))
    return replace(settings, config_path=path, overrides=found.overrides)


def switch(settings: Settings, *names: str, enabled: bool) -> ProfileSwitchReport:
    return switch_profiles(Request(resolved(settings), {}, names), enabled=enabled)


def test_only_the_switch_changes_in_a_file_with_comments() -> None:
    off = with_switch(COMMENTED, "b", enabled=False)

    assert off == COMMENTED.replace("enabled = true  # for now", "enabled = false  # for now")
    assert with_switch(off, "b", enabled=True) == COMMENTED


def test_a_switch_of_its_own_is_added_where_the_profile_has_its_settings() -> None:
    off = with_switch(COMMENTED, "a c", enabled=False)

    assert [line for line in off.splitlines() if line not in COMMENTED.splitlines()] == [
        "enabled = false"
    ]
    assert off.index("DEBUG") < off.index("enabled = false") < off.index("[application.")


def test_a_profile_without_settings_gets_a_table_at_the_end() -> None:
    assert with_switch(COMMENTED, "team-1", enabled=False) == (
        f"{COMMENTED}\n[profiles.team-1]\nenabled = false\n"
    )
    assert with_switch("", "é x", enabled=False) == '[profiles."é x"]\nenabled = false\n'


@pytest.mark.parametrize(
    "text",
    [
        "profiles = { a = { cpus = 1 } }\n",
        "profiles.a.cpus = 1\n",
        "[profiles]\na = { cpus = 1 }  # x\n",
        "[profiles]\na.cpus = 1\n",
        "[profiles.a]\n",
        "[profiles.a.environment]\nX = '1'\n",
        "[profiles.b]\ncpus = 2\n[application]\n[profiles.a]\ncpus = 1",
    ],
)
def test_every_way_to_write_the_settings_of_a_profile_is_edited(text: str) -> None:
    wanted = tomllib.loads(text)
    wanted["profiles"].setdefault("a", {})["enabled"] = False

    off = with_switch(text, "a", enabled=False)

    assert tomllib.loads(off) == wanted
    assert all(comment in off for comment in ("# x",) if comment in text)


def test_the_other_unicode_form_of_a_name_is_the_same_profile() -> None:
    text = '[profiles."é"]\ncpus = 1\n'

    assert with_switch(text, "é", enabled=False).count("[profiles.") == 1


@given(st.text(st.characters(categories=["L", "N", "P", "Zs", "So"]), min_size=1, max_size=8))
def test_any_name_can_be_switched_off_and_on(name: str) -> None:
    off = with_switch(COMMENTED, name, enabled=False)
    on = with_switch(off, name, enabled=True)

    assert off != COMMENTED or name == "enabled"
    assert tomllib.loads(on)["profiles"].keys() == tomllib.loads(off)["profiles"].keys()
    assert off.replace("enabled = false", "enabled = true") == on


def test_a_file_that_is_no_toml_is_not_edited() -> None:
    with pytest.raises(CannotEdit):
        with_switch("a = = 1", "a", enabled=False)


def test_the_file_is_created_and_followed_by_the_settings(settings: Settings) -> None:
    report = switch(settings, "team-*", enabled=False)

    assert [(one.profile, one.is_changed) for one in report.profiles] == [
        ("team-1", True),
        ("team-2", True),
    ]
    assert resolved(settings).disabled == {"team-1", "team-2"}
    assert stat.S_IMODE(Path(report.file).stat().st_mode) == 0o600
    switch(settings, "team-1", enabled=True)
    assert resolved(settings).disabled == {"team-2"}


def test_the_file_keeps_its_mode_its_owner_and_its_link(settings: Settings) -> None:
    real, link = settings.project_root / "real.toml", settings.project_root / "multi-instance.toml"
    real.write_text(COMMENTED)
    real.chmod(0o640)
    owner = 4711 if os.geteuid() == 0 else os.geteuid()
    os.chown(real, owner, -1)
    link.symlink_to("real.toml")

    switch(settings, "b", enabled=False)

    status = real.stat()
    assert link.is_symlink()
    assert (stat.S_IMODE(status.st_mode), status.st_uid) == (0o640, owner)
    assert "enabled = false  # for now" in real.read_text()
    assert sorted(path.name for path in settings.project_root.iterdir()) == [
        "auth_profiles",
        "multi-instance.toml",
        "real.toml",
    ]


def test_a_link_of_another_user_is_refused(settings: Settings) -> None:
    real, link = settings.project_root / "real.toml", settings.project_root / "multi-instance.toml"
    real.write_text(COMMENTED)
    link.symlink_to("real.toml")
    os.chown(link, 4711, -1, follow_symlinks=False)

    with pytest.raises(UsageProblems, match="another user"):
        switch(settings, "b", enabled=False)

    assert real.read_text() == COMMENTED


def test_a_save_by_another_program_in_between_is_not_written_over(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = settings.project_root / "multi-instance.toml"
    path.write_text(COMMENTED)

    def saved_meanwhile(file: Path) -> bytes | None:
        found = read_untrusted(file)
        path.write_text("image = 'newer'\n")
        return found

    monkeypatch.setattr(config_change, "read_untrusted", saved_meanwhile)

    with pytest.raises(StateError, match="another program saved it"):
        switch_profiles(Request(resolved(settings), {}, ("b",)), enabled=False)

    assert path.read_text() == "image = 'newer'\n"


def test_a_kill_at_any_change_leaves_a_whole_file_and_the_next_run_cleans_up(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = settings.project_root / "multi-instance.toml"
    after = with_switch(COMMENTED, "b", enabled=False)
    for number in count(1):
        path.write_text(COMMENTED)
        with killed_at(number, settings.project_root) as kill:
            switch(settings, "b", enabled=False)
        assert path.read_text() in {COMMENTED, after}
        if not kill.reached:
            break
        with monkeypatch.context() as patch:  # the killed one is this process, which lives
            patch.setattr(left_files, "is_alive", lambda _: False)
            patch.setattr(compared, "is_alive", lambda _: False)
            switch(settings, "a", enabled=False)
        assert [p.name for p in settings.project_root.iterdir() if p.name.startswith(".")] == []
    assert number > 3


def test_an_unknown_name_is_refused_with_the_nearest_and_nothing_is_written(
    settings: Settings,
) -> None:
    with pytest.raises(UsageProblems, match="did you mean team-1"):
        switch(settings, "b", "taem-1", enabled=False)

    assert not (settings.project_root / "multi-instance.toml").exists()


def test_what_the_next_up_does_is_told(settings: Settings) -> None:
    layout_of(settings).active_dir("ai-proxy-b").mkdir(parents=True)

    off = switch(settings, "a", "b", enabled=False)
    again = switch(settings, "b", enabled=False)
    on = switch(settings, "a", "b", enabled=True)

    assert [one.next_up for one in off.profiles] == [NextUp.NOTHING, NextUp.REMOVE]
    assert [one.next_up for one in on.profiles] == [NextUp.LAUNCH, NextUp.UPDATE]
    [line] = switched_lines(again)
    assert line.startswith("profile b: is disabled already; the next `up` saves its session")
    assert switched_lines(on)[-1] == f"written to {on.file}"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (COMMENTED, COMMENTED.replace("[profiles.b]", '[profiles."x y"]')),
        ("profiles.b.cpus = 1 # c\n", 'profiles."x y".cpus = 1 # c\n'),
        ('[ profiles . "b" ]\ncpus = 1\n', '[ profiles . "x y" ]\ncpus = 1\n'),
        ("[profiles.bb]\ncpus = 1\n", "[profiles.bb]\ncpus = 1\n"),
        (
            "[profiles.b.environment]\nX = '1'\n",
            "[profiles.\"x y\".environment]\nX = '1'\n",
        ),
    ],
)
def test_settings_go_along_to_a_new_name_where_they_stand(text: str, wanted: str) -> None:
    assert with_new_name(text, "b", "x y") == wanted


@pytest.mark.parametrize(
    "text", ["profiles = { b = { cpus = 1 } }\n", "[profiles]\nb = { cpus = 1 }\nc.cpus = 2\n"]
)
def test_settings_in_one_line_go_along_as_well(text: str) -> None:
    tables = tomllib.loads(text)["profiles"]
    tables["n"] = tables.pop("b")

    assert tomllib.loads(with_new_name(text, "b", "n"))["profiles"] == tables


def test_settings_of_both_names_are_not_put_together() -> None:
    with pytest.raises(CannotEdit, match="has settings for n, too"):
        with_new_name("[profiles.b]\ncpus = 1\n[profiles.n]\ncpus = 2\n", "b", "n")
