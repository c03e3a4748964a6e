"""Asks a container's main process to end from within, by the engine and the image's own shell.

This is the way where the process is not one of this machine's, or is another user's. What runs in a
container is not trusted: its answer is a word out of a few, it is given little room and an end, and
all that it can falsify is what becomes of itself.
"""

from __future__ import annotations

import select
import time
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from multi_instance_manager.engine.protocol.exec import Command, OutputStream
from multi_instance_manager.errors import Conflict, EngineError

if TYPE_CHECKING:
    from multi_instance_manager.application.definition import MainProcess
    from multi_instance_manager.engine.protocol.exec import Runner, Running

_LARGEST_ANSWER = 256
# Only what every shell has built in, but for `sleep`: an image may have little else. Command lines
# are compared without what separates their words, since a shell reads no zero bytes. The texts that
# it looks for are in its environment: in its own command line it would find itself.
_SCRIPT = r"""
set -f
without_blanks() { IFS=' '; set -- $1; IFS=; joined=$*; }
read_whole() {
  whole=
  while IFS= read -r line || [ -n "$line" ]; do whole=$whole$line; done < "$1"
}
is_main() {
  read_whole "/proc/$1/cmdline" || return 1
  without_blanks "$whole"
  command=$joined
  [ -n "$command" ] || return 1
  has_all "$MAIN_HAS" && has_none "$MAIN_HAS_NOT"
}
has_all() {
  IFS=$newline
  for text in $1; do
    without_blanks "$text"
    case $command in *"$joined"*) ;; *) return 1 ;; esac
  done
}
has_none() {
  IFS=$newline
  for text in $1; do
    without_blanks "$text"
    case $command in *"$joined"*) return 1 ;; esac
  done
}
read_parent() {
  parent=
  IFS=' 	'
  while read -r name value; do
    if [ "$name" = PPid: ]; then parent=$value; fi
  done < "/proc/$1/status"
}
read_begin() {
  begin=
  read_whole "/proc/$1/stat" || return 1
  IFS=' '
  set -- ${whole##*) }
  [ $# -ge 20 ] || return 1
  shift 19
  begin=$1
}
newline='
'
set +f
set -- /proc/[0-9]*
set -f
found=' '
for folder; do
  if is_main "${folder#/proc/}"; then found="$found${folder#/proc/} "; fi
done
main=
IFS=' '
for pid in $found; do
  read_parent "$pid"
  IFS=' '
  case $found in *" $parent "*) continue ;; esac
  if [ -z "$main" ] || [ "$pid" -lt "$main" ]; then main=$pid; fi
done
[ -n "$main" ] || { echo none; exit; }
[ "$main" != 1 ] || { echo first; exit; }
read_begin "$main" || { echo none; exit; }
since=$begin
kill -s "$MAIN_SIGNAL" "$main" || { echo refused; exit; }
echo asked
while read_begin "$main" && [ "$begin" = "$since" ]; do sleep 0.2 || sleep 1; done
echo ended
"""


class Reply(StrEnum):
    """What came of asking.

    FIRST: the main process is the container's first, which a stop asks by itself. NONE: there is no
    such process. UNABLE: it could not be asked, or nothing was answered in time.
    """

    ASKED = "asked"
    FIRST = "first"
    NONE = "none"
    UNABLE = "unable"


class AskedInside(msgspec.Struct, frozen=True):
    """The reply; with ASKED also what tells of the end. To be closed."""

    reply: Reply
    _lines: _Lines | None = None

    def has_ended(self, *, within_s: float) -> bool:
        """Whether the process has ended, or does so within that time.

        Where nothing more is told, the command has ended with the container.
        """
        return self._lines is not None and self._lines.next(within_s=within_s) is not None

    def close(self) -> None:
        """Let go of the connection."""
        if self._lines is not None:
            self._lines.close()


def ask_inside(
    runner: Runner, reference: str, sign: MainProcess, *, within_s: float
) -> AskedInside:
    """Ask the main process to end; an engine or an image that cannot do it is UNABLE."""
    command = Command(
        ("sh", "-c", _SCRIPT),
        environment=(
            "MAIN_HAS=" + "\n".join(sign.command),
            "MAIN_HAS_NOT=" + "\n".join(sign.not_command),
            "MAIN_SIGNAL=" + sign.end_signal.removeprefix("SIG"),
        ),
    )
    try:
        lines = _Lines(runner.begin(reference, command))
    except Conflict:  # it does not run, such as between two crashes
        return AskedInside(Reply.NONE)
    except EngineError:
        return AskedInside(Reply.UNABLE)
    word = lines.next(within_s=within_s)
    if word == Reply.ASKED:
        return AskedInside(Reply.ASKED, lines)
    lines.close()
    return AskedInside(Reply(word) if word in {Reply.FIRST, Reply.NONE} else Reply.UNABLE)


class _Lines:
    """The lines that a command writes, as they come."""

    def __init__(self, running: Running) -> None:
        self._running = running
        self._received = bytearray()
        self._over = False

    def close(self) -> None:
        self._running.close()

    def next(self, *, within_s: float) -> str | None:
        """The next line, empty where nothing more will come; None where nothing did in time."""
        deadline = time.monotonic() + within_s
        while b"\n" not in self._received and not self._over:
            left_s = deadline - time.monotonic()
            if left_s <= 0:
                return None
            if not self._receive():
                self._await_more(left_s)
        line, end, rest = bytes(self._received).partition(b"\n")
        self._received = bytearray(rest)
        return line.decode(errors="replace").strip() if end else ""

    def _receive(self) -> bool:
        """Whether anything has come; more than such a command writes is not listened to."""
        try:
            pieces = self._running.receive()
        except EngineError:
            pieces = None
        if pieces is None:
            self._over = True
            return True
        said = [piece.content for piece in pieces if piece.stream is OutputStream.OUTPUT]
        self._received += b"".join(said)
        self._over = len(self._received) > _LARGEST_ANSWER
        return bool(pieces)

    def _await_more(self, left_s: float) -> None:
        poll = select.poll()
        poll.register(self._running.fileno(), select.POLLIN)
        poll.poll(left_s * 1000)
