"""A real bash completes commands, options and profile names, and harms nothing that is typed.

After the keys, the line is made the arguments of `printf`: what is looked at is what bash would
have given to the command.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from e2e.project import Project
from e2e.terminal import Terminal

_TAB = "\t"
_ALL = "\x1b*"  # readline inserts every possible completion
_SHOW = "\x01printf '<%s>' "
_PEOPLE = (
    "alice",
    "bob",
    "bob@example.org",
    "bob@example.net",
    "my own",
    "pair:one",
    "user-a",
    "user-b",
)
# Every command that takes profiles, with what stands before them.
_OF_PROFILES = (
    "status",
    "ps",
    "logs -f --tail 5",
    "stats --no-stream",
    "events --since 1h",
    "stop",
    "start --no-wait",
    "restart --parallel 2",
    "down --verify",
    "verify",
    "explain --bundle x.tar.gz",
    "sync",
    "endpoints --format env",
    "exec -u root",
    "shell",
    "profiles list",
    "profiles check --soon 3",
    "profiles history",
    "profiles restore",
)


@dataclass
class Shell:
    """A bash in a project, to which the completion was made known."""

    terminal: Terminal
    done: int = field(default=0)

    def completes(self, line: str, keys: str = _TAB) -> list[str]:
        """The words of a line that was begun, after the keys; without the command."""
        self.done += 1
        end = f"end-{self.done}-"
        self.terminal.send(f"multi-instance {line}{keys}{_SHOW}\necho {end}''ok\n")
        screen = self.terminal.wait_for(f"{end}ok")
        shown = re.findall(r"<multi-instance>(?:<[^>\n]*>)*", screen)
        assert len(shown) == 1, screen
        return re.findall(r"<([^>]*)>", shown[0])[1:]


def begin(project: Project, folder: Path) -> Terminal:
    terminal = Terminal(project, "bash", "--norc", "--noprofile", "-i", columns=2000)
    terminal.send(
        f"cd {folder}; bind 'set bell-style none'; bind 'set enable-bracketed-paste off'\n"
        'PS1="> "; eval "$(multi-instance completion bash)"; echo set-"up"\n'
    )
    terminal.wait_for("set-up")
    return terminal


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    made = Project(tmp_path_factory.mktemp("completion") / "project")
    made.add(*_PEOPLE)
    return made


@pytest.fixture(scope="module")
def shell(project: Project) -> Iterator[Shell]:
    with begin(project, project.root) as terminal:
        yield Shell(terminal)


@pytest.fixture(scope="module")
def elsewhere(project: Project, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    with begin(project, tmp_path_factory.mktemp("elsewhere")) as terminal:
        yield Shell(terminal)


@pytest.mark.parametrize("words", _OF_PROFILES)
def test_every_command_about_profiles_completes_their_names(shell: Shell, words: str) -> None:
    assert shell.completes(f"{words} al") == [*words.split(), "alice"]
    assert shell.completes(f"{words} user", _ALL) == [*words.split(), "user-a", "user-b"]


@pytest.mark.parametrize("words", ["stop", "exec", "profiles history"])
def test_the_names_are_those_of_the_project_that_the_line_names(
    elsewhere: Shell, project: Project, words: str
) -> None:
    named = f"{words} --project-root {project.root}"

    assert elsewhere.completes(f"{words} al") == [*words.split(), "al"]
    assert elsewhere.completes(f"{named} al") == [*named.split(), "alice"]


def test_exec_completes_its_profile_alone(shell: Shell) -> None:
    assert shell.completes("exec alice us") == ["exec", "alice", "us"]
    assert shell.completes("exec alice -- us") == ["exec", "alice", "--", "us"]


def test_a_profile_that_is_named_is_not_offered_again(shell: Shell) -> None:
    assert shell.completes("stop user-a us") == ["stop", "user-a", "user-b"]


def test_a_name_with_letters_that_bash_breaks_words_at_is_one_word(shell: Shell) -> None:
    assert shell.completes("stop bob@example.o") == ["stop", "bob@example.org"]
    assert shell.completes("stop bob@") == ["stop", "bob@example."]
    assert shell.completes("stop 'bob@example.o") == ["stop", "bob@example.org"]
    assert shell.completes("stop pair:o") == ["stop", "pair:one"]
    assert shell.completes("stop pair:") == ["stop", "pair:one"]
    assert shell.completes("stop pair") == ["stop", "pair:one"]
    assert shell.completes("stop bob@example.org alic") == ["stop", "bob@example.org", "alice"]


def test_a_name_with_a_blank_stays_one_word(shell: Shell) -> None:
    assert shell.completes("stop my") == ["stop", "my own"]
    assert shell.completes("stop my\\ o") == ["stop", "my own"]
    assert shell.completes("stop 'my o") == ["stop", "my own"]


def test_globs_and_unknown_names_stay_as_they_were_typed(shell: Shell) -> None:
    assert shell.completes("stop 'user-*'") == ["stop", "user-*"]
    assert shell.completes("stop user-*") == ["stop", "user-*"]
    assert shell.completes("stop nobody") == ["stop", "nobody"]


def test_commands_and_options_are_completed(shell: Shell) -> None:
    assert shell.completes("verif") == ["verify"]
    assert shell.completes("profiles hist") == ["profiles", "history"]
    assert shell.completes("stop --stop-t") == ["stop", "--stop-timeout"]
    assert shell.completes("stop alice --lock") == ["stop", "alice", "--lock-timeout"]


def test_values_of_options_are_completed_where_they_are_known(shell: Shell) -> None:
    assert shell.completes("stop --output j") == ["stop", "--output", "json"]
    assert shell.completes("up --isolation s") == ["up", "--isolation", "shared"]
    assert shell.completes("status --sort mem") == ["status", "--sort", "memory"]
    assert shell.completes("stop --output=j") == ["stop", "--output=json"]


def test_paths_are_completed_where_an_option_takes_one(shell: Shell) -> None:
    assert shell.completes("stop --project-root auth_pr") == [
        "stop",
        "--project-root",
        "auth_profiles/",
    ]
    assert shell.completes("profiles add auth_profiles/saved/al") == [
        "profiles",
        "add",
        "auth_profiles/saved/alice.json",
    ]


def test_a_name_that_no_terminal_may_see_is_not_offered(project: Project) -> None:
    bad = project.saved / "zz\x1b[31m.json"
    bad.write_text("{}")
    try:
        variables = {
            "_MULTI_INSTANCE_COMPLETE": "bash_complete",
            "COMP_LINE": "multi-instance stop z",
            "COMP_WORD": "z",
            "COMP_REPLACED": "z",
            "COMP_COMMAND": "multi-instance",
        }
        result = project.command(env=dict(variables))
    finally:
        bad.unlink()

    assert (result.code, result.out.strip(), result.err) == (0, "", "")


_HOSTILE = ("zz$(touch made)", "yy`touch made`", 'xx"quoted"', "ww'quoted'", "vv!now", "uu\\b")


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    made = Project(tmp_path_factory.mktemp("hostile") / "project")
    made.add(*_HOSTILE)
    with begin(made, made.root) as terminal:
        yield Shell(terminal)
    assert not (made.root / "made").exists()


@pytest.mark.parametrize("name", _HOSTILE)
@pytest.mark.parametrize("quote", ["", "'", '"'])
def test_a_name_is_itself_between_any_quotes_and_runs_nothing(
    hostile: Shell, name: str, quote: str
) -> None:
    assert hostile.completes(f"stop {quote}{name[:2]}") == ["stop", name]
