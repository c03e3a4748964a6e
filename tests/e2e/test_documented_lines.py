"""Every command line of the documentation, run in a launched project to its documented end."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from e2e.documented_lines import BLOCKS, CODES, FOLLOWING, NOT_RUN, Block
from e2e.launched import launched
from e2e.obligations import must_succeed
from e2e.project import COMMAND, IMAGE, REPOSITORY, Project, Result, session
from unit.pages import PAGES, name_of

_NAMES = ("team-a", "user-a", "user-b")
_ADDED = ("user-c", "user-d", "anna", "team-c")
_CHANGING = {"docker", "up", "stop", "restart", "down", "add", "rename", "restore", "rm", "tar"}
_CHANGING |= {"disable", "enable", "remove", "--prune"}
# In front of the real command: it keeps each call with its exit code, and interrupts what follows.
_WRAPPER = """#!/usr/bin/env bash
case "$*" in
  {following}) timeout --preserve-status --signal INT 4 {command} "$@" ;;
  *) {command} "$@" ;;
esac
code=$?
printf '%s\\t%s\\n' "$code" "$*" >> {calls}
exit "$code"
"""


class Reader:
    """Somebody who types what the pages say, in a project of their own."""

    def __init__(self, project: Project, folder: Path) -> None:
        self.project = project
        self.folder = folder
        self.calls = folder / "calls"
        self.has_changed = True
        self.version = ""
        bin_folder = folder / "bin"
        for name in ("bin", "home/Downloads", "etc/bash_completion.d", "etc/prometheus"):
            (folder / name).mkdir(parents=True)
        (folder / "etc/systemd/system").mkdir(parents=True)
        following = "|".join(f'"{words}"' for words in FOLLOWING)
        script = _WRAPPER.format(following=following, command=COMMAND, calls=self.calls)
        for name, text in {"multi-instance": script, "sudo": '#!/bin/sh\nexec "$@"\n'}.items():
            (bin_folder / name).write_text(text)
            (bin_folder / name).chmod(0o755)

    def prepare(self) -> None:
        """All profiles are up, and what the pages take for granted is there."""
        if not self.has_changed:
            return
        self.has_changed = False
        root = self.project.root
        for name in _ADDED:
            (self.project.saved / f"{name}.json").unlink(missing_ok=True)
        self.project.add(*(n for n in _NAMES if not (self.project.saved / f"{n}.json").exists()))
        (root / "multi-instance.toml").touch(mode=0o600)
        (root / "multi-instance.toml").write_text("")
        (root / "team-a.toml").touch()
        (root / "script.sh").write_text("id -u\n")
        (root / "new-login.json").write_text(session(f"new-{os.urandom(4).hex()}"))
        for name in ("user-c", "team-c"):
            (self.folder / f"home/Downloads/{name}.json").write_text(session(name))
        # Twice: a page may have given the login another name, and the first is then a new one.
        for _ in range(2):
            (root / "older.json").write_text(session(f"older-{os.urandom(4).hex()}"))
            words = ("profiles", "add", "older.json", "--name", "user-a", "--force")
            must_succeed(self.project.command(*words))
        must_succeed(self.project.up("--remove-orphans"))
        told = self.project.command("profiles", "history", "user-a", "--output", "json")
        self.version = str(must_succeed(told).document["versions"][0]["number"])

    def types(self, block: Block) -> Result:
        """Run one block in a shell, with the places of this test."""
        self.calls.write_text("")
        script = block.script
        self.has_changed |= any(word in script.split() for word in _CHANGING)
        for shown, ours in self.places().items():
            script = script.replace(shown, ours)
        path = f"{self.folder / 'bin'}:{self.project.environment['PATH']}"
        env: dict[str, str | None] = {"PATH": path, "HOME": str(self.folder / "home")}
        return self.project.run("bash", "-o", "pipefail", "-c", script, env=env)

    def places(self) -> dict[str, str]:
        """What a page says, and what it is here: prefix, ports, images and folders."""
        first = self.project.first_port
        return {
            "ai-proxy": self.project.prefix,
            "restore user-a 3": f"restore user-a {self.version}",
            "--diff 3 now": f"--diff {self.version} now",
            "3048": str(first + 10),
            "4120": str(first + 30),
            "docker-ai-studio-proxy:before": IMAGE,
            "/etc/": f"{self.folder}/etc/",
            "CLONE/": f"{REPOSITORY}/",
            "cd ~/my-application": "true",
        }

    def codes(self) -> list[tuple[int, str]]:
        """The calls of the block, each with its exit code."""
        lines = (line.partition("\t") for line in self.calls.read_text().splitlines())
        return [(int(code), words) for code, _, words in lines]


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    folder = tmp_path_factory.mktemp("documented")
    with launched(folder, *_NAMES) as project:
        yield Reader(project, folder / "reader")
        network = ["docker", "network", "rm", project.prefix]
        subprocess.run(network, capture_output=True, check=False)


def allowed(words: str) -> set[int]:
    """How a call may end, as its page says."""
    if words in FOLLOWING:
        return {0, 130}
    return next((codes for start, codes in CODES.items() if words.startswith(start)), {0})


@pytest.mark.parametrize("page", BLOCKS)
def test_every_command_line_of_a_page_comes_to_its_documented_end(
    page: str, reader: Reader
) -> None:
    for block in BLOCKS[page]:
        reader.prepare()
        result = reader.types(block)
        codes = reader.codes()
        for code, words in codes:
            assert code in allowed(words), f"{block.name}: {words}: {code}\n{result.text}"
        if not any(code for code, _ in codes):
            assert result.code == 0, f"{block.name}: {result.code}\n{block.script}\n{result.text}"


def test_every_line_that_is_not_run_is_one_of_the_documentation() -> None:
    lines = {name_of(p): "\n".join(p.blocks("sh", "console")).splitlines() for p in PAGES}
    unknown = [
        (page, start)
        for page, entries in NOT_RUN.items()
        for start in entries
        if not any(line.startswith(start) for line in lines[page])
    ]

    assert unknown == []


def test_most_pages_are_run() -> None:
    assert len(BLOCKS) > 40
    assert sum(len(blocks) for blocks in BLOCKS.values()) > 60
