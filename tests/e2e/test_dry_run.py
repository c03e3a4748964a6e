"""The dry run: it touches nothing, and its lines, pasted into a shell, do what `up` would do."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from e2e.engine_kind import ENGINE, ON_PODMAN, ROTATED_LOG, environment_of, log_settings
from e2e.obligations import (
    containers,
    docker,
    get,
    inspect,
    must_ask_for_the_key,
    must_have_touched_nothing,
    must_not_tell_secrets,
    must_run_on_its_own_profile,
    must_succeed,
    use_until_it_saves,
    variables,
)
from e2e.project import KEY, Project, Result, session

ASKS_FOR_THE_KEY = '"${API_KEY:?'
WEIRD_NAMES = (
    "my user",
    'it\'s "quoted"',
    "semi;colon && co",
    "ha#sh",
    "ünïcødé 日本",
    "-dash",
    "$(touch pwned) `touch pwned`",
    "com,ma=equal",
    "back\\slash",
    "User-A",
    "user-a",
)


def pasted(project: Project, text: str, cwd: Path | None = None, **exported: str) -> Result:
    """Give the lines to a shell, as somebody who pastes them does."""
    given = {name: project.environment[name] for name in ("PATH", "HOME", *ENGINE)}
    done = subprocess.run(
        ["bash", "-e"],
        input=text,
        cwd=cwd or project.root,
        env={**given, **exported},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return Result(done.returncode, done.stdout, done.stderr)


def paste(project: Project, text: str, cwd: Path | None = None, **exported: str) -> None:
    must_succeed(pasted(project, text, cwd, **exported))


def must_be_up_to_date(project: Project, *options: str) -> Result:
    """The next launch finds every container as it should be, and touches none."""
    before = containers(project)
    result = must_succeed(project.up(*options))
    assert "nothing to do" in result.out
    assert containers(project) == before
    return result


def dry_run(project: Project, *options: str) -> str:
    return must_succeed(project.up("--dry-run", "--show-secrets", *options)).out


def test_a_dry_run_touches_nothing_and_needs_no_answer(project: Project) -> None:
    project.add("user-a", "user-b")
    before = project.snapshot()

    result = must_succeed(project.up("--dry-run", env={"AUTO_CONFIRM": None}))

    must_have_touched_nothing(project, before)
    assert "?" not in result.err
    for name in ("user-a", "user-b"):
        assert f"create   {project.container(name)}: profile is new" in result.out
        assert f"--name {project.container(name)}" in result.out


def test_a_dry_run_of_a_running_pool_touches_nothing(project: Project) -> None:
    project.add("user-a", "user-b")
    must_succeed(project.up())
    (project.saved / "user-a.json").unlink()
    project.add("user-c")
    before, running = project.snapshot(), containers(project)

    result = must_succeed(project.up("--dry-run", "--log-level", "DEBUG", "--remove-orphans"))

    assert project.snapshot() == before
    assert containers(project) == running
    assert "variable SERVER_LOG_LEVEL changed" in result.out
    assert f"remove   {project.container('user-a')}: profile is gone" in result.out
    assert f"create   {project.container('user-c')}: profile is new" in result.out


def test_a_dry_run_of_an_unchanged_pool_has_nothing_to_do(project: Project) -> None:
    project.add("user-a")
    must_succeed(project.up())

    result = must_succeed(project.up("--dry-run"))

    assert "nothing to do" in result.out
    assert "docker run" not in result.out


def test_the_key_is_masked_unless_it_is_asked_for(project: Project) -> None:
    project.add("user-a")

    masked = must_succeed(project.up("--dry-run"))
    shown = must_succeed(project.up("--dry-run", "--show-secrets"))

    must_not_tell_secrets(masked)
    assert ASKS_FOR_THE_KEY in masked.out
    assert KEY in shown.out
    assert ASKS_FOR_THE_KEY not in shown.out
    assert "cookie-of-" not in shown.text


def test_a_secret_among_the_extra_arguments_is_masked(project: Project) -> None:
    project.add("user-a")
    given: dict[str, str | None] = {"EXTRA_DOCKER_ARGS": "-e SERVICE_TOKEN=hush-hush"}

    masked = must_succeed(project.up("--dry-run", env=given))
    shown = must_succeed(project.up("--dry-run", "--show-secrets", env=given))

    must_not_tell_secrets(masked, "hush-hush")
    assert "hush-hush" in shown.out
    paste(project, masked.out, API_KEY=KEY, EXTRA_1="hush-hush")
    assert variables(project.container("user-a"))["SERVICE_TOKEN"] == "hush-hush"
    assert "nothing to do" in must_succeed(project.up(env=given)).out


def test_the_document_of_a_dry_run_holds_the_lines(project: Project) -> None:
    project.add("user-a")
    before = project.snapshot()

    result = must_succeed(project.up("--dry-run", "--output", "json"))

    lines = result.document["commands"][project.container("user-a")]
    assert any("docker run" in line for line in lines)
    must_not_tell_secrets(result)
    must_have_touched_nothing(project, before)


@pytest.mark.podman
def test_the_pasted_lines_launch_the_pool_and_up_finds_it_up_to_date(project: Project) -> None:
    project.add("user-a", "user-b")

    paste(project, dry_run(project))

    must_be_up_to_date(project)
    for slot, name in enumerate(("user-a", "user-b")):
        must_run_on_its_own_profile(project, name, project.api_port + slot)
        must_ask_for_the_key(project.api_port + slot)


def test_the_masked_lines_work_where_the_key_is_exported(project: Project) -> None:
    project.add("user-a")
    masked = must_succeed(project.up("--dry-run")).out

    paste(project, masked, API_KEY=KEY)

    must_be_up_to_date(project)
    must_ask_for_the_key(project.api_port)


def test_the_masked_lines_ask_for_the_key_where_none_is_exported(
    project: Project,
) -> None:
    project.add("user-a")
    masked = must_succeed(project.up("--dry-run")).out

    refused = pasted(project, masked)

    assert containers(project) == {}
    assert refused.code != 0
    assert "API_KEY" in refused.err


@pytest.mark.podman
def test_the_pasted_lines_hold_for_names_that_a_shell_would_act_on(project: Project) -> None:
    for name in WEIRD_NAMES:
        (project.saved / f"{name}.json").write_text(session(name))

    paste(project, dry_run(project))

    result = must_be_up_to_date(project, "--output", "text")
    assert f"{len(WEIRD_NAMES)} ready" in result.out
    assert not list(project.root.rglob("pwned"))
    seen = {
        get(project.api_port + slot, "/whoami")[1]["profile"] for slot in range(len(WEIRD_NAMES))
    }
    assert seen == set(WEIRD_NAMES)


@pytest.mark.podman
def test_the_pasted_lines_hold_for_a_project_in_a_folder_with_an_odd_name(
    project: Project, tmp_path: Path
) -> None:
    odd = Project(
        tmp_path / 'it\'s a "big", $HOME; #1',
        prefix=project.prefix,
        first_port=project.first_port,
    )
    odd.add("user-a")
    lines = dry_run(odd)

    if ON_PODMAN:  # whose `docker run --mount` takes no quote in a path
        refused = pasted(odd, lines, cwd=tmp_path)
        assert (refused.code, 'bare " in non-quoted-field' in refused.err) == (125, True)
        must_succeed(odd.up())
    else:
        paste(odd, lines, cwd=tmp_path)

    must_be_up_to_date(odd)
    must_run_on_its_own_profile(odd, "user-a", odd.api_port)


@pytest.mark.podman
def test_the_pasted_lines_carry_every_setting(project: Project) -> None:
    project.add("user-a", "user-b")
    options = (
        "--memory-limit=256m",
        "--cpus=1.5",
        "--shm-size=32m",
        "--host-ip=127.0.0.2",
        "--log-level=DEBUG",
        "--no-docker-env",
        "--enable-auth-rotation",
        "--docker-arg=-e 'GREETING=hello big world' --label note='a b' --add-host x:10.0.0.1",
    )

    paste(project, dry_run(project, *options))

    must_be_up_to_date(project, *options)
    made = inspect(project.container("user-a"))
    assert made["HostConfig"]["Memory"] == 256 * 1024**2
    assert made["HostConfig"]["NanoCpus"] == 1_500_000_000
    assert made["HostConfig"]["ShmSize"] == 32 * 1024**2
    assert made["HostConfig"]["ExtraHosts"] == ["x:10.0.0.1"]
    assert log_settings(made) == ROTATED_LOG
    assert made["HostConfig"]["RestartPolicy"]["Name"] == "unless-stopped"
    assert variables(project.container("user-a"))["GREETING"] == "hello big world"


@pytest.mark.podman
def test_pasted_containers_and_launched_ones_are_the_same_to_the_engine(project: Project) -> None:
    project.add("user-a")
    must_succeed(project.up())
    launched = inspect(project.container("user-a"))
    docker("rm", "-f", project.container("user-a"))

    paste(project, dry_run(project))

    pasted = inspect(project.container("user-a"))
    assert environment_of(pasted) == environment_of(launched)
    assert pasted["Config"]["Labels"] == launched["Config"]["Labels"]
    assert pasted["HostConfig"]["PortBindings"] == launched["HostConfig"]["PortBindings"]
    assert _places(pasted) == _places(launched)


def _places(details: dict[str, list[dict[str, str]]]) -> set[tuple[str, str, str]]:
    return {(m["Source"], m["Destination"], m["RW"]) for m in details["Mounts"]}


def test_the_pasted_lines_replace_an_instance_and_keep_its_refreshed_session(
    project: Project,
) -> None:
    project.add("user-a", "user-b")
    must_succeed(project.up())
    (project.saved / "user-c.json").write_text(session("user-c"))
    before = containers(project)
    use_until_it_saves(project.api_port)

    paste(project, dry_run(project, "--log-level", "DEBUG"))

    must_be_up_to_date(project, "--log-level", "DEBUG")
    assert sorted(containers(project)) == [
        project.container(name) for name in ("user-a", "user-b", "user-c")
    ]
    assert not set(before.values()) & set(containers(project).values())
    assert "reference_instance" in (project.saved / "user-a.json").read_text(), (
        "what it had saved is not lost"
    )


def test_the_pasted_lines_do_not_write_over_a_login_that_the_owner_replaced(
    project: Project,
) -> None:
    project.add("user-a")
    must_succeed(project.up())
    renewed = session("the-owners-new-login")
    (project.saved / "user-a.json").write_text(renewed)

    paste(project, dry_run(project))

    assert (project.saved / "user-a.json").read_text() == renewed
    assert project.copy_of("user-a").read_text() == renewed
    must_be_up_to_date(project)


@pytest.mark.podman
def test_the_pasted_lines_remove_orphans_and_start_what_was_stopped(project: Project) -> None:
    project.add("user-a", "user-b", "user-c")
    must_succeed(project.up())
    (project.saved / "user-a.json").unlink()
    docker("stop", project.container("user-b"))
    docker("pause", project.container("user-c"))

    paste(project, dry_run(project, "--remove-orphans"))

    must_be_up_to_date(project)
    assert sorted(containers(project)) == [project.container("user-b"), project.container("user-c")]
    assert get(project.api_port + 2, "/health")[0] == 200


@pytest.mark.parametrize("how", ["flag", "variable"])
def test_without_an_engine_the_lines_are_printed_all_the_same(project: Project, how: str) -> None:
    project.add("user-a")
    before = project.snapshot()
    nowhere = "unix:///nowhere/docker.sock"
    flags = ("--host", nowhere) if how == "flag" else ()

    result = project.up("--dry-run", *flags, env={} if flags else {"DOCKER_HOST": nowhere})

    assert result.code == 3
    assert f"--name {project.container('user-a')}" in result.out
    assert "/nowhere/docker.sock" in result.err
    assert "Traceback" not in result.text
    assert project.snapshot() == before


def test_the_lines_of_a_launch_that_would_be_refused_are_printed_with_its_reason(
    project: Project,
) -> None:
    project.add("user-a")

    result = project.up("--dry-run", "--image", "not/there:1")

    assert result.code == 3
    assert "not/there:1" in result.err
    assert f"--name {project.container('user-a')}" in result.out
