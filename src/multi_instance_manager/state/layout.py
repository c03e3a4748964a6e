"""Where everything lies in the state folder. Pure: paths only.

::

    .multi-instance-runtime/
    ├── active/<container>/<profile>.json   the runtime copy; the folder is mounted
    ├── private/<container>/key.txt         the key file of an instance
    ├── private/<container>/secrets.sha256  digests of the secrets it was launched with
    ├── private/<container>/saved/          the profile as the pool has it; mounted read-only
    ├── private/<container>/emergency/      the mask over the application's emergency folder
    ├── private/<container>/mask/           the mask over a pool elsewhere in the shared tree
    ├── aside/<container>/                  files of an instance while its replacement is tried
    ├── custody/<container>.json            digests of the last sync
    ├── history/<container>/*.json          earlier versions of its session
    ├── sources/<container>.txt             who made what the pool holds of it
    ├── trash/<container>/<n>-<time>/       a profile that was removed, with its history
    ├── failures/*.log                      last log lines of instances that failed
    ├── proofs/<prefix>.json                which containers have been proven
    ├── quarantine/<prefix>.json            which were stopped because they kept crashing
    ├── undone/<prefix>.json                which replacements failed and were undone
    ├── home/<prefix>.json                  the id of this folder, and where a fleet was last in it
    ├── pools/written-by-instances.json     the pools that instances could write to
    ├── ledger/<prefix>.json                leases: the slot of each profile
    ├── files/<prefix>.json                 where the file of each profile was at the last launch
    ├── keys/<prefix>.txt                   the API key that was generated for the fleet
    ├── keys/<prefix>.txt.old               the one before it, after a rotation
    ├── journal/<prefix>.jsonl              what was under way
    └── locks/<prefix>.lock

Every folder directly below the top is closed to other users of the host (0700). Below it, what a
container must read or write is open to any uid, because the uid inside an image is unknown.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from pathlib import Path


STATE_FOLDER = ".multi-instance-runtime"  # in the project root, by default
ACTIVE_FOLDER, PRIVATE_FOLDER = "active", "private"
RECORD_OF_SECRETS = "secrets.sha256"
PREDECESSOR = "renamed-from.txt"
OWN_KEY_FILE = "key.txt"  # our own name for the file, whatever the application's
_EMERGENCY, _MASK, _SAVED = "emergency", "mask", "saved"


class MountSources(msgspec.Struct, frozen=True, gc=False):
    """The host's side of an instance's own mounts, as text, for the engine."""

    active: str
    key_file: str
    emergency: str
    mask: str
    saved: str


class StateLayout(msgspec.Struct, frozen=True, dict=True):
    """The paths of one fleet in one state folder."""

    top: Path
    fleet: str

    @cached_property
    def _active(self) -> Path:
        return self.top / ACTIVE_FOLDER

    @cached_property
    def _private(self) -> Path:
        return self.top / PRIVATE_FOLDER

    @cached_property
    def _custody(self) -> Path:
        return self.top / "custody"

    def mount_sources(self, container_name: str) -> MountSources:
        """Return the same paths as below; text, because a plan may have ten thousand of them."""
        private = f"{self._private}/{container_name}"
        return MountSources(
            active=f"{self._active}/{container_name}",
            key_file=f"{private}/{OWN_KEY_FILE}",
            emergency=f"{private}/{_EMERGENCY}",
            mask=f"{private}/{_MASK}",
            saved=f"{private}/{_SAVED}",
        )

    def active_dir(self, container_name: str) -> Path:
        """Return the folder that an instance sees as ``active/``."""
        return self._active / container_name

    def copy(self, container_name: str, profile_name: str) -> Path:
        """Return the runtime copy of a profile."""
        return self._active / f"{container_name}/{profile_name}.json"

    def saved_dir(self, container_name: str) -> Path:
        """Return the folder that an instance sees as ``saved/``, unless it sees the pool."""
        return self._private / f"{container_name}/{_SAVED}"

    def saved_copy(self, container_name: str, profile_name: str) -> Path:
        """Return the profile in that folder."""
        return self._private / f"{container_name}/{_SAVED}/{profile_name}.json"

    def legacy_copy(self, container_name: str) -> Path:
        """Return the earlier script's runtime copy of an instance: beside the folders."""
        return self._active / f"{container_name}.json"

    def private_dir(self, container_name: str) -> Path:
        """Return the folder of an instance's other private files."""
        return self._private / container_name

    def key_file(self, container_name: str) -> Path:
        """Return the file mounted over the application's key file."""
        return self._private / f"{container_name}/{OWN_KEY_FILE}"

    def secret_record(self, container_name: str) -> Path:
        """Return the digests of the secrets that an instance was launched with."""
        return self._private / f"{container_name}/{RECORD_OF_SECRETS}"

    def emergency_dir(self, container_name: str) -> Path:
        """Return the empty folder mounted over the application's ``emergency/``."""
        return self._private / f"{container_name}/{_EMERGENCY}"

    def mask_dir(self, container_name: str) -> Path:
        """Return the empty folder mounted over a pool that the shared tree would show."""
        return self._private / f"{container_name}/{_MASK}"

    def aside_dir(self, container_name: str) -> Path:
        """Return the folder of the old instance's files while its replacement is tried."""
        return self.top / "aside" / container_name

    def custody_record(self, container_name: str) -> Path:
        """Return the digests of the last sync."""
        return self._custody / f"{container_name}.json"

    def history_dir(self, container_name: str) -> Path:
        """Return the folder of a session's earlier versions."""
        return self.top / "history" / container_name

    def pool_sources(self, container_name: str) -> Path:
        """Return the notes on where the pool's versions of a session came from."""
        return self.top / "sources" / f"{container_name}.txt"

    def trash_dir(self, container_name: str) -> Path:
        """Return the folder of what was removed of a profile: a folder for each time."""
        return self.top / "trash" / container_name

    @property
    def failures_dir(self) -> Path:
        """Return the folder of the last log lines of failed instances."""
        return self.top / "failures"

    @property
    def proofs(self) -> Path:
        """Return the record of verified containers."""
        return self.top / "proofs" / f"{self.fleet}.json"

    @property
    def quarantine(self) -> Path:
        """Return the record of containers that were stopped because they kept crashing."""
        return self.top / "quarantine" / f"{self.fleet}.json"

    @property
    def undone(self) -> Path:
        """Return the record of replacements that failed and were undone."""
        return self.top / "undone" / f"{self.fleet}.json"

    @property
    def home(self) -> Path:
        """Return the record of where the fleet was when it was last changed."""
        return self.top / "home" / f"{self.fleet}.json"

    @property
    def open_pools(self) -> Path:
        """Return the record of pools that instances could write to, of all fleets."""
        return self.top / "pools" / "written-by-instances.json"

    @property
    def ledger(self) -> Path:
        """Return the leases."""
        return self.top / "ledger" / f"{self.fleet}.json"

    @property
    def files(self) -> Path:
        """Return the record of each profile's file at the last launch."""
        return self.top / "files" / f"{self.fleet}.json"

    @property
    def kept_key(self) -> Path:
        """Return the API key that was generated for the fleet."""
        return self.top / "keys" / f"{self.fleet}.txt"

    @property
    def journal(self) -> Path:
        """Return the journal."""
        return self.top / "journal" / f"{self.fleet}.jsonl"

    @property
    def lock(self) -> Path:
        """Return the lock, held while a manager works on the fleet."""
        return self.top / "locks" / f"{self.fleet}.lock"
