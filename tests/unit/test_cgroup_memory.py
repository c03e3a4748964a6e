from __future__ import annotations

from pathlib import Path

import pytest

from multi_instance_manager.host.cgroup_memory import KernelFiles, memory_of

ID = "b86df030fe78cc4d"


def kernel(root: Path, lines: str, folder: str, **files: str) -> KernelFiles:
    process = root / "proc" / "412"
    process.mkdir(parents=True)
    (process / "cgroup").write_text(lines)
    group = root / "groups" / folder
    group.mkdir(parents=True)
    for name, content in files.items():
        (group / name.replace("__", ".")).write_text(content)
    return KernelFiles(root / "proc", root / "groups")


def test_the_second_version_of_control_groups_tells_memory_without_the_page_cache(
    tmp_path: Path,
) -> None:
    path = f"system.slice/docker-{ID}.scope"
    files = kernel(
        tmp_path,
        f"0::/{path}\n",
        path,
        memory__current="5000\n",
        memory__stat="anon 3000\ninactive_file 1500\n",
    )

    assert memory_of(412, ID, files) == 3500


def test_the_first_version_of_control_groups_does_too(tmp_path: Path) -> None:
    files = kernel(
        tmp_path,
        f"5:devices:/docker/{ID}\n4:memory:/docker/{ID}\n0::/docker/{ID}\n",
        f"memory/docker/{ID}",
        memory__usage_in_bytes="9000\n",
        memory__stat="cache 1\ntotal_inactive_file 4000\n",
    )

    assert memory_of(412, ID, files) == 5000


@pytest.mark.parametrize(
    ("lines", "current"),
    [
        ("0::/system.slice/nginx.service\n", "1\n"),  # on this host that number is somebody else's
        (f"0::/other/{ID}\n", "1\n"),
        (f"0::/here/{ID}\n", "no number\n"),
        ("what is this\n", "1\n"),
    ],
)
def test_what_the_kernel_does_not_tell_is_not_known(
    tmp_path: Path, lines: str, current: str
) -> None:
    files = kernel(tmp_path, lines, f"here/{ID}", memory__current=current, memory__stat="")

    assert memory_of(412, ID, files) is None
    assert memory_of(413, ID, files) is None
