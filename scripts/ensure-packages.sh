#!/usr/bin/env bash
# Installs those of the named Debian (or Ubuntu) packages that are not here, saying so.
#
#   ensure-packages.sh PACKAGE...
set -euo pipefail

say() { printf 'packages: %s\n' "$*"; }
fail() { printf 'packages: %s\n' "$*" >&2; exit 1; }

missing=()
for package in "$@"; do
  state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$state" = installed ] || missing+=("$package")
done
[ "${#missing[@]}" = 0 ] && exit

command -v apt-get >/dev/null || fail "install ${missing[*]}, then start again"
[ "$(id -u)" = 0 ] || fail "run: sudo apt-get install ${missing[*]}"
apt() { DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=120 "$@"; }
install() { apt install --yes --no-install-recommends "${missing[@]}" >/dev/null 2>&1; }
say "installing ${missing[*]} from this system's packages"
install || { apt update >/dev/null && install; } || fail "${missing[*]} could not be installed"
