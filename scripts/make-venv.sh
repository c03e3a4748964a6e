#!/usr/bin/env bash
# Makes .venv from the hash-pinned requirements, with the newest Python here that is at least 3.11.
#
#   make-venv.sh [FOLDER]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

folder=${1:-.venv}
candidates=(python3.13 python3.12 python3.11 python3 /usr/bin/python3)

say() { printf 'setup: %s\n' "$*"; }
fail() { printf 'setup: %s\n' "$*" >&2; exit 1; }

main() {
  local python
  find_python || install_python
  say "$folder with $("$python" --version), requirements pinned by hash"
  "$python" -m venv --clear "$folder"
  install_requirements
  say "done; the command is $folder/bin/multi-instance"
}

# Running each is the only sure test: a version manager's shim exists and fails.
find_python() {
  for python in "${candidates[@]}"; do
    "$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' \
      >/dev/null 2>&1 && return
  done
  return 1
}

install_python() {
  command -v apt-get >/dev/null ||
    fail 'needs Python 3.11 or newer with the venv module; install it and start again'
  [ "$(id -u)" = 0 ] ||
    fail 'needs Python 3.11 or newer with the venv module; run: sudo apt-get install python3-venv'
  say "no Python 3.11 or newer with the venv module; installing this system's python3-venv"
  apt_install || { apt update && apt_install; } || fail 'python3-venv could not be installed'
  find_python || fail "this system's Python is older than 3.11; install a newer one"
}

apt() { DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=120 "$@"; }
apt_install() { apt install --yes --no-install-recommends python3 python3-venv >/dev/null; }

install_requirements() {
  local pip=("$folder/bin/python" -m pip --disable-pip-version-check -qq install)
  "${pip[@]}" --require-hashes -r requirements/development.txt -r requirements/build.txt
  "${pip[@]}" --no-deps --no-build-isolation --no-index --editable .
}

main
