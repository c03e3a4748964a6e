"""Every command, in a pipe, in a terminal, as JSON, and without an engine: the common rules.

What a command says and does is in tests of its own; here is what holds for all of them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from e2e.launched import launched
from e2e.obligations import must_not_tell_secrets, must_succeed
from e2e.project import COMMAND, KEY, Project, Result, session
from e2e.schemas import must_match_its_schema
from e2e.terminal import Terminal
from reference_pages.manual import Manual, whole_manual

NOBODY = ("--host", "tcp://127.0.0.1:1")
# Each way of calling has an instance of its own, for the commands that change one.
ONES = {"pipe": "user-b", "terminal": "user-c", "json": "user-d"}
PROGRAM = whole_manual()


@dataclass(frozen=True)
class Call:
    """One command, and what it must answer."""

    words: str
    """``ONE`` is the way's own instance, ``NEW`` a login to be added, ``ELSEWHERE`` a pool.

    ``FILES`` is a new folder.
    """
    shows: str
    """What people read, in a pipe and in a terminal."""
    document: str = ""
    """The schema of its JSON; without one it has no ``--output json``."""
    code: int = 0
    needs_engine: bool = True
    is_stream: bool = False
    """Whether it writes a document a line."""

    @property
    def command(self) -> str:
        """The command alone, such as ``profiles list``."""
        first, *rest = self.words.split()
        return f"{first} {rest[0]}" if first in {"profiles", "config", "keys", "export"} else first

    def line(self, way: str, folder: Path) -> list[str]:
        """The words for one way of calling."""
        (folder / "new.json").write_text(session("new"))
        (folder / "elsewhere").mkdir()
        (folder / "elsewhere" / "OLD-NAME.json").write_text(session("old"))
        places = {"NEW": folder / "new.json", "ELSEWHERE": folder / "elsewhere", "ONE": ONES[way]}
        (folder / "key.txt").write_text("sk-before\n")
        places |= {"CONFIG": folder / "new.toml", "KEY": folder / "key.txt"}
        places["STATE"] = folder / "state"
        places["FILES"] = folder / "files"
        return [str(places.get(word, word)) for word in self.words.split()]


# In this order: what changes an instance comes last.
CALLS = [
    Call("up", "4 ready", "up/1"),
    Call("up --dry-run", "nothing was touched", "up/1"),
    Call("plan", "nothing to do", "plan/1"),
    Call("status", "4 of 4 ready", "status/2"),
    Call("ps user-*", "4 of 4 ready", "status/2"),
    Call("logs user-* --tail 3", "user-a |", "log-line/1", is_stream=True),
    Call("stats --no-stream", "4 measured", "stats/1"),
    Call("events --since 10m --until now", "", "instance-event/1", is_stream=True),
    Call("exec user-a -- id -u", "10247"),
    Call("shell user-a", ""),
    Call("verify", "4 of 4 proven", "verify/2"),
    Call("explain user-a", "user-a is ready", "explain/1"),
    Call("doctor", "engine-api", "doctor/1"),
    Call("endpoints", "http://127.0.0.1:", "endpoints/1"),
    Call("export compose FILES", "4 instances exported", "export/1"),
    Call("export quadlet FILES", "4 instances exported", "export/1"),
    Call("export kubernetes FILES", "4 instances exported", "export/1"),
    Call("export stack FILES", "4 instances exported", "export/1"),
    Call("config show", "variable API_KEY", "config-show/1", needs_engine=False),
    Call("config schema", '"$id": "multi-instance/config/1"', needs_engine=False),
    Call("init --config CONFIG", "wrote ", "init/1", needs_engine=False),
    Call("completion bash", "_MULTI_INSTANCE_COMPLETE", needs_engine=False),
    Call("keys show", "variable", "keys-show/1", needs_engine=False),
    Call(
        "keys rotate --api-key-file KEY --profile-dir ELSEWHERE --state-dir STATE "
        "--container-prefix aside --base-api-port 61000 --base-stream-port 62000",
        "old key:",
        "keys-rotate/1",
    ),
    Call("sync", "4 synced", "sync/1"),
    Call("adopt", "nothing to adopt", "adopt/1"),
    Call("stop ONE", "1 stopped", "stop/1"),
    Call("start ONE", "1 ready", "start/1"),
    Call("restart ONE", "1 ready", "restart/1"),
    Call("profiles list", "user-a", "profile-list/1", needs_engine=False),
    Call("profiles check", "all well", "profile-check/1", needs_engine=False),
    Call("profiles history ONE", "VERSION", "profile-history/1", needs_engine=False),
    Call(
        "profiles restore ONE 1",
        "version 1 is in the pool",
        "profile-restore/1",
        needs_engine=False,
    ),
    Call(
        "profiles add NEW --profile-dir ELSEWHERE",
        "profile new: is in the pool",
        "profile-add/2",
        needs_engine=False,
    ),
    Call(
        "profiles rename OLD-NAME NEW-NAME --profile-dir ELSEWHERE",
        "profile NEW-NAME: was OLD-NAME",
        "profile-rename/1",
        needs_engine=False,
    ),
    Call(
        "profiles remove OLD-NAME --profile-dir ELSEWHERE",
        "profile OLD-NAME: was moved with its history to",
        "profile-remove/1",
        needs_engine=False,
    ),
    Call("profiles disable ONE", "is disabled", "profile-switch/1", needs_engine=False),
    Call("profiles enable ONE", "is enabled", "profile-switch/1", needs_engine=False),
    Call("down ONE --verify", "verified", "down/1"),
]
NARROW = {"up", "plan", "status", "explain user-a", "profiles list", "doctor"}
"""What people look at most, in a terminal as narrow as many are."""
WITH_DOCUMENTS = [call for call in CALLS if call.document]
NEED_ENGINE = [call for call in CALLS if call.needs_engine]


def named(call: Call) -> str:
    return call.words


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    with launched(tmp_path_factory.mktemp("all"), "user-a", "user-b", "user-c", "user-d") as made:
        for name in ONES.values():  # so that each has an earlier version
            made.copy_of(name).write_text(session(name, mark="refreshed"))
        must_succeed(made.command("sync"))
        yield made


def documents(result: Result, *, is_stream: bool) -> list[dict[str, object]]:
    """All that was written to standard output, each document valid by its schema."""
    texts = result.out.splitlines() if is_stream and result.code == 0 else [result.out]
    found: list[dict[str, object]] = [json.loads(text) for text in texts]
    for document in found:
        must_match_its_schema(document)
    return found


def must_be_clean(text: str) -> None:
    assert "Traceback" not in text, text
    must_not_tell_secrets(Result(0, text, ""), KEY)


def must_fit(text: str, columns: int) -> None:
    """No line is wider than the terminal, but for log lines, commands and long paths."""
    lines = [line.rstrip() for line in re.split(r"[\r\n]+", text)]
    too_wide = [line for line in lines if len(line) > columns]
    as_they_are = re.compile(r"    |.*`|.*\S{50}")
    assert not [line for line in too_wide if not as_they_are.match(line)]


@pytest.mark.parametrize("call", CALLS, ids=named)
def test_in_a_pipe_a_command_writes_plain_text(pool: Project, tmp_path: Path, call: Call) -> None:
    result = pool.command(*call.line("pipe", tmp_path))

    assert result.code == call.code, result.text
    assert call.shows in result.out
    must_be_clean(result.text)
    assert "\x1b" not in result.text


@pytest.mark.parametrize("call", CALLS, ids=named)
def test_in_a_terminal_a_command_shows_the_same(pool: Project, tmp_path: Path, call: Call) -> None:
    columns = 80 if call.words in NARROW else 200
    with Terminal(pool, COMMAND, *call.line("terminal", tmp_path), columns=columns) as terminal:
        if call.command == "shell":
            terminal.send("exit\n")
        assert terminal.ended() == call.code, terminal.text

    assert call.shows in terminal.text
    must_be_clean(terminal.text)
    if call.words in NARROW:
        must_fit(terminal.text, columns)


@pytest.mark.parametrize("call", WITH_DOCUMENTS, ids=named)
def test_as_json_a_command_writes_its_document_alone(
    pool: Project, tmp_path: Path, call: Call
) -> None:
    result = pool.command(*call.line("json", tmp_path), "--output", "json")

    assert result.code == call.code, result.text
    found = documents(result, is_stream=call.is_stream)
    assert found or call.is_stream
    assert {document["schema"] for document in found} <= {f"multi-instance/{call.document}"}
    assert call.is_stream or found[0]["exit_code"] == call.code
    must_be_clean(result.text)


@pytest.mark.parametrize("call", NEED_ENGINE, ids=named)
def test_an_engine_that_does_not_answer_is_told_in_a_sentence(
    pool: Project, tmp_path: Path, call: Call
) -> None:
    words, length = call.line("json", tmp_path), len(call.command.split())
    name, rest = call.command, words[length:]
    how = ("--output", "json") if call.document else ()
    before = pool.snapshot()

    result = pool.command(*words[:length], *NOBODY, *how, *rest)

    looks_at_the_rest = name in {"doctor", "explain"}
    assert result.code == (1 if looks_at_the_rest else 3), result.text
    assert "engine at tcp://127.0.0.1:1" in result.text
    assert "does not answer" in result.text
    must_be_clean(result.text)
    if how:
        (document,) = documents(result, is_stream=False)
        assert document["exit_code"] == result.code
    if name not in {"up", "plan"} and not looks_at_the_rest:
        assert len(result.err.splitlines()) == 1
        assert not how or document["schema"] == "multi-instance/failure/1"
    assert pool.snapshot() == before


FULL = ["up", "plan --output json", "logs", "exec user-a -- id", "stats --no-stream", "doctor"]
FULL += ["status", "status --watch --interval 0.2", "config schema", "completion bash", "--help"]


@pytest.mark.parametrize("words", FULL)
def test_a_result_that_cannot_be_written_is_told(pool: Project, words: str) -> None:
    result = pool.run("bash", "-c", f"'{COMMAND}' {words} > /dev/full")

    assert result.code == 1
    assert result.err.count("could not be written (No space left on device)") == 1
    must_be_clean(result.err)


def leaves(manual: Manual) -> Iterator[Manual]:
    for below in manual.below:
        yield from leaves(below) if below.below else (below,)


def test_no_command_is_left_out() -> None:
    commands = {" ".join(manual.words[1:]) for manual in leaves(PROGRAM)}
    assert {"status" if c.command == "ps" else c.command for c in CALLS} == commands
