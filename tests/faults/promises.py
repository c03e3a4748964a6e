"""What must hold whatever happened, looked at from outside."""

from __future__ import annotations

from e2e.obligations import (
    containers,
    docker,
    inspect,
    must_ask_for_the_key,
    must_not_tell_secrets,
    must_run_on_its_own_profile,
    serves,
    variables,
)
from e2e.project import Result
from faults.bench import NAME, Bench


def running(bench: Bench) -> dict[str, str]:
    """The project's containers that run: name → ID."""
    listed = docker(
        *("ps", "--no-trunc", "--filter", f"name=^{bench.project.prefix}-"),
        *("--filter", "status=running", "--format", "{{.Names}} {{.ID}}"),
    )
    return dict(line.split(" ", 1) for line in listed.splitlines())


def must_be_a_clear_report(result: Result, at: str) -> None:
    """Something is said, without a traceback, a defect, or a secret."""
    said = f"{at}\nexit code {result.code}\n{result.text}"
    assert result.text.strip(), said
    assert "Traceback" not in result.text, said
    assert "has a defect" not in result.text, said
    must_not_tell_secrets(result)


def must_serve_alone(bench: Bench, at: str) -> str:
    """Exactly one container runs, under the right name, and serves on the port. Gives its ID."""
    found = running(bench)
    name = bench.project.container(NAME)
    assert list(found) == [name], f"{at}: running are {found} of {containers(bench.project)}"
    assert serves(bench.project.api_port, NAME), f"{at}: nothing serves"
    return found[name]


def must_be_honest(bench: Bench, result: Result, old_id: str, at: str) -> None:
    """Exit code 0 says that the new instance serves, 1 and 3 that the old one does."""
    said = f"{at}\nexit code {result.code}\n{result.text}"
    serving = must_serve_alone(bench, said)
    if result.code == 0:
        must_be_as_wished(bench, said)
        return
    assert serving == old_id, f"not 0, and yet it is not the old instance: {said}"
    assert result.code in {1, 3}, said
    assert (result.code == 3) == ("nothing was touched" in result.text), said
    assert (result.code == 1) == ("its predecessor serves again" in result.text), said


def must_be_as_wished(bench: Bench, at: str) -> None:
    wished = bench.wishes.get("SERVER_LOG_LEVEL", "INFO")
    name = bench.project.container(NAME)
    assert variables(name)["SERVER_LOG_LEVEL"] == wished, at


def must_converge(bench: Bench, at: str, *options: str, names: tuple[str, ...] = (NAME,)) -> None:
    """The next launch alone brings what was asked for, and after it there is nothing to do."""
    result = bench.up(*options)
    said = f"{at}: the next launch gave exit code {result.code}\n{result.text}"
    assert result.code == 0, said
    must_be_a_clear_report(result, said)
    assert set(containers(bench.project)) == {bench.project.container(n) for n in names}, said
    for slot, name in enumerate(names):
        must_run_on_its_own_profile(bench.project, name, bench.project.api_port + slot)
        must_ask_for_the_key(bench.project.api_port + slot)
        assert inspect(bench.project.container(name))["RestartCount"] == 0, said
    must_be_as_wished(bench, said)
    plan = bench.run("plan", *options)
    assert plan.code == 0, f"{at}: there is more to do after the next launch\n{plan.text}"
    assert bench.leftovers == [], f"{bench.leftovers} is left: {said}"
    must_have_lost_no_session(bench, said)


def must_have_lost_no_session(bench: Bench, at: str) -> None:
    assert bench.witness.missing == {}, at
