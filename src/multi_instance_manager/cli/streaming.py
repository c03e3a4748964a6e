"""Commands that write until they are interrupted or their reader goes away.

They end with 130 on an interruption, and quietly when the reader goes away, even while they have
nothing to write.
"""

from __future__ import annotations

import io
import select
import signal
import sys
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING, NoReturn, TypeVar

import click

from multi_instance_manager.cli.answer import say_unwritten, write
from multi_instance_manager.errors import EngineError, ExitCode, UsageProblems
from multi_instance_manager.render import outlet
from multi_instance_manager.render.marks import are_unwanted

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from types import FrameType

    from multi_instance_manager.commands.stream.notice import Notice

Value = TypeVar("Value")


class ReaderGone(Exception):
    """The reader of standard output has gone."""


class Problems:
    """Collects the problems of a command line, so that one report has all of them."""

    def __init__(self) -> None:
        self._found: list[str] = []

    def gather(self, parse: Callable[[], Value]) -> Value | None:
        """Return the call's result, or None if it found problems."""
        try:
            return parse()
        except UsageProblems as problem:
            self._found += problem.problems
            return None

    def gather_from_engine(self, parse: Callable[[], Value]) -> Value | None:
        """The same for the engine, whose failure is reported only if there is no other problem."""
        try:
            return self.gather(parse)
        except EngineError:
            if self._found:
                self.refuse()
            raise

    def any(self) -> bool:
        """Whether there are problems."""
        return bool(self._found)

    def refuse(self) -> NoReturn:
        """Raise all of them."""
        raise UsageProblems(self._found)


class PortionedOutput:
    """Standard output, written in portions."""

    def __init__(self, *, is_document: bool = False) -> None:
        self._portion: list[str] = []
        self._size = 0
        self._is_document = is_document

    def add(self, text: str) -> None:
        """Write it now or soon; raises `ReaderGone`."""
        self._portion.append(text)
        self._size += len(text)
        if self._size >= io.DEFAULT_BUFFER_SIZE:
            self.flush()

    def flush(self) -> None:
        """Write all of it now, and check for a reader; raises `ReaderGone`.

        Reports a full disk, and ends the command.
        """
        text = "".join(self._portion)
        self._portion.clear()
        self._size = 0
        if _reader_has_gone():
            raise ReaderGone
        if text:
            _write_through(text, is_document=self._is_document)


def show_as_it_comes(
    items: Generator[Value | Notice | None, None, None],
    text_of: Callable[[Value], str],
    *,
    is_document: bool,
) -> None:
    """Write each item until there are no more or the reader has gone; report notices.

    None means that nothing more comes at the moment.
    """
    from multi_instance_manager.commands.stream.notice import Notice

    out = PortionedOutput(is_document=is_document)
    with until_interrupted(), closing(items) as coming:
        for item in coming:
            if item is None:
                out.flush()
            elif isinstance(item, Notice):
                out.flush()
                outlet.tell(item.text)
            elif text := text_of(item):
                out.add(text)
        out.flush()


def colours_are_wanted() -> bool:
    """Whether standard output is a terminal with colours, and the user did not disable them."""
    if sys.stdout is None or not sys.stdout.isatty():
        return False
    return not are_unwanted()


@contextmanager
def until_interrupted() -> Iterator[None]:
    """Run until the end, an interruption (130), or the loss of the reader (0)."""
    lift_limit_of_descriptors()
    with _signals_as_interruption():
        try:
            yield
        except KeyboardInterrupt:
            raise click.exceptions.Exit(int(ExitCode.INTERRUPTED)) from None
        except ReaderGone:
            write("")
            raise click.exceptions.Exit(int(ExitCode.OK)) from None


def lift_limit_of_descriptors() -> None:
    """Raise the soft limit of descriptors to the hard one: each stream needs one."""
    try:
        import resource
    except ImportError:
        return
    with suppress(OSError, ValueError):
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


@contextmanager
def _signals_as_interruption() -> Iterator[None]:
    def interrupt(number: int, frame: FrameType | None) -> NoReturn:
        del number, frame
        raise KeyboardInterrupt

    numbers = (signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, interrupt) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _write_through(text: str, *, is_document: bool) -> None:
    try:
        outlet.write(text, is_document=is_document)
    except BrokenPipeError:
        raise ReaderGone from None
    except OSError as problem:
        say_unwritten(problem)
        raise click.exceptions.Exit(int(ExitCode.INSTANCE_FAILED)) from None


def _reader_has_gone() -> bool:
    """Whether the other end was closed; without a write, nothing else shows that."""
    if sys.stdout is None:
        return True
    poll = select.poll()
    try:
        poll.register(sys.stdout.fileno(), 0)
    except (OSError, ValueError):
        return False
    return any(what & (select.POLLERR | select.POLLHUP) for _, what in poll.poll(0))
