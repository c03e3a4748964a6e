"""For every way to name an engine, the one that we reach is the one that the docker client reaches.

What counts is where each really connects, and by which protocol: listeners stand in every place,
and record. Where we do otherwise, to be stricter above all, the case says why.
"""

from __future__ import annotations

import json
import os
import random
import ssl
import stat
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from filelock import FileLock

from engine.authority import Authority
from engine.client_folder import ClientFolder
from engine.recorders import Recorder
from multi_instance_manager.engine.connect import connect
from multi_instance_manager.engine.endpoint.endpoint import resolve_endpoint
from multi_instance_manager.engine.protocol.engine import Engine
from multi_instance_manager.errors import EngineUnreachable

LOCAL = "the local engine"
NOBODY = "nobody"
# Everything that a case does not set itself must not come in from outside.
FOREIGN = ("DOCKER_", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "REQUEST_METHOD")


@dataclass(frozen=True)
class Case:
    """One way to name an engine. ``differs`` is why we do not do as the client does."""

    name: str
    reached: str
    host: str | None = None
    context: str | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    config: str | None = None
    differs: str = ""

    @property
    def is_about_usual_ports(self) -> bool:
        """Whether one of the two may choose a port of this machine by itself."""
        return "-port " in self.reached or bool(self.differs)


def by_host(name: str, reached: str, host: str, differs: str = "", **variables: str) -> Case:
    return Case(name, reached, host=host, variables=variables, differs=differs)


def by_context(name: str, reached: str, context: str, differs: str = "", **more: str) -> Case:
    return Case(name, reached, context=context, variables=more, differs=differs)


def by_variables(name: str, reached: str, differs: str = "", **variables: str) -> Case:
    return Case(name, reached, variables=variables, differs=differs)


def by_config(name: str, reached: str, config: str, differs: str = "", **more: str) -> Case:
    return Case(name, reached, config=config, variables=more, differs=differs)


def current(context: str) -> str:
    return json.dumps({"currentContext": context})


CUT_SHORT = "an address that was cut short must not lead to the local engine"
DAMAGED = "a damaged configuration must not lead to the local engine"
VERIFY: dict[str, str] = {"DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": "{good}"}

CASES = (
    # Where nothing, or nothing that counts, is said.
    by_variables("nothing is said", LOCAL),
    by_variables("empty variables say nothing", LOCAL, DOCKER_HOST="", DOCKER_CONTEXT=""),
    by_config("an empty configuration", LOCAL, "{{}}"),
    by_config("an empty current context", LOCAL, current("").replace("{", "{{").replace("}", "}}")),
    by_context("the context default", LOCAL, "default"),
    by_variables("the context default by variable", LOCAL, DOCKER_CONTEXT="default"),
    # The order.
    by_host("a flag", "a plain", "tcp://{a}"),
    by_variables("a variable", "a plain", DOCKER_HOST="tcp://{a}"),
    by_host("a flag beats DOCKER_HOST", "a plain", "tcp://{a}", DOCKER_HOST="tcp://{b}"),
    by_host("a flag beats DOCKER_CONTEXT", "a plain", "tcp://{a}", DOCKER_CONTEXT="to-b"),
    by_context("a context by flag", "b plain", "to-b"),
    by_context("a context by flag beats DOCKER_HOST", "b plain", "to-b", DOCKER_HOST="tcp://{a}"),
    by_context("a context by flag beats another", "b plain", "to-b", DOCKER_CONTEXT="to-a"),
    by_context("default by flag keeps DOCKER_HOST", "a plain", "default", DOCKER_HOST="tcp://{a}"),
    by_variables(
        "DOCKER_HOST beats DOCKER_CONTEXT", "a plain", DOCKER_HOST="{a}", DOCKER_CONTEXT="to-b"
    ),
    by_variables("a context by variable", "b plain", DOCKER_CONTEXT="to-b"),
    by_config("a current context", "b plain", '{{"currentContext": "to-b"}}'),
    by_config(
        "DOCKER_HOST beats the current one",
        "a plain", '{{"currentContext": "to-b"}}', DOCKER_HOST="{a}",
    ),
    by_config(
        "DOCKER_CONTEXT beats the current one",
        "a plain", '{{"currentContext": "to-b"}}', DOCKER_CONTEXT="to-a",
    ),
    by_config("the current context default", LOCAL, '{{"currentContext": "default"}}'),
    by_config(
        "DOCKER_CONTEXT=default beats the current one",
        LOCAL, '{{"currentContext": "to-b"}}', DOCKER_CONTEXT="default",
    ),
    by_variables("another configuration folder", "a plain", DOCKER_CONFIG="{other}"),
    by_variables("a configuration folder that is not there", LOCAL, DOCKER_CONFIG="{other}/none"),
    by_context("a context of another folder", "socket plain", "there", DOCKER_CONFIG="{other}"),
    by_context("a context of no other folder", NOBODY, "to-b", DOCKER_CONFIG="{other}"),
    # Contexts that are missing or damaged.
    by_context("a missing context", NOBODY, "gone"),
    by_variables("a missing context by variable", NOBODY, DOCKER_CONTEXT="gone"),
    by_config("a missing current context", NOBODY, '{{"currentContext": "gone"}}'),
    by_context("a context that is no JSON", NOBODY, "cut-off"),
    by_context("a context without an address", NOBODY, "no-address",
               "the client takes the local engine instead"),
    by_context("a context of another kind", NOBODY, "no-docker"),
    by_config("a configuration that is no JSON", NOBODY, "{{", DAMAGED),
    by_config("an empty configuration file", NOBODY, "", DAMAGED),
    by_config("a configuration of another kind", NOBODY, "[]", DAMAGED),
    by_config("a current context of another kind", NOBODY, '{{"currentContext": 7}}', DAMAGED),
    # How an address may be written.
    by_host("without a scheme", "a plain", "{a}"),
    by_host("with space around", "a plain", "  tcp://{a} "),
    by_host("with a path", "a plain", "tcp://{a}/prefix"),
    by_host("with a slash at its end", "a plain", "tcp://{a}/"),
    by_host("without a port", "d plain", "tcp://{ip}"),
    by_host("a bare address without a port", "d plain", "{ip}"),
    by_host("with a name", "a plain", "tcp://localhost:{port}"),
    by_host("without a host", "a plain", "tcp://:{port}"),
    by_host("a bare port", "a plain", ":{port}"),
    by_host("IPv6", "six plain", "tcp://[::1]:{six}"),
    by_host("with a user", NOBODY, "tcp://user@{a}", "nothing asks for a user by that way"),
    by_host("with a question", NOBODY, "tcp://{a}?x=1", "the client drops the rest in silence"),
    by_host("with a fragment", NOBODY, "tcp://{a}#x", "the client drops the rest in silence"),
    by_host("only a scheme", NOBODY, "tcp://", CUT_SHORT),
    by_host("only the scheme of a socket", NOBODY, "unix://", CUT_SHORT),
    by_host("a scheme of no engine", NOBODY, "http://{a}"),
    by_host("a scheme of nothing", NOBODY, "nonsense://{a}"),
    by_host("a port that is none", NOBODY, "tcp://{ip}:port"),
    by_host("a port that is too large", NOBODY, "tcp://{ip}:99999"),
    by_host("a port where nobody listens", NOBODY, "tcp://{ip}:1"),
    by_host("a socket", "socket plain", "unix://{socket}"),
    by_host("a socket with a space in its path", "spaced plain", "unix://{spaced}"),
    by_host("a socket that is not there", NOBODY, "unix://{socket}.none"),
    by_host("a relative socket", NOBODY, "unix://engine.sock",
            "to what it is relative would depend on where one stands"),
    by_host("a path without a scheme", NOBODY, "{socket}",
            "the client takes it for a path at tcp://localhost"),
    by_context("a context to a socket", "socket plain", "to-socket"),
    # TLS by variables.
    by_host("TLS", "a tls with certificate", "tcp://{a}", **VERIFY),
    by_host("TLS by its own name", "a tls with certificate", "tcp://localhost:{port}", **VERIFY),
    by_variables("TLS for DOCKER_HOST", "a tls with certificate", DOCKER_HOST="{a}", **VERIFY),
    by_host("TLS of an unknown authority", NOBODY, "tcp://{a}",
            DOCKER_TLS_VERIFY="1", DOCKER_CERT_PATH="{wrong}"),
    by_host("TLS that is not verified", "a tls with certificate", "tcp://{a}",
            DOCKER_TLS="1", DOCKER_CERT_PATH="{unknown}"),
    by_host("TLS without a certificate", "a tls", "tcp://{a}",
            DOCKER_TLS_VERIFY="1", DOCKER_CERT_PATH="{authority}"),
    by_host("TLS without an authority", NOBODY, "tcp://{a}",
            DOCKER_TLS_VERIFY="1", DOCKER_CERT_PATH="{lost}"),
    by_host("TLS without a key", NOBODY, "tcp://{a}", "the client leaves out what got lost",
            DOCKER_TLS_VERIFY="1", DOCKER_CERT_PATH="{keyless}"),
    by_host("TLS with no files at all", NOBODY, "tcp://{a}", DOCKER_TLS_VERIFY="1"),
    by_host("TLS with the files of the folder", "a tls with certificate", "tcp://{a}",
            DOCKER_TLS_VERIFY="1", DOCKER_CONFIG="{good}"),
    by_host("an empty DOCKER_TLS_VERIFY", "a plain", "tcp://{a}", DOCKER_TLS_VERIFY=""),
    by_host("any word for DOCKER_TLS_VERIFY", "a tls with certificate", "tcp://{a}",
            DOCKER_TLS_VERIFY="0", DOCKER_CERT_PATH="{good}"),
    by_host("only a folder of certificates", "a plain", "tcp://{a}", DOCKER_CERT_PATH="{good}"),
    by_host("TLS and no port", "d tls with certificate", "tcp://{ip}", **VERIFY),
    by_host("TLS for a socket", "socket plain", "unix://{socket}", **VERIFY),
    by_variables("TLS and no host", "tls-port tls with certificate", **VERIFY),
    by_context("TLS and the default context", "tls-port tls with certificate", "default", **VERIFY),
    by_host("TLS at an address of another name", NOBODY, "tcp://{stranger}", **VERIFY),
    by_host("TLS by another name, not verified", "stranger tls with certificate",
            "tcp://{stranger}", DOCKER_TLS="1", DOCKER_CERT_PATH="{good}"),
    # TLS by contexts.
    by_context("a context with TLS", "a tls with certificate", "secure"),
    by_context("a context with TLS by variable", "a tls with certificate", "secure",
               DOCKER_TLS_VERIFY="1", DOCKER_CERT_PATH="{wrong}"),
    by_context("a context with an authority alone", "a tls", "authority-alone"),
    by_context("a context of an unknown authority", NOBODY, "wrong-authority"),
    by_context("a context that skips verification", "a tls with certificate", "lax"),
    by_context("a context that skips and has no files", "a tls", "lax-and-bare"),
    by_context("a context without TLS and variables", "b plain", "to-b", **VERIFY),
    by_context("a context with TLS for a socket", "socket plain", "secure-socket"),
    # Proxies.
    by_host("a proxy is not for this machine", "a plain", "tcp://{a}", HTTP_PROXY="http://{proxy}"),
    by_host("a proxy is not for localhost", "a plain", "tcp://localhost:{port}",
            http_proxy="http://{proxy}"),
    by_host("a proxy", "proxy plain", "tcp://engine.invalid:1", HTTP_PROXY="http://{proxy}"),
    by_host("a proxy in small letters", "proxy plain", "tcp://engine.invalid:1",
            http_proxy="{proxy}"),
    by_host("a proxy of another kind", NOBODY, "tcp://engine.invalid:1", ALL_PROXY="http://{proxy}"),
    by_host("a proxy for TLS", "proxy plain CONNECT", "tcp://engine.invalid:1",
            HTTPS_PROXY="http://{proxy}", **VERIFY),
    by_host("no proxy for a domain", NOBODY, "tcp://engine.invalid:1",
            HTTP_PROXY="http://{proxy}", NO_PROXY="other,.invalid"),
    by_host("no proxy for another domain", "proxy plain", "tcp://engine.invalid:1",
            HTTP_PROXY="http://{proxy}", NO_PROXY="gine.invalid"),
    by_host("no proxy for a socket", "socket plain", "unix://{socket}", HTTP_PROXY="http://{proxy}"),
    # ssh: what the program is called with is compared.
    by_host("ssh", "ssh host", "ssh://host"),
    by_host("ssh with a user and a port", "ssh host -l user -p 2222", "ssh://user@host:2222"),
    by_host("ssh with capitals", "ssh MyHost", "ssh://MyHost"),
    by_host("ssh with an escaped user", "ssh host -l a@b", "ssh://a%40b@host"),
    by_host("ssh and IPv6", "ssh ::1 -p 22", "ssh://[::1]:22"),
    by_host("ssh and a slash", "ssh host", "ssh://host/",
            "some versions of the client ask for the socket /, others do as we do"),
    by_host("ssh and a socket", "ssh host unix:///run/other.sock", "ssh://host/run/other.sock"),
    by_host("ssh with a password", NOBODY, "ssh://user:password@host"),
    by_host("ssh to nowhere", NOBODY, "ssh://"),
    by_host("ssh with a question", NOBODY, "ssh://host?x=1"),
    by_host("ssh with a fragment", NOBODY, "ssh://host#x"),
    by_context("a context with ssh", "ssh host -l user", "by-ssh"),
    by_host("ssh and TLS", "ssh host", "ssh://host", **VERIFY),
    by_host("a pipe of Windows", NOBODY, "npipe:////./pipe/docker_engine"),
)  # fmt: skip


@dataclass(frozen=True)
class Bench:
    """Listeners in every place, folders of configuration, and an ``ssh`` that only records."""

    folder: Path
    places: Mapping[str, str]
    recorders: dict[str, Recorder]
    engines: list[Engine]
    """Kept, so that their connections last as long as the listeners."""
    tls: ssl.SSLContext

    def filled(self, text: str | None) -> str | None:
        return None if text is None else text.format_map(self.places)

    def environment(self, case: Case) -> dict[str, str]:
        home = self.folder / "home"
        given = {name: str(self.filled(value)) for name, value in case.variables.items()}
        path = f"{self.folder / 'bin'}:{os.environ['PATH']}"
        config = home / ".docker" / "config.json"
        config.unlink(missing_ok=True)
        if case.config is not None:
            config.write_text(str(self.filled(case.config)))
        return {"PATH": path, "HOME": str(home), **given}

    @contextmanager
    def usual_ports(self) -> Iterator[None]:
        """Listeners on the ports of the client's own choice; another run may want them, too."""
        with (
            FileLock(Path(tempfile.gettempdir()) / "multi-instance-tests-2375.lock"),
            Recorder(("127.0.0.1", 2375)) as plain,
            Recorder(("127.0.0.1", 2376), tls=self.tls) as secure,
        ):
            self.recorders.update({"plain-port": plain, "tls-port": secure})
            yield
        del self.recorders["plain-port"], self.recorders["tls-port"]

    def reached(self, *, answered: bool) -> str:
        """Who was spoken to since the last time, and how."""
        seen = {f"{name} {how}" for name, one in self.recorders.items() for how in one.seen}
        for recorder in self.recorders.values():
            recorder.seen.clear()
        called = self.folder / "ssh-was-called-with"
        if called.exists():
            seen.add(_destination(called.read_text().splitlines()))
            called.unlink()
        return " and ".join(sorted(seen)) or (LOCAL if answered else NOBODY)


def _destination(words: list[str]) -> str:
    """Where ``ssh`` was told to go, whatever else it was told."""
    host, command = words[words.index("--") + 1], " ".join(words[words.index("--") + 2 :])
    pairs = [f"{flag} {words[words.index(flag) + 1]}" for flag in ("-l", "-p") if flag in words]
    options = command.replace("=", " ").replace("'", "").split()
    assert options[0] == "docker"
    assert options[-2:] == ["system", "dial-stdio"]
    socket_path = [word for word in options if word.startswith("unix://")]
    return " ".join(["ssh", host, *pairs, *socket_path])


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    folder = tmp_path_factory.mktemp("endpoints")
    ip = f"127.{random.randrange(1, 255)}.{random.randrange(255)}.{random.randrange(2, 255)}"  # noqa: S311
    good = Authority(folder / "good-authority")
    tls = good.server("DNS:localhost", f"IP:{ip}", "IP:127.0.0.1", "IP:::1")
    stranger = Authority(folder / "same-authority")
    addresses: dict[str, Path | tuple[str, int]] = {
        "a": ("0.0.0.0", 0),
        "b": (ip, 0),
        "d": (ip, 2375),
        "six": ("::1", 0),
        "proxy": (ip, 0),
        "socket": folder / "engine.sock",
        "spaced": folder / "an engine.sock",
    }
    with ExitStack() as undo:
        recorders = {
            name: undo.enter_context(Recorder(address, tls=tls))
            for name, address in addresses.items()
        }
        other_name = good.server("DNS:somebody.else", "IP:192.0.2.1")
        recorders["stranger"] = undo.enter_context(Recorder((ip, 0), tls=other_name))
        places = {
            **{name: f"{ip}:{recorders[name].port}" for name in ("a", "b", "proxy", "stranger")},
            "ip": ip,
            "port": str(recorders["a"].port),
            "six": str(recorders["six"].port),
            "socket": str(addresses["socket"]),
            "spaced": str(addresses["spaced"]),
            **_certificates(folder, good, stranger),
            "other": str(folder / "other"),
        }
        _contexts(folder, places)
        _recording_ssh(folder)
        yield Bench(folder, places, recorders, [], tls)


def _certificates(folder: Path, good: Authority, unknown: Authority) -> dict[str, str]:
    """Folders of certificate files, complete and not."""
    made = {name: folder / "certificates" / name for name in
            ("good", "wrong", "unknown", "authority", "lost", "keyless")}  # fmt: skip
    good.client_folder(made["good"])
    unknown.client_folder(made["wrong"])
    good.client_folder(made["unknown"])
    (made["unknown"] / "ca.pem").write_bytes(unknown.file.read_bytes())
    for name, gone in (("authority", "*[ty].pem"), ("lost", "ca.pem"), ("keyless", "key.pem")):
        good.client_folder(made[name])
        for path in made[name].glob(gone):
            path.unlink()
    return {name: str(path) for name, path in made.items()}


def _contexts(folder: Path, places: Mapping[str, str]) -> None:
    def of(name: str) -> Path:
        return Path(places[name])

    home = ClientFolder(folder / "home" / ".docker")
    home.context("to-a", f"tcp://{places['a']}")
    home.context("to-b", f"tcp://{places['b']}")
    home.context("to-socket", f"unix://{places['socket']}")
    home.context("by-ssh", "ssh://user@host")
    home.context("no-address", None)
    home.damaged_context("no-docker", '{"Name": "no-docker", "Metadata": {}, "Endpoints": {}}')
    home.damaged_context("cut-off", '{"Name": "cut-off", ')
    secure = f"tcp://{places['a']}"
    home.context("secure", secure, certificates=of("good"), SkipTLSVerify=False)
    home.context("authority-alone", secure, certificates=of("authority"))
    home.context("wrong-authority", secure, certificates=of("wrong"))
    home.context("lax", secure, certificates=of("unknown"), SkipTLSVerify=True)
    home.context("lax-and-bare", secure, SkipTLSVerify=True)
    home.context("secure-socket", f"unix://{places['socket']}", certificates=of("good"))
    other = ClientFolder(folder / "other")
    other.configure(current("at-home"))
    other.context("at-home", f"tcp://{places['a']}")
    other.context("there", f"unix://{places['socket']}")


def _recording_ssh(folder: Path) -> None:
    program = folder / "bin" / "ssh"
    program.parent.mkdir()
    record = folder / "ssh-was-called-with"
    program.write_text(f"#!/bin/sh\nprintf '%s\\n' \"$@\" >'{record}'\nexit 255\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)


def the_client_reaches(bench: Bench, case: Case) -> str:
    host, context = bench.filled(case.host), case.context
    flags = [*(["--host", host] if host else []), *(["--context", context] if context else [])]
    done = subprocess.run(
        ["docker", *flags, "version", "--format", "{{.Server.Version}}"],
        env=bench.environment(case),
        cwd=bench.folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return bench.reached(answered=done.returncode == 0)


def we_reach(bench: Bench, case: Case, monkeypatch: pytest.MonkeyPatch) -> str:
    for name in os.environ:
        if name.upper().startswith(FOREIGN):
            monkeypatch.delenv(name)
    for name, value in bench.environment(case).items():
        monkeypatch.setenv(name, value)
    refusal = ""
    try:
        endpoint = resolve_endpoint(
            host=bench.filled(case.host), context=case.context, environment=os.environ
        )
        bench.engines.append(connect(endpoint, timeout_s=10))
    except EngineUnreachable as problem:
        refusal = str(problem)
        assert_is_clear(refusal)
    return bench.reached(answered=not refusal)


def assert_is_clear(refusal: str) -> None:
    assert "\n" not in refusal
    assert "; " in refusal, "it says what to do"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_we_reach_the_engine_that_the_docker_client_reaches(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, case: Case
) -> None:
    with bench.usual_ports() if case.is_about_usual_ports else nullcontext():
        theirs = the_client_reaches(bench, case)
        ours = we_reach(bench, case, monkeypatch)

    assert ours == case.reached
    if case.differs:
        assert theirs not in {ours, NOBODY}
    else:
        assert theirs == ours


def test_there_are_many_cases_and_few_exceptions() -> None:
    assert len({case.name for case in CASES}) == len(CASES) >= 100
    exceptions = [case for case in CASES if case.differs]
    assert len(exceptions) <= 15
    assert {case.reached for case in exceptions} == {NOBODY, "ssh host"}
