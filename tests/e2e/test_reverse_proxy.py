"""The page about a reverse proxy: its script and its files, with a real nginx."""

from __future__ import annotations

import http.client
import re
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from e2e.obligations import eventually, get, must_succeed
from e2e.project import KEY, REPOSITORY, Project
from unit.pages import Page

PAGE = Page(REPOSITORY / "docs" / "how-to" / "put-a-reverse-proxy-in-front.md")


def configuration(project: Project, folder: Path, port: int) -> Path:
    """The page's files, with the places of this test and without the certificate."""
    include, server, _ = PAGE.blocks("nginx")
    script = next(block for block in PAGE.blocks("sh") if "locations.conf" in block)
    (folder / "multi-instance").mkdir()
    (folder / "multi-instance" / "proxy.inc").write_text(include)
    script = script.replace("/etc/nginx", str(folder)).replace("nginx -t && nginx -s reload", "")
    must_succeed(project.run("bash", "-eo", "pipefail", "-c", script))
    server = server.replace("/etc/nginx", str(folder)).replace("443 ssl", f"127.0.0.1:{port}")
    server = re.sub(r"^ *ssl_.*$", "", server, flags=re.MULTILINE)
    path = folder / "nginx.conf"
    path.write_text(
        f"daemon off; pid {folder}/pid; error_log {folder}/error.log;\n"
        f"events {{}} http {{ access_log off; {server} }}\n"
    )
    return path


@contextmanager
def nginx(path: Path) -> Iterator[None]:
    process = subprocess.Popen(["nginx", "-p", path.parent, "-c", path])
    try:
        yield
    finally:
        process.terminate()
        process.wait(timeout=20)


def status(port: int, path: str) -> int:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.request("GET", path)
        return connection.getresponse().status


def answers(port: int) -> bool:
    with suppress(OSError):
        return get(port, "/user-a/v1/queue")[0] == 401
    return False


def test_each_path_reaches_its_instance_and_nothing_but_v1(
    project: Project, tmp_path: Path
) -> None:
    project.add("user-a", "User B")
    must_succeed(project.up())
    port = project.first_port + 35
    odd = project.command("endpoints", "User B", "--format", "json").document["endpoints"][0]
    path = odd["container_name"].removeprefix(f"{project.prefix}-")

    with nginx(configuration(project, tmp_path, port)):
        eventually(lambda: answers(port))
        for name in ("user-a", path):
            assert get(port, f"/{name}/v1/queue", KEY)[0] == 200
            assert get(port, f"/{name}/v1/queue")[0] == 401
            assert status(port, f"/{name}/health") == 404
        assert status(port, "/health") == 404
