"""What holds for any string that a user may type."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from hypothesis import example, given
from hypothesis import strategies as st

from multi_instance_manager.engine.docker_run import (
    ExtraArgs,
    ParsedDockerArgs,
    option_table,
    parse_docker_args,
)
from unit.builders import RESERVED

CASES = Path(__file__).parents[1] / "engine" / "test_docker_args_cases.txt"
KNOWN = [
    line
    for line in CASES.read_text(encoding="utf-8").splitlines()
    if line.startswith("-") and "{" not in line
]
FLAGS = [option.flag for option in option_table.OPTIONS] + [
    f"-{letter}" for letter in option_table.BY_SHORT
]
SUBJECT = re.compile(r"'?-|extra docker arguments: ")
names = st.from_regex(r"USER_[A-Z0-9_]{0,8}", fullmatch=True)
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
variables = st.builds(lambda name, value: shlex.join(["-e", f"{name}={value}"]), names, texts)
labels = st.builds(lambda name, value: shlex.join([f"--label={name}={value}"]), names, texts)


def no_file(path: str) -> str:
    raise FileNotFoundError(2, "No such file or directory", path)


def parse(*sources: str) -> ParsedDockerArgs:
    caller = {"USER_": "of the caller"}
    return parse_docker_args(sources, reader=no_file, environment=caller, reserved=RESERVED)


@given(st.lists(st.one_of(st.sampled_from(KNOWN), variables, labels), max_size=6))
def test_tokens_read_again_are_the_same(pieces: list[str]) -> None:
    first = parse(*pieces)
    again = parse(shlex.join(first.extra.tokens))
    assert again == (first if not first.problems else ParsedDockerArgs(ExtraArgs()))
    assert again.extra.apply_to({"Image": "i"}) == first.extra.apply_to({"Image": "i"})


@given(st.lists(st.one_of(st.sampled_from(KNOWN), variables), min_size=1, max_size=4))
def test_one_string_means_the_same_as_several(pieces: list[str]) -> None:
    assert parse(" ".join(pieces)).extra == parse(*pieces).extra


@given(texts)
def test_a_quoted_value_arrives_as_it_was(value: str) -> None:
    assert parse(shlex.join(["--env", f"USER_X={value}"])).extra.environment == (("USER_X", value),)


@given(st.lists(st.one_of(st.sampled_from(FLAGS), texts.map(shlex.quote)), max_size=6), texts)
@example(["--cpus"], "1e999999999")
@example(["--memory"], "9" * 5000)
@example(["--stop-timeout"], "9" * 5000)
@example(["--health-interval"], "9" * 5000 + "h")
@example(["--security-opt"], "seccomp=" + '{"a":' * 5_000)
def test_whatever_is_typed_is_understood_or_refused_in_words(words: list[str], rest: str) -> None:
    line = " ".join([*words, rest])
    parsed = parse(line)
    parsed.extra.apply_to({"Image": "i"})
    assert all(SUBJECT.match(problem) for problem in parsed.problems)
    if parsed.problems:
        assert parsed.extra == ExtraArgs()
    else:
        assert bool(parsed.extra.tokens) is bool(line.strip()), "an option got lost"


@given(st.sampled_from(FLAGS), texts)
def test_any_value_of_any_option_is_understood_or_refused(flag: str, value: str) -> None:
    parsed = parse(shlex.join([flag, value]))
    assert parse(shlex.join(parsed.extra.tokens)).extra == parsed.extra
