"""Help in groups, the everyday options first, and completion with whole descriptions."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import click
import pytest
from click.shell_completion import CompletionItem, ShellComplete
from click.testing import CliRunner

from multi_instance_manager.cli import group as group_module
from multi_instance_manager.cli.fish_completion import FishCompletion
from multi_instance_manager.cli.group import group, sections
from multi_instance_manager.cli.grouped_help import CommandGroup, GroupedCommand
from multi_instance_manager.fleet.container_names import container_name_of
from multi_instance_manager.sessions.history import keep_version
from multi_instance_manager.settings import option_groups
from multi_instance_manager.settings.option_groups import EVERYDAY, OptionGroup
from multi_instance_manager.settings.options import OPTIONS
from multi_instance_manager.state.folder import prepare_top
from reference_pages.manual import Manual, whole_manual
from unit.builders import layout_of, some_settings

LEAVES = [manual for manual in whole_manual().all_below if not manual.below]


def shown(*words: str) -> str:
    result = CliRunner().invoke(group, list(words))
    assert result.exit_code == 0
    return result.output


def completed(line: str, incomplete: str) -> dict[str, CompletionItem[str]]:
    found = ShellComplete(group, {}, "multi-instance", "_").get_completions(
        line.split(), incomplete
    )
    return {item.value: item for item in found}


def test_every_option_is_in_one_group() -> None:
    placed = Counter(name for names in option_groups._MEMBERS.values() for name in names)

    assert placed == Counter(option.name for option in OPTIONS)
    assert placed.keys() >= EVERYDAY


def test_the_help_of_a_launch_has_about_a_dozen_options_and_says_how_to_see_the_others() -> None:
    text = shown("up", "--help")
    listed = [option for option in OPTIONS if f" {option.flag}" in text]

    assert 10 <= len(listed) <= 15
    assert "--shm-size" not in text
    left_out = sum(not option.hidden for option in OPTIONS) - len(listed)
    assert re.search(rf"^{left_out} more options: .* --help-all$", text, re.MULTILINE)


def test_the_whole_help_has_every_option_in_the_order_of_the_groups() -> None:
    text = shown("up", "--help-all")
    titles = [line.removesuffix(":") for line in text.splitlines() if line.endswith("options:")]

    assert titles == list(OptionGroup)
    assert [o.flag for o in OPTIONS if o.hidden is (f" {o.flag} " in text)] == []
    assert "more options" not in text


@pytest.mark.parametrize("manual", LEAVES, ids=lambda manual: manual.title)
def test_every_command_shows_all_options_if_asked(manual: Manual) -> None:
    whole = shown(*manual.words[1:], "--help-all")

    flags = {option.flags.split(",")[0].split(" ")[0] for option in manual.options}
    assert {flag for flag in flags if f" {flag}" not in whole} == set()


def test_a_look_shows_no_option_that_shapes_an_instance_unless_asked() -> None:
    assert "--image" not in shown("status", "--help")
    assert "--image" in shown("status", "--help-all")


def test_every_command_has_a_section_and_the_class_with_groups() -> None:
    assert set(sections()) == {"Launch", "Look", "Change", "Profiles", "Connect"}
    context = click.Context(group)
    commands = {name: group.get_command(context, name) for name in group.list_commands(context)}

    assert commands.keys() == group_module._COMMANDS.keys()
    assert [
        n for n, c in commands.items() if not isinstance(c, GroupedCommand | CommandGroup)
    ] == []


def test_a_command_without_a_section_is_listed_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(group_module._COMMANDS, "newest", "Is not placed yet.")

    assert sections()["More"] == ("newest",)


def test_descriptions_of_commands_are_completed_whole() -> None:
    assert completed("", "up")["up"].help == group_module._COMMANDS["up"]
    assert completed("profiles", "hist")["history"].help == "List earlier versions of a profile."


def test_the_commands_of_a_group_are_listed_with_whole_descriptions() -> None:
    text = " ".join(shown("keys", "--help").split())

    assert "Replace the API keys of PROFILEs, or all keys, by new random ones." in text
    assert "..." not in shown("profiles", "--help").partition("Commands:")[2]


def test_descriptions_of_options_are_completed_whole_and_old_spellings_are_not_offered() -> None:
    (canary,) = completed("up", "--can").values()

    assert "if more than 3 are launched and the image" in str(canary.help)
    assert "MULTI_INSTANCE_CANARY" in str(canary.help)
    assert completed("up", "--first") == {}


def test_fish_splits_an_answer_at_its_first_comma_only() -> None:
    completion = FishCompletion(group, {}, "multi-instance", "_X")
    item = CompletionItem("up", help="Launch one, and verify it, too.")

    assert 'string split --max 1 ","' in completion.source()
    assert completion.format_completion(item).split(",", 1)[1] == f"up\t{item.help}"


def test_kept_versions_of_the_named_profile_are_completed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = some_settings(tmp_path)
    settings.profile_dir.mkdir(parents=True)
    name = container_name_of(settings.container_prefix, "user-a")
    prepare_top(layout_of(settings))
    for mark in (b"first", b"second"):
        keep_version(layout_of(settings), name, mark, 1_790_000_000.0, rank=len)
    monkeypatch.chdir(tmp_path)

    found = completed("profiles restore user-a", "")
    assert list(found) == ["1", "2"]
    assert "kept 20" in str(found["1"].help)
    assert completed("profiles restore user-b", "") == {}


def test_keys_are_completed_with_their_meanings() -> None:
    found = completed("config show image", "")

    assert "image" not in found
    assert found["canary"].help == next(o.meaning for o in OPTIONS if o.name == "canary")
    assert "first-alone" not in found


def test_config_show_of_keys_shows_those_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "auth_profiles").mkdir()
    monkeypatch.chdir(tmp_path)
    document = json.loads(shown("config", "show", "canary", "--output", "json"))

    assert [value["key"] for value in document["values"]] == ["canary"]
    assert document["application"] == []


def test_config_show_of_keys_has_no_table_without_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "auth_profiles").mkdir()
    monkeypatch.chdir(tmp_path)

    assert "FACT OF THE APPLICATION" not in shown("config", "show", "canary")
    assert "SETTING" not in shown("config", "show", "application.ports.api")


def test_config_show_of_an_unknown_key_names_the_nearest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "auth_profiles").mkdir()
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(group, ["config", "show", "imege"])

    assert result.exit_code == 2
    assert "KEY imege: is not a key; did you mean image?" in result.stderr
