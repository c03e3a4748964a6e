"""What changed of the secrets of an instance is named, and no value is kept anywhere."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from multi_instance_manager.engine.docker_run import ExtraArgs
from multi_instance_manager.export.private_files import Surroundings
from multi_instance_manager.plan.causes import causes_text
from multi_instance_manager.plan.secret_changes import record_of, secret_changes
from multi_instance_manager.plan.spec import InstanceSpec
from multi_instance_manager.render.docker_run import opening_lines, operation_lines
from multi_instance_manager.state.launch_secrets import new_salt
from multi_instance_manager.text.digest import digest_of
from multi_instance_manager.text.secret import Secret
from unit.builders import KEY, container_of, layout_of, some_host, some_settings, spec_of
from unit.test_reconcile import plan_for

GREETING = "--env=GREETING=hello-hush"
LABEL = "--label=token=hush-label"
FILE = (("QUOTA", Secret("12-hush")), ("LOG", Secret("a")))
GENERAL = "API key, an extra variable or option, or a proxy of the client changed"
FILE_CHANGED = "content of the environment file changed"


def with_extra(*tokens: str, **changes: Any) -> InstanceSpec:
    spec = spec_of("user-a", extra=ExtraArgs(tokens))
    return replace(spec, env_variables=FILE, **changes)


SPEC = with_extra(GREETING, LABEL)
RECORD = record_of(SPEC, "salt").text()
OTHER_KEY = spec_of("user-a", settings=some_settings(api_key=Secret("sk-other")))


def words_of(spec: InstanceSpec, record: str | None = RECORD) -> str:
    return causes_text(secret_changes(record, spec))


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        (SPEC, ""),
        (with_extra("--env=GREETING=x", LABEL), "environment changed: GREETING"),
        (with_extra(LABEL), "environment changed: GREETING"),
        (with_extra(GREETING, LABEL, "--env=B=1", "--env=A=1"), "environment changed: A, B"),
        (with_extra(GREETING, "--label=token=x"), "option --label changed"),
        (with_extra(GREETING), "option --label changed"),
        (replace(SPEC, variables=OTHER_KEY.variables), "API key changed"),
        (replace(SPEC, env_digest="d2", env_variables=(FILE[0],)), "environment changed: LOG"),
        (replace(SPEC, env_digest="d2"), FILE_CHANGED),
        (replace(SPEC, env_digest=None), FILE_CHANGED),
        (
            replace(
                with_extra("--env=GREETING=x", LABEL, env_digest="d2"),
                variables=OTHER_KEY.variables,
            ),
            f"API key changed, environment changed: GREETING, {FILE_CHANGED}",
        ),
    ],
)
def test_what_changed_is_named_without_its_value(spec: InstanceSpec, words: str) -> None:
    assert words_of(spec) == words


def test_a_record_keeps_no_value_and_no_digest_that_can_be_looked_up() -> None:
    values = (KEY, "hello-hush", "12-hush", "hush-label")
    records = [record_of(SPEC, new_salt()).text() for _ in range(2)]

    for value in values:
        for known in (value, digest_of(value.encode()), digest_of(f"{value}\n".encode())):
            assert known not in "".join(records)
    assert records[0] != records[1]
    assert [words_of(SPEC, record) for record in records] == ["", ""]


def test_a_record_that_is_gone_is_told() -> None:
    assert words_of(SPEC, None) == "its private records are gone"


def older(spec: InstanceSpec) -> str:
    """The record as the version before wrote it."""
    lines = "".join(f"{one.name}={one.value.reveal()}\n" for one in spec.secrets())
    return f"{digest_of(lines.encode())}  -\n{spec.env_digest}  -\n"


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        (SPEC, ""),
        (with_extra("--env=GREETING=x", LABEL), GENERAL),
        (replace(SPEC, variables=OTHER_KEY.variables), GENERAL),
        (replace(SPEC, env_digest="d2"), FILE_CHANGED),
    ],
)
def test_an_older_record_is_still_read_and_gives_the_general_words(
    spec: InstanceSpec, words: str
) -> None:
    assert words_of(spec, older(SPEC)) == words


@pytest.mark.parametrize("cut_at", range(0, RECORD.index("\nfile "), 31))
def test_a_damaged_record_counts_as_a_change(cut_at: int) -> None:
    assert words_of(SPEC, RECORD[:cut_at]) != ""


@pytest.mark.parametrize(
    "value", ["plain", "two\nlines", "it's $HOME `id` \\", "ünï💥", " ends \n"]
)
def test_the_lines_of_a_dry_run_write_a_record_that_matches(tmp_path: Path, value: str) -> None:
    settings = some_settings(tmp_path, show_secrets=True)
    env_file = tmp_path / "docker" / ".env"
    env_file.parent.mkdir()
    env_file.write_text("QUOTA=12")
    tokens = (f"--env=GREETING={value}", f"--label=token={value}")
    spec = spec_of("user-a", settings=settings, extra=ExtraArgs(tokens))
    spec = replace(spec, env_digest=digest_of(b"QUOTA=12"), env_variables=FILE)

    record = _record_by_shell(spec, tmp_path)

    assert words_of(spec, record) == ""
    assert words_of(replace(spec, extra=ExtraArgs()), record) == (
        "option --label changed, environment changed: GREETING"
    )
    assert words_of(replace(spec, env_digest="d2"), record) == FILE_CHANGED


def _record_by_shell(spec: InstanceSpec, root: Path) -> str:
    settings = some_settings(root, show_secrets=True)
    (operation,) = plan_for(spec).operations
    around = Surroundings(
        settings=settings,
        layout=layout_of(settings),
        host=some_host(root),
        missing_mount_points=(),
        pool_files={"user-a": root / "user-a.json"},
    )
    lines = opening_lines(around, spec) + operation_lines(around, operation)
    exported = [line for line in lines if line.startswith("export ")]
    (recording,) = [line for line in lines if "sha256sum" in line]
    path = layout_of(settings).secret_record(spec.container_name)
    path.parent.mkdir(parents=True)
    subprocess.run(["bash", "-euc", "\n".join([*exported, recording])], check=True, timeout=30)
    return path.read_text()


def test_options_are_named_and_the_general_words_go() -> None:
    def words(before: tuple[str, ...], after: tuple[str, ...]) -> str:
        old, new = with_extra(*before), with_extra(*after)
        changes = secret_changes(record_of(old, "salt").text(), new)
        plan = plan_for(new, container_of(old), secret_changes={new.container_name: changes})
        return causes_text(plan.operations[0].causes)

    two, three = "--memory=2g", "--memory=3g"
    assert words((two,), (three,)) == "option --memory changed"
    assert words((), (two,)) == "option --memory changed"
    assert words((two, "--init=true"), (two,)) == "option --init is no longer set"
    assert words((two, GREETING), (three, "--env=GREETING=x")) == (
        "option --memory changed, environment changed: GREETING"
    )
    assert words((), (GREETING,)) == "environment changed: GREETING"
    assert words((LABEL,), ("--label=other=x",)) == "option --label changed"
    assert words((two, "--init=true"), ("--init=true", two)) == "extra docker arguments changed"


def test_options_that_labels_of_an_earlier_version_do_not_name_are_told_together() -> None:
    old, new = with_extra("--memory=2g"), with_extra("--memory=3g")
    labels = old.labels()
    unnamed = tuple((part, digest) for part, digest in labels.spec_parts if "--" not in part)
    container = container_of(old, labels=replace(labels, spec_parts=unnamed).as_mapping())

    assert causes_text(plan_for(new, container).operations[0].causes) == (
        "extra docker arguments changed"
    )
    assert (
        plan_for(old, container).operations[0].causes
        == plan_for(old, container_of(old)).operations[0].causes
    )
