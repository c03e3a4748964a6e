"""What the command lines of all commands have in common: help, completion, misspelt words."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pytest
from click.shell_completion import ShellComplete

from multi_instance_manager.cli.group import group, main
from reference_pages.manual import Manual, whole_manual
from unit.pages import REPOSITORY

PROGRAM = whole_manual()
COMMANDS = [*PROGRAM.all_below]
LEAVES = [manual for manual in COMMANDS if not manual.below]
OF_ONE = {"exec", "shell", "explain", "profiles history", "profiles restore", "profiles rename"}
OF_SEVERAL = {
    *("status", "logs", "stats", "events", "stop", "start", "restart", "down", "verify", "sync"),
    *("profiles list", "profiles check", "endpoints", "keys show", "keys rotate", "up", "plan"),
    *("profiles enable", "profiles disable", "profiles remove"),
}
WITHOUT_DOCUMENT = {"exec", "shell", "config schema", "completion"}


def name_of(manual: Manual) -> str:
    return " ".join(manual.words[1:])


@pytest.mark.parametrize("manual", COMMANDS, ids=name_of)
def test_help_has_an_example_of_the_command_itself(manual: Manual) -> None:
    assert any(example.startswith(manual.title) for example in manual.examples)


@pytest.mark.parametrize("manual", LEAVES, ids=name_of)
def test_help_tells_the_exit_codes(manual: Manual) -> None:
    assert manual.exit_codes.startswith(("0 ", "the command's own"))


@pytest.mark.parametrize("manual", LEAVES, ids=name_of)
def test_whoever_reads_results_by_program_gets_json(manual: Manual) -> None:
    outputs = [option for option in manual.options if option.flags.startswith("--output ")]
    assert bool(outputs) is (name_of(manual) not in WITHOUT_DOCUMENT)


@pytest.mark.parametrize("name", sorted(OF_ONE | OF_SEVERAL))
def test_profile_names_are_completed(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved = tmp_path / "auth_profiles" / "saved"
    saved.mkdir(parents=True)
    for profile in ("team-a", "team-b", "user-a"):
        (saved / f"{profile}.json").write_text("{}")
    monkeypatch.chdir(tmp_path)
    completed = ShellComplete(group, {}, "multi-instance", "_").get_completions(name.split(), "te")

    assert [item.value for item in completed] == ["team-a", "team-b"]


@pytest.fixture(autouse=True)
def _signals() -> Iterator[None]:
    """The command ends deaf to Ctrl-C; this process, and what it starts, goes on."""
    before = signal.getsignal(signal.SIGINT)
    yield
    signal.signal(signal.SIGINT, before)


def test_every_command_about_instances_takes_profiles() -> None:
    taking = {name_of(m) for m in LEAVES if any("PROFILE" in a.shown for a in m.arguments)}
    assert taking == OF_ONE | OF_SEVERAL


@pytest.mark.parametrize("name", [name_of(m) for m in LEAVES if name_of(m) not in WITHOUT_DOCUMENT])
def test_a_word_that_is_not_known_is_a_failure_as_json(
    name: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    words = [*name.split(), "--output", "json", "--no-such-option"]
    monkeypatch.setattr(sys, "argv", ["multi-instance", *words])

    with pytest.raises(SystemExit) as caught:
        main()

    shown = capfd.readouterr()
    document = json.loads(shown.out)
    assert (caught.value.code, document["exit_code"], document["result"]) == (2, 2, "usage")
    schemas = REPOSITORY / "docs" / "reference" / "schemas"
    schema = json.loads((schemas / "failure-1.json").read_text())
    jsonschema.Draft202012Validator(schema).validate(document)
    assert f"see `multi-instance {name} --help`" in shown.err
