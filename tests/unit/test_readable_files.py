"""Files that are mounted and that the image's user cannot read are told before a launch."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from multi_instance_manager.checks.preflight import check_readable
from multi_instance_manager.engine.docker_run import ExtraArgs
from multi_instance_manager.findings import Finding
from multi_instance_manager.probe.mounted_files import MountedFile, mounted_files
from multi_instance_manager.text.secret import Secret
from unit.builders import APPLICATION, some_host, some_settings, specs_of

PATH = "/srv/application/docker/.env"


def findings(
    user: str, mode: int, uid: int = 0, gid: int = 0, *, marked: bool = False, extra: str = ""
) -> list[Finding]:
    file = MountedFile(PATH, uid, gid, mode, marked)
    settings = some_settings()
    specs = [
        replace(spec, image=replace(spec.image, user=user), extra=ExtraArgs((extra,) * bool(extra)))
        for spec in specs_of("user-a", "user-b", settings=settings)
    ]
    return check_readable(settings, some_host(), {"environment_file": file}, specs)


@pytest.mark.parametrize("user", ["", "root", "0", "0:0", "root:root"])
def test_root_reads_everything(user: str) -> None:
    assert findings(user, 0o600, 1000) == []


@pytest.mark.parametrize("user", ["appuser", "1000", "1000:1000", "appuser:appgroup"])
def test_what_everybody_may_read_is_read(user: str) -> None:
    assert findings(user, 0o644, 0) == []


@pytest.mark.parametrize(
    ("user", "mode", "uid", "gid", "severity"),
    [
        ("appuser", 0o600, 0, 0, "error"),
        ("appuser", 0o600, 1000, 1000, "warning"),
        ("appuser", 0o640, 0, 999, "warning"),
        ("1000", 0o600, 1000, 1000, None),
        ("1000", 0o000, 1000, 1000, "error"),
        ("999", 0o600, 1000, 1000, "error"),
        ("999", 0o640, 1000, 1000, "warning"),
        ("999:1000", 0o640, 1000, 1000, None),
        ("999:999", 0o640, 1000, 1000, "warning"),
    ],
)
def test_what_only_others_may_read_is_told(
    user: str, mode: int, uid: int, gid: int, severity: str | None
) -> None:
    found = findings(user, mode, uid, gid)

    assert [finding.severity for finding in found] == ([severity] if severity else [])
    for finding in found:
        assert finding.code == "unreadable-file"
        assert f"chmod o+r {PATH}" in finding.next_step
        assert user in finding.fact


def test_another_user_of_the_container_counts() -> None:
    assert findings("appuser", 0o600, extra="--user=0") == []
    assert [f.severity for f in findings("", 0o600, extra="--user=1000")] == ["error"]


def test_a_byte_order_mark_is_told() -> None:
    (found,) = findings("appuser", 0o644, marked=True)

    assert found.code == "byte-order-mark"
    assert "sed -i" in found.next_step


@pytest.mark.parametrize(("asked_for", "number"), [(True, 0), (False, 1)])
def test_the_hosts_key_file_counts_where_it_is_in_force(asked_for: bool, number: int) -> None:
    settings = some_settings(api_key_asked_for=asked_for)
    host = some_host(host_keys=(Secret("sk-of-the-host"),))
    file = MountedFile("/srv/application/auth_profiles/key.txt", 0, 0, 0o600)
    specs = [
        replace(spec, image=replace(spec.image, user="appuser"))
        for spec in specs_of("user-a", settings=settings)
    ]

    assert len(check_readable(settings, host, {"key_file": file}, specs)) == number


def test_an_application_that_names_no_such_file_is_not_asked() -> None:
    application = replace(APPLICATION, readable=replace(APPLICATION.readable, files=()))
    settings = some_settings(application=application)
    file = MountedFile(PATH, 0, 0, 0o600, has_byte_order_mark=True)

    assert check_readable(settings, some_host(), {"environment_file": file}, specs_of("a")) == []


def test_the_hosts_files_are_looked_at(tmp_path: Path) -> None:
    env_file = tmp_path / "docker" / ".env"
    env_file.parent.mkdir()
    env_file.write_bytes(b"\xef\xbb\xbfA=1\n")
    env_file.chmod(0o640)
    (tmp_path / "auth_profiles").mkdir()
    (tmp_path / "auth_profiles" / "key.txt").write_text("sk-of-the-host\n")
    settings = some_settings(tmp_path, docker_env_file=env_file)

    found = mounted_files(settings)

    assert found["environment_file"].mode == 0o640
    assert found["environment_file"].has_byte_order_mark
    assert not found["key_file"].has_byte_order_mark


def test_a_file_that_is_not_there_is_none_of_them(tmp_path: Path) -> None:
    settings = some_settings(tmp_path, docker_env_file=tmp_path / "nowhere")

    assert mounted_files(settings) == {}
