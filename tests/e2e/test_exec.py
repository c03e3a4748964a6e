"""`multi-instance exec` and `shell`, in a pipe and in a terminal."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import psutil
import pytest

from e2e.launched import launched
from e2e.obligations import docker, eventually, must_be_refused, must_succeed
from e2e.project import COMMAND, Project
from e2e.terminal import Terminal

MEGABYTE = 1024**2


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    with launched(tmp_path_factory.mktemp("exec"), "user-a", "user-b", "user-c") as project:
        yield project


def piped(pool: Project, *words: str, content: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [COMMAND, *words],
        cwd=pool.root,
        env=pool.environment,
        input=content,
        capture_output=True,
        timeout=60,
        check=False,
    )


def test_the_command_runs_in_the_profiles_own_container(pool: Project) -> None:
    result = must_succeed(pool.command("exec", "user-b", "ls", "/app/auth_profiles/active"))

    assert result.out == "user-b.json\n"


def test_its_exit_code_is_ours_and_its_output_and_errors_come_apart(pool: Project) -> None:
    result = pool.command("exec", "user-a", "--", "sh", "-c", "echo out; echo err >&2; exit 7")

    assert (result.code, result.out, result.err) == (7, "out\n", "err\n")


def test_everything_after_the_profile_belongs_to_the_command(pool: Project) -> None:
    result = pool.command("exec", "user-a", "sh", "-c", "echo $0 $@", "--help", "-u", "--output")

    assert result.out == "--help -u --output\n"


@pytest.mark.parametrize("program", ["/no/such/program", "/app"])
def test_a_command_that_cannot_be_started_gives_what_the_engine_reports(
    pool: Project, program: str
) -> None:
    result = pool.command("exec", "user-a", program)

    assert result.code in {126, 127}
    assert program in result.text


def test_user_folder_and_variables_are_those_asked_for(pool: Project) -> None:
    script = 'echo "$(id -u) $PWD $GREETING $PATH_OF_HERE $UNKNOWN."'
    options = ("-u", "root", "-w", "/tmp", "-e", "GREETING=hello world", "-e", "PATH_OF_HERE")
    here: dict[str, str | None] = {"PATH_OF_HERE": "as here"}

    result = pool.command(
        "exec", *options, "-e", "UNKNOWN", "user-a", "--", "sh", "-c", script, env=here
    )

    assert result.out == "0 /tmp hello world as here .\n"


def test_input_is_sent_with_i_alone_and_its_end_is_told(pool: Project) -> None:
    assert pool.command("exec", "-i", "user-a", "--", "cat", answer="hi\n").out == "hi\n"
    assert pool.command("exec", "user-a", "--", "cat", answer="hi\n").out == ""


def test_bytes_of_every_value_go_there_and_back(pool: Project) -> None:
    content = bytes(range(256)) * 4096 + os.urandom(2 * MEGABYTE)

    assert piped(pool, "exec", "-i", "user-a", "cat", content=content).stdout == content


def test_large_output_needs_no_memory(pool: Project) -> None:
    size = 128 * MEGABYTE
    words = ("/usr/bin/busybox", "head", "-c", str(size), "/dev/zero")
    counted, peak_kb = 0, 0
    with subprocess.Popen(
        [COMMAND, "exec", "user-a", *words],
        cwd=pool.root,
        env=pool.environment,
        stdout=subprocess.PIPE,
    ) as begun:
        assert begun.stdout is not None
        for chunk in iter(partial(begun.stdout.read, MEGABYTE), b""):
            counted += len(chunk)
            peak_kb = max(peak_kb, peak_memory_kb(begun.pid))

    assert (begun.returncode, counted) == (0, size)
    assert 0 < peak_kb < 96 * 1024, "of which the interpreter has half"


def peak_memory_kb(pid: int) -> int:
    """The most that a program has held since it began; 0 once it has ended.

    Not what `wait4` tells: on Linux that includes what its parent held when it was started.
    """
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM:")), 0)


def test_a_reader_that_goes_away_ends_it(pool: Project) -> None:
    endless = 'multi-instance exec user-a -- sh -c "while :; do echo y; done"'
    ended = pool.run("bash", "-c", f'{endless} | head -n 2; echo "${{PIPESTATUS[0]}}"')

    assert ended.out == "y\ny\n141\n"
    assert ended.err == ""


def test_unknown_profiles_and_a_missing_engine_are_told_apart_by_the_code(pool: Project) -> None:
    must_be_refused(pool.command("exec", "user-x", "id"), "user-x", "did you mean", code=2)
    must_be_refused(pool.command("exec", "user-a"), "COMMAND", code=2)
    must_be_refused(pool.command("exec", "-e", "=1", "user-a", "id"), "NAME=VALUE", code=2)
    must_be_refused(pool.command("exec", "-it", "user-a", "id"), "not a terminal", code=2)
    nowhere = ("--host", "tcp://127.0.0.1:1")
    must_be_refused(pool.command("exec", *nowhere, "user-a", "id"), "nobody listens", code=3)
    must_be_refused(pool.command("shell", *nowhere, "user-a"), "nobody listens", code=3)


def test_an_instance_that_does_not_run_is_named_with_what_starts_it(pool: Project) -> None:
    pool.add("user-d")
    docker("stop", pool.container("user-c"))
    try:
        for command in (("exec", "user-c", "id"), ("shell", "user-c")):
            stopped = pool.command(*command)
            must_be_refused(stopped, "is not running (it is exited)", "start user-c", code=1)
        must_be_refused(pool.command("exec", "user-d", "id"), "`multi-instance up`", code=1)
    finally:
        docker("start", pool.container("user-c"))
        (pool.saved / "user-d.json").unlink()


def test_a_shell_without_a_terminal_carries_out_what_comes_in(pool: Project) -> None:
    result = pool.command("shell", "user-a", answer="echo in $0\nexit 3\n")

    assert (result.code, result.out) == (3, "in sh\n")


def test_an_image_without_a_shell_is_told_with_what_works_instead(pool: Project) -> None:
    container = pool.container("user-b")
    docker("exec", "-u", "root", container, "/usr/bin/busybox", "rm", "/usr/bin/sh")
    try:
        must_be_refused(pool.command("shell", "user-b"), "no shell", "exec user-b", code=1)
    finally:
        again = ("/usr/bin/busybox", "ln", "-s", "busybox", "/usr/bin/sh")
        docker("exec", "-u", "root", container, *again)


def in_terminal(pool: Project, command: str, **size: int) -> Terminal:
    """The command in a terminal, and what became of the terminal after it."""
    return Terminal(pool, "bash", "-c", f'{command}; echo "code=$?"; stty -a', **size)


def must_be_put_back(terminal: Terminal, *words: str) -> None:
    """The command has ended with these words, and the terminal is an everyday one again."""
    assert "-icanon" not in terminal.wait_for(*words, " icanon ", " echo ", "isig ")


def test_in_a_terminal_the_shell_has_it_with_its_size_and_changes_of_it(pool: Project) -> None:
    with in_terminal(pool, "multi-instance shell user-a", columns=91, rows=33) as terminal:
        terminal.wait_for("$ ")
        eventually(lambda: "33 91" in size_inside(terminal))
        terminal.resize(77, 22)
        eventually(lambda: "22 77" in size_inside(terminal))
        terminal.send("exit 5\r")
        must_be_put_back(terminal, "code=5")


def size_inside(terminal: Terminal) -> str:
    terminal.send("/usr/bin/busybox stty size\r")
    return terminal.wait_for("stty size", "\n", "$ ")


def test_control_c_reaches_the_command_inside(pool: Project) -> None:
    with in_terminal(pool, "multi-instance exec user-a -- sh -c 'echo begun; cat'") as terminal:
        terminal.wait_for("begun")
        terminal.send("typed\r")
        terminal.wait_for("typed\ntyped")
        terminal.send("\x03")
        must_be_put_back(terminal, "^C", "code=130")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_the_terminal_is_put_back_when_the_command_is_ended_from_outside(
    pool: Project, number: signal.Signals
) -> None:
    with in_terminal(pool, "multi-instance exec user-a sh") as terminal:
        terminal.wait_for("$ ")
        for child in psutil.Process(terminal.pid).children():
            child.send_signal(number)
        must_be_put_back(terminal, "interrupted", "code=130")


def test_the_terminal_is_put_back_when_the_container_goes_away(
    pool: Project,
) -> None:
    with in_terminal(pool, "multi-instance exec user-c sh") as terminal:
        terminal.wait_for("$ ")
        docker("restart", "-t", "0", pool.container("user-c"))
        must_be_put_back(terminal, "code=")


def test_interrupting_a_command_without_a_terminal_of_its_own_ends_here_and_says_so(
    pool: Project,
) -> None:
    begun = subprocess.Popen(
        [COMMAND, "exec", "user-a", "--", "sh", "-c", "echo begun; sleep 3"],
        cwd=pool.root,
        env=pool.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with begun:
        assert begun.stdout is not None
        assert begun.stdout.readline() == "begun\n"
        begun.send_signal(signal.SIGINT)
        _, said = begun.communicate(timeout=10)
    assert begun.returncode == 130
    assert "goes on until it ends by itself" in said
