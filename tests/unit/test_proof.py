"""The proof of an instance: what is looked at, and that each lie is found out."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from msgspec.structs import replace

from multi_instance_manager.application.definition import ContainerPorts, GuardedPath
from multi_instance_manager.engine.protocol.engine import EntryKind, FolderContent, Reader
from multi_instance_manager.files.profile_size import LARGEST_PROFILE
from multi_instance_manager.fleet.labels import Identity
from multi_instance_manager.http.response import Answer
from multi_instance_manager.plan.spec import InstanceSpec
from multi_instance_manager.proof import answering_ports, host_addresses, key, own_profile
from multi_instance_manager.proof.expectation import Expectation, own_folders
from multi_instance_manager.proof.proof import Check, CheckResult, Proof
from multi_instance_manager.proof.prove import prove
from multi_instance_manager.text.secret import Secret
from unit.builders import ACTIVE, APPLICATION, EMERGENCY, KEY, SAVED, spec_of
from unit.memory_engine import Container, free_port

CONTENT = b'{"cookies": [{"value": "own"}]}'
OTHER = b'{"cookies": [{"value": "of somebody else"}]}'


class Archive:
    """The one call that a proof makes: the folders of the container, look after look."""

    def __init__(self, *looks: Mapping[str, bytes] | FolderContent) -> None:
        self.looks = [x if isinstance(x, FolderContent) else FolderContent(x) for x in looks]
        self.emergency = FolderContent({})

    def read_directory(self, reference: str, path: str) -> FolderContent:
        assert reference == "container-id"
        if path == EMERGENCY:
            return self.emergency
        assert path in {ACTIVE, SAVED}
        return self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]


OWN_ALONE = {"user-a.json": CONTENT}


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_profile, "_PAUSE_S", 0.0)


@pytest.fixture
def spec() -> InstanceSpec:
    identity = Identity("ai-proxy", "/srv/application", "user-a", 0, free_port(), free_port())
    return replace(spec_of("user-a"), identity=identity)


@pytest.fixture
def serving(spec: InstanceSpec, tmp_path: Path) -> Iterator[InstanceSpec]:
    """An instance of that spec really listens, and asks for the key."""
    key_file = tmp_path / "key.txt"
    key_file.write_text(f"{KEY}\n")
    target = next(mount for mount in spec.mounts if mount.target.endswith("key.txt"))
    mounts = (replace(target, source=str(key_file)),)
    container = Container("container-id", "x", replace(spec, mounts=mounts).payload(), spec.image)
    container.listen()
    yield spec
    container.hang_up()


def proof_of(
    spec: InstanceSpec,
    folder: Path,
    archive: Archive | None = None,
    *,
    key: str = KEY,
    copy: bytes | None = CONTENT,
    **expected: Any,
) -> Proof:
    path = folder / "user-a.json"
    if copy is not None:
        path.write_bytes(copy)
    what = {
        "own_folders": own_folders(APPLICATION.paths, pool_visible=False),
        "application": APPLICATION,
        "empty_folders": (EMERGENCY,),
        **expected,
    }
    expectation = Expectation(spec=spec, copy=path, key=Secret(key), **what)
    return prove(cast("Reader", archive or Archive(OWN_ALONE)), "container-id", expectation)


def failed(found: Proof) -> list[str]:
    return [check.name for check in found.failures]


def test_an_instance_on_its_own_profile_alone_is_proven(
    serving: InstanceSpec, tmp_path: Path
) -> None:
    found = proof_of(serving, tmp_path)

    assert found.passed
    assert [check.name for check in found.checks] == [
        "active",
        "saved",
        "emergency",
        "api",
        "stream",
        "elsewhere",
        "key",
    ]


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"other.json": CONTENT},
        {**OWN_ALONE, "other.json": OTHER},
        {**OWN_ALONE, "a.json": b""},
        {"user-a.json": OTHER},
        {"user-a.json": b""},
    ],
)
def test_any_other_profile_in_its_folders_is_found(
    serving: InstanceSpec, tmp_path: Path, files: dict[str, bytes]
) -> None:
    assert failed(proof_of(serving, tmp_path, Archive(files))) == ["active", "saved"]


def test_what_a_proof_has_seen_names_files_and_never_their_content(
    serving: InstanceSpec, tmp_path: Path
) -> None:
    found = proof_of(serving, tmp_path, Archive({**OWN_ALONE, "other.json": OTHER}))

    assert "other.json" in found.failures[0].seen
    assert "somebody" not in str(found)
    assert KEY not in str(found)


def test_files_that_are_no_profiles_do_not_matter(serving: InstanceSpec, tmp_path: Path) -> None:
    assert proof_of(serving, tmp_path, Archive({**OWN_ALONE, "notes.txt": b"x"})).passed


@pytest.mark.parametrize("kind", EntryKind)
@pytest.mark.parametrize("name", ["user-a.json", "other.json", "anything"])
def test_what_is_no_file_in_its_folders_is_found(
    serving: InstanceSpec, tmp_path: Path, name: str, kind: EntryKind
) -> None:
    """A link may lead to another profile, a folder hold one, a pipe be fed with one."""
    files = {} if name == "user-a.json" else OWN_ALONE

    found = proof_of(serving, tmp_path, Archive(FolderContent(files, {name: kind})))

    assert failed(found) == ["active", "saved"]
    assert f"{name} (a {kind})" in found.failures[0].seen


def test_a_profile_by_another_name_is_found_however_it_is_written(
    serving: InstanceSpec, tmp_path: Path
) -> None:
    for name in ("USER-A.json", "user-a.JSON", "User-a.Json"):
        found = proof_of(serving, tmp_path, Archive({**OWN_ALONE, name: OTHER}))
        assert failed(found) == ["active", "saved"]
        found = proof_of(serving, tmp_path, Archive({name: CONTENT}))
        assert failed(found) == ["active", "saved"]


def test_a_folder_with_more_than_can_be_listed_is_no_proof(
    serving: InstanceSpec, tmp_path: Path
) -> None:
    found = proof_of(serving, tmp_path, Archive(FolderContent(OWN_ALONE, is_whole=False)))

    assert failed(found) == ["active", "saved"]


def test_of_many_profiles_the_first_few_are_named(serving: InstanceSpec, tmp_path: Path) -> None:
    many = {f"profile-{number}.json": OTHER for number in range(100)}

    found = proof_of(serving, tmp_path, Archive(many))

    assert "and 95 more" in found.failures[0].seen
    assert len(found.failures[0].seen) < 200


@pytest.mark.parametrize(
    "content",
    [
        FolderContent({"other.json": OTHER}),
        FolderContent({"notes": b""}),
        FolderContent({}, {"link": EntryKind.LINK}),
        FolderContent({}, is_whole=False),
    ],
)
def test_anything_in_the_emergency_folder_is_found(
    serving: InstanceSpec, tmp_path: Path, content: FolderContent
) -> None:
    archive = Archive(OWN_ALONE)
    archive.emergency = content

    assert failed(proof_of(serving, tmp_path, archive)) == ["emergency"]


def test_what_it_sees_as_its_pool_may_be_as_it_was_installed(
    serving: InstanceSpec, tmp_path: Path
) -> None:
    """The one in use has been refreshed since; but that may not be the one that was installed."""
    installed = tmp_path / "installed.json"
    installed.write_bytes(OTHER)

    class Folders(Archive):
        def read_directory(self, reference: str, path: str) -> FolderContent:
            assert reference == "container-id"
            content = OTHER if path == self.older else CONTENT
            files = {} if path == EMERGENCY else {"user-a.json": content}
            return FolderContent(files)

        older = SAVED

    archive = Folders({})
    assert proof_of(serving, tmp_path, archive, saved_copy=installed).passed

    archive.older = ACTIVE
    assert failed(proof_of(serving, tmp_path, archive, saved_copy=installed)) == ["active"]


def test_a_profile_in_the_middle_of_a_write_is_looked_at_again(
    serving: InstanceSpec, tmp_path: Path
) -> None:
    archive = Archive({"user-a.json": b""}, {"user-a.json": CONTENT[:5]}, OWN_ALONE)

    assert proof_of(serving, tmp_path, archive).passed


def test_an_instance_that_does_not_run_on_the_copy_is_found(
    serving: InstanceSpec, tmp_path: Path
) -> None:
    assert failed(proof_of(serving, tmp_path, copy=None)) == ["active", "saved"]
    assert failed(proof_of(serving, tmp_path, copy=OTHER)) == ["active", "saved"]


def test_a_key_that_is_not_accepted_is_found(serving: InstanceSpec, tmp_path: Path) -> None:
    assert failed(proof_of(serving, tmp_path, key="sk-another")) == ["key"]


def test_an_instance_that_nobody_reaches_is_found(spec: InstanceSpec, tmp_path: Path) -> None:
    found = proof_of(spec, tmp_path)

    assert failed(found) == ["api"]
    assert [check.name for check in found.not_shown] == ["key"]


Answers = tuple[Answer, Answer]


def key_check(found: Proof) -> tuple[CheckResult, str]:
    (check,) = [check for check in found.checks if check.name == "key"]
    return check.result, check.seen


@pytest.mark.parametrize(
    ("answers", "result", "seen"),
    [
        ((Answer(401), Answer(200)), "passed", "required"),
        ((Answer(401), Answer(400)), "passed", "required"),
        ((Answer(200), Answer(200)), "failed", "/v1/queue answers 200 without the key"),
        ((Answer(503), Answer(200)), "failed", "/v1/queue answers 503 without the key"),
        ((Answer(401), Answer(401)), "failed", "/v1/queue answers 401 with the key"),
        ((Answer(401), Answer(403)), "failed", "/v1/queue answers 403 with the key"),
        ((Answer(401), Answer(500)), "failed", "/v1/queue answers 500 with the key"),
        (
            (Answer(401), Answer(None, "closes the connection")),
            "failed",
            "/v1/queue closes the connection with the key",
        ),
        ((Answer(404), Answer(200)), "not shown", "not shown: /v1/queue answers 404"),
        ((Answer(405), Answer(200)), "not shown", "not shown: /v1/queue answers 405"),
        ((Answer(401), Answer(404)), "not shown", "not shown: /v1/queue answers 404"),
        (
            (Answer(None, "closes the connection"), Answer(200)),
            "not shown",
            "not shown: /v1/queue closes the connection",
        ),
    ],
)
def test_the_key_is_required_only_where_it_is_refused_without_and_accepted_with(
    serving: InstanceSpec,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    answers: Answers,
    result: str,
    seen: str,
) -> None:
    def answer(url: str, *, timeout_s: float, key: Secret | None = None) -> Answer:
        assert url.endswith("/v1/queue"), "/v1/models is open on the real application"
        assert timeout_s > 0
        return answers[1 if key else 0]

    monkeypatch.setattr(key, "get", answer)

    found = proof_of(serving, tmp_path)

    assert key_check(found) == (result, seen)
    assert found.passed is (result == "passed")
    assert failed(found) == (["key"] if result == "failed" else [])


def test_where_and_how_the_key_is_refused_is_the_applications(
    serving: InstanceSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    application = replace(APPLICATION, key=GuardedPath("/private", (418,)))
    asked: list[str] = []

    def answer(url: str, *, timeout_s: float, key: Secret | None = None) -> Answer:
        del timeout_s
        asked.append(url)
        return Answer(200 if key else 418)

    monkeypatch.setattr(key, "get", answer)

    assert proof_of(serving, tmp_path, application=application).passed
    assert {url.rpartition("/")[2] for url in asked} == {"private"}


def test_an_application_that_asks_for_no_key_is_not_asked(
    serving: InstanceSpec, tmp_path: Path
) -> None:
    found = proof_of(serving, tmp_path, application=replace(APPLICATION, key=None))

    assert found.passed
    assert "key" not in {check.name for check in found.checks}


def check_of(found: Proof, name: str) -> Check:
    (check,) = [check for check in found.checks if check.name == name]
    return check


@contextmanager
def only_the_engine_at_the_stream_port(spec: InstanceSpec) -> Iterator[None]:
    """As its proxy does where nothing listens in the container: it accepts, and closes."""
    with socket.create_server(("127.0.0.1", spec.identity.stream_port)) as listener:

        def accept() -> None:
            with suppress(OSError):
                while True:
                    listener.accept()[0].close()

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(10)


def stream_elsewhere(spec: InstanceSpec) -> InstanceSpec:
    """The instance with another stream port, where nothing listens."""
    return replace(spec, identity=replace(spec.identity, stream_port=free_port()))


@pytest.mark.parametrize("required", [False, True])
def test_a_stream_port_that_only_accepts_fails_nothing_unless_it_is_required(
    serving: InstanceSpec, tmp_path: Path, *, required: bool
) -> None:
    spec = stream_elsewhere(serving)

    with only_the_engine_at_the_stream_port(spec):
        found = proof_of(spec, tmp_path, requires_stream=required)

    stream = check_of(found, "stream")
    assert (stream.seen, stream.required) == ("accepts and closes", required)
    assert failed(found) == (["stream"] if required else [])
    assert found.passed is not required


@pytest.mark.parametrize("required", [False, True])
def test_a_stream_port_that_refuses_fails_nothing_unless_it_is_required(
    serving: InstanceSpec, tmp_path: Path, *, required: bool
) -> None:
    found = proof_of(stream_elsewhere(serving), tmp_path, requires_stream=required)

    assert check_of(found, "stream").seen == "refuses"
    assert found.passed is not required


def test_a_stream_port_that_answers_passes(serving: InstanceSpec, tmp_path: Path) -> None:
    found = proof_of(serving, tmp_path, requires_stream=True)

    assert found.passed
    assert check_of(found, "stream").seen == "answers"


def test_nothing_is_said_of_a_stream_that_the_application_does_not_have(
    serving: InstanceSpec, tmp_path: Path
) -> None:
    without = replace(APPLICATION, ports=ContainerPorts(api=2048))

    found = proof_of(stream_elsewhere(serving), tmp_path, application=without, requires_stream=True)

    assert found.passed
    assert "stream" not in {check.name for check in found.checks}


def test_an_api_port_where_only_the_engine_answers_is_found(
    spec: InstanceSpec, tmp_path: Path
) -> None:
    swapped = replace(spec.identity, stream_port=spec.identity.api_port)

    with only_the_engine_at_the_stream_port(replace(spec, identity=swapped)):
        found = proof_of(spec, tmp_path)

    assert failed(found) == ["api"]
    assert check_of(found, "api").seen == f"127.0.0.1:{spec.host_ports[0]} accepts and closes"


def test_a_port_that_is_open_on_another_address_is_found(
    serving: InstanceSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answering_ports, "other_addresses", lambda _: ["127.0.0.1"])

    found = proof_of(serving, tmp_path)

    assert failed(found) == ["elsewhere"]
    assert f"127.0.0.1:{serving.host_ports[0]}" in found.failures[0].seen


def test_an_address_that_is_not_of_this_machine_any_more_proves_nothing(
    serving: InstanceSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A network of another engine goes, and a gateway answers for its address."""
    monkeypatch.setattr(answering_ports, "other_addresses", lambda _: ["192.0.2.1"])
    monkeypatch.setattr(answering_ports, "accepts", lambda *_: True)

    assert proof_of(serving, tmp_path).passed


def test_this_machines_addresses_are_listed_once_a_second_at_most(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Every container adds an interface to a list that every proof needs."""
    lists = iter([["192.0.2.1", "fe80::1%veth", "192.0.2.2"], ["192.0.2.3"]])
    now = 1_000_000.25

    def interfaces() -> dict[str, list[SimpleNamespace]]:
        listed = next(lists)
        return {"eth0": [SimpleNamespace(address=one, family=socket.AF_INET) for one in listed]}

    monkeypatch.setattr("psutil.net_if_addrs", interfaces)
    monkeypatch.setattr(host_addresses, "time", SimpleNamespace(monotonic=lambda: now))

    assert host_addresses.other_addresses("192.0.2.2") == ["192.0.2.1"]
    now = 1_000_000.75
    assert host_addresses.other_addresses("192.0.2.1") == ["192.0.2.2"]
    now = 1_000_001.0
    assert host_addresses.other_addresses("192.0.2.1") == ["192.0.2.3"]


def test_with_a_visible_pool_only_the_active_folder_is_its_own() -> None:
    assert own_folders(APPLICATION.paths, pool_visible=False) == (ACTIVE, SAVED)
    assert own_folders(APPLICATION.paths, pool_visible=True) == (ACTIVE,)


def test_a_copy_that_is_closed_to_this_user_shows_nothing_and_differs_from_nothing(
    serving: InstanceSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def closed(path: Path, *, at_most: int) -> bytes | None:
        raise PermissionError(13, f"closed, whatever of it is taken ({at_most})", str(path))

    monkeypatch.setattr(own_profile, "read_untrusted", closed)

    found = proof_of(serving, tmp_path)

    assert failed(found) == []
    shown = {check.name: check.seen for check in found.not_shown}
    assert "cannot be read by this user" in shown["active"]


def test_a_copy_beyond_what_is_taken_for_a_login_is_compared_all_the_same(
    serving: InstanceSpec, tmp_path: Path
) -> None:
    large = b"x" * (LARGEST_PROFILE + 1)

    assert proof_of(serving, tmp_path, Archive({"user-a.json": large}), copy=large).passed
