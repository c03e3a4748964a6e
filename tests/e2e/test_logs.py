"""`multi-instance logs`: once, in a pipe, in a terminal, and followed through what happens."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from e2e.launched import launched, remove_containers
from e2e.obligations import (
    docker,
    eventually,
    inspect,
    logs,
    must_be_refused,
    must_not_tell_secrets,
    must_succeed,
)
from e2e.project import COMMAND, IMAGE, KEY, Project
from e2e.schemas import must_match_its_schema
from e2e.streaming import say, streaming
from e2e.terminal import Terminal

READY = "Server startup complete."


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    with launched(tmp_path_factory.mktemp("logs"), "user-a", "user-b") as project:
        yield project


def test_logs_are_merged_by_time_and_begin_with_their_profile(pool: Project) -> None:
    for n in range(3):
        say(pool.container("user-a"), f"echo from a {n}")
        say(pool.container("user-b"), f"echo from b {n}")

    result = must_succeed(pool.command("logs", "--timestamps"))

    lines = result.out.splitlines()
    moments = [line.split(" | ")[1].split(" ")[0] for line in lines]
    assert moments == sorted(moments)
    said = [f"user-{n[5]} | {n}" for n in (f"from {x} {i}" for i in range(3) for x in "ab")]
    shown = [f"{line.split(' | ')[0]} | {line.split('Z ')[1]}" for line in lines]
    assert [line for line in shown if "from " in line] == said
    assert "\x1b" not in result.out


def test_the_last_lines_of_one_can_be_chosen_and_searched(pool: Project) -> None:
    say(pool.container("user-a"), "echo needle; echo hay; echo other needle")

    found = must_succeed(pool.command("logs", "user-a", "--tail", "3", "--grep", "need.e$"))
    bare = must_succeed(pool.command("logs", "user-a", "--tail", "1", "--no-prefix"))
    past = must_succeed(pool.command("logs", "--until", "1d"))

    assert found.out.splitlines() == ["user-a | needle", "user-a | other needle"]
    assert bare.out == "other needle\n"
    assert past.out == ""


def test_each_line_is_a_document_by_the_published_schema(pool: Project) -> None:
    result = must_succeed(pool.command("logs", "--output", "json", "--since", "1h"))

    documents = [json.loads(line) for line in result.out.splitlines()]
    for document in documents:
        must_match_its_schema(document)
    assert {document["profile"] for document in documents} == {"user-a", "user-b"}
    assert documents[0]["container_id"] in {
        inspect(pool.container(name))["Id"] for name in ("user-a", "user-b")
    }


def test_whatever_an_instance_writes_no_key_and_no_control_character_gets_out(
    pool: Project,
) -> None:
    container = pool.container("user-a")
    say(container, f"echo the key is {KEY}")
    say(container, r"printf '\033]0;title\007\033[2J\377\000\303\244 end-of-binary\n'")
    say(container, "busybox head -c 3000000 /dev/zero | busybox tr '\\0' z; echo; echo after")

    # Given no key at all: those that the instances were launched with count.
    result = must_succeed(pool.command("logs", "user-a", "--tail", "400", env={"API_KEY": None}))

    must_not_tell_secrets(result)
    assert "the key is ********" in result.out
    assert r"\x1b]0;title\x07\x1b[2J" in result.out
    assert "ä end-of-binary" in result.out
    assert all(c.isprintable() or c in "\n\t" for c in result.out)
    assert result.out.count("z") >= 3_000_000
    assert result.out.splitlines()[-1] == "user-a | after"


def test_everything_that_is_wrong_comes_in_one_report(pool: Project) -> None:
    words = ["--since", "x", "--until", "5", "--tail", "q", "--grep", "(", "user-x", "none*"]

    result = pool.command("logs", *words)

    must_be_refused(
        result, "--since", "--until", "--tail", "--grep", "user-x", "none*", "did you mean", code=2
    )
    assert result.err.count("error: ") == 6


def test_a_log_that_cannot_be_read_is_told_and_the_others_are_shown(pool: Project) -> None:
    other = inspect(pool.container("user-a"))
    labels = other["Config"]["Labels"] | {"multi-instance.profile": "silent"}
    sources = (Path(mount["Source"]) for mount in other["Mounts"])
    active = next(source for source in sources if source.parent.name == "active").parent
    words = [word for name, value in labels.items() for word in ("--label", f"{name}={value}")]
    name = pool.container("silent")
    words += ["-v", f"{active / name}:/app/auth_profiles/active"]
    docker("run", "-d", "--name", name, "--log-driver", "none", "--network", "none", *words, IMAGE)
    try:
        result = pool.command("logs", "--tail", "1")
    finally:
        docker("rm", "-fv", name)

    assert result.code == 1
    assert result.err.startswith("silent: ")
    assert "log driver" in result.err
    assert {line.split(" ")[0] for line in result.out.splitlines()} == {"user-a", "user-b"}


def test_prefixes_are_coloured_on_a_terminal_alone(pool: Project) -> None:
    with Terminal(pool, COMMAND, "logs", "--tail", "1") as terminal:
        assert terminal.ended() == 0
        assert "\x1b[36muser-a | \x1b[0m" in terminal.raw
        assert "\x1b[33muser-b | \x1b[0m" in terminal.raw
    with Terminal(pool, "env", "NO_COLOR=1", COMMAND, "logs", "--tail", "1") as terminal:
        assert terminal.ended() == 0
        assert "\x1b[" not in terminal.raw


def test_following_in_a_terminal_ends_with_ctrl_c(pool: Project) -> None:
    with Terminal(pool, COMMAND, "logs", "-f", "--tail", "1", "user-b") as terminal:
        terminal.wait_for("user-b | ")
        say(pool.container("user-b"), "echo now")
        terminal.wait_for("user-b | now")
        terminal.send("\x03")
        assert terminal.ended() == 130
        assert "Traceback" not in terminal.text


def test_following_ends_when_its_reader_has_enough_even_in_silence(pool: Project) -> None:
    words: list[str | Path] = [COMMAND, "logs", "--follow"]
    with subprocess.Popen(
        words, cwd=pool.root, env=pool.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.close()

        assert process.wait(20) == 0
        assert process.stderr is not None
        assert process.stderr.read() == b""


def test_following_goes_on_through_restarts_and_replacements_and_with_new_instances(
    tmp_path: Path,
) -> None:
    with (
        launched(tmp_path, "user-a") as project,
        streaming(project, "logs", "--follow", "--output", "json") as following,
    ):
        container = project.container("user-a")
        old = inspect(container)["Id"]
        following.shows(READY)
        docker("restart", "-t", "5", container)
        following.until(lambda: following.out.count(READY) == 2)
        before = logs(container).splitlines()
        project.add("user-b")
        must_succeed(project.up("--log-level", "DEBUG"))
        new = inspect(container)["Id"]
        docker("stop", "-t", "5", container)
        stopped = logs(container).splitlines()
        eventually(lambda: not inspect(container)["State"]["Running"])
        docker("start", container)
        following.until(lambda: following.out.count(READY) >= 5)
        now = logs(container).splitlines()
        following.until(lambda: len(_said(following.lines, "user-a", new)) == len(now))

        assert following.interrupt() == 130
        assert _said(following.lines, "user-a", old)[: len(before)] == before
        assert "aistudioproxy" in _said(following.lines, "user-a", old)[-1], "its very last line"
        assert _said(following.lines, "user-a", new) == now
        assert now[: len(stopped)] == stopped
        assert any("user-b" in line for line in following.lines)
        assert following.err == ""
        remove_containers(project)


def _said(lines: list[str], profile_name: str, container_id: str) -> list[str]:
    documents = [json.loads(line) for line in lines]
    return [
        document["line"]
        for document in documents
        if (document["profile"], document["container_id"]) == (profile_name, container_id)
    ]


@pytest.mark.parametrize(
    "words",
    [
        ("logs",),
        ("logs", "--output", "json"),
        ("exec", "user-a", "ps"),
        ("stats", "--no-stream"),
        ("plan",),
        ("up", "--output", "json"),
        ("up", "--recreate", "--dry-run"),
        ("config", "schema"),
        ("completion", "bash"),
        ("--help",),
    ],
    ids=" ".join,
)
def test_a_result_that_a_full_disk_does_not_take_is_told_and_no_success(
    pool: Project, words: tuple[str, ...]
) -> None:
    result = pool.run("sh", "-c", '"$0" "$@" > /dev/full', COMMAND, *words)

    assert result.code == 1, result.err
    assert "could not be written (No space left on device)" in result.err
    assert "Traceback" not in result.err
