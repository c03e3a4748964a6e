"""Listening, reading HTTP requests, and the answers to the stream port's callers."""

import socket
import threading
import time
from collections.abc import Callable, Mapping
from io import BufferedReader
from select import select

from reference_instance.output import ERROR, log

PATIENCE_S, PAUSE_S = 30.0, 0.1
LONGEST_LINE, LONGEST_BODY, MOST_HEADERS, WORDS_OF_A_REQUEST = 65536, 1 << 20, 100, 3


class Request:
    """What a caller asks for."""

    def __init__(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> None:
        """Header names are in lower case."""
        self.method = method
        self.path = path
        self.headers = headers
        self.body = body

    @classmethod
    def read(cls, file: BufferedReader) -> "Request | None":
        """Read a request; None where it is not HTTP."""
        words = file.readline(LONGEST_LINE).decode("latin-1").split()
        if len(words) != WORDS_OF_A_REQUEST or not words[2].startswith("HTTP/"):
            return None
        headers: dict[str, str] = {}
        for _ in range(MOST_HEADERS):
            line = file.readline(LONGEST_LINE).decode("latin-1").strip()
            if not line:
                body = file.read(_length_of_body(headers))
                return cls(words[0], words[1].partition("?")[0], headers, body)
            name, _, value = line.partition(":")
            headers.setdefault(name.strip().lower(), value.strip())
        return None

    def carries_one_of(self, keys: frozenset[str]) -> bool:
        """Tell whether it carries one of the keys; without keys, every request does."""
        key = self.headers.get("authorization", "").removeprefix("Bearer ")
        return not keys or (key or self.headers.get("x-api-key", "")) in keys


def _length_of_body(headers: Mapping[str, str]) -> int:
    told = headers.get("content-length", "0")
    return min(int(told), LONGEST_BODY) if told.isdigit() else 0


class Listener:
    """Gives each caller of a socket that listens a thread."""

    def __init__(self, listening: socket.socket, answer: Callable[[socket.socket], None]) -> None:
        """Nobody is answered yet."""
        self.socket = listening
        self.port: int = listening.getsockname()[1]
        self._answer = answer
        self._closed = False

    def serve_in_background(self) -> None:
        """Answer until it is closed or the process ends."""
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self) -> None:
        """Answer until it is closed."""
        while not self._closed:
            try:
                caller, _ = self.socket.accept()
                self._hand_over(caller)
            except OSError as error:
                if not self._closed:
                    log(f"no caller accepted: {error.strerror}", ERROR)
                    time.sleep(PAUSE_S)

    def close(self) -> None:
        """Take no more callers; those that are being answered still are."""
        self._closed = True
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()

    def _hand_over(self, caller: socket.socket) -> None:
        """Give the caller a thread; where there is none to be had, the next one may get one."""
        try:
            threading.Thread(target=self._answer_one, args=(caller,), daemon=True).start()
        except RuntimeError as error:
            caller.close()
            log(f"request failed: {error}", ERROR)

    def _answer_one(self, caller: socket.socket) -> None:
        """Say in one line that a request failed: a caller that hangs up is everyday.

        One that says nothing for a long time is not worth a line.
        """
        try:
            with caller:
                caller.settimeout(PATIENCE_S)
                self._answer(caller)
        except TimeoutError:
            return
        except Exception as error:
            log(f"request failed: {type(error).__name__}", ERROR)


def is_there(caller: socket.socket) -> bool:
    """Tell whether a caller has not hung up yet."""
    try:
        readable, _, _ = select([caller], [], [], 0)
        return not readable or caller.recv(1, socket.MSG_PEEK) != b""
    except OSError:
        return False


def serve_stream(listening: socket.socket) -> None:
    """Give whoever asks on the stream port one trivial answer, for as long as the process runs."""
    Listener(listening, _answer_stream).serve()


def _answer_stream(caller: socket.socket) -> None:
    if caller.recv(4096):
        body = b"reference-instance stream\n"
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        caller.sendall(head.encode() + body)
