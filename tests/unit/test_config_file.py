"""The configuration file: which keys there are, what they mean, and every problem at once."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from multi_instance_manager.errors import UsageProblems
from multi_instance_manager.fleet.leases import PortPair
from multi_instance_manager.settings.file_schema import file_schema
from multi_instance_manager.settings.key_source import KeyKind
from multi_instance_manager.settings.model import Canary, ImageChoice, Settings
from multi_instance_manager.settings.options import OPTIONS
from multi_instance_manager.settings.origin import Source
from multi_instance_manager.settings.override import PROFILE_OPTIONS
from multi_instance_manager.settings.reading import GivenOptions
from multi_instance_manager.settings.resolve import resolve_settings
from multi_instance_manager.settings.sample import sample_text
from multi_instance_manager.settings.shown import shown_values

REPOSITORY = Path(__file__).resolve().parents[2]


class Root:
    """A project root with a configuration file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "multi-instance.toml"
        (folder / "auth_profiles").mkdir()

    def resolve(
        self, text: str | None = None, /, *, flags: dict[str, Any] | None = None, **environment: str
    ) -> Settings:
        if text is not None:
            self.file.write_text(text)
            self.file.chmod(0o600)
        return resolve_settings(GivenOptions(flags or {}, environment, self.folder))

    def problems(self, text: str, **more: Any) -> tuple[str, ...]:
        with pytest.raises(UsageProblems) as caught:
            self.resolve(text, **more)
        return caught.value.problems


@pytest.fixture
def root(tmp_path: Path) -> Root:
    return Root(tmp_path)


def test_a_flag_beats_a_variable_a_variable_the_file_and_the_file_the_default(root: Root) -> None:
    text = "base-api-port = 3000\nbase-stream-port = 4000\nlog-level = 'debug'"
    settings = root.resolve(text, flags={"base_api_port": "5000"}, BASE_STREAM_PORT="6000")

    assert (settings.bases.api, settings.bases.stream) == (5000, 6000)
    assert settings.log_level == "DEBUG"
    assert settings.container_prefix == "ai-proxy"
    sources = {name: origin.source for name, origin in settings.origins.items()}
    assert sources["base_api_port"] is Source.FLAG
    assert sources["base_stream_port"] is Source.VARIABLE
    assert sources["log_level"] is Source.FILE
    assert sources["container_prefix"] is Source.DEFAULT


def test_without_a_file_nothing_changes(root: Root) -> None:
    assert root.resolve().config_path is None


def test_the_file_is_found_in_the_project_root_however_that_was_named(
    root: Root, tmp_path_factory: pytest.TempPathFactory
) -> None:
    root.file.write_text("log-level = 'ERROR'")
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    flagged = resolve_settings(GivenOptions({"project_root": str(root.folder)}, {}, elsewhere))
    below = resolve_settings(GivenOptions({}, {}, root.folder / "auth_profiles"))

    assert flagged.log_level == below.log_level == "ERROR"
    assert flagged.config_path == root.file


@pytest.mark.parametrize("way", ["flag", "variable"])
def test_another_file_can_be_named_and_the_one_in_the_root_is_not_read_then(
    root: Root, way: str
) -> None:
    root.file.write_text("not toml at all")
    (root.folder / "conf").mkdir()
    (root.folder / "conf" / "other.toml").write_text("profile-dir = 'logins'")
    named = "conf/other.toml"
    flags = {"config_file": named} if way == "flag" else {}
    environment = {"MULTI_INSTANCE_CONFIG": named} if way == "variable" else {}
    settings = root.resolve(None, flags=flags, **environment)

    assert settings.profile_dir == root.folder / "conf" / "logins"


def test_a_named_file_may_name_the_root_and_one_that_lies_there_may_not_name_another(
    root: Root, tmp_path_factory: pytest.TempPathFactory
) -> None:
    conf = tmp_path_factory.mktemp("conf") / "a.toml"
    conf.write_text(f"project-root = '{root.folder}'")

    away = resolve_settings(GivenOptions({"config_file": str(conf)}, {}, conf.parent))
    assert away.project_root == root.folder
    assert root.resolve("project-root = '.'").project_root == root.folder
    (problem,) = root.problems("project-root = '/elsewhere'")
    assert "multi-instance.toml: project-root" in problem
    assert "--config" in problem


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("imege = 'a'", ("multi-instance.toml: imege", "did you mean image?")),
        ("api_key = 'a'", ("api_key", "did you mean api-key?")),
        ("environment = {}", ("environment", "below [profiles.NAME]")),
        ("[profiles.a]\nbase-api-port = 1", ("profiles.a.base-api-port", "for all instances")),
        ("[profiles.a]\nimagee = 'x'", ("profiles.a.imagee", "did you mean image?")),
        ('[profiles."a b"]\nzzz = 1', ('profiles."a b".zzz', "config schema")),
        ("[profiles]\na = 1", ("profiles.a", "is not a table")),
        ("profiles = 1", ("profiles", "[profiles.NAME]")),
        ("base-api-port = '1'", ("base-api-port", "is text", "a whole number, without quotes")),
        ("base-api-port = 1.5", ("base-api-port", "is a number")),
        ("base-api-port = true", ("base-api-port", "is true or false")),
        ("base-api-port = 70000", ("base-api-port", "65535")),
        ("wait = 1", ("wait", "true or false, without quotes")),
        ("docker-args = '--init'", ("docker-args", "a list of texts")),
        ("docker-args = [1]", ("docker-args", "a list of texts")),
        ("image = 1979-05-27", ("image", "a date or time")),
        ("cpus = 99999999999999999999999", ("cpus", "smaller")),
        ("dry-run = true", ("dry-run", "cannot stand in a file", "pass --dry-run")),
        ("config = 'x'", ("config", "cannot name another")),
        ("recreate = true", ("recreate", "--recreate")),
        ("[profiles.a.environment]\n'A=B' = 'x'", ("profiles.a.environment", "leave out '='")),
        ("[profiles.a.environment]\nA = 1", ("profiles.a.environment.A", "in quotes")),
        ("[profiles.a]\nenvironment = 1", ("profiles.a.environment", "{ NAME =")),
        ("[profiles.a.environment]\nAPI_KEY = 'x'", ("profiles.a.environment.API_KEY",)),
        ("[profiles.a]\napi-port = 0", ("profiles.a.api-port", "is not a port")),
        ("[profiles.a]\nenabled = 'no'", ("profiles.a.enabled", "without quotes")),
        ("a = ", ("multi-instance.toml: is not valid TOML", "invalid value")),
        ("a = 1\na = 2", ("is not valid TOML", "overwrite")),
        ("[[[", ("is not valid TOML",)),
        ("a = 1\nb = [1\nc = 2\n", ("is not valid TOML", "at line 3, column 1")),
    ],
)
def test_what_is_wrong_is_told_with_its_path_and_what_to_write(
    root: Root, text: str, words: tuple[str, ...]
) -> None:
    (problem,) = root.problems(text)

    for word in words:
        assert word in problem, problem


def test_all_problems_of_file_variables_and_flags_come_at_once(root: Root) -> None:
    text = "imege = 'a'\nlog-level = 'LOUD'\n[profiles.a]\ncpus = 'many'"
    problems = root.problems(text, flags={"base_api_port": "x"}, BASE_STREAM_PORT="y")

    told = "\n".join(problems)
    for word in ("imege", "log-level", "profiles.a.cpus", "--base-api-port", "BASE_STREAM_PORT"):
        assert told.count(word) == 1, told


@pytest.mark.parametrize("kind", ["missing", "folder", "latin", "secret"])
def test_a_file_that_cannot_be_used_is_named_and_never_quoted(root: Root, kind: str) -> None:
    path = root.folder / "named.toml"
    if kind == "folder":
        path.mkdir()
    elif kind == "latin":
        path.write_bytes("image = 'ä'".encode("latin-1"))
    elif kind == "secret":
        path.write_text("api-key = sk-secret-without-quotes")
    with pytest.raises(UsageProblems) as caught:
        root.resolve(None, flags={"config_file": "named.toml"})

    (problem,) = caught.value.problems
    assert "--config 'named.toml'" in problem
    assert "sk-secret" not in problem


def test_a_dangling_link_in_the_root_is_not_taken_for_no_file(root: Root) -> None:
    root.file.symlink_to("gone")
    with pytest.raises(UsageProblems, match="does not exist"):
        root.resolve()


@given(text=st.text(max_size=60))
def test_no_text_ends_in_anything_but_settings_or_a_sentence(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    path = tmp_path_factory.mktemp("any") / "any.toml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    problems: tuple[str, ...] = ()
    try:
        resolve_settings(GivenOptions({"config_file": str(path)}, {}, path.parent))
    except UsageProblems as failure:
        problems = failure.problems
    assert [problem for problem in problems if str(path) not in problem] == []


# What single profiles have


def test_a_profile_has_its_own_values_and_the_shared_ones_else(root: Root) -> None:
    settings = root.resolve(
        """
        image = "shared:1"
        cpus = 1
        docker-args = ["--init"]
        [profiles.a]
        image = "own:2"
        memory-limit = "2g"
        log-level = "DEBUG"
        docker-args = ["--hostname a"]
        environment = { GREETING = "hello world" }
        api-port = 9000
        """
    )
    own, other = settings.of("a"), settings.of("b")

    assert other is settings
    assert own.image == ImageChoice("own:2", None)
    assert (own.limits.memory_bytes, own.limits.nano_cpus) == (2 * 1024**3, 1_000_000_000)
    assert own.log_level == "DEBUG"
    assert own.docker_args == ("--init", "--env 'GREETING=hello world'", "--hostname a")
    assert settings.ports_of("a", 3) == PortPair(9000, 3123)
    assert settings.ports_of("b", 3) == PortPair(2051, 3123)


def test_a_variable_of_a_profile_is_never_shown(root: Root) -> None:
    settings = root.resolve('[profiles.a]\nenvironment = { TOKEN = "of-mine" }\n')

    assert "of-mine" not in repr(settings.overrides)
    assert [shown for shown in shown_values(settings) if "of-mine" in shown.value] == []


def test_a_disabled_profile_is_known_as_such(root: Root) -> None:
    settings = root.resolve("[profiles.a]\nenabled = false\n[profiles.b]\nenabled = true")

    assert settings.disabled == {"a"}


# Keys


def test_a_key_in_a_file_that_others_can_read_is_refused_by_its_path_and_not_shown(
    root: Root,
) -> None:
    root.file.write_text('api-key = "sk-mine"\n[profiles.a]\napi-key = "sk-of-a"\n')
    root.file.chmod(0o644)
    with pytest.raises(UsageProblems) as caught:
        root.resolve()

    assert len(caught.value.problems) == 2
    assert "sk-" not in str(caught.value)
    assert "chmod 600" in caught.value.problems[0]
    root.file.chmod(0o600)
    settings = root.resolve()
    assert settings.api_key.reveal() == "sk-mine"
    assert settings.of("a").api_key.reveal() == "sk-of-a"
    assert settings.of("a").api_key_asked_for
    assert {key.reveal() for key in settings.keys} == {"sk-mine", "sk-of-a"}


def test_a_key_file_gives_its_first_line_that_holds_anything(root: Root) -> None:
    (root.folder / "key").write_text("\n  sk-in-file \nsk-second\n")
    (root.folder / "key").chmod(0o600)
    for settings in (
        root.resolve('api-key-file = "key"'),
        root.resolve("", flags={"api_key_file": "key"}),
        root.resolve("", API_KEY_FILE="key"),
    ):
        assert settings.api_key.reveal() == "sk-in-file"
        assert settings.key_source.kind is KeyKind.KEY_FILE
        assert not settings.key_source.is_open
    (root.folder / "key").chmod(0o644)
    assert root.resolve('api-key-file = "key"').key_source.is_open


@pytest.mark.parametrize("content", [None, "", "\n \n", "two words\n", "ключ\n"])
def test_a_key_file_without_a_key_is_a_problem_that_does_not_tell_its_content(
    root: Root, content: str | None
) -> None:
    if content is not None:
        (root.folder / "key").write_text(content)
    (problem,) = root.problems("", flags={"api_key_file": "key"})

    assert problem.startswith("--api-key-file 'key': ")
    assert "two words" not in problem


def test_the_strongest_source_says_the_key_and_two_of_one_source_are_a_problem(root: Root) -> None:
    (root.folder / "key").write_text("sk-in-file\n")

    assert root.resolve('api-key-file = "key"', API_KEY="sk-v").api_key.reveal() == "sk-v"
    flagged = root.resolve("", flags={"api_key_file": "key"}, API_KEY="sk-v")
    assert flagged.api_key.reveal() == "sk-in-file"
    (problem,) = root.problems("", flags={"api_key_file": "key", "api_key": "sk-f"})
    assert problem == "--api-key, --api-key-file: each says the API key; give one of them"
    (of_one,) = root.problems('[profiles.a]\napi-key-file = "key"\napi-key = "sk-b"')
    assert "profiles.a.api-key, api-key-file: both say the key" in of_one


def test_a_generated_key_is_random_until_it_is_kept_and_then_stays_in_force(root: Root) -> None:
    first = root.resolve("", flags={"generate_api_key": True})
    second = root.resolve("", flags={"generate_api_key": True})

    assert first.api_key.reveal() != second.api_key.reveal()
    assert first.key_source.kind is KeyKind.TO_BE_KEPT
    path = root.folder / ".multi-instance-runtime" / "keys" / "ai-proxy.txt"
    assert first.key_source.path == path
    assert not path.exists()
    path.parent.mkdir(parents=True)
    path.write_text("sk-kept\n")
    for flags in ({"generate_api_key": True}, {}):
        settings = root.resolve("", flags=flags)
        assert settings.api_key.reveal() == "sk-kept"
        assert settings.key_source.kind is KeyKind.GENERATED
        assert settings.api_key_asked_for
    assert root.resolve("", API_KEY="sk-v").api_key.reveal() == "sk-v"
    assert root.resolve("container-prefix = 'other'").key_source.kind is KeyKind.DEFAULT
    path.write_text("")
    (problem,) = root.problems("")
    assert "the generated API key" in problem


# The engine


def test_a_variable_that_names_an_engine_beats_the_file(root: Root) -> None:
    text = "host = 'unix:///of/the/file'"

    assert root.resolve(text).host == "unix:///of/the/file"
    assert root.resolve(text, DOCKER_HOST="unix:///other").host is None
    assert root.resolve(text, DOCKER_CONTEXT="other").host is None
    flagged = root.resolve(text, flags={"context": "c"})
    assert (flagged.host, flagged.context) == (None, "c")
    assert "host, multi-instance.toml: context" in root.problems(f"{text}\ncontext = 'c'")[0]


def test_one_instance_first_by_a_flag_beats_all_at_once_in_the_file(root: Root) -> None:
    settings = root.resolve("all-at-once = true", flags={"first_alone": True})

    assert settings.canary is Canary.ALWAYS


@pytest.mark.parametrize(
    ("text", "flags", "environment", "canary"),
    [
        ("", {}, {}, "auto"),
        ("canary = 'never'", {}, {}, "never"),
        ("canary = 'never'", {}, {"MULTI_INSTANCE_CANARY": "always"}, "always"),
        ("first-alone = true\nall-at-once = false", {}, {}, "always"),
        ("canary = 'always'", {"all_at_once": True}, {}, "never"),
    ],
)
def test_whether_one_goes_first_is_one_setting_with_two_earlier_spellings(
    root: Root, text: str, flags: dict[str, Any], environment: dict[str, str], canary: str
) -> None:
    settings = root.resolve(text, flags=flags, **environment)
    shown = {value.key: value.value for value in shown_values(settings)}

    assert settings.canary == shown["canary"] == canary
    assert not shown.keys() & {"first-alone", "all-at-once"}


@pytest.mark.parametrize(
    ("flags", "named"),
    [
        ({"canary": "always", "first_alone": True}, "--canary, --first-alone"),
        ({"canary": "never", "first_alone": True}, "--canary, --first-alone"),
        ({"first_alone": True, "all_at_once": True}, "--first-alone, --all-at-once"),
    ],
)
def test_two_spellings_of_one_source_are_one_problem(
    root: Root, flags: dict[str, Any], named: str
) -> None:
    assert root.problems("", flags=flags) == (f"{named}: each sets --canary; give one of them",)


def test_an_unknown_word_for_the_canary_is_told_with_those_that_are_known(root: Root) -> None:
    (problem,) = root.problems("canary = 'yes'")

    assert problem == (
        "multi-instance.toml: canary 'yes': is not known; use auto or always or never"
    )


# The sample and the schema


def sample_with_everything() -> str:
    """The sample with every key turned on."""
    return re.sub(r"^#(?=[a-z\[])", "", sample_text(), flags=re.MULTILINE)


def test_the_sample_can_be_used_as_it_stands(root: Root) -> None:
    before = root.resolve()
    settings = root.resolve(sample_text())

    assert replace(settings, config_path=None, origins={}) == replace(before, origins={})


def test_every_value_of_the_sample_can_be_used(root: Root) -> None:
    (root.folder / "secrets").mkdir()
    (root.folder / "secrets" / "user-a.txt").write_text("sk-of-a\n")
    text = re.sub(
        r"^(api-key|api-key-file|context) = .*\n", "", sample_with_everything(), flags=re.MULTILINE
    )
    text += '\n[profiles.user-c]\napi-key-file = "secrets/user-a.txt"\n'
    settings = root.resolve(text)

    assert settings.of("user-c").api_key.reveal() == "sk-of-a"
    assert settings.disabled == {"User B"}


def test_the_sample_has_every_key_and_the_schema_takes_it() -> None:
    content = tomllib.loads(sample_with_everything())
    schema = file_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(content)

    assert content.keys() - {"profiles"} == {
        o.key for o in OPTIONS if not o.not_in_file and not o.hidden
    }
    own = {key for table in content["profiles"].values() for key in table}
    assert own == {option.key for option in PROFILE_OPTIONS} | {"environment"}


VALUES: dict[str, Callable[[], Any]] = {
    "unknown": lambda: {"no-such-key": 1},
    "kind": lambda: {"base-api-port": "1"},
    "profile": lambda: {"profiles": {"a": {"no-such-key": 1}}},
    "environment": lambda: {"profiles": {"a": {"environment": {"A": 1}}}},
    "choice": lambda: {"isolation": "none"},
}


@pytest.mark.parametrize("fault", VALUES)
def test_the_schema_refuses_what_the_command_refuses(fault: str) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(file_schema()).validate(VALUES[fault]())


# What is shown


def test_each_value_is_shown_with_where_it_came_from(root: Root) -> None:
    settings = root.resolve(
        "log-level = 'DEBUG'\ndocker-args = ['-e A=secret-value']\ndocker-env = false",
        flags={"base_api_port": "3000", "api_key": "sk-shown-never"},
        IMAGE_NAME="own:1",
        DOCKER_HOST="unix:///other",
    )
    shown = {value.key: value for value in shown_values(settings)}

    listed = {option.key for option in OPTIONS if not option.hidden}
    assert set(shown) == listed - {"api-key-file", "generate-api-key"}
    assert (shown["base-api-port"].source, shown["base-api-port"].name) == (
        Source.FLAG,
        "--base-api-port",
    )
    assert (shown["image"].value, shown["image"].name) == ("own:1", "IMAGE_NAME")
    assert shown["log-level"].name == "multi-instance.toml: log-level"
    assert shown["docker-env"].value == "false"
    assert shown["docker-env-file"].value == "not mounted"
    assert shown["docker-args"].value == "--env=A=********"
    assert (shown["host"].value, shown["host"].source) == ("unix:///other", Source.VARIABLE)
    assert shown["enable-auth-rotation"].value == "false"
    assert "********" in shown["api-key"].value
    assert "sk-shown-never" not in repr(shown)
    assert "secret-value" not in repr(shown)
