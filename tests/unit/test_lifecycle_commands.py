"""The command lines of the commands about standing instances: help, usage, names of options."""

from __future__ import annotations

import importlib

import click
import pytest
from click.testing import CliRunner

from multi_instance_manager.cli.group import group

EACH = ("stop", "start", "restart", "sync", "down", "verify")


def command_of(name: str) -> click.Command:
    found: click.Command = importlib.import_module(f"multi_instance_manager.cli.{name}").command
    return found


@pytest.mark.parametrize("name", EACH)
def test_help_tells_exit_codes_examples_and_that_it_takes_profiles(name: str) -> None:
    text = CliRunner().invoke(group, [name, "--help"]).output

    for words in ("Exit codes: 0", "Examples:", f"multi-instance {name}", "[PROFILE]..."):
        assert words in text
    assert "--output text|json" in text


@pytest.mark.parametrize("name", EACH)
def test_no_command_takes_options_that_shape_an_instance(name: str) -> None:
    """Instances are taken as they stand: what they were launched with need not be said again."""
    options = {parameter.name for parameter in command_of(name).params}

    assert options & {"image", "api_key", "log_level", "base_api_port", "host_ip"} == set()


def test_only_what_stops_has_a_time_to_stop_and_only_down_asks() -> None:
    names = {name: {parameter.name for parameter in command_of(name).params} for name in EACH}

    stopping = {name for name in EACH if "stop_timeout" in names[name]}
    assert stopping == {"stop", "start", "restart", "down"}
    assert {name for name in EACH if "auto_confirm" in names[name]} == {"down"}
    assert {name for name in EACH if "lock_timeout" in names[name]} == {*EACH} - {"verify"}


@pytest.mark.parametrize(
    "words", [["--parallel", "0"], ["--parallel", "x"], ["--parallel", "2", "--all-at-once"]]
)
def test_a_restart_refuses_a_pace_that_makes_no_sense(words: list[str]) -> None:
    result = CliRunner().invoke(group, ["restart", *words], standalone_mode=False)

    assert isinstance(result.exception, click.UsageError)
    assert "--parallel" in result.exception.format_message()
