#!/usr/bin/env bash
# Sees to it that the programs which only the tests need are here: at once where they are, otherwise
# by installing Debian's (or Ubuntu's) packages. No service is started.
set -euo pipefail

# Where sshd and nginx live; not on every user's path.
PATH=$PATH:/usr/sbin:/sbin

policy=/usr/sbin/policy-rc.d
made_policy=

fail() { printf 'test tools: %s\n' "$*" >&2; exit 1; }
has() { command -v "$1" >/dev/null 2>&1; }

main() {
  local packages=()
  has ssh || packages+=(openssh-client)
  has sshd || packages+=(openssh-server)
  has openssl || packages+=(openssl)
  has nginx || packages+=(nginx-light)
  has jq || packages+=(jq)
  has docker-compose || packages+=(docker-compose)
  has lsof || packages+=(lsof)
  [ "${#packages[@]}" -gt 0 ] || return 0
  has apt-get || fail "install these yourself: ${packages[*]}"
  printf 'test tools: installing %s from this system'\''s packages\n' "${packages[*]}"
  trap 'if [ -n "$made_policy" ]; then as_root rm -f "$policy"; fi' EXIT
  start_no_service
  install "${packages[@]}" || { apt update && install "${packages[@]}"; } ||
    fail 'the packages could not be installed; see the lines above'
}

as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif has sudo; then
    sudo "$@"
  else
    fail "needs root for: $*"
  fi
}

apt() {
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=120 "$@"
}

install() { apt install --yes --no-install-recommends "$@" >/dev/null; }

# The packages of the servers would start them on their usual ports; the tests run their own.
start_no_service() {
  [ ! -e "$policy" ] || return 0
  printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
  as_root chmod 755 "$policy"
  made_policy=yes
}

main
