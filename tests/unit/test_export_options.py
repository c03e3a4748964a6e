"""Which options and applications an export carries over, and what it says of the others."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from kubernetes_validate import validate
from msgspec.structs import replace

from multi_instance_manager.engine.docker_run import ExtraArgs, parse_docker_args
from multi_instance_manager.export.compose import compose
from multi_instance_manager.export.exported import Export, ExportFormat
from multi_instance_manager.export.losses import LossCode
from multi_instance_manager.fleet.leases import PortBases
from multi_instance_manager.plan.mounts import Host
from multi_instance_manager.plan.spec import InstanceSpec
from multi_instance_manager.settings.model import Settings
from multi_instance_manager.text.secret import Secret
from unit.builders import RESERVED, other_application, some_settings, spec_of
from unit.exporting import WRITERS, ingredient, texts_of

SAME = {
    "--add-host x:10.0.0.1": ("extra_hosts", ["x:10.0.0.1"]),
    "--cap-add SYS_PTRACE": ("cap_add", ["CAP_SYS_PTRACE"]),
    "--cap-drop ALL": ("cap_drop", ["ALL"]),
    "--dns 10.0.0.2": ("dns", ["10.0.0.2"]),
    "--hostname alpha": ("hostname", "alpha"),
    "--init": ("init", True),
    "--read-only": ("read_only", True),
    "--user 1000:1000": ("user", "1000:1000"),
    "--workdir /srv": ("working_dir", "/srv"),
    "--group-add 44": ("group_add", ["44"]),
    "--privileged": ("privileged", True),
}
NOT_IN_A_SWARM = {"--group-add 44", "--privileged"}


def parsed(text: str) -> ExtraArgs:
    found = parse_docker_args((text,), reader=str, environment={}, reserved=RESERVED)
    assert found.problems == ()
    return found.extra


def export_of(form: ExportFormat, text: str) -> Export:
    return WRITERS[form](ingredient(spec_of(extra=parsed(text))))


def service_of(export: Export) -> dict[str, Any]:
    (service,) = yaml.safe_load(export.files[0].text)["services"].values()
    assert isinstance(service, dict)
    return service


def lost_options(export: Export) -> list[str]:
    return [loss.subject for loss in export.losses if loss.code is LossCode.OPTION]


@pytest.mark.parametrize("text", SAME)
def test_compose_has_a_key_for_the_option(text: str) -> None:
    export = export_of(ExportFormat.COMPOSE, text)
    key, value = SAME[text]

    assert service_of(export)[key] == value
    assert lost_options(export) == []


@pytest.mark.parametrize("text", SAME)
def test_a_swarm_has_a_key_for_the_option_or_it_is_reported(text: str) -> None:
    export = export_of(ExportFormat.STACK, text)
    key, value = SAME[text]

    is_lost = text in NOT_IN_A_SWARM
    assert service_of(export).get(key) == (None if is_lost else value)
    assert bool(lost_options(export)) is is_lost


@pytest.mark.parametrize("text", SAME)
def test_podman_gets_the_option_itself(text: str) -> None:
    export = export_of(ExportFormat.QUADLET, text)
    (token,) = parsed(text).tokens

    assert f'PodmanArgs="{token}"' in export.files[0].text.splitlines()
    assert lost_options(export) == []


@pytest.mark.parametrize("form", ExportFormat)
@pytest.mark.parametrize("text", ["--pids-limit 9", "--publish 9000:9000", "--env NOT_SET"])
def test_an_option_without_a_counterpart_is_left_out_and_reported(
    form: ExportFormat, text: str
) -> None:
    export = export_of(form, text)

    assert lost_options(export) == list(parsed(text).masked_tokens)
    plain = WRITERS[form](ingredient(spec_of()))
    without_heads = [
        "\n".join(line for line in text.splitlines() if not line.startswith("#"))
        for one in (export, plain)
        for text in texts_of(one).values()
    ]
    half = len(without_heads) // 2
    assert without_heads[:half] == without_heads[half:]


def least() -> tuple[InstanceSpec, Settings]:
    """An instance of an application without a key, a stream, a tree and an environment file."""
    settings = some_settings(
        application=other_application(),
        docker_env_file=None,
        api_key=Secret("sk-unused"),
        bases=PortBases(2048, None),
    )
    return spec_of(settings=settings), settings


@pytest.mark.parametrize("form", ExportFormat)
def test_an_application_without_a_key_needs_no_secret_of_one(form: ExportFormat) -> None:
    spec, settings = least()
    given = ingredient(spec, settings=settings, with_secrets=True)
    given = replace(given, around=replace(given.around, host=Host(None, "/srv/logins")))
    texts = texts_of(WRITERS[form](given))

    assert "sk-unused" not in "".join(texts.values())
    assert "secrets.sh" not in texts
    assert "3120" not in "".join(texts.values())


def test_the_manifests_of_such_an_application_are_valid() -> None:
    spec, settings = least()
    given = ingredient(spec, settings=settings, with_secrets=True)
    for text in texts_of(WRITERS[ExportFormat.KUBERNETES](given)).values():
        for document in yaml.safe_load_all(text):
            validate(document, "1.33", strict=True)
            if document["kind"] == "Service":
                assert [port["port"] for port in document["spec"]["ports"]] == [8000]


def test_instances_with_the_same_secrets_share_their_variables() -> None:
    specs = [spec_of("user-a"), spec_of("user-b", held={"user-b": 1})]
    secrets = texts_of(compose(ingredient(*specs, with_secrets=True)))["secrets.sh"]

    assert [line for line in secrets.splitlines() if line.startswith("export")] == [
        "export API_KEY=sk-a-key-nobody-may-see"
    ]


def test_the_secrets_of_two_instances_never_share_a_variable() -> None:
    names = ("user.a", "user_a", "user-a")
    extras = [ExtraArgs((f"--env=GREETING=hush-{number}",)) for number in range(3)]
    specs = [spec_of(name, extra=extra) for name, extra in zip(names, extras, strict=True)]
    secrets = texts_of(compose(ingredient(*specs, with_secrets=True)))["secrets.sh"]

    given = [line.partition("=") for line in secrets.splitlines() if line.startswith("export")]
    assert len({name for name, _, _ in given}) == len(given)
    assert {value for _, _, value in given} >= {"hush-0", "hush-1", "hush-2"}
