"""Listeners that stand where an engine could, and record who speaks to them and how."""

from __future__ import annotations

import json
import select
import socket
import ssl
import threading
from contextlib import suppress
from pathlib import Path
from types import TracebackType

ENGINE = "/var/run/docker.sock"
_TLS_RECORD = b"\x16"
# What the engine's own server says to who speaks plainly where TLS is expected.
_NO_TLS = b"HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n"


class Recorder:
    """Speaks plainly or by TLS, as it is spoken to, unless ``only`` says which.

    ``seen`` has how each request came. It answers by itself, or hands on to a real engine.
    """

    def __init__(
        self,
        address: Path | tuple[str, int],
        *,
        tls: ssl.SSLContext | None = None,
        only: str = "",
        engine: str | None = None,
    ) -> None:
        self.seen: list[str] = []
        self._tls, self._only, self._engine = tls, only, engine
        if isinstance(address, Path):
            self._listener = socket.socket(socket.AF_UNIX)
            self._listener.bind(str(address))
            self._listener.listen(32)
        else:
            family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
            self._listener = socket.create_server(address, family=family, backlog=32)

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    def __enter__(self) -> Recorder:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        connection.settimeout(20)
        with suppress(OSError), connection:
            is_tls = connection.recv(1, socket.MSG_PEEK) == _TLS_RECORD
            if self._only == "tls" and not is_tls:
                connection.recv(65536)
                connection.sendall(_NO_TLS)
                return
            if self._tls is None or self._only == "plain" or not is_tls:
                self._talk(connection, "plain")
                return
            with self._tls.wrap_socket(connection, server_side=True) as secure:
                shown = secure.getpeercert(binary_form=True)
                self._talk(secure, "tls with certificate" if shown else "tls")

    def _talk(self, connection: socket.socket, how: str) -> None:
        if self._engine is not None:
            self.seen.append(how)
            _relay(connection, self._engine)
            return
        with connection.makefile("rb") as asked:
            while line := asked.readline():
                while asked.readline() not in (b"\r\n", b""):
                    pass
                method, _, rest = line.decode("latin-1").partition(" ")
                self.seen.append(f"{how} {method}" if method == "CONNECT" else how)
                connection.sendall(_answer_to(method, rest.split(" ")[0]))


def _answer_to(method: str, path: str) -> bytes:
    if method == "CONNECT":
        return b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n"
    version = {"Version": "recorder", "ApiVersion": "1.41", "MinAPIVersion": "1.12", "Os": "linux"}
    body = json.dumps(version).encode() if path.endswith("/version") else b"OK"
    head = f"HTTP/1.1 200 OK\r\nApi-Version: 1.41\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + (b"" if method == "HEAD" else body)


def _relay(client: socket.socket, engine: str) -> None:
    """Both ways, until either side ends."""
    with socket.socket(socket.AF_UNIX) as behind:
        behind.connect(engine)
        ends = {client: behind, behind: client}
        while True:
            pending = isinstance(client, ssl.SSLSocket) and client.pending()
            ready = [client] if pending else select.select([client, behind], [], [], 20)[0]
            for end in ready:
                piece = end.recv(65536)
                if not piece:
                    return
                ends[end].sendall(piece)
            if not ready:
                return
