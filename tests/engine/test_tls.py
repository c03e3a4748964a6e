"""TLS to the real engine, by a proxy that ends it; whatever is wrong is one sentence at once."""

from __future__ import annotations

import json
import os
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from e2e.obligations import must_be_refused
from e2e.project import COMMAND, Project
from e2e.terminal import Terminal
from engine.authority import Authority
from engine.client_folder import ClientFolder
from engine.recorders import ENGINE, Recorder
from multi_instance_manager.engine.connect import connect
from multi_instance_manager.engine.endpoint.endpoint import resolve_endpoint
from multi_instance_manager.engine.protocol.engine import Engine
from multi_instance_manager.errors import EngineUnreachable

_NO_CONNECTION_S = 5


@dataclass
class Bench:
    """Two authorities, the folder of a docker client, and proxies made as they are needed."""

    folder: Path
    good: Authority
    bad: Authority
    undo: ExitStack

    @property
    def files(self) -> Path:
        """A complete set of good files."""
        folder = self.folder / "files"
        return folder if folder.exists() else self.good.client_folder(folder)

    def proxy(self, context: ssl.SSLContext | None, only: str = "tls") -> Recorder:
        """A way to the engine that speaks TLS alone, or ``plain`` alone."""
        made = Recorder(("127.0.0.1", 0), tls=context, only=only, engine=ENGINE)
        return self.undo.enter_context(made)

    def secure(self, **how: object) -> Recorder:
        return self.proxy(self.good.server("IP:127.0.0.1", **how))  # type: ignore[arg-type]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with ExitStack() as undo:
        yield Bench(tmp_path, Authority(tmp_path / "good"), Authority(tmp_path / "bad"), undo)


def reach(port: int, files: Path | None, **more: str) -> Engine:
    verify = {"DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": str(files)} if files else {}
    environment = {"DOCKER_HOST": f"tcp://127.0.0.1:{port}", **verify, **more}
    endpoint = resolve_endpoint(host=None, context=None, environment=environment)
    return connect(endpoint, timeout_s=20)


def refusal(reached: Callable[[], Engine]) -> str:
    """The one sentence, which comes soon."""
    begun = time.monotonic()
    with pytest.raises(EngineUnreachable) as caught:
        reached()
    assert time.monotonic() - begun < _NO_CONNECTION_S
    text = str(caught.value)
    assert text.startswith("engine at tcp://127.0.0.1:")
    assert "\n" not in text
    assert "; " in text, "it says what to do"
    return text


def test_the_engine_answers_whoever_has_a_certificate(bench: Bench) -> None:
    proxy = bench.secure(asks=ssl.CERT_REQUIRED)

    assert reach(proxy.port, bench.files).find_image("multi-instance-reference:latest")
    assert set(proxy.seen) == {"tls with certificate"}


def test_the_engine_answers_by_a_context_with_its_own_files(bench: Bench) -> None:
    proxy = bench.secure(asks=ssl.CERT_REQUIRED)
    client = ClientFolder(bench.folder / "client")
    client.context("secure", f"tcp://127.0.0.1:{proxy.port}", certificates=bench.files)
    environment = {"DOCKER_CONFIG": str(client.path)}

    endpoint = resolve_endpoint(host=None, context="secure", environment=environment)

    assert connect(endpoint, timeout_s=20).list_containers() is not None


def test_a_context_without_an_authority_trusts_those_of_the_system(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = bench.secure()
    client = ClientFolder(bench.folder / "client")
    (bench.files / "ca.pem").unlink()
    client.context("secure", f"tcp://127.0.0.1:{proxy.port}", certificates=bench.files)
    endpoint = resolve_endpoint(
        host=None, context="secure", environment={"DOCKER_CONFIG": str(client.path)}
    )

    assert "certificate" in refusal(lambda: connect(endpoint, timeout_s=20))
    monkeypatch.setenv("SSL_CERT_FILE", str(bench.good.file))
    assert connect(endpoint, timeout_s=20).list_containers() is not None


def test_the_authority_of_the_files_is_the_only_one(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bench.good.file))
    monkeypatch.setenv("SSL_CERT_FILE", str(bench.good.file))
    files = bench.bad.client_folder(bench.folder / "of-another")

    text = refusal(lambda: reach(bench.secure().port, files))

    assert "its certificate is not to be trusted (" in text
    assert "DOCKER_CERT_PATH" in text


def test_an_unknown_authority_counts_where_nobody_asks(bench: Bench) -> None:
    files = bench.files
    (files / "ca.pem").write_bytes(bench.bad.file.read_bytes())

    engine = reach(bench.secure().port, None, DOCKER_TLS="1", DOCKER_CERT_PATH=str(files))

    assert engine.list_containers() is not None


def test_a_certificate_that_has_expired_is_told(bench: Bench) -> None:
    text = refusal(lambda: reach(bench.secure(days=-1).port, bench.files))

    assert "its certificate is not to be trusted (certificate has expired)" in text


def test_a_certificate_of_another_name_is_told(bench: Bench) -> None:
    proxy = bench.proxy(bench.good.server("DNS:somebody.else"))

    text = refusal(lambda: reach(proxy.port, bench.files))

    assert "its certificate is not to be trusted (" in text
    assert "127.0.0.1" in text.partition("not to be trusted")[2]


def test_a_missing_certificate_of_the_client_is_told(bench: Bench) -> None:
    proxy = bench.secure(asks=ssl.CERT_REQUIRED)
    for name in ("cert.pem", "key.pem"):
        (bench.files / name).unlink()

    assert "certificate of the client" in refusal(lambda: reach(proxy.port, bench.files))


def test_a_certificate_of_the_client_by_another_authority_is_told(bench: Bench) -> None:
    proxy = bench.secure(asks=ssl.CERT_REQUIRED)
    bench.bad.sign(bench.files / "cert.pem", bench.files / "key.pem")

    text = refusal(lambda: reach(proxy.port, bench.files))

    assert "certificate of the client" in text


@pytest.mark.parametrize("name", ["ca.pem", "cert.pem", "key.pem"])
@pytest.mark.parametrize("spoiled", ["missing", "empty", "no PEM", "a folder"])
def test_a_file_that_is_missing_or_damaged_is_named(bench: Bench, name: str, spoiled: str) -> None:
    (bench.files / name).unlink()
    if spoiled == "a folder":
        (bench.files / name).mkdir()
    elif spoiled != "missing":
        (bench.files / name).write_text("" if spoiled == "empty" else "nothing of that kind\n")

    assert name in refusal(lambda: reach(bench.secure().port, bench.files))


def test_a_key_that_belongs_to_another_certificate_is_told(bench: Bench) -> None:
    bench.good.sign(bench.folder / "other.pem", bench.files / "key.pem")

    text = refusal(lambda: reach(bench.secure().port, bench.files))

    assert "key values mismatch" in text


@pytest.mark.parametrize("on_a_terminal", [False, True])
def test_a_key_with_a_passphrase_is_told_and_not_asked_about(
    bench: Bench, on_a_terminal: bool
) -> None:
    files = bench.good.client_folder(bench.folder / "closed", passphrase="secret")
    project = Project(bench.folder / "project")
    project.add("user-a")
    url = f"tcp://127.0.0.1:{bench.secure().port}"
    words: list[str | Path] = [
        f"DOCKER_CERT_PATH={files}",
        "DOCKER_TLS_VERIFY=1",
        COMMAND,
        "plan",
        "--host",
        url,
    ]

    if on_a_terminal:
        with Terminal(project, "env", *words) as terminal:
            assert terminal.ended() == 3
        text = terminal.text
    else:
        result = project.run("env", *words)
        must_be_refused(result, "key.pem")
        text = result.text

    assert "has a passphrase" in " ".join(text.split()), "a terminal wraps lines between words"
    assert "pass phrase for" not in text


def test_a_port_without_tls_is_told_where_tls_is_expected(bench: Bench) -> None:
    proxy = bench.proxy(None, only="plain")

    assert "does not speak TLS" in refusal(lambda: reach(proxy.port, bench.files))


def test_a_port_with_tls_is_told_where_none_is_expected(bench: Bench) -> None:
    text = refusal(lambda: reach(bench.secure().port, None))

    assert "DOCKER_TLS_VERIFY" in text


def test_no_private_key_is_in_what_is_told(bench: Bench) -> None:
    key = (bench.files / "key.pem").read_text()
    (bench.files / "cert.pem").write_text(key)

    text = refusal(lambda: reach(bench.secure().port, bench.files))

    assert not [line for line in key.splitlines() if line in text]


def test_the_whole_plan_is_made_over_tls(bench: Bench) -> None:
    project = Project(bench.folder / "project")
    project.add("user-a")
    client = ClientFolder(bench.folder / "client")
    url = f"tcp://127.0.0.1:{bench.secure(asks=ssl.CERT_REQUIRED).port}"
    client.context("secure", url, certificates=bench.files)
    client.configure(json.dumps({"currentContext": "secure"}))

    result = project.command("plan", env={"DOCKER_CONFIG": str(client.path)})

    assert result.code == 5, result.text
    assert "profile is new" in result.out
    assert os.environ.get("DOCKER_HOST") is None
