"""Certificates of the tests' own, made by ``openssl``."""

from __future__ import annotations

import ssl
import subprocess
from pathlib import Path

_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256")


class Authority:
    """An authority whose files lie in a folder, and what it signs."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        self._folder = folder
        self.file = folder / "ca.pem"
        _openssl("req", "-x509", *_KEY, "-nodes", "-days", "2", "-subj", f"/CN={folder.name}",
                 "-keyout", folder / "ca-key.pem", "-out", self.file)  # fmt: skip

    def sign(
        self, certificate: Path, key: Path, *names: str, days: int = 2, passphrase: str = ""
    ) -> None:
        """A certificate for names such as ``IP:127.0.0.1``; valid until yesterday for -1 days."""
        request = self._folder / "request.pem"
        closed = ["-passout", f"pass:{passphrase}"] if passphrase else ["-nodes"]
        more = ["-addext", f"subjectAltName={','.join(names)}"] if names else []
        _openssl("req", *_KEY, *closed, "-subj", "/CN=test", *more,
                 "-keyout", key, "-out", request)  # fmt: skip
        _openssl("x509", "-req", "-in", request, "-CA", self.file, "-CAcreateserial",
                 "-CAkey", self._folder / "ca-key.pem", "-days", days,
                 "-copy_extensions", "copy", "-out", certificate)  # fmt: skip

    def server(
        self, *names: str, days: int = 2, asks: ssl.VerifyMode = ssl.CERT_OPTIONAL
    ) -> ssl.SSLContext:
        """What a server with such a certificate needs; ``asks`` the client for one, too."""
        certificate, key = self._folder / "server.pem", self._folder / "server-key.pem"
        self.sign(certificate, key, *names, days=days)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        context.load_verify_locations(self.file)
        context.verify_mode = asks
        return context

    def client_folder(self, folder: Path, *, passphrase: str = "") -> Path:
        """A folder as the docker client wants it: ``ca.pem``, ``cert.pem`` and ``key.pem``."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "ca.pem").write_bytes(self.file.read_bytes())
        self.sign(folder / "cert.pem", folder / "key.pem", passphrase=passphrase)
        return folder


def _openssl(*words: object) -> None:
    done = subprocess.run(
        ["openssl", *map(str, words)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
