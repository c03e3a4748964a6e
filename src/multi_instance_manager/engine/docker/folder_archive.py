"""Reads a folder of a container out of the archive that an engine makes of it."""

from __future__ import annotations

import tarfile
from typing import TYPE_CHECKING

from multi_instance_manager.engine.protocol.engine import MOST_ENTRIES, EntryKind, FolderContent
from multi_instance_manager.errors import EngineError

if TYPE_CHECKING:
    import io

_KINDS = {
    tarfile.DIRTYPE: EntryKind.FOLDER,
    tarfile.SYMTYPE: EntryKind.LINK,
    tarfile.FIFOTYPE: EntryKind.PIPE,
    tarfile.CHRTYPE: EntryKind.DEVICE,
    tarfile.BLKTYPE: EntryKind.DEVICE,
}


def content_of_archive(archive: io.BytesIO) -> FolderContent:
    """What lies one level below the archive's own top folder.

    The second name of a file is a file as well: an archive has it as a link to the first.
    """
    files: dict[str, bytes] = {}
    others: dict[str, EntryKind] = {}
    try:
        with tarfile.open(fileobj=archive) as tar:
            for member in tar:
                inner = member.name.strip("/").split("/")[1:]
                if len(inner) != 1:
                    continue
                if len(files) + len(others) >= MOST_ENTRIES:
                    return FolderContent(files, others, is_whole=False)
                is_file = member.isfile() or member.islnk()
                content = tar.extractfile(member) if is_file else None
                if content is not None:
                    files[inner[0]] = content.read()
                else:
                    others[inner[0]] = _KINDS.get(member.type, EntryKind.DEVICE)
    except (tarfile.TarError, KeyError) as problem:
        raise EngineError("the engine's archive cannot be read") from problem
    return FolderContent(files, others)
