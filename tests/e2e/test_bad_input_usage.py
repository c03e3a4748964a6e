"""Options and variables that cannot be used: each is named, all at once, and nothing is touched."""

from __future__ import annotations

import pytest

from e2e.obligations import containers, must_be_refused, must_not_tell_secrets
from e2e.project import Project
from e2e.refusals import errors, must_report, nothing_changes

USAGE = 2


@pytest.fixture(autouse=True)
def pool(project: Project) -> None:
    """All else is well: only what a test gives is wrong."""
    project.add("user-a")


@pytest.mark.parametrize("option", ["--image", "--base-api-port", "--profile-dir", "--context"])
def test_an_option_at_the_end_without_its_value_is_named(project: Project, option: str) -> None:
    with nothing_changes(project):
        result = project.up("--auto-confirm", option)

    must_report(result, (option, "requires an argument"), code=USAGE)
    must_be_refused(result, "--help", code=USAGE)


@pytest.mark.parametrize("option", ["--image", "--base-api-port", "--memory-per-instance-gb"])
def test_an_option_never_takes_the_next_option_for_its_value(project: Project, option: str) -> None:
    with nothing_changes(project):
        result = project.up(option, "--auto-confirm")

    must_report(result, (option, "--auto-confirm"), code=USAGE)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("--imgae", "--image"),
        ("--dryrun", "--dry-run"),
        ("--base-port", "--base-api-port"),
        ("--auto-confrim", "--auto-confirm"),
    ],
)
def test_an_unknown_option_names_the_nearest_known_one(
    project: Project, typed: str, meant: str
) -> None:
    with nothing_changes(project):
        result = project.up(typed)

    must_report(result, (typed, meant), code=USAGE)
    must_be_refused(result, "--help", code=USAGE)


def test_an_unknown_command_names_the_nearest_known_one(project: Project) -> None:
    with nothing_changes(project):
        result = project.run("multi-instance", "upp")

    must_report(result, ("'upp'", "'up'"), code=USAGE)
    must_be_refused(result, "--help", code=USAGE)


def test_a_word_that_is_no_profile_is_refused(project: Project) -> None:
    project.add("user-a")
    with nothing_changes(project):
        result = project.up("surplus")

    must_report(result, ("surplus", "is not known"), code=USAGE)


@pytest.mark.parametrize("text", ["http", "0", "70000", "-1", "2048.5", "٣", "0x50", " "])
def test_a_port_that_is_none_is_refused_by_the_name_of_what_gave_it(
    project: Project, text: str
) -> None:
    with nothing_changes(project):
        first = project.up(f"--base-api-port={text}", env={"BASE_STREAM_PORT": text})
        second = project.up(f"--base-stream-port={text}", env={"BASE_API_PORT": text})

    told = (repr(text), "not a port", "1 to 65535")
    must_report(first, ("--base-api-port", *told), ("BASE_STREAM_PORT", *told), code=USAGE)
    must_report(second, ("--base-stream-port", *told), ("BASE_API_PORT", *told), code=USAGE)


@pytest.mark.parametrize("text", ["lots", "1GB", "nan", "0", "-2"])
def test_memory_that_is_no_number_is_refused_by_the_name_of_what_gave_it(
    project: Project, text: str
) -> None:
    with nothing_changes(project):
        by_flag = project.up(f"--memory-per-instance-gb={text}")
        by_variable = project.up(env={"MEMORY_PER_INSTANCE_GB": text})

    told = (text, "not a number", "1.5")
    must_report(by_flag, ("--memory-per-instance-gb", *told), code=USAGE)
    must_report(by_variable, ("MEMORY_PER_INSTANCE_GB", *told), code=USAGE)


@pytest.mark.parametrize("text", ["lots", "2x", "-1g", "0", "1m"])
def test_a_memory_limit_that_the_engine_could_not_keep_is_refused(
    project: Project, text: str
) -> None:
    with nothing_changes(project):
        result = project.up(f"--memory-limit={text}")

    must_report(result, ("--memory-limit", text, "512m"), code=USAGE)


def test_all_usage_problems_are_told_in_one_report(project: Project) -> None:
    with nothing_changes(project):
        result = project.up(
            "--base-stream-port", "0",
            "--memory-per-instance-gb", "lots",
            "--host-ip", "everywhere",
            "--output", "xml",
            "--log-level", "LOUD",
            env={"BASE_API_PORT": "http", "AUTO_CONFIRM": "perhaps", "WAIT_TIMEOUT": "soon"},
        )  # fmt: skip

    must_report(
        result,
        ("--base-stream-port", "'0'", "65535"),
        ("--memory-per-instance-gb", "'lots'", "1.5"),
        ("--host-ip", "'everywhere'", "127.0.0.1"),
        ("--output", "'xml'", "text or json"),
        ("--log-level", "'LOUD'", "DEBUG"),
        ("BASE_API_PORT", "'http'", "65535"),
        ("AUTO_CONFIRM", "'perhaps'", "true or false"),
        ("WAIT_TIMEOUT", "'soon'", "seconds"),
        code=USAGE,
    )
    must_be_refused(result, "nothing was touched", "--help", code=USAGE)


def test_usage_problems_are_a_document_too_where_one_is_asked_for(project: Project) -> None:
    with nothing_changes(project):
        result = project.up("--output", "json", "--base-api-port", "0", "--log-level", "LOUD")

    must_report(result, ("--base-api-port", "'0'"), ("--log-level", "'LOUD'"), code=USAGE)
    document = result.document
    assert document["exit_code"] == USAGE
    assert document["schema"] == "multi-instance/failure/1"
    assert "--base-api-port" in document["message"]
    assert "--log-level" in document["message"]


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (("--image", ""), ("--image", "my-image:latest")),
        (("--image", "my image"), ("--image", "'my image'", "my-image:latest")),
        (("--profile-dir", ""), ("--profile-dir", "is not a path", ";")),
        (("--container-prefix", ""), ("--container-prefix", "letters, digits")),
        (("--container-prefix", "-team"), ("--container-prefix", "'-team'", "letter or digit")),
        (("--container-prefix", "team/a"), ("--container-prefix", "'team/a'", "letters, digits")),
        (("--container-prefix", "t" * 41), ("--container-prefix", "at most 40")),
        (("--host", "unix:///a", "--context", "b"), ("--host", "--context", "one of them")),
    ],
)
def test_a_value_that_cannot_be_used_says_what_would_do(
    project: Project, flags: tuple[str, ...], told: tuple[str, ...]
) -> None:
    with nothing_changes(project):
        result = project.up(*flags)

    must_report(result, told, code=USAGE)


@pytest.mark.parametrize("key", ["", " ", "two words", "line\nbreak", "bell\a"])
def test_a_key_that_does_not_fit_the_key_file_is_refused_and_not_shown(
    project: Project, key: str
) -> None:
    with nothing_changes(project):
        result = project.up("--api-key", key)

    must_report(result, ("--api-key", "not a key", "no space or control character"), code=USAGE)
    if key.strip():
        must_not_tell_secrets(result, key)


def test_a_key_with_a_space_in_the_variable_names_the_variable(project: Project) -> None:
    with nothing_changes(project):
        result = project.up(env={"API_KEY": "two words"})

    must_report(result, ("API_KEY", "not a key", "no space"), code=USAGE)
    must_not_tell_secrets(result, "two words")
    assert "--api-key" not in result.text


@pytest.mark.parametrize("address", ["0.0.0.0", "::"])
@pytest.mark.parametrize("key", [None, "sk-dummy"])
def test_the_default_key_is_never_published_to_other_machines(
    project: Project, address: str, key: str | None
) -> None:
    with nothing_changes(project):
        result = project.up("--host-ip", address, env={"API_KEY": key})

    must_report(result, (address, "default API key", "--api-key", "127.0.0.1"))
    assert not containers(project)


def test_a_refused_command_line_does_not_reach_the_engine(project: Project) -> None:
    with nothing_changes(project):
        result = project.up("--base-api-port", "0", env={"DOCKER_HOST": "unix:///nonexistent.sock"})

    must_report(result, ("--base-api-port", "65535"), code=USAGE)
    assert "nonexistent" not in result.text


def test_ranges_that_overlap_are_refused_with_both_ranges(project: Project) -> None:
    project.add("user-b", "user-c", "user-d", "user-e")
    first, second = project.api_port, project.api_port + 2
    with nothing_changes(project):
        result = project.up("--base-api-port", str(first), "--base-stream-port", str(second))

    ranges = f"{first} to {first + 4}", f"{second} to {second + 4}"
    must_report(result, (*ranges, "overlap", "--base-api-port", "--base-stream-port"))


@pytest.mark.parametrize(
    ("option", "subject"), [("--base-api-port", "API"), ("--base-stream-port", "stream")]
)
def test_a_range_that_passes_the_last_port_is_refused(
    project: Project, option: str, subject: str
) -> None:
    project.add("user-b", "user-c")
    with nothing_changes(project):
        result = project.up(option, "65534")

    must_report(result, (subject, "65534 to 65536", "65535", f"lower {option}"))


def test_equal_bases_are_refused_even_for_one_profile(project: Project) -> None:
    port = str(project.api_port)
    with nothing_changes(project):
        result = project.up("--base-api-port", port, "--base-stream-port", port)

    must_report(result, (port, "overlap", "apart"))
    assert len(errors(result)) == 1
