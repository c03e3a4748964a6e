"""The environment file as the application reads it: each line was given to python-dotenv itself."""

from __future__ import annotations

import pytest

from multi_instance_manager.application.environment_file import resolved, variables_of


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A=1", {"A": "1"}),
        ("A=1\nB = 2\n", {"A": "1", "B": "2"}),
        ("A=1\nA=2", {"A": "2"}),
        ("A=", {"A": ""}),
        ("A", {}),
        ("A=1\nA", {}),
        ("# A=1\n  # B=2\nC=3", {"C": "3"}),
        ("export A=1", {"A": "1"}),
        ("export\tA=1", {"A": "1"}),
        ("export=1", {"export": "1"}),
        ("exportA=1", {"exportA": "1"}),
        ("export =1", {}),
        ("A=one two", {"A": "one two"}),
        ("A=one # two", {"A": "one"}),
        ("A=one#two", {"A": "one#two"}),
        ("A=  one  ", {"A": "one"}),
        ("A='one # two' # three", {"A": "one # two"}),
        ('A="one\\ntwo"', {"A": "one\ntwo"}),
        ("A='one\\ntwo'", {"A": "one\\ntwo"}),
        ("A='it\\'s'", {"A": "it's"}),
        ('A="one\ntwo"\nB=3', {"A": "one\ntwo", "B": "3"}),
        ("'A'=1", {"A": "1"}),
        ("A='one' two\nB=3", {"B": "3"}),
        ("A='one\nB=3", {"B": "3"}),
        ("=1\nB=3", {"B": "3"}),
        ("A B=1\nC=3", {"C": "3"}),
        ("A=1\r\nB=2\r\n", {"A": "1", "B": "2"}),
        ("\ufeffA=1\nB=2", {"\ufeffA": "1", "B": "2"}),
    ],
)
def test_a_file_sets_what_python_dotenv_makes_of_it(text: str, expected: dict[str, str]) -> None:
    assert variables_of(text) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("${HERE}", "of the environment"),
        ("${ABOVE}", "of the file"),
        ("${NOWHERE}", ""),
        ("${NOWHERE:-else}", "else"),
        ("${HERE:-else}", "of the environment"),
        ("$HERE", "$HERE"),
        ("a${ABOVE}b${HERE}", "aof the filebof the environment"),
    ],
)
def test_a_reference_stands_for_the_environments_value_before_the_files_own(
    value: str, expected: str
) -> None:
    variables = {"ABOVE": "of the file", "HERE": "of the file", "A": value}

    assert resolved(variables, {"HERE": "of the environment"})["A"] == expected
