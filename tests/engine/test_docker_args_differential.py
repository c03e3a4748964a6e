"""Every option means what it means to the docker client.

Two comparisons for each line of `test_docker_args_cases.txt`. One creates a container with the
real client and one with our payload, and compares what the engine says of both. The other records
the payload that the client sends to an engine that says it speaks a newer API, and compares that:
it covers what the local engine cannot honour.
"""

from __future__ import annotations

import io
import json
import os
import re
import shlex
import subprocess
import tarfile
import uuid
from contextlib import ExitStack, closing
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingMixIn, UnixStreamServer
from typing import TYPE_CHECKING, Any, ClassVar

import docker
import pytest
from docker.errors import APIError

from multi_instance_manager.engine.docker_run import (
    ExtraArgs,
    option_table,
    parse_docker_args,
    refused,
)
from multi_instance_manager.engine.docker_run.docker_option import DockerOption, OptionKind
from multi_instance_manager.engine.docker_run.words import GivenOption, occurrences
from unit.builders import RESERVED
from unit.serving import serving

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from docker import DockerClient

CASES = Path(__file__).with_name("test_docker_args_cases.txt").read_text(encoding="utf-8")
FIRM, LENIENT, PAYLOAD_ONLY = (
    [line for line in section.splitlines() if line and not line.startswith("#")]
    for section in re.split("^engine may refuse$|^only the payload$", CASES, flags=re.MULTILINE)
)
ALL = [*FIRM, *LENIENT, *PAYLOAD_ONLY]
NEWER_API = "1.50"
SETS = {"Volumes", "ExposedPorts"}
# Everywhere else the engine takes an empty list or map for an absent one.
EMPTY_MEANS_SOMETHING = {"MaskedPaths", "ReadonlyPaths"}
FILES = {
    "variables": "\ufeffA=from file\n# comment\n\n  B=2 \nFROM_CALLER\nNOT_SET_ANYWHERE\nC==\r\n",
    "more-variables": "A=from second file\nD='quoted'\n",
    "more-labels": "e\nb=2\n",
    "labels": "a=1\nb\n# c=3\nd=x y\n",
    "seccomp.json": '{ "defaultAction" : "SCMP_ACT_ALLOW",\n "x": ["a  b\\"", 1.50e1] }\n',
}


@dataclass(frozen=True)
class Bench:
    """What the cases need on the engine, and both ways to create a container."""

    engine: DockerClient
    image: str
    names: Mapping[str, str]
    environment: Mapping[str, str]
    created: list[str]

    def filled(self, case: str) -> str:
        return case.format_map(self.names)

    def parsed(self, case: str) -> ExtraArgs:
        parsed = parse_docker_args(
            [self.filled(case)],
            reader=lambda path: Path(path).read_text(encoding="utf-8"),
            environment=self.environment,
            reserved=RESERVED,
        )
        assert parsed.problems == ()
        return parsed.extra

    def run_client(self, case: str, *, host: str | None = None) -> subprocess.CompletedProcess[str]:
        options = shlex.split(self.filled(case))
        return subprocess.run(
            ["docker", "create", "--pull=never", *options, self.image, "true"],
            env={**self.environment, **({"DOCKER_HOST": host} if host else {})},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def client_outcome(self, case: str) -> Outcome:
        done = self.run_client(case)
        if done.returncode != 0:
            return Outcome(refusal=plain_refusal(done.stderr))
        return self.seen(done.stdout.strip())

    def our_outcome(self, extra: ExtraArgs) -> Outcome:
        payload = extra.apply_to(
            # What the client sends of its own accord and the engine shows.
            {"Image": self.image, "Cmd": ["true"], "AttachStdout": True, "AttachStderr": True}
            | {"HostConfig": {"NetworkMode": "default", "RestartPolicy": {"Name": "no"}}}
        )
        try:
            made = self.engine.api.create_container_from_config(  # type: ignore[no-untyped-call]
                payload, None, extra.platform
            )
        except APIError as error:
            return Outcome(refusal=plain_refusal(str(error.explanation)))
        return self.seen(made["Id"])

    def seen(self, container_id: str) -> Outcome:
        self.created.append(container_id)
        return Outcome(inspect=comparable(self.engine.api.inspect_container(container_id)))


@dataclass(frozen=True)
class Outcome:
    """What the engine says of a container, or the words with which it refused to create it."""

    inspect: dict[str, Any] | None = None
    refusal: str = ""


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    folder = tmp_path_factory.mktemp("docker-args")
    for name, content in FILES.items():
        folder.joinpath(name).write_text(content, encoding="utf-8", newline="")
    run = uuid.uuid4()
    unique = f"docker-args-{run.hex[:12]}"
    # A range that is set aside for tests, so that no route of the host is taken.
    subnet = f"198.{18 + run.bytes[0] % 2}.{run.bytes[1]}"
    environment = {
        **{name: value for name, value in os.environ.items() if name != "NOT_SET_ANYWHERE"},
        "FROM_CALLER": "value of the caller",
        # The proxies of a user's own client settings would be sent too.
        "DOCKER_CONFIG": str(folder),
    }
    names = dict.fromkeys(("network", "container", "volume"), unique)
    names |= {"files": str(folder), "subnet": subnet}
    with ExitStack() as undo:
        engine = undo.enter_context(closing(docker.from_env()))
        bench = Bench(engine, f"{unique}:latest", names, environment, [])
        engine.api.import_image_from_data(almost_empty_tar(), repository=unique, tag="latest")
        undo.callback(engine.images.remove, bench.image)
        pool = docker.types.IPAMPool(subnet=f"{subnet}.0/24")
        network = engine.networks.create(unique, ipam=docker.types.IPAMConfig(pool_configs=[pool]))
        undo.callback(network.remove)
        undo.callback(engine.volumes.create(unique).remove)
        undo.callback(remove_all, engine, bench.created)
        other = engine.containers.create(bench.image, ["true"], name=unique, volumes=["/shared"])
        bench.created.append(str(other.id))
        yield bench


def remove_all(engine: DockerClient, container_ids: list[str]) -> None:
    for container_id in container_ids:
        engine.api.remove_container(container_id, v=True, force=True)


def almost_empty_tar() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("empty"))
    return buffer.getvalue()


def comparable(inspect: dict[str, Any]) -> dict[str, Any]:
    """What is left of `docker inspect` when all that is made up for one container is taken out."""
    anonymous = [
        m["Name"] for m in inspect["Mounts"] if re.fullmatch("[0-9a-f]{64}", m.get("Name", ""))
    ]
    text = json.dumps(inspect)
    for made_up in (
        inspect["Id"],
        inspect["Id"][:12],
        inspect["Name"],
        inspect["Created"],
        *anonymous,
    ):
        text = text.replace(made_up, "made-up")
    found: dict[str, Any] = json.loads(text)
    found["Config"]["Env"] = effective(found["Config"]["Env"])
    host = found["HostConfig"]
    # The client keeps these in a map, whose order changes from one run to the next.
    host["Binds"] = sorted(host["Binds"] or [])
    host["Ulimits"] = sorted(host["Ulimits"] or [], key=lambda limit: str(limit["Name"]))
    for section in (host, found["Config"]):
        for key, value in section.items():
            if value in ([], {}) and key not in EMPTY_MEANS_SOMETHING:
                section[key] = None
    found["Mounts"].sort(key=lambda mount: str(mount["Destination"]))
    found["GraphDriver"] = None
    return found


def effective(variables: list[str] | None) -> dict[str, str | None]:
    """What a process would see: the last value of each name. The client may send several."""
    pairs = (entry.partition("=") for entry in variables or [])
    return {name: value if separator else None for name, separator, value in pairs}


def plain_refusal(text: str) -> str:
    """The engine's words, without the client's around them."""
    kept = [line for line in text.splitlines() if line and not line.startswith("Run 'docker")]
    joined = "\n".join(kept).removeprefix("docker: ")
    refusal = joined.removeprefix("Error response from daemon: ").strip()
    # Names come out of maps: their order, and so the words', changes from one run to the next.
    return " ".join(sorted(refusal.replace(",", " ").split()))


@pytest.mark.parametrize("case", FIRM)
def test_a_container_of_ours_equals_one_of_the_docker_client(bench: Bench, case: str) -> None:
    theirs = bench.client_outcome(case)
    assert theirs.refusal == ""
    assert bench.our_outcome(bench.parsed(case)) == theirs


@pytest.mark.parametrize("case", LENIENT)
def test_what_the_engine_may_refuse_it_refuses_alike(bench: Bench, case: str) -> None:
    extra = bench.parsed(case)
    theirs = bench.client_outcome(case)
    if "API" in theirs.refusal:
        # The client asks the engine first; the manager does so in its preflight.
        spoken = version(bench.engine.api.api_version)
        assert any(version(needed) > spoken for _, needed in extra.needed_api)
    else:
        assert bench.our_outcome(extra) == theirs


def version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split("."))


class Recorder(ThreadingMixIn, UnixStreamServer):
    """An engine that says it speaks a newer API and remembers what it is asked to create."""

    daemon_threads = True
    payloads: ClassVar[list[dict[str, Any]]] = []


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def address_string(self) -> str:
        return "unix"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        pass

    def do_HEAD(self) -> None:
        self.answer(200, b"")

    def do_GET(self) -> None:
        self.answer(200, b"{}")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        Recorder.payloads.append({**json.loads(body), "path": self.path})
        self.answer(201, json.dumps({"Id": "0" * 64, "Warnings": []}).encode())

    def answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Api-Version", NEWER_API)
        self.send_header("Ostype", "linux")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture(scope="module")
def recorder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    path = tmp_path_factory.mktemp("recorder") / "engine.sock"
    with serving(Recorder(str(path), Handler)):
        yield f"unix://{path}"


def recorded(bench: Bench, recorder: str, case: str) -> dict[str, Any]:
    Recorder.payloads.clear()
    done = bench.run_client(case, host=recorder)
    assert done.returncode == 0, done.stderr
    [payload] = Recorder.payloads
    return payload


@pytest.fixture(scope="module")
def untouched(bench: Bench, recorder: str) -> dict[str, Any]:
    """What the client sends when no option is given."""
    return recorded(bench, recorder, "")


@pytest.mark.parametrize("case", ALL)
def test_our_payload_equals_the_one_that_the_docker_client_sends(
    bench: Bench, recorder: str, untouched: dict[str, Any], case: str
) -> None:
    must_agree(bench, recorder, untouched, case)


def must_agree(bench: Bench, recorder: str, untouched: dict[str, Any], case: str) -> None:
    extra = bench.parsed(case)
    theirs = recorded(bench, recorder, case)
    platform = re.search(r"platform=([^&]*)", theirs.pop("path"))
    assert (extra.platform or "") == (platform[1].replace("%2F", "/") if platform else "")
    ours = extra.apply_to(untouched)
    ours.pop("path")
    assert without_nothing(ours) == without_nothing(theirs)


def without_nothing(value: Any, key: str = "") -> Any:
    """Leave out what the engine takes for absent: null, false, zero, and empty."""
    if key in SETS:
        return sorted(value or ())
    if key == "Env":
        return effective(value)
    if isinstance(value, dict):
        parts = {name: without_nothing(part, name) for name, part in value.items()}
        return {k: v for k, v in parts.items() if v or (k in EMPTY_MEANS_SOMETHING and v == [])}
    if isinstance(value, list):
        parts_of_list = [without_nothing(part) for part in value]
        unordered = key in {"Binds", "Ulimits"}
        return sorted(parts_of_list, key=str) if unordered else parts_of_list
    return value


def test_every_supported_option_has_several_cases(bench: Bench) -> None:
    given: dict[str, set[str]] = {option.name: set() for option in option_table.OPTIONS}
    for case in ALL:
        for words in occurrences([bench.filled(case)]):
            for occurrence in words.occurrences:
                given[occurrence.option.name].add(occurrence.value)
    assert [name for name, values in given.items() if len(values) < 2] == []


def test_every_option_of_the_docker_client_is_carried_over_or_refused_by_name(
    bench: Bench, recorder: str
) -> None:
    # Where the engine speaks an older API, the client does not list what it could not do.
    manual = subprocess.run(
        ["docker", "--host", recorder, "run", "--help"],
        env=bench.environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    named = set(re.findall(r"^ +(?:-\w, )?--([a-z0-9-]+)", manual, flags=re.MULTILINE))
    assert len(named) > 95
    assert {"annotation", "health-start-interval"} <= named
    assert named - set(option_table.BY_NAME) - set(refused.BY_NAME) == set()
    assert [name for name in named & set(refused.BY_NAME) if not refused.BY_NAME[name].reason] == []


def given_in(bench: Bench, case: str) -> list[GivenOption]:
    return [one for words in occurrences([bench.filled(case)]) for one in words.occurrences]


def long_apart(one: GivenOption) -> str:
    if one.option.kind is OptionKind.BOOLEAN:
        return one.option.flag if one.value == "true" else f"{one.option.flag}={one.value}"
    return f"{one.option.flag} {shlex.quote(one.value)}"


def long_joined(one: GivenOption) -> str:
    return f"{one.option.flag}={shlex.quote(one.value)}"


def short_apart(one: GivenOption) -> str:
    return f"-{one.option.short} {shlex.quote(one.value)}" if one.option.short else long_joined(one)


def short_joined(one: GivenOption) -> str:
    return f"-{one.option.short}={shlex.quote(one.value)}" if one.option.short else long_joined(one)


def short_attached(one: GivenOption) -> str:
    short, value = one.option.short, one.value
    return f"-{short}{shlex.quote(value)}" if short and value else long_joined(one)


FORMS = (long_apart, long_joined, short_apart, short_joined, short_attached)
PLAIN = [case for case in ALL if "{{" not in case]


def first_cases() -> list[str]:
    """A case for every option that is carried over, each case once."""
    found: dict[str, str] = {}
    for case in PLAIN:
        names = re.findall(r"(?:^| )--?([a-z0-9-]+)", case)
        for name in names:
            option = option_table.BY_NAME.get(name) or option_table.BY_SHORT.get(name[0])
            if option is not None:
                found.setdefault(option.name, case)
    return list(dict.fromkeys(found.values()))


@pytest.mark.parametrize("case", first_cases())
def test_every_form_of_an_option_means_the_same_to_us_and_to_the_docker_client(
    bench: Bench, recorder: str, untouched: dict[str, Any], case: str
) -> None:
    given = given_in(bench, case)
    written = dict.fromkeys(" ".join(map(form, given)) for form in FORMS)
    for text in written:
        line = text.replace("{", "{{").replace("}", "}}")
        must_agree(bench, recorder, untouched, line)


@pytest.mark.parametrize("option", option_table.OPTIONS, ids=lambda option: option.name)
def test_an_option_that_is_given_again_means_the_same_to_us_and_to_the_docker_client(
    bench: Bench, recorder: str, untouched: dict[str, Any], option: DockerOption
) -> None:
    """The last value rules, or every one counts: in the order in which they stand."""
    for case, one in pairs_with(bench, option):
        line = f"{case} {long_joined(one)}".replace("{", "{{").replace("}", "}}")
        if problems(bench, line):
            # What does not go together: the client refuses it, or leaves that to the engine.
            continue
        must_agree(bench, recorder, untouched, line)
        return
    raise AssertionError("no two values go together")


def pairs_with(bench: Bench, option: DockerOption) -> Iterator[tuple[str, GivenOption]]:
    """Cases with an option, each with another value of it from another case."""
    cases = [given_in(bench, case) for case in PLAIN]
    having = [given for given in cases if any(one.option is option for one in given)]
    for given, other in zip(having, having[1:] + having[:1], strict=True):
        another = [one for one in other if one.option is option][-1]
        yield " ".join(map(long_joined, given)), another


def problems(bench: Bench, case: str) -> tuple[str, ...]:
    return parse_docker_args(
        [bench.filled(case)],
        reader=lambda path: Path(path).read_text(encoding="utf-8"),
        environment=bench.environment,
        reserved=RESERVED,
    ).problems
