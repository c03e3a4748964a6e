"""`status`, `endpoints` and `profiles list` over a pool in which every instance differs."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from e2e.mixed_pool import SECRETS, mixed_pool
from e2e.obligations import (
    containers,
    docker,
    inspect,
    must_be_refused,
    must_not_tell_secrets,
    must_succeed,
)
from e2e.project import COMMAND, IMAGE, KEY, Project, Result
from e2e.schemas import must_match_its_schema
from e2e.terminal import Terminal

NOBODY = ("--host", "tcp://127.0.0.1:1")


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    with mixed_pool(tmp_path_factory.mktemp("pool")) as made:
        yield made


def status(pool: Project, *words: str) -> Result:
    result = pool.command("status", "--memory-limit", "256m", *words)
    must_not_tell_secrets(result, *SECRETS)
    return result


def by_profile(result: Result) -> dict[str, dict[str, Any]]:
    must_match_its_schema(result.document)
    return {one["profile"]: one for one in result.document["instances"]}


def test_the_report_tells_how_each_instance_is_doing(pool: Project) -> None:
    result = status(pool, "--output", "json")

    assert result.code == 1
    conditions = {
        name: (one["condition"], one["is_well"]) for name, one in by_profile(result).items()
    }
    assert conditions.pop("user-g") in (("starting", False), ("not ready", False))
    assert conditions == {
        "user-a": ("ready", True),
        "user-b": ("stopped by hand", True),
        "user-c": ("paused", False),
        "user-d": ("ready", True),
        "user-e": ("missing", False),
        "user-f": ("ready", True),
    }
    assert result.document["unwell"] == 3


def test_the_report_agrees_with_the_engine(pool: Project) -> None:
    one = by_profile(status(pool, "--output", "json", "user-a"))["user-a"]
    seen = inspect(pool.container("user-a"))

    container = one["container"]
    assert (one["api_url"], one["stream_port"]) == (
        f"http://127.0.0.1:{pool.api_port}",
        pool.stream_port,
    )
    assert container["id"] == seen["Id"]
    assert (container["image"], container["image_id"]) == (IMAGE, seen["Image"])
    assert container["image_is_outdated"] is False
    assert container["memory_limit_bytes"] == 256 * 1024**2
    assert 2**20 < container["memory_bytes"] < 256 * 1024**2
    assert (container["restarts"], container["state"]) == (0, "running")
    assert container["uptime_s"] >= 0
    assert one["session"]["login_expires_at"] == "2033-05-18T03:33:20Z"
    assert one["health"] == "answers 200"


def test_what_stopped_and_what_is_gone_says_so(pool: Project) -> None:
    found = by_profile(status(pool, "--output", "json"))

    assert found["user-b"]["container"]["exit_code"] is not None
    assert found["user-b"]["container"]["uptime_s"] is None
    assert found["user-d"]["is_orphan"]
    assert found["user-e"]["container"] is None
    assert "cut off" in found["user-f"]["reason"]
    assert found["user-g"]["health"] == "closes the connection"


def test_people_get_a_row_each_and_sentences_for_the_rest(pool: Project) -> None:
    result = status(pool)

    assert result.code == 1
    lines = result.out.splitlines()
    assert lines[0].split()[:5] == ["PROFILE", "STATE", "API", "URL", "STREAM"]
    assert lines[0].split()[5:] == ["UPTIME", "RESTARTS", "MEMORY", "REFRESHED", "EXPIRES"]
    rows = {line.split()[0]: line for line in lines[1:8]}
    assert " of 256 MB " in rows["user-a"]
    assert "  starting  " in rows["user-g"] or "  not ready (closes the con" in rows["user-g"]
    assert "  orphan, ready  " in rows["user-d"]
    assert f"user-d: orphan {pool.container('user-d')}: profile is gone" in result.out
    assert "user-f: its profile cannot be used: is not valid JSON" in result.out
    assert lines[-1] == "2 of 6 ready, 1 orphan"


def test_one_that_is_well_gives_exit_code_zero(pool: Project) -> None:
    must_succeed(status(pool, "user-a"))
    must_succeed(pool.command("ps", "user-[ad]", "--memory-limit", "256m"))


def test_the_unhealthy_alone_are_shown_on_request(pool: Project) -> None:
    found = by_profile(status(pool, "--unhealthy", "--output", "json"))
    none = must_succeed(status(pool, "--unhealthy", "user-a"))

    assert list(found) == ["user-c", "user-e", "user-g"]
    told, well = none.out.splitlines()
    assert told.startswith("profiles user-a and user-e: hold the same login")
    assert well == "all well"


def test_the_order_is_the_persons_choice(pool: Project) -> None:
    by_state = by_profile(status(pool, "--sort", "state", "--output", "json"))
    by_memory = status(pool, "--sort", "memory", "--output", "json").document["instances"]

    assert [one["is_well"] for one in by_state.values()] == [False] * 3 + [True] * 4
    sizes = [(one["container"] or {}).get("memory_bytes") or 0 for one in by_memory]
    assert sizes == sorted(sizes, reverse=True)


def test_other_settings_than_the_launch_had_show_as_what_up_would_change(pool: Project) -> None:
    words = ("user-a", "--log-level", "DEBUG")
    one = by_profile(status(pool, "--output", "json", *words))["user-a"]
    text = must_succeed(status(pool, "--wide", *words)).out

    assert (one["pending"], one["changes"]) == ("replace", ["variable SERVER_LOG_LEVEL changed"])
    assert by_profile(status(pool, "--output", "json", "user-a"))["user-a"]["changes"] == []
    assert "user-a: `up` would replace it: variable SERVER_LOG_LEVEL changed" in text
    assert pool.container("user-a") in text.splitlines()[1]
    assert IMAGE in text.splitlines()[1]


def test_an_image_that_was_built_anew_makes_the_instance_outdated(
    pool: Project, tmp_path: Path
) -> None:
    tag = f"{pool.prefix}-image:1"
    docker("tag", IMAGE, tag)
    (tmp_path / "Dockerfile").write_text(f"FROM {IMAGE}\nLABEL rebuilt=1\n")
    name = pool.container("user-e")
    try:
        must_succeed(pool.up("--no-wait", "--image", tag, "--profile-dir", _alone(pool, tmp_path)))
        docker("build", "-q", "-t", tag, str(tmp_path))
        one = by_profile(status(pool, "--output", "json", "user-e", "--image", tag))["user-e"]
        unnamed = status(pool, "--wide", "user-e")
    finally:
        docker("rm", "-fv", name)
        docker("rmi", "-f", tag)

    assert (one["container"]["image"], one["container"]["image_is_outdated"]) == (tag, True)
    assert one["changes"][0].startswith("image changed: ")
    assert f"{tag} (outdated)" in unnamed.out


def _alone(pool: Project, folder: Path) -> str:
    """A pool with user-e alone, so that nothing happens to the others."""
    alone = folder / "alone"
    alone.mkdir()
    (alone / "user-e.json").write_text((pool.saved / "user-e.json").read_text())
    return str(alone)


def test_looking_changes_nothing(pool: Project) -> None:
    before, there = pool.snapshot(), containers(pool)

    for words in (("status",), ("endpoints",), ("profiles", "list"), ("profiles", "check")):
        pool.command(*words)

    assert pool.snapshot() == before
    assert containers(pool) == there


def test_a_name_that_is_not_known_is_refused_with_the_nearest(pool: Project) -> None:
    must_be_refused(status(pool, "user-aa"), "did you mean user-a", code=2)
    must_be_refused(status(pool, "--sort", "size"), "'size'", code=2)


def test_a_project_that_is_none_is_refused(pool: Project, tmp_path: Path) -> None:
    must_be_refused(
        status(pool, "--project-root", str(tmp_path), "--container-prefix", f"{pool.prefix}x"),
        "profile directory",
    )


@pytest.mark.parametrize("columns", [50, 100, 120])
def test_a_terminal_gets_the_columns_that_it_has_room_for(pool: Project, columns: int) -> None:
    with Terminal(pool, COMMAND, "status", "user-[abg]", columns=columns) as terminal:
        assert terminal.ended() == 1
        table = [line for line in terminal.text.splitlines() if line.startswith(" ")]

    assert "PROFILE" in terminal.text
    assert ("API URL" in terminal.text) == (columns >= 100)
    assert max(len(line) for line in table) <= columns
    assert "…" not in terminal.text
    assert "\x1b[32mready" in terminal.raw


def test_a_watch_on_a_terminal_looks_again_and_ends_cleanly(pool: Project) -> None:
    words = ("status", "--watch", "--interval", "0.2", "user-a")
    with Terminal(pool, COMMAND, *words) as terminal:
        terminal.wait_for("1 of 1 ready")
        terminal.wait_for("1 of 1 ready")
        terminal.send("\x03")
        assert terminal.ended() == 130

    assert terminal.raw.count("\x1b[?1049h") == terminal.raw.count("\x1b[?1049l") == 1
    assert terminal.text.rstrip().endswith("1 of 1 ready")
    assert "Traceback" not in terminal.text


def test_a_watch_in_a_pipe_writes_one_look_after_the_other(pool: Project) -> None:
    words = [str(COMMAND), "status", "user-a", "--watch", "--interval", "0.2", "--output", "json"]
    process = subprocess.Popen(
        words, cwd=pool.root, env=pool.environment, stdout=subprocess.PIPE, text=True
    )
    with process:
        assert process.stdout is not None
        looks = [json.loads(process.stdout.readline()) for _ in range(2)]
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=20) == 130

    for look in looks:
        must_match_its_schema(look)
    assert looks[0]["taken_at"] < looks[1]["taken_at"]


def test_a_watch_ends_with_its_reader(pool: Project) -> None:
    script = f'"{COMMAND}" status user-a --watch --interval 0.2 | head -n 1'

    result = pool.run("bash", "-c", script)

    assert result.code == 0
    assert result.err == ""


def endpoints(pool: Project, *words: str) -> Result:
    result = pool.command("endpoints", *words)
    must_not_tell_secrets(result, *SECRETS)
    return result


def test_the_endpoints_are_those_of_the_instances_that_run(pool: Project) -> None:
    result = must_succeed(endpoints(pool, "--format", "json"))

    must_match_its_schema(result.document)
    found = {one["profile"]: one for one in result.document["endpoints"]}
    assert list(found) == ["user-a", "user-f", "user-g"]
    assert result.document["left_out"] == ["user-b", "user-c", "user-e"]
    key_file = found["user-a"]["api_key_file"]
    assert Path(key_file).read_text().strip() == KEY


def test_only_the_ready_or_all_endpoints_are_had_on_request(pool: Project) -> None:
    def names(*words: str) -> list[str]:
        found = endpoints(pool, "--output", "json", *words).document["endpoints"]
        return [one["profile"] for one in found]

    assert names("--ready") == ["user-a", "user-f"]
    assert names("--all") == ["user-a", "user-b", "user-c", "user-e", "user-f", "user-g"]


def test_a_shell_reaches_the_instance_by_the_variables(pool: Project) -> None:
    script = (
        f'eval "$("{COMMAND}" endpoints --format env user-a)"; '
        'echo "$MULTI_INSTANCE_API_URL_USER_A $MULTI_INSTANCE_STREAM_PORT_USER_A"'
    )

    url, stream_port = must_succeed(pool.run("bash", "-euc", script)).out.split()

    assert int(stream_port) == pool.stream_port
    with urllib.request.urlopen(f"{url}/health", timeout=10) as answer:  # noqa: S310  # our own
        assert answer.status == 200


def test_a_scraper_gets_its_targets(pool: Project) -> None:
    result = must_succeed(endpoints(pool, "--format", "prometheus-sd", "user-a"))

    assert json.loads(result.out) == [
        {
            "targets": [f"127.0.0.1:{pool.api_port}"],
            "labels": {
                "profile": "user-a",
                "container": pool.container("user-a"),
                "fleet": pool.prefix,
            },
        }
    ]


def test_where_no_endpoint_is_to_be_had_the_exit_code_says_so(pool: Project) -> None:
    result = endpoints(pool, "user-e")

    assert (result.code, result.out) == (1, "none of these runs\n")
    assert "left out: user-e" in result.err


def test_a_terminal_gets_the_endpoints_as_a_table(pool: Project) -> None:
    with Terminal(pool, COMMAND, "endpoints", columns=200) as terminal:
        assert terminal.ended() == 0

    assert f"http://127.0.0.1:{pool.api_port}" in terminal.text
    assert KEY not in terminal.raw


def test_the_list_of_profiles_tells_what_runs_on_each_and_which_are_twins(pool: Project) -> None:
    result = must_succeed(pool.command("profiles", "list", "--output", "json"))

    must_not_tell_secrets(result, *SECRETS)
    must_match_its_schema(result.document)
    found = {one["name"]: one for one in result.document["profiles"]}
    assert {name: (one["instance"] or {}).get("state") for name, one in found.items()} == {
        "user-a": "running",
        "user-b": "exited",
        "user-c": "paused",
        "user-e": None,
        "user-f": "running",
        "user-g": "running",
    }
    assert found["user-a"]["same_login_as"] == ["user-e"]
    assert [name for name, one in found.items() if not one["is_valid"]] == ["user-f"]


def test_the_list_of_profiles_comes_although_the_engine_does_not_answer(pool: Project) -> None:
    result = must_succeed(pool.command("profiles", "list", *NOBODY))

    assert "instances are not known: engine at tcp://127.0.0.1:1" in result.out
    assert result.out.splitlines()[1].split()[-1] == "?"


def test_a_terminal_gets_the_profiles_as_a_table(pool: Project) -> None:
    with Terminal(pool, COMMAND, "profiles", "list") as terminal:
        assert terminal.ended() == 0

    assert "SAME LOGIN AS" in terminal.text
    assert "\x1b[31minvalid" in terminal.raw
    assert os.linesep in terminal.text
