#!/usr/bin/env bash
# Runs `multi-instance up` for the repository that this script lies in, with the same options.
set -eu

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
export MULTI_INSTANCE_LAUNCHER_ROOT=${MULTI_INSTANCE_LAUNCHER_ROOT:-$(cd "$(dirname "$0")/../.." && pwd)}

if [ -x "$here/../../.venv/bin/multi-instance" ]; then
  exec "$here/../../.venv/bin/multi-instance" up "$@"
elif command -v multi-instance >/dev/null 2>&1; then
  exec multi-instance up "$@"
fi
echo "multi-instance: is not installed; run \`pipx install .\` in the manager's own folder" >&2
exit 2
