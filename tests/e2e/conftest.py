"""Every test here runs the real command against a real engine. A missing engine is a failure."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from e2e.engine_kind import ON_PODMAN, asked
from e2e.project import IMAGE, REPOSITORY, Project

_ARTIFACTS = REPOSITORY / "test-artifacts"


@pytest.fixture(scope="session", autouse=True)
def reference_image() -> None:
    """The reference instance image, built where it is not there yet."""
    script = REPOSITORY / "reference-instance" / "build.sh"
    done = subprocess.run(["bash", script, IMAGE], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"the reference image could not be built:\n{done.stderr}"


@pytest.fixture(scope="session", autouse=True)
def engine_kind() -> None:
    """The engine that answers is of the kind that the tests expect."""
    words = ["docker", "version", "--format", "{{range .Server.Components}}{{.Name}} {{end}}"]
    told = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    assert ("Podman" in told) is ON_PODMAN, f"the engine that answers has {told}"


@pytest.fixture
def project(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Project]:
    """A project of the test's own; its containers are removed whatever happens."""
    tmp_path.chmod(0o755)
    made = Project(tmp_path / "project")
    made.root.chmod(0o755)
    yield made
    names = _names(made)
    report = getattr(request.node, "report_of_call", None)
    if report is not None and report.failed:
        _keep_evidence(request.node.name, names)
    if names:
        subprocess.run(["docker", "rm", "-fv", *names], capture_output=True, check=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    report = yield
    if call.when == "call":
        item.report_of_call = report  # type: ignore[attr-defined]
    return report


def _names(project: Project) -> list[str]:
    filters = quote(json.dumps({"name": [f"^{project.prefix}"]}))
    return [str(one["Id"]) for one in asked(f"/containers/json?all=1&filters={filters}")]


def _keep_evidence(test: str, names: list[str]) -> None:
    """Every container's details and log, for whoever looks at the failure."""
    folder = _ARTIFACTS / test.replace("/", "_")
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        for kind, words in (("inspect", ["inspect"]), ("log", ["logs", "--tail", "200"])):
            done = subprocess.run(
                ["docker", *words, name], capture_output=True, text=True, check=False
            )
            (folder / f"{name}.{kind}").write_text(done.stdout + done.stderr)
