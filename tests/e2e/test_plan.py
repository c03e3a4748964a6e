"""`multi-instance plan`, and carrying out just that plan."""

from __future__ import annotations

import json
from pathlib import Path

from e2e.obligations import containers, must_be_refused, must_succeed
from e2e.project import COMMAND, Project, Result
from e2e.schemas import must_match_its_schema


def plan(project: Project, *options: str) -> Result:
    return project.run(COMMAND, "plan", *options)


def test_a_plan_tells_what_is_to_be_done_and_why_and_touches_nothing(project: Project) -> None:
    project.add("user-a", "user-b")
    before = project.snapshot()

    result = plan(project)

    assert result.code == 5
    assert result.out.splitlines() == [
        f"create   {project.container('user-a')}: profile is new",
        f"create   {project.container('user-b')}: profile is new",
        "2 changes pending",
    ]
    assert project.snapshot() == before
    assert containers(project) == {}


def test_after_a_launch_there_is_nothing_to_do(project: Project) -> None:
    project.add("user-a")
    must_succeed(project.up())

    result = must_succeed(plan(project))

    assert result.out.splitlines() == [
        f"keep     {project.container('user-a')}: unchanged",
        "nothing to do",
    ]


def test_a_plan_that_would_be_refused_says_so(project: Project) -> None:
    project.add("user-a")
    (project.saved / "user-b.json").write_text("{")

    must_be_refused(plan(project), "profile user-b", "cut off")


def test_a_plan_names_orphans_and_what_removes_them(project: Project) -> None:
    project.add("user-a", "user-b")
    must_succeed(project.up("--no-wait"))
    (project.saved / "user-b.json").unlink()

    result = plan(project)

    assert f"orphan   {project.container('user-b')}: profile is gone" in result.out
    assert "--remove-orphans" in result.out


def saved_plan(project: Project, tmp_path: Path, *options: str) -> Path:
    file = tmp_path / "plan.json"
    file.write_text(plan(project, "--output", "json", *options).out)
    document = json.loads(file.read_text())
    must_match_its_schema(document)
    assert document["schema"] == "multi-instance/plan/1"
    return file


def test_a_saved_plan_is_carried_out_as_it_was(project: Project, tmp_path: Path) -> None:
    project.add("user-a")
    file = saved_plan(project, tmp_path)

    must_succeed(project.up("--plan", file))

    assert list(containers(project)) == [project.container("user-a")]


def test_a_plan_is_refused_once_the_state_has_moved(project: Project, tmp_path: Path) -> None:
    project.add("user-a")
    file = saved_plan(project, tmp_path)
    project.add("user-b")

    must_be_refused(project.up("--plan", file), "state has moved")
    assert containers(project) == {}


def test_a_plan_is_refused_with_other_options(project: Project, tmp_path: Path) -> None:
    project.add("user-a")
    file = saved_plan(project, tmp_path)

    must_be_refused(project.up("--plan", file, "--log-level", "DEBUG"), "other options")
    assert containers(project) == {}


def test_a_file_that_is_no_plan_is_refused(project: Project, tmp_path: Path) -> None:
    project.add("user-a")
    file = tmp_path / "plan.json"
    file.write_text('{"cookies": []}')

    must_be_refused(project.up("--plan", file), "is not a plan")
    must_be_refused(project.up("--plan", tmp_path / "none.json"), "cannot be read")
