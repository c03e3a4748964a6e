"""The command lines of the pages: which are run, what they need, and why some are not run."""

from __future__ import annotations

from dataclasses import dataclass

from unit.pages import PAGES, Page, name_of

_FOREIGN = "needs a program, a machine or an engine of the reader's own"
_DEMO = "is of the demo, whose project `make demo` makes; its recipes run for minutes"
_TERMINAL = "opens a shell in a terminal: tests/e2e/test_exec.py does it in one"
_NEW_FILE = "writes a configuration file over that of the page's pool: tests/unit/test_init.py does"
_OWN_KEY = "needs a key in a file: tests/unit/test_keys.py has one"
_BY_COMPOSE = "tests/e2e/test_export.py runs it, in a project without instances"
_REMOVED = "needs a profile that was removed: tests/e2e/test_profile_changes.py restores one"
_SYNOPSIS = "[OPTIONS]"

# By page and the beginning of a line. Where the line begins something of several lines, such as a
# loop, all of its block is left out.
NOT_RUN: dict[str, dict[str, str]] = {
    "README.md": {
        "make ": _DEMO,
        "pipx install": "installs for the user who runs it",
        "cd docker && docker compose build": _FOREIGN,
        "bash scripts/multi-instance-manager": "tests/e2e/test_seed_command_lines.py runs it",
        "docker logs -f": "follows for ever, and is the engine's own",
        "multi-instance logs -f": "the reference page of `logs` has one that is interrupted",
    },
    "docs/explanation/security.md": {
        "iptables": "changes the firewall of this machine; tests/e2e/test_past_loopback.py looks",
    },
    "docs/explanation/what-an-instance-keeps-and-loses.md": {
        "multi-instance exec": "runs commands that the reference image does not have",
    },
    "docs/how-to/change-the-key.md": {"multi-instance keys rotate": _OWN_KEY, "key=": _OWN_KEY},
    "docs/how-to/choose-the-engine.md": {"multi-instance up": _FOREIGN, "ssh ": _FOREIGN}
    | {"multi-instance status --host": _FOREIGN},
    "docs/how-to/export-to-another-tool.md": {
        "bash prepare.sh": _BY_COMPOSE,
        ". ./secrets.sh": _BY_COMPOSE,
        "docker-compose up": _BY_COMPOSE,
    },
    "docs/how-to/install-completion-and-man-pages.md": {
        "multi-instance completion bash | sudo": "writes as root, outside of the project",
        "source <(multi-instance completion zsh)": "zsh reads it; test_completion.py has one",
        "man docs/man": "opens a pager",
        "sudo install": "writes as root, outside of the project",
    },
    "docs/how-to/look-after-the-logins.md": {"multi-instance profiles restore user-b": _REMOVED},
    "docs/how-to/move-a-project.md": {"mv /srv": "tests/e2e/test_displacement.py moves a project"},
    "docs/how-to/put-a-reverse-proxy-in-front.md": {
        "multi-instance endpoints": "tests/e2e/test_reverse_proxy.py runs it with its server",
        "key=": "asks a public host; tests/e2e/test_reverse_proxy.py asks one of its own",
        "curl -i": "asks a public host; tests/e2e/test_reverse_proxy.py asks one of its own",
    },
    "docs/how-to/run-another-program.md": {
        "docker build": "tests/e2e/test_another_program.py runs the page",
        "multi-instance ": "tests/e2e/test_another_program.py runs the page",
    },
    "docs/how-to/run-several-pools.md": {
        "multi-instance up": "has ports and prefixes of the page's own",
    },
    "docs/how-to/run-under-systemd.md": {"sudo systemctl": "switches on a unit of this machine"},
    "docs/how-to/set-up-a-project.md": {"multi-instance init": _NEW_FILE},
    "docs/how-to/uninstall.md": {"pipx uninstall": "takes the command from the user who runs it"},
    "docs/how-to/upgrade-the-image.md": {
        "docker compose": _FOREIGN,
    },
    "docs/reference/podman.md": {"# ": "is for root on a machine with Podman: `make test-podman`"},
    "docs/tutorial/first-day.md": {
        "make ": _DEMO,
        ".venv/bin/multi-instance": _DEMO,
        "curl -s http://127.0.0.1:22048": _DEMO,
        "echo 'log-level": _DEMO,
        "docker rm -f demo-bob": _DEMO,
        "pipx install": "installs for the user who runs it",
    },
    "docs/reference/commands/adopt.md": {
        "multi-instance adopt": "tests/e2e/test_displacement.py adopts a project that moved",
    },
    "docs/reference/commands/completion.md": {
        "source <(multi-instance completion zsh)": "zsh reads it; test_completion.py has one",
    },
    "docs/reference/commands/doctor.md": {"multi-instance doctor --context remote": _FOREIGN},
    "docs/reference/commands/init.md": {"multi-instance init": _NEW_FILE},
    "docs/reference/commands/keys.md": {"multi-instance keys": _OWN_KEY},
    "docs/reference/commands/keys-rotate.md": {"multi-instance keys rotate": _OWN_KEY},
    "docs/reference/commands/keys-show.md": {"multi-instance keys show user-a --path": _OWN_KEY},
    "docs/reference/commands/profiles-add.md": {"ssh other-host": _FOREIGN},
    "docs/reference/commands/profiles-restore.md": {
        "multi-instance profiles restore user-b": _REMOVED,
    },
    "docs/reference/commands/shell.md": {
        "multi-instance shell user-a": _TERMINAL,
        "multi-instance shell -u root user-a": _TERMINAL,
    },
    "docs/reference/commands/up.md": {
        "multi-instance up --image my-image:1.2": "names an image and a prefix of the reader's own",
    },
}
# They follow until they are interrupted: that is their documented end.
FOLLOWING = (
    "events",
    "events --output json",
    "logs --follow --since 10m",
    "stats",
    "stats --output json",
    "status --watch --sort memory",
)
# Exit codes that a page tells of, by the beginning of a call. Everything else ends with 0.
CODES = {
    "plan": {0, 5},
    "profiles check": {0, 1},
}


@dataclass(frozen=True)
class Block:
    """One block of commands, without the lines that are not run."""

    page: Page
    number: int
    script: str

    @property
    def name(self) -> str:
        """How a failure names it."""
        return f"{name_of(self.page)}, block {self.number}"


def reason_for(page: str, line: str) -> str | None:
    """Why a line is not run; None for one that is."""
    if _SYNOPSIS in line:
        return "is a synopsis"
    entries = NOT_RUN.get(page, {})
    return next((why for start, why in entries.items() if line.startswith(start)), None)


def blocks_of(page: Page) -> list[Block]:
    """The blocks of a page that have something to run."""
    found = []
    for number, content in enumerate(page.blocks("sh", "console")):
        script = _runnable(name_of(page), content)
        if script:
            found.append(Block(page, number, script))
    return found


def _runnable(page: str, content: str) -> str:
    lines = content.splitlines()
    if _is_one_command(content):
        return "" if reason_for(page, lines[0]) else content
    return "\n".join(line for line in lines if not reason_for(page, line))


def _is_one_command(content: str) -> bool:
    """Whether a block has indented lines: parts of the command above them."""
    return any(line.startswith((" ", "\t")) for line in content.splitlines())


BLOCKS = {name_of(page): found for page in PAGES if (found := blocks_of(page))}
