#!/usr/bin/env bash
# Pins every requirement by hash, from pyproject.toml and requirements/build.in.
#
#   lock-requirements.sh [UV] [--upgrade]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

uv=${1:-uv}
command -v "$uv" >/dev/null || { echo 'lock: needs uv; run: pipx install uv' >&2; exit 1; }

# No index and no path in the output: it must be the same whoever ran this, and wherever.
compile() {
  UV_CUSTOM_COMPILE_COMMAND='make lock' "$uv" pip compile --quiet --universal --python-version 3.11 \
    --generate-hashes --no-emit-index-url --no-emit-find-links "$@"
}

compile pyproject.toml "${@:2}" -o requirements/runtime.txt
compile pyproject.toml "${@:2}" --extra development -c requirements/runtime.txt \
  -o requirements/development.txt
compile requirements/build.in "${@:2}" -c requirements/development.txt -o requirements/build.txt
echo 'lock: requirements/ is up to date with pyproject.toml'
