"""The group of commands. Each module is imported at first use, so that help starts quickly."""

from __future__ import annotations

import difflib
import errno
import importlib
import itertools
import locale
import os
import signal
import sys
import threading
from contextlib import suppress
from typing import NoReturn

import click

from multi_instance_manager import __version__
from multi_instance_manager.cli.grouped_help import CommandGroup
from multi_instance_manager.errors import ExitCode, ManagerError, UsageProblems
from multi_instance_manager.render import outlet

_COMMANDS = {
    "init": "Write a configuration file with what differs from the defaults.",
    "up": "Launch one isolated container for each saved profile, and verify it.",
    "plan": "Show what `up` would do, and why; change nothing.",
    "status": "Show each instance: state, readiness, ports, session, drift.",
    "logs": "Show the logs of instances, merged by time.",
    "stats": "Show the processor, memory and network use of instances, live.",
    "events": "Show the events of instances as they happen.",
    "stop": "Stop instances gracefully, and save their sessions.",
    "start": "Start stopped instances, and wait until they answer.",
    "restart": "Restart instances, one at a time, each ready before the next.",
    "down": "Stop and remove all instances; the pool stays.",
    "exec": "Run a command in an instance.",
    "shell": "Open a shell in an instance.",
    "verify": "Verify again that each instance runs on its own profile only.",
    "explain": "Explain why an instance is in its state.",
    "doctor": "Check the engine and this machine, and say what to do.",
    "sync": "Copy refreshed sessions to the pool now.",
    "adopt": "Take over the instances of a project that has moved.",
    "profiles": "List, check, add, rename, switch and remove saved profiles; restore one.",
    "endpoints": "Print the addresses of the instances for clients and scrapers.",
    "keys": "Show where the API keys are kept, or replace them.",
    "export": "Write the instances as files for Compose, Podman, Kubernetes or a swarm.",
    "config": "Show the settings in force and the source of each.",
    "completion": "Print a shell's completion script.",
}
_SECTIONS = {
    "Launch": ("init", "up", "plan", "down"),
    "Look": ("status", "logs", "stats", "events", "explain", "verify", "doctor", "config"),
    "Change": ("stop", "start", "restart", "sync", "adopt"),
    "Profiles": ("profiles",),
    "Connect": ("endpoints", "export", "keys", "exec", "shell", "completion"),
}
_ALIASES = {"ps": "status"}
_MODULES = {"exec": "exec_command"}
COMPLETE_VARIABLE = "_MULTI_INSTANCE_COMPLETE"
_PACKAGE = "multi_instance_manager.cli"
_OUTPUT_LOST = {errno.EPIPE, errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF}
_CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class LazyGroup(CommandGroup):
    """Knows its commands by name, and imports the module of a command at its first use."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Suggest the nearest command for a misspelt one."""
        name = _ALIASES.get(args[0], args[0])
        near = difflib.get_close_matches(name, _COMMANDS, n=1)
        if name not in _COMMANDS and near:
            ctx.fail(f"No such command '{name}'. Did you mean '{near[0]}'?")
        return super().resolve_command(ctx, [name, *args[1:]])

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names, section by section."""
        del ctx
        return [name for names in sections().values() for name in names]

    def summary(self, ctx: click.Context, name: str) -> str:
        """Return a command's line in the list, without importing its module."""
        del ctx
        return _COMMANDS[name]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command's module."""
        del ctx
        name = _ALIASES.get(cmd_name, cmd_name)
        if name not in _COMMANDS:
            return None
        module = importlib.import_module(f"{_PACKAGE}.{_MODULES.get(name, name)}")
        command: click.Command = module.command
        return command

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; report any failure that it does not report itself."""
        try:
            return super().invoke(ctx)
        except ManagerError as failure:
            from multi_instance_manager.cli.answer import fail

            code = fail(failure, as_json=wants_json(ctx), command=_path_of(sys.argv[1:]))
            raise click.exceptions.Exit(code) from None
        except KeyboardInterrupt:
            from multi_instance_manager.cli.signals import say_interrupted

            say_interrupted(ctx)
            raise click.exceptions.Exit(int(ExitCode.INTERRUPTED)) from None
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except OSError as problem:
            raise click.exceptions.Exit(_fail_by_system(problem, ctx)) from None
        except Exception as problem:
            raise click.exceptions.Exit(_fail_by_defect(problem, ctx)) from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        del ctx
        width = max(map(len, _COMMANDS))
        for title, names in sections().items():
            with formatter.section(title):
                formatter.write_dl([(name.ljust(width), _COMMANDS[name]) for name in names])


@click.group(cls=LazyGroup, context_settings=_CONTEXT)
@click.version_option(__version__, prog_name="multi-instance")
def group() -> None:
    """Run one isolated container per saved auth profile, and verify that it uses no other.

    Start in the application's repository with: multi-instance up
    """


def sections() -> dict[str, tuple[str, ...]]:
    """Return the names of the commands by the title of their section."""
    known = {title: tuple(n for n in names if n in _COMMANDS) for title, names in _SECTIONS.items()}
    placed = {name for names in known.values() for name in names}
    others = tuple(name for name in _COMMANDS if name not in placed)
    return known | ({"More": others} if others else {})


def aliases_of(name: str) -> tuple[str, ...]:
    """Return the other names of a command."""
    return tuple(alias for alias, command in _ALIASES.items() if command == name)


def summary_of(name: str) -> str | None:
    """Return a command's line in the list of commands."""
    return _COMMANDS.get(name)


def main() -> NoReturn:
    """Run the command line. Only this function ends the process."""
    read_names_as_utf8()
    code = int(ExitCode.OK)
    threading.excepthook = sys.unraisablehook = _keep_quietly
    if COMPLETE_VARIABLE in os.environ:
        _learn_shells()
    try:
        code = group.main(prog_name="multi-instance", standalone_mode=False) or code
    except click.exceptions.NoArgsIsHelpError as help_text:
        outlet.write(help_text.format_message() + "\n")
        code = int(ExitCode.USAGE)
    except click.UsageError as problem:
        code = _refuse(problem)
    except (click.Abort, KeyboardInterrupt):
        outlet.tell("interrupted; nothing was touched")
        code = int(ExitCode.INTERRUPTED)
    except OSError as problem:
        code = _fail_by_system(problem, None)
    except Exception as problem:  # the last resort: no traceback from anywhere below
        code = _fail_by_defect(problem, None)
    _close_output()
    # The run is over and reported. A Ctrl-C during the interpreter's shutdown would only replace
    # the exit code.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    raise SystemExit(code)


def read_names_as_utf8() -> None:
    """Restart in UTF-8 mode if the locale decodes file names in another encoding.

    Otherwise a profile would have another name, and so another container, than in other locales.
    """
    if sys.getfilesystemencoding() == "utf-8" or sys.flags.utf8_mode:
        return
    encoding = os.environ.get("PYTHONIOENCODING") or locale.getencoding()
    environment = {**os.environ, "PYTHONIOENCODING": encoding}
    words = [sys.executable, "-X", "utf8", *sys.orig_argv[1:]]
    os.execve(sys.executable, words, environment)  # noqa: S606  # this very command


def _keep_quietly(told: threading.ExceptHookArgs | sys.UnraisableHookArgs) -> None:
    """Keep an exception of a thread or a finalizer; print no traceback."""
    from multi_instance_manager.cli.defects import keep_quietly

    keep_quietly(told.exc_value)


def _learn_shells() -> None:
    """Replace click's completion for bash and fish with ours."""
    from click.shell_completion import add_completion_class

    from multi_instance_manager.cli.bash_completion import BashCompletion
    from multi_instance_manager.cli.fish_completion import FishCompletion

    add_completion_class(BashCompletion)
    add_completion_class(FishCompletion)


def _fail_by_system(problem: OSError, context: click.Context | None) -> int:
    """Report an error of the system: on a file, on the output, or unexpected."""
    from multi_instance_manager.cli.answer import fail, say_unwritten

    if problem.filename is not None:
        failure = ManagerError(str(problem.filename), str(problem.strerror))
        return fail(failure, as_json=wants_json(context), command=_path_of(sys.argv[1:]))
    if problem.errno not in _OUTPUT_LOST:
        return _fail_by_defect(problem, context)
    say_unwritten(problem)
    return int(ExitCode.INSTANCE_FAILED)


def _fail_by_defect(problem: Exception, context: click.Context | None) -> int:
    """Report a defect of the manager, and the log with the details."""
    from multi_instance_manager.cli.answer import fail
    from multi_instance_manager.cli.defects import defect_of

    failure = defect_of(problem, context)
    return fail(failure, as_json=wants_json(context), command=_path_of(sys.argv[1:]))


def _refuse(problem: click.UsageError) -> int:
    """Report a mistake in the command line itself."""
    from multi_instance_manager.cli.answer import fail

    failure = UsageProblems([problem.format_message()])
    return fail(failure, as_json=wants_json(problem.ctx), command=_path_of(sys.argv[1:]))


def _path_of(words: list[str]) -> str:
    """Return the called command, such as ``multi-instance profiles list``.

    Derived from the words: neither a failed parse nor a nested group leaves a usable context.
    """
    command: click.Command | None = group
    path = ["multi-instance"]
    for word in words:
        if not isinstance(command, click.Group):
            break
        command = command.get_command(click.Context(command), word)
        if command is None:
            break
        path.append(command.name or word)
    return " ".join(path)


def wants_json(context: click.Context | None) -> bool:
    """Whether the result should be JSON, as far as known when the command ended."""
    if context is not None and "output" in context.meta:
        return bool(context.meta["output"] == "json")
    words = sys.argv[1:]
    return "--output=json" in words or ("--output", "json") in itertools.pairwise(words)


def _close_output() -> None:
    """Flush standard output; ignore a reader that has gone away."""
    if sys.stdout is None:
        return
    try:
        sys.stdout.flush()
    except OSError:
        with suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
