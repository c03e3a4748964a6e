"""What the configuration file says of the application: single facts, or a whole definition."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from multi_instance_manager.application.builtin import BUILTIN_FILE, builtin_application
from multi_instance_manager.application.merge import merged
from multi_instance_manager.commands.look.config import config_show
from multi_instance_manager.commands.survey.request import Request
from multi_instance_manager.errors import UsageProblems
from multi_instance_manager.settings.file_schema import file_schema
from multi_instance_manager.settings.model import ImageChoice, Settings
from multi_instance_manager.settings.origin import Source
from multi_instance_manager.settings.reading import GivenOptions
from multi_instance_manager.settings.resolve import resolve_settings

SECRET = "hunter2"
WHOLE = """
name = "Other"
[image]
default = "other:1"
[project]
pool = "logins"
[ports]
api = 8000
[paths]
tree = "/data"
active = "a"
saved = "s"
[readiness]
path = "/"
"""


class Root:
    """A project root of the usual application, with a configuration file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "auth_profiles").mkdir()
        self.write("other.toml", WHOLE)

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text)

    def resolve(self, text: str, **flags: Any) -> Settings:
        self.write("multi-instance.toml", text)
        return resolve_settings(GivenOptions(flags, {}, self.folder))

    def problems(self, text: str, **flags: Any) -> tuple[str, ...]:
        with pytest.raises(UsageProblems) as caught:
            self.resolve(text, **flags)
        return caught.value.problems

    def shown(self, text: str) -> dict[str, tuple[str, str, str, str | None]]:
        facts = config_show(Request(self.resolve(text), {})).application
        return {fact.key: (fact.value, fact.source, fact.name, fact.learnt_from) for fact in facts}


@pytest.fixture
def root(tmp_path: Path) -> Root:
    return Root(tmp_path)


def test_without_a_word_it_is_the_one_that_the_manager_was_made_for(root: Root) -> None:
    settings = root.resolve("")
    assert settings.application == builtin_application()
    assert settings.image == ImageChoice(
        builtin_application().image.default, builtin_application().image.compose
    )


def test_a_single_fact_differs_and_the_rest_stays(root: Root) -> None:
    found = root.resolve("[application]\nports.api = 8080\nlogin.cookies = ['A']").application

    assert (found.ports.api, found.ports.stream) == (8080, builtin_application().ports.stream)
    assert found.login is not None
    assert (found.login.cookies, found.login.domain) == (("A",), "google.com")
    assert found.paths == builtin_application().paths


@pytest.mark.parametrize(
    ("said", "there"),
    [
        ("ports.stream = false", lambda a: a.ports.stream),
        ("key = false", lambda a: a.key),
        ("login = false", lambda a: a.login),
        ("paths.key_file = false\nvariables.api_key = false\nkey = false", lambda a: a.takes_key),
        ("log = []", lambda a: a.log),
        ("variables.without_rotation = false", lambda a: a.variables.without_rotation),
    ],
)
def test_what_is_false_or_empty_is_not_there(root: Root, said: str, there: Any) -> None:
    assert there(builtin_application())
    assert not there(root.resolve(f"[application]\n{said}").application)


def test_one_variable_of_several_is_taken_away(root: Root) -> None:
    said = "[application.variables.without_rotation]\nQUOTA_SOFT_LIMIT = false\nOTHER = '1'"
    names = root.resolve(said).application.variables.without_rotation

    assert set(names) == {"QUOTA_HARD_LIMIT", "OTHER"}


def test_an_entry_of_a_list_is_added_or_replaces_the_one_of_the_same_mark(root: Root) -> None:
    before = builtin_application()
    said = f"""
[[application.log]]
meaning = "signed out"
contains = ["Please sign in again"]
[[application.log]]
meaning = "stalled"
contains = {list(before.log[1].contains)}
[[application.process]]
name = "{before.process[0].name}"
verdict = "stalled"
program = ["chromium"]
"""
    after = root.resolve(said).application

    assert [sign.contains for sign in after.log[:-1]] == [sign.contains for sign in before.log]
    assert after.log[-1].contains == ("Please sign in again",)
    assert after.log[1].meaning == "stalled"
    assert [p.name for p in after.process] == [p.name for p in before.process]
    assert after.process[0].program == ("chromium",)


@pytest.mark.parametrize(
    "said", ["application = 'other.toml'", "[application]\ndefinition = 'other.toml'"]
)
def test_a_whole_definition_takes_the_place_of_the_usual_one(root: Root, said: str) -> None:
    settings = root.resolve(said)

    assert settings.application.name == "Other"
    assert settings.application.log == ()
    assert settings.profile_dir == root.folder / "logins"
    assert settings.docker_env_file is None
    assert settings.bases.stream is None
    assert settings.image == ImageChoice("other:1", None)


def test_single_facts_of_a_whole_definition_can_differ(root: Root) -> None:
    said = "[application]\ndefinition = 'other.toml'\nports.stream = 8001"
    ports = root.resolve(said).application.ports

    assert (ports.api, ports.stream) == (8000, 8001)


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ("ports.apii = 1", "application.ports.apii: is not a key; did you mean api?"),
        ("port.api = 1", "application.port: is not a key; did you mean ports?"),
        ("key-file = 'x'", "application.key-file: is not a key; "),
        ("ports.api = 'hunter2'", "application.ports.api: is text that cannot be used; write a"),
        ("ports.api = 70000", "application.ports.api: is a whole number that cannot be used; "),
        ("ports.api = true", "application.ports.api: is true or false that cannot be used; "),
        ("ports.api = false", "application.ports.api: cannot be taken away; write a port"),
        ("ports = 'hunter2'", "application.ports: is text; write a table"),
        ("ports = false", "application.ports: cannot be taken away; write a table with api"),
        ("paths.active = 'a/b'", "application.paths.active: is text that cannot be used; write on"),
        ("paths.saved = '..'", "application.paths.saved: is text that cannot be used"),
        ("paths.tree = 'hunter2'", "application.paths.tree: is text that cannot be used; write a"),
        ("readiness.path = '/a b'", "application.readiness.path: is text that cannot be used"),
        ("readiness.status = 1979-05-27", "application.readiness.status: is a date or time"),
        ("variables.api_key = 'A=B'", "application.variables.api_key: is text that cannot"),
        ("main_process.end_signal = 'hunter2'", "end_signal: is text that cannot be used; write"),
        ("login.cookies = []", "application.login.cookies: is a list that cannot be used; write"),
        ("log = 'hunter2'", "application.log: is text; write [[log]] above each entry"),
        ("[[application.log]]\nmeaning = 'hunter2'\ncontains = ['x']", "application.log.1.meaning"),
        ("[[application.log]]\nmeaning = 'ready'", "application.log.1.contains: is missing; write"),
        ("[[application.process]]\nname = 'x'", "application.process.1.verdict: is missing; write"),
        ("ports.stream = 2048", "application.ports.stream: is the API's port, too; give each its"),
        ("paths.saved = 'active'", "application.paths: gives two folders one name; name each as"),
        ("paths.key_file = false\nvariables.api_key = false", "application.key: needs a way to"),
        ("variables.api_key = 'SERVER_LOG_LEVEL'", "application.variables: gives two facts one"),
        ("variables.without_rotation = 'hunter2'", "application.variables.without_rotation: is"),
    ],
)
def test_what_cannot_be_used_is_told_with_its_key_and_without_its_value(
    root: Root, said: str, problem: str
) -> None:
    problems = root.problems(f"[application]\n{said}")

    assert [one for one in problems if problem in one], problems
    assert all(one.startswith("multi-instance.toml: application") for one in problems)
    assert SECRET not in "\n".join(problems)


def test_all_problems_come_in_one_report(root: Root) -> None:
    said = "imege = 'x'\n[application]\ndefinition = 'bad.toml'\nports.apii = 1\nname = 3"
    root.write("bad.toml", WHOLE.replace("api = 8000", "api = 'hunter2'\nstraem = 1"))
    problems = root.problems(said)

    assert len(problems) == 5
    assert "bad.toml: ports.straem: is not a key; did you mean stream?" in problems
    assert SECRET not in "\n".join(problems)


@pytest.mark.parametrize(
    ("content", "fact"),
    [
        (None, "does not exist; name another file"),
        ("a = = 1", "is not valid TOML at line 1"),
        ("\udcff", "is not UTF-8 text"),
        ("x" * (4 * 1024**2 + 1), "far too large"),
    ],
)
def test_a_definition_that_cannot_be_read_is_told_like_the_configuration_file(
    root: Root, content: str | None, fact: str
) -> None:
    if content is not None:
        (root.folder / "odd.toml").write_bytes(content.encode(errors="surrogateescape"))
    (problem,) = root.problems("application = 'odd.toml'")

    assert problem.startswith("multi-instance.toml: application 'odd.toml': ")
    assert fact in problem


@pytest.mark.parametrize("said", ["application = 3", "application = ''", "application = ['x']"])
def test_what_is_neither_a_table_nor_a_file_is_told(root: Root, said: str) -> None:
    (problem,) = root.problems(said)
    assert problem.startswith("multi-instance.toml: application: is ")


@pytest.mark.parametrize("fact", ["name", "image", "project", "ports", "paths", "readiness"])
def test_a_whole_definition_lacks_nothing_that_every_application_has(root: Root, fact: str) -> None:
    tables = tomllib.loads(WHOLE)
    kept = [key for key in tables if key != fact]
    text = WHOLE.replace('name = "Other"\n', "" if fact == "name" else 'name = "Other"\n')
    parts = text.split("[")
    text = "[".join(p for p in parts if not p.startswith(f"{fact}]"))
    root.write("other.toml", text)

    assert list(tomllib.loads(text)) == kept
    (problem,) = root.problems("application = 'other.toml'")
    assert problem.startswith(f"other.toml: {fact}: is missing; write ")


def test_facts_are_the_same_for_all_profiles(root: Root) -> None:
    (problem,) = root.problems("[profiles.a.application]\nports.api = 1")
    assert "profiles.a.application: is for all instances" in problem


def test_a_profile_may_not_set_a_variable_of_the_applications_contract(root: Root) -> None:
    said = "application = 'other.toml'\n[profiles.a.environment]\nLOGIN_FILE = 'x'\nAPI_KEY = 'x'"
    root.write("other.toml", f"{WHOLE}\n[variables]\nstartup_profile = 'LOGIN_FILE'")
    (problem,) = root.problems(said)

    assert "profiles.a.environment.LOGIN_FILE" in problem


def test_an_environment_file_needs_a_place_in_the_container(root: Root) -> None:
    (problem,) = root.problems("application = 'other.toml'", docker_env_file="x.env")
    assert problem.startswith("--docker-env-file: Other reads no environment file; ")


def test_each_fact_tells_where_it_came_from_and_where_it_was_learnt(root: Root) -> None:
    shown = root.shown("[application]\nports.api = 8080\nmodels = false")

    assert shown["application.ports.api"] == (
        *("8080", Source.FILE, "multi-instance.toml: application.ports.api", None),
    )
    assert shown["application.models"][:2] == ("none", Source.FILE)
    value, source, name, learnt_from = shown["application.ports.stream"]
    assert (value, source, name) == ("3120", Source.DEFAULT, "")
    assert learnt_from
    assert all(learnt for _, source, _, learnt in shown.values() if source is Source.DEFAULT)


def test_facts_of_a_named_definition_are_told_with_its_file(root: Root) -> None:
    root.write("other.toml", f"{WHOLE}\n[sources]\nports = 'main.c'")
    shown = root.shown("[application]\ndefinition = 'other.toml'\nreadiness.status = 204")

    assert shown["application.ports.api"] == ("8000", Source.FILE, "other.toml", "main.c")
    assert shown["application.ports.stream"][0] == "none"
    assert shown["application.readiness.status"][2].startswith("multi-instance.toml: ")


def test_the_root_of_another_application_is_known_by_its_own_folder(tmp_path: Path) -> None:
    (tmp_path / "logins").mkdir()
    (tmp_path / "below").mkdir()
    (tmp_path / "conf").mkdir()
    (tmp_path / "other.toml").write_text(WHOLE)
    (tmp_path / "multi-instance.toml").write_text("application = 'other.toml'")
    (tmp_path / "conf" / "a.toml").write_text("application = '../other.toml'")

    unnamed = resolve_settings(GivenOptions({}, {}, tmp_path / "below"))
    named = resolve_settings(
        GivenOptions({"config_file": "../conf/a.toml"}, {}, tmp_path / "below")
    )

    assert unnamed.project_root == named.project_root == tmp_path
    assert unnamed.profile_dir == named.profile_dir == tmp_path / "logins"


@pytest.mark.parametrize(
    ("text", "is_valid"),
    [
        ("application = 'x.toml'", True),
        ("[application]\ndefinition = 'x'\nports.stream = false", True),
        ("[application]\nkey = false\nlog = []\nvariables.without_rotation.A = false", True),
        ("[application]\nports.api = false", False),
        ("[application]\nports.apii = 1", False),
        ("[[application.log]]\nmeaning = 'ready'", False),
        ("application = 3", False),
    ],
)
def test_the_schema_takes_what_the_file_may_say(text: str, is_valid: bool) -> None:
    validator = jsonschema.Draft202012Validator(file_schema())
    assert validator.is_valid(tomllib.loads(text)) is is_valid


def test_the_schema_takes_the_definition_that_comes_with_the_manager() -> None:
    tables = {"application": tomllib.loads(BUILTIN_FILE.read_text(encoding="utf-8"))}
    jsonschema.Draft202012Validator(file_schema()).validate(tables)


def test_changes_leave_the_tables_that_they_are_laid_over_as_they_were() -> None:
    tables = {"ports": {"api": 1}, "log": [{"contains": ["x"]}]}
    changes = {"ports": {"api": 2}, "log": [{"contains": ["x"], "meaning": "ready"}]}

    assert merged(tables, changes).tables["ports"] == {"api": 2}
    assert tables == {"ports": {"api": 1}, "log": [{"contains": ["x"]}]}
