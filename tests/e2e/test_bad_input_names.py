"""Strange profile names: what a file may be called is launched, what a terminal obeys is not."""

from __future__ import annotations

import os
from typing import Any

from e2e.obligations import containers, digest, get, must_succeed, variables
from e2e.project import Project, session
from e2e.refusals import must_report, nothing_changes

LEGAL = (
    "x" * 200,
    "User A",
    "user-a",
    "user.a",
    'it\'s "quoted" `name`',
    "--rm",
    "-rf",
    "a;b&c|d",
    "#sharp",
    "$HOME $(id) %s {0}",
    "[bold]mark\\up",
    "a:b,c=d@e",
    "üñï-日本語-🎈",
)


def test_strange_names_are_launched_each_on_its_own_profile(project: Project) -> None:
    project.add(*LEGAL)

    result = must_succeed(project.up("--output", "json"))

    instances = {row["profile"]: row for row in result.document["instances"]}
    assert sorted(instances) == sorted(LEGAL)
    assert len(containers(project)) == len(LEGAL)
    for name in LEGAL:
        _must_be_alone(project, name, instances[name])


def _must_be_alone(project: Project, name: str, row: dict[str, Any]) -> None:
    status, said = get(row["api_port"], "/whoami")
    assert status == 200
    assert said["profile"] == name
    assert list(said["visible"]["active"]) == [f"{name}.json"]
    assert list(said["visible"]["saved"]) == [f"{name}.json"]
    copy = project.state / "active" / row["container"] / f"{name}.json"
    assert said["sha256"] == digest(copy)
    path = f"/app/auth_profiles/saved/{name}.json"
    assert variables(row["container"])["ACTIVE_AUTH_JSON_PATH"] == path


def test_a_name_that_needs_no_change_keeps_it_beside_one_that_slugs_to_it(
    project: Project,
) -> None:
    project.add("User A", "user-a", "USER-A", "user a")

    must_succeed(project.up())

    names = sorted(containers(project))
    assert len(names) == 4
    assert names[0] == project.container("user-a")
    assert all(name.startswith(f"{names[0]}-") for name in names[1:])


ILLEGAL = {
    b"line\nbreak": r"line\nbreak",
    b"colour\x1b[31m": r"colour\x1b[31m",
    b"bell\x07": r"bell\x07",
    b"carriage\rreturn": r"carriage\rreturn",
    "right\u202eleft".encode(): r"right\u202eleft",
    b"not-utf8-\xff": r"not-utf8-\udcff",
}


def test_names_that_a_terminal_would_act_on_are_refused_and_shown_escaped(
    project: Project,
) -> None:
    project.add("user-a")
    for name in ILLEGAL:
        (project.saved / os.fsdecode(name + b".json")).write_text(session("x"))
    with nothing_changes(project):
        result = project.up()

    told = ("characters that cannot be shown", "rename")
    must_report(result, *((f"profile {shown}:", *told) for shown in ILLEGAL.values()))
    assert result.text.replace("\n", "").isprintable()


def test_a_name_of_control_characters_does_not_break_the_dry_run(project: Project) -> None:
    project.add("user-a")
    (project.saved / "a\nrm -rf b.json").write_text(session("x"))
    with nothing_changes(project):
        result = project.up("--dry-run")

    must_report(result, (r"profile a\nrm -rf b", "rename"))
    assert not [line for line in result.out.splitlines() if line.startswith("rm -rf b")]
