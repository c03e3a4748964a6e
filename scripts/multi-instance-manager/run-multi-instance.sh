#!/usr/bin/env bash
# Runs `multi-instance up` for the repository that this script lies in, with the same options.
set -eu
unset CDPATH  # a `cd` that finds its folder there prints it

script=${BASH_SOURCE[0]}
export MULTI_INSTANCE_LAUNCHER_ROOT=${MULTI_INSTANCE_LAUNCHER_ROOT:-$(cd "$(dirname "$script")/../.." && pwd)}
while [ -L "$script" ]; do
  target=$(readlink "$script")
  case $target in /*) script=$target ;; *) script=$(dirname "$script")/$target ;; esac
done
home=$(cd "$(dirname "$script")/../.." && pwd -P)

if [ -x "$home/.venv/bin/multi-instance" ]; then
  exec "$home/.venv/bin/multi-instance" up "$@"
elif command -v multi-instance >/dev/null 2>&1; then
  exec multi-instance up "$@"
elif python3 -c 'import multi_instance_manager' 2>/dev/null; then
  exec python3 -m multi_instance_manager up "$@"
fi
echo "multi-instance: is not installed; run \`pipx install .\` in the manager's own folder" >&2
exit 2
