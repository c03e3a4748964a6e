"""Which engine is meant: the docker client's order, read strictly."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from multi_instance_manager.engine.endpoint.endpoint import (
    Endpoint,
    Tls,
    http_headers,
    resolve_endpoint,
)
from multi_instance_manager.errors import EngineUnreachable, ExitCode


class Client:
    """The configuration folder of a docker client."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def current(self, name: str) -> None:
        (self.folder / "config.json").write_text(json.dumps({"currentContext": name}))

    def context(self, name: str, meta: object, *, tls: bool = False) -> None:
        digest = hashlib.sha256(name.encode()).hexdigest()
        meta_dir = self.folder / "contexts" / "meta" / digest
        meta_dir.mkdir(parents=True)
        (meta_dir / "meta.json").write_text(json.dumps(meta))
        if tls:
            (self.folder / "contexts" / "tls" / digest / "docker").mkdir(parents=True)

    def endpoint(
        self, host: str | None = None, context: str | None = None, **environment: str
    ) -> Endpoint:
        environment = {"DOCKER_CONFIG": str(self.folder), **environment}
        return resolve_endpoint(host=host, context=context, environment=environment)


def meta(host: str, **more: object) -> dict[str, object]:
    return {"Endpoints": {"docker": {"Host": host, **more}}}


@pytest.fixture
def client(tmp_path: Path) -> Client:
    return Client(tmp_path)


@pytest.fixture
def full(client: Client) -> Client:
    client.context("flag", meta("tcp://by-flag:1"))
    client.context("variable", meta("tcp://by-variable:1"))
    client.context("current", meta("tcp://by-config:1"))
    client.current("current")
    return client


def test_without_anything_the_local_socket_is_meant(client: Client) -> None:
    assert str(client.endpoint()) == "unix:///var/run/docker.sock (from the default)"


def test_the_order_is_that_of_the_docker_client(full: Client) -> None:
    both = {"DOCKER_HOST": "tcp://by-host:1", "DOCKER_CONTEXT": "variable"}

    assert full.endpoint(host="tcp://by-option:1", **both).url == "tcp://by-option:1"
    assert full.endpoint(context="flag", **both).url == "tcp://by-flag:1"
    assert full.endpoint(**both).url == "tcp://by-host:1"
    assert full.endpoint(DOCKER_CONTEXT="variable").url == "tcp://by-variable:1"
    assert full.endpoint().url == "tcp://by-config:1"


def test_an_empty_variable_chooses_nothing(full: Client) -> None:
    assert full.endpoint(DOCKER_HOST="", DOCKER_CONTEXT="").url == "tcp://by-config:1"


def test_an_endpoint_says_what_chose_it(full: Client) -> None:
    assert full.endpoint(DOCKER_HOST="tcp://a:1").chosen_by == "DOCKER_HOST"
    assert full.endpoint(host="tcp://a:1").chosen_by == "--host"
    assert "DOCKER_CONTEXT" in full.endpoint(DOCKER_CONTEXT="variable").chosen_by
    assert "config.json" in full.endpoint().chosen_by


def test_the_docker_client_is_pointed_where_a_flag_points(full: Client) -> None:
    assert full.endpoint(host="tcp://a:1").client_options == ("--host", "tcp://a:1")
    assert full.endpoint(context="flag").client_options == ("--context", "flag")
    assert full.endpoint(DOCKER_HOST="tcp://a:1").client_options == ()


def test_a_context_that_does_not_exist_is_never_replaced_by_the_local_engine(
    client: Client,
) -> None:
    client.current("gone")

    ways: tuple[dict[str, str], ...] = ({"context": "gone"}, {"DOCKER_CONTEXT": "gone"}, {})
    for way in ways:
        with pytest.raises(EngineUnreachable, match="docker context 'gone'") as caught:
            client.endpoint(**way)
        assert caught.value.exit_code is ExitCode.REFUSED


@pytest.mark.parametrize(
    "damaged", [{}, {"Endpoints": {}}, {"Endpoints": {"docker": {}}}, [], {"Endpoints": []}]
)
def test_a_context_without_an_address_is_refused(client: Client, damaged: object) -> None:
    client.context("odd", damaged)

    with pytest.raises(EngineUnreachable):
        client.endpoint(context="odd")


@pytest.mark.parametrize("host", ["ftp://a", "unix://", "tcp://", "://", "nonsense://x"])
def test_an_address_that_is_none_is_refused_with_what_chose_it(client: Client, host: str) -> None:
    with pytest.raises(EngineUnreachable, match=r"DOCKER_HOST"):
        client.endpoint(DOCKER_HOST=host)


def test_an_address_without_a_scheme_is_taken_for_tcp(client: Client) -> None:
    assert client.endpoint(DOCKER_HOST="host:2375").url == "tcp://host:2375"


@pytest.mark.parametrize("content", ["{", "\udcff", ""])
def test_a_configuration_that_cannot_be_read_is_named(client: Client, content: str) -> None:
    config = client.folder / "config.json"
    config.write_bytes(content.encode(errors="surrogateescape"))

    with pytest.raises(EngineUnreachable, match=r"config\.json"):
        client.endpoint()


def test_the_default_context_is_the_local_engine(client: Client) -> None:
    client.current("default")

    assert client.endpoint().url == "unix:///var/run/docker.sock"


def test_certificates_are_used_where_the_client_would_use_them(full: Client) -> None:
    verified = full.endpoint(DOCKER_HOST="tcp://a:2376", DOCKER_TLS_VERIFY="1")
    unverified = full.endpoint(DOCKER_HOST="tcp://a:2376", DOCKER_TLS="1")
    plain = full.endpoint(DOCKER_HOST="tcp://a:2375")
    socket = full.endpoint(DOCKER_HOST="unix:///a", DOCKER_TLS_VERIFY="1")

    assert verified.tls == Tls(full.folder, verify=True)
    assert unverified.tls == Tls(full.folder, verify=False)
    assert plain.tls is None
    assert socket.tls is None
    elsewhere = full.endpoint(
        DOCKER_HOST="tcp://a:1", DOCKER_TLS_VERIFY="1", DOCKER_CERT_PATH="/certificates"
    )
    assert elsewhere.tls == Tls(Path("/certificates"), verify=True)


def test_a_context_brings_its_own_certificates(client: Client) -> None:
    client.context("secure", meta("tcp://a:2376"), tls=True)
    client.context("lax", meta("tcp://b:2376", SkipTLSVerify=True), tls=True)

    secure, lax = client.endpoint(context="secure").tls, client.endpoint(context="lax").tls
    assert secure is not None
    assert secure.verify
    assert secure.folder is not None
    assert lax is not None
    assert not lax.verify


TOO_DEEP = pytest.param("[" * 100_000, id="nested too deeply")


def headers_of(client: Client, content: object) -> dict[str, str]:
    (client.folder / "config.json").write_text(json.dumps(content))
    return http_headers({"DOCKER_CONFIG": str(client.folder)})


def test_headers_for_every_call_are_those_of_the_configuration(client: Client) -> None:
    headers = {"X-Team": "pool", "X-Empty": "", "X-Words": "grün: a, b"}

    assert headers_of(client, {"HttpHeaders": headers, "currentContext": "any"}) == headers


@pytest.mark.parametrize("content", [{}, {"HttpHeaders": {}}, {"HttpHeaders": None}])
def test_a_configuration_may_have_no_headers(client: Client, content: object) -> None:
    assert headers_of(client, content) == {}


def test_there_may_be_no_configuration(client: Client) -> None:
    assert http_headers({"DOCKER_CONFIG": str(client.folder / "none")}) == {}


def test_headers_are_looked_for_at_home_where_no_other_folder_is_named(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(client.folder))
    (client.folder / ".docker").mkdir()
    config = client.folder / ".docker" / "config.json"
    config.write_text(json.dumps({"HttpHeaders": {"X-Home": "yes"}}))

    assert http_headers({}) == http_headers({"DOCKER_CONFIG": ""}) == {"X-Home": "yes"}


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        (["X-Team: pool"], "HttpHeaders is not an object"),
        ("X-Team: pool", "HttpHeaders is not an object"),
        ({"X-Team": 1}, "HttpHeaders has one that no request can carry"),
        ({"X-Team": None}, "HttpHeaders has one that no request can carry"),
        ({"X-Team": ["pool"]}, "HttpHeaders has one that no request can carry"),
        ({"X-Team": "pool\r\nX-More: hidden"}, "HttpHeaders has one that no request can carry"),
        ({"X-Team": "pool\n"}, "HttpHeaders has one that no request can carry"),
        ({"X-Team\r\nX-More": "pool"}, "HttpHeaders has one that no request can carry"),
        ({"X-Team": "\0"}, "HttpHeaders has one that no request can carry"),
        ({"X-Team": "\udcff"}, "HttpHeaders has one that no request can carry"),
        ({"X-Good": "pool", "X-Team": False}, "HttpHeaders has one that no request can carry"),
    ],
)
def test_headers_that_are_none_are_refused_before_anything_is_sent(
    client: Client, headers: object, reason: str
) -> None:
    with pytest.raises(EngineUnreachable) as caught:
        headers_of(client, {"HttpHeaders": headers})

    config = client.folder / "config.json"
    assert str(caught.value) == (
        f"{config}: cannot be read as the docker client's configuration ({reason}); "
        "mend it, or name another folder with DOCKER_CONFIG"
    )
    assert caught.value.exit_code is ExitCode.REFUSED


@pytest.mark.parametrize("content", ["", "{", "[]", '"text"', "\udcff", TOO_DEEP])
def test_a_configuration_that_cannot_be_read_is_named_for_its_headers(
    client: Client, content: str
) -> None:
    config = client.folder / "config.json"
    config.write_bytes(content.encode(errors="surrogateescape"))

    # To name the engine does not help: its calls have these headers, too.
    with pytest.raises(EngineUnreachable, match="name another folder with DOCKER_CONFIG"):
        http_headers({"DOCKER_CONFIG": str(client.folder)})


def test_a_configuration_that_is_no_file_is_named(client: Client) -> None:
    (client.folder / "config.json").mkdir()

    with pytest.raises(EngineUnreachable, match="is not a regular file"):
        http_headers({"DOCKER_CONFIG": str(client.folder)})


def test_a_damaged_context_can_be_passed_by_with_an_address(client: Client) -> None:
    client.context("odd", meta("nonsense://x"))

    with pytest.raises(EngineUnreachable, match="or name the engine with --host"):
        client.endpoint(context="odd")
