"""Disabling, removing and going back, on one pool that is up; each test leaves it as it was."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from e2e.launched import launched
from e2e.obligations import (
    containers,
    must_be_refused,
    must_run_on_its_own_profile,
    must_succeed,
)
from e2e.project import Project, Result, session
from e2e.schemas import must_match_its_schema

ASKS = {"AUTO_CONFIRM": "false"}


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    with launched(tmp_path_factory.mktemp("changes"), "user-a", "user-b") as made:
        yield made


def profiles(project: Project, *words: str | Path, answer: str | None = None) -> Result:
    env: dict[str, str | None] = {} if answer is None else {**ASKS}
    return project.command("profiles", *words, env=env, answer=answer or "")


def document(project: Project, *words: str | Path) -> dict[str, Any]:
    found = must_succeed(profiles(project, *words, "--output", "json")).document
    must_match_its_schema(found)
    return found


def test_a_disabled_profile_is_stopped_by_the_next_up_and_comes_back_on_its_ports(
    pool: Project,
) -> None:
    config = pool.root / "multi-instance.toml"
    config.write_text("# ours\nparallel = 2 # few\n")

    said = must_succeed(profiles(pool, "disable", "user-b"))
    must_succeed(pool.up())

    assert "the next `up` saves its session, then stops and removes its instance" in said.out
    assert containers(pool).keys() == {pool.container("user-a")}
    must_be_refused(profiles(pool, "enable", "user-bb"), "did you mean user-b?", code=2)
    switched = document(pool, "enable", "user-b")
    must_succeed(pool.up())
    assert switched["file"] == str(config)
    assert config.read_text().startswith("# ours\nparallel = 2 # few\n\n[profiles.user-b]\n")
    must_run_on_its_own_profile(pool, "user-b", pool.api_port + 1)


def test_a_removed_profile_leaves_with_its_newest_session_and_comes_back_with_it(
    pool: Project,
) -> None:
    before = (pool.saved / "user-b.json").read_bytes()

    must_be_refused(profiles(pool, "remove", "user-b", answer="n\n"), "not confirmed", code=6)
    assert len(containers(pool)) == 2
    [removed] = document(pool, "remove", "user-b")["profiles"]

    assert containers(pool).keys() == {pool.container("user-a")}
    assert not (pool.saved / "user-b.json").exists()
    trash = Path(removed["trash"])
    assert removed["session"] == "saved"
    assert (trash / "user-b.json").read_bytes() != before
    assert before in {path.read_bytes() for path in (trash / "history").iterdir()}
    assert "nothing to do" in must_succeed(pool.up()).text
    must_succeed(profiles(pool, "restore", "user-b"))
    must_succeed(pool.up())
    must_run_on_its_own_profile(pool, "user-b", pool.api_port + 1)
    assert profiles(pool, "history", "user-b").out.count("\n") > 2


def test_the_history_tells_sources_and_differences_without_a_value(pool: Project) -> None:
    before = json.loads((pool.saved / "user-a.json").read_text())
    cookie = {"name": "extra", "domain": "example.org", "value": "cookie-of-extra", "expires": 4e9}
    pool.copy_of("user-a").write_text(
        json.dumps({**before, "cookies": [*before["cookies"], cookie]})
    )
    must_succeed(pool.command("sync"))

    listed = document(pool, "history", "user-a")
    compared = document(pool, "history", "user-a", "--diff", "1", "now")
    shown = must_succeed(profiles(pool, "history", "user-a", "--diff", "1", "now")).out
    pruned = document(pool, "history", "user-a", "--prune", "1")

    assert [one["source"] for one in listed["versions"]][:1] == ["owner"]
    assert listed["current"]["source"] == "instance"
    assert [one["name"] for one in compared["came"]] == ["extra"]
    assert "extra of example.org" in shown
    assert "cookie-of-" not in shown + json.dumps(compared)
    assert len(pruned["kept"]) == 1


def test_a_purge_leaves_nothing_of_a_profile(pool: Project, tmp_path: Path) -> None:
    source = tmp_path / "user-c.json"
    source.write_text(session("user-c", pool=pool.prefix))
    must_succeed(profiles(pool, "add", source))
    must_succeed(profiles(pool, "remove", "user-c"))

    must_succeed(profiles(pool, "remove", "user-c", "--purge", answer="y\n"))

    assert not list(pool.root.rglob("*user-c*"))
    must_be_refused(profiles(pool, "restore", "user-c"), "is not in the trash", code=2)
