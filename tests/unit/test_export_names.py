"""Names and texts come out of the exported files as they are, or as a cluster takes them."""

from __future__ import annotations

import re
import subprocess

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from kubernetes_validate import validate
from msgspec.structs import replace

from multi_instance_manager.engine.docker_run import ExtraArgs
from multi_instance_manager.export.compose import compose
from multi_instance_manager.export.exported import ExportFormat
from multi_instance_manager.export.kubernetes import kubernetes
from multi_instance_manager.export.losses import LossCode
from multi_instance_manager.export.names import cluster_name
from multi_instance_manager.export.quadlet import quadlet
from multi_instance_manager.export.stack import stack
from multi_instance_manager.export.yaml_text import yaml_text
from multi_instance_manager.plan.spec import InstanceSpec
from multi_instance_manager.settings.model import Isolation
from unit.builders import PREFIX, ROOT, some_settings, spec_of
from unit.exporting import WRITERS, exported, ingredient, texts_of

LABEL = re.compile(r"[a-z]([a-z0-9-]*[a-z0-9])?")
ODD = (
    "User A",
    "ünïcødé 日本",
    "a" * 63,
    "b" * 200,
    "with.dots_and_lines",
    "-dash",
    'say "no"',
    "it's $HOME %n \\ back",
    "line\nbreak\ttab",
    "💥",
    "1",
)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
DOCUMENTED = {
    *("AddCapability", "AddDevice", "AddHost", "Annotation", "AutoUpdate", "CgroupsMode"),
    *("ContainerName", "ContainersConfModule", "DNS", "DNSOption", "DNSSearch", "DropCapability"),
    *("Entrypoint", "Environment", "EnvironmentFile", "EnvironmentHost", "Exec", "ExposeHostPort"),
    *("GIDMap", "GlobalArgs", "Group", "GroupAdd", "HealthCmd", "HealthInterval", "HostName"),
    *("Image", "IP", "IP6", "Label", "LogDriver", "LogOpt", "Mask", "Memory", "Mount", "Network"),
    *("NetworkAlias", "NoNewPrivileges", "Notify", "PidsLimit", "Pod", "PodmanArgs"),
    *("PublishPort", "Pull", "ReadOnly", "ReadOnlyTmpfs", "RunInit", "SeccompProfile", "Secret"),
    *("ShmSize", "StopSignal", "StopTimeout", "Sysctl", "Timezone", "Tmpfs", "UIDMap", "Ulimit"),
    *("Unmask", "User", "UserNS", "Volume", "WorkingDir"),
}
"""The keys of [Container] in podman-systemd.unit(5)."""


@given(st.text(max_size=80), st.integers(20, 63))
def test_a_cluster_takes_every_name(name: str, longest: int) -> None:
    made = cluster_name(name, longest)

    assert LABEL.fullmatch(made), made
    assert len(made) <= longest


@given(st.lists(st.text(max_size=70), unique=True, max_size=6))
def test_two_names_stay_two(names: list[str]) -> None:
    assert len({cluster_name(name, 40) for name in names}) == len(names)


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("ai-proxy-user-a", "ai-proxy-user-a"),
        ("a" * 40, "a" * 40),
        ("a" * 41, "a" * 31 + "-c0f8bd4d"),
        ("Team_A.user", "team-a-user-379d3173"),
        ("9-lives", "i-9-lives-e6af7a36"),
        ("日本", "i-cf2abf0c"),
    ],
)
def test_a_name_that_fits_is_kept_and_any_other_ends_in_a_hash(name: str, made: str) -> None:
    assert cluster_name(name, 40) == made


@given(st.recursive(TEXTS | st.integers() | st.booleans() | st.none(), st.lists, max_leaves=9))
def test_yaml_is_read_back_as_what_was_written(value: object) -> None:
    whole = {"of": value, "no": {"yes": [{"a": value, "b": [value]}], "": {}}}

    assert yaml.safe_load(yaml_text(whole)) == whole


@given(st.dictionaries(TEXTS, TEXTS))
def test_yaml_keeps_every_key(content: dict[str, str]) -> None:
    assert yaml.safe_load(yaml_text(content)) == content


@pytest.mark.parametrize("name", ODD)
def test_a_cluster_takes_the_manifests_of_every_profile(name: str) -> None:
    spec = spec_of(name)
    texts = texts_of(kubernetes(ingredient(spec, with_secrets=True)))

    for text in texts.values():
        for document in yaml.safe_load_all(text):
            validate(document, "1.33", strict=True)
            assert LABEL.fullmatch(document["metadata"]["name"])
            assert document["metadata"]["annotations"]["multi-instance/profile"] == name


@pytest.mark.parametrize("name", ODD)
def test_compose_gets_the_payload_of_the_engine(name: str) -> None:
    spec = spec_of(name)
    export = compose(ingredient(spec))
    service = yaml.safe_load(export.files[0].text)["services"][spec.container_name]
    payload = spec.payload()

    undoubled = {n: v.replace("$$", "$") for n, v in service["labels"].items()}
    assert undoubled == payload["Labels"]
    told = {n: v.replace("$$", "$") for n, v in service["environment"].items()}
    told["API_KEY"] = dict(e.split("=", 1) for e in payload["Env"])["API_KEY"]
    assert told == dict(entry.split("=", 1) for entry in payload["Env"])
    mounts = [(v["source"], v["target"], v["read_only"]) for v in service["volumes"]]
    assert mounts == [
        (m["Source"], m["Target"], m["ReadOnly"]) for m in payload["HostConfig"]["Mounts"]
    ]


def unit_words(text: str, key: str) -> list[str]:
    """The words of a unit's key, as the generator and systemd leave them."""
    values = re.findall(rf'^{key}="(.*)"$', text, flags=re.MULTILINE)
    plain = {"n": "\n", "t": "\t"}
    return [
        re.sub(r"\\(.)", lambda m: plain.get(m[1], m[1]), value)
        .replace("%%", "%")
        .replace("$$", "$")
        for value in values
    ]


@pytest.mark.parametrize("name", ODD)
def test_a_unit_gives_podman_the_variables_as_they_are(name: str) -> None:
    spec = spec_of(name)
    unit = quadlet(ingredient(spec)).files[0].text

    expected = [f"{v.name}={v.value}" for v in spec.variables if not v.secret]
    assert unit_words(unit, "Environment") == expected


def test_a_unit_has_only_documented_keys() -> None:
    for name, text in texts_of(exported(ExportFormat.QUADLET)).items():
        if name.endswith(".container"):
            section = text.split("[Container]\n")[1].split("\n\n")[0]
            keys = {line.partition("=")[0] for line in section.splitlines()}
            assert keys - DOCUMENTED == set()
            assert {"Image", "ContainerName", "Mount", "Secret", "PublishPort"} <= keys


def odd_place(name: str) -> InstanceSpec:
    return spec_of(name, settings=some_settings(ROOT / 'a, "b" %c $d'))


def test_a_path_with_signs_of_csv_and_systemd_is_mounted_by_its_name() -> None:
    spec = odd_place("user-a")
    unit = quadlet(ingredient(spec, settings=some_settings(ROOT / 'a, "b" %c $d'))).files[0].text

    first = unit_words(unit, "Mount")[0]
    assert first == (
        'type=bind,"source=/srv/application/a, ""b"" %c $d/auth_profiles",'
        "destination=/app/auth_profiles,ro=true"
    )


@pytest.mark.parametrize("form", [ExportFormat.COMPOSE, ExportFormat.QUADLET, ExportFormat.STACK])
def test_a_shell_can_read_the_scripts(form: ExportFormat) -> None:
    export = WRITERS[form](ingredient(*map(spec_of, ODD), with_secrets=True))
    scripts = {name: text for name, text in texts_of(export).items() if name.endswith(".sh")}

    assert set(scripts) == {"prepare.sh", "secrets.sh"}
    for text in scripts.values():
        done = subprocess.run(
            ["bash", "-n"], input=text, text=True, capture_output=True, check=False
        )
        assert (done.returncode, done.stderr) == (0, "")


def test_a_stack_publishes_nothing_that_was_for_this_machine_only() -> None:
    local, open_to_all = spec_of(), spec_of(settings=some_settings(host_ip="0.0.0.0"))
    shut, opened = (stack(ingredient(spec)) for spec in (local, open_to_all))

    services = [yaml.safe_load(e.files[0].text)["services"] for e in (shut, opened)]
    published = [service.get("ports") for (service,) in (s.values() for s in services)]
    assert published == [
        None,
        [
            {"target": 2048, "published": 2048, "mode": "host"},
            {"target": 3120, "published": 3120, "mode": "host"},
        ],
    ]
    assert LossCode.PORTS in {loss.code for loss in shut.losses}
    assert LossCode.PORTS not in {loss.code for loss in opened.losses}


def test_what_a_cluster_cannot_show_of_the_pool_is_reported() -> None:
    settings = some_settings(isolation=Isolation.SHARED, rotation=True)
    export = kubernetes(ingredient(spec_of(settings=settings), settings=settings))

    lost = {loss.code for loss in export.losses}
    assert {LossCode.OTHER_PROFILES, LossCode.SHARED_TREE} <= lost
    assert LossCode.OTHER_PROFILES not in {
        loss.code for loss in exported(ExportFormat.KUBERNETES).losses
    }


def test_what_is_left_out_is_not_in_the_labels_either() -> None:
    extra = ExtraArgs(("--pids-limit=100", "--init=true"))
    spec = spec_of(extra=extra)
    service = yaml.safe_load(compose(ingredient(spec)).files[0].text)["services"]

    kept = replace(spec, extra=ExtraArgs(("--init=true",)))
    hashes = service[f"{PREFIX}-user-a"]["labels"]["multi-instance.spec-hash"]
    assert hashes == kept.hash != spec.hash
