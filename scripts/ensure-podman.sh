#!/usr/bin/env bash
# Sees to it that a Podman of the tests' own answers the Docker Engine's API, beside whatever engine
# runs here: its own socket, storage, network and configuration. Installs Debian's packages where
# they are missing, saying so. Needs root.
#
#   ensure-podman.sh            make it answer
#   ensure-podman.sh --socket   print the address of its socket, for DOCKER_HOST
#   ensure-podman.sh --stop     end it, and remove its containers, images and all it made
#   ensure-podman.sh --tidy     the same where its service was killed: its rules would go on to lead
#                               host ports to containers that are no more
set -euo pipefail

# Where iptables and the like live; not on every user's path.
PATH=$PATH:/usr/sbin:/sbin

state=/run/multi-instance-podman
storage=/var/lib/multi-instance-podman
socket=$state/podman.sock
pid_file=$state/service.pid
log_file=$state/service.log
network=multi-instance-podman
bridge=mi-podman0
subnet=10.123.88.0/22
gateway=10.123.88.1
wait_s=60

say() { printf 'podman: %s\n' "$*"; }
fail() { printf 'podman: %s\n' "$*" >&2; exit 1; }
has() { command -v "$1" >/dev/null 2>&1; }

main() {
  case ${1:-} in
    --socket) printf 'unix://%s\n' "$socket"; return ;;
    --stop | --tidy | '') ;;
    *) fail "unknown option $1; usage: ensure-podman.sh [--socket | --stop | --tidy]" ;;
  esac
  if [ -n "${1:-}" ] && [ ! -d "$state" ] && [ ! -d "$storage" ]; then return; fi
  if [ "${1:-}" = --tidy ] && is_running; then return; fi
  [ "$(id -u)" = 0 ] || fail 'needs root: run it with sudo'
  if [ -n "${1:-}" ]; then stop_podman; else ensure_podman; fi
}

ensure_podman() {
  has docker || fail 'needs the docker client to ask with; run scripts/ensure-engine.sh first'
  answers && return
  if is_running; then stop_podman; fi
  has_packages || install_packages
  write_configuration
  mountpoint -q /run/netns || : >"$state/mounts-netns"
  start_service
  wait_for_service
}

ask() { DOCKER_HOST=unix://$socket timeout 20 docker "$@"; }
answers() { [ -S "$socket" ] && ask version >/dev/null 2>&1; }

has_packages() {
  has podman && has conmon && has iptables && [ -n "$(oci_runtime)" ] &&
    [ -n "$(netavark)" ]
}

oci_runtime() {
  local runtime
  for runtime in runc crun; do
    if has "$runtime"; then printf '%s\n' "$runtime"; return; fi
  done
}

# Where it lies, by distribution.
netavark() {
  local folder
  for folder in /usr/lib/podman /usr/libexec/podman /usr/local/libexec/podman; do
    if [ -x "$folder/netavark" ]; then printf '%s\n' "$folder"; return; fi
  done
}

install_packages() {
  local packages=(podman conmon netavark iptables)
  has apt-get || fail "needs ${packages[*]}; install them as this system does"
  [ -n "$(oci_runtime)" ] || packages+=(runc)
  say "not all here; installing ${packages[*]} from this system's packages"
  apt install --yes --no-install-recommends "${packages[@]}" >/dev/null ||
    { apt update && apt install --yes --no-install-recommends "${packages[@]}" >/dev/null; } ||
    fail 'the packages could not be installed; see the lines above'
  hash -r
  has_packages || fail 'the packages hold no podman that could run'
}

apt() { DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=120 "$@"; }

# Nothing here relies on systemd, nor on limits that a container of the machine itself may not have.
# What an exec leaves running, for somebody to ask after its exit code, goes after seconds.
write_configuration() {
  mkdir -p "$state/networks" "$storage"
  chmod 0700 "$state" "$storage"
  cat >"$state/containers.conf" <<END
[containers]
default_ulimits = ["nofile=4096:4096", "nproc=4096:4096"]
[network]
network_backend = "netavark"
network_config_dir = "$state/networks"
default_network = "$network"
[engine]
helper_binaries_dir = ["$(netavark)"]
runtime = "$(oci_runtime)"
cgroup_manager = "cgroupfs"
events_logger = "file"
lock_type = "file"
exit_command_delay = 10
END
  write_network
}

write_network() {
  cat >"$state/networks/$network.json" <<END
{
  "name": "$network",
  "id": "$(printf '%s' "$network" | sha256sum | cut -c 1-64)",
  "driver": "bridge",
  "network_interface": "$bridge",
  "created": "2026-01-01T00:00:00Z",
  "subnets": [{"subnet": "$subnet", "gateway": "$gateway"}],
  "ipv6_enabled": false,
  "internal": false,
  "dns_enabled": false,
  "ipam_options": {"driver": "host-local"}
}
END
}

# In a session of its own it outlives this script and the terminal; $$ survives the exec.
start_service() {
  say "starting (in the background, log in $log_file)"
  # shellcheck disable=SC2016 # expanded by the inner shell
  CONTAINERS_CONF=$state/containers.conf setsid --fork sh -c 'echo $$ >"$1"; log=$2; shift 2; exec "$@" </dev/null >"$log" 2>&1' \
    sh "$pid_file" "$log_file" \
    podman --root "$storage/storage" --runroot "$state/run" --tmpdir "$state/tmp" \
    system service --time=0 "unix://$socket"
}

wait_for_service() {
  local deadline_s=$((SECONDS + wait_s))
  until answers; do
    if [ -s "$pid_file" ] && [ ! -d "/proc/$(cat "$pid_file")" ]; then
      show_log
      fail 'the service ended before it answered'
    fi
    if [ "$SECONDS" -ge "$deadline_s" ]; then
      show_log
      fail "the service did not answer within $wait_s s"
    fi
    sleep 0.2
  done
  say "answers ($(ask version --format '{{.Server.Version}}')) at unix://$socket"
}

show_log() {
  if [ -f "$log_file" ]; then
    printf 'podman: its last lines:\n' >&2
    tail -n 15 "$log_file" >&2
  fi
}

# A number alone may have passed to another process since.
is_podman() { [ -n "$1" ] && [ "$(cat "/proc/$1/comm" 2>/dev/null)" = podman ]; }
is_running() { is_podman "$(cat "$pid_file" 2>/dev/null)"; }

stop_podman() {
  say 'stopping the service that was started for this project'
  remove_containers
  stop_service
  end_monitors
  remove_network
  remove_mounts
  remove_cgroups
  rm -rf --one-file-system "$state" "$storage"
}

# By the service itself, which takes their networks and processes down with them; one that has died
# is started once more for that.
remove_containers() {
  local ids
  if ! answers && [ -f "$state/containers.conf" ] && has podman; then
    stop_service
    start_service
    wait_for_service
  fi
  answers || return 0
  ids=$(ask ps --all --quiet)
  # shellcheck disable=SC2086 # one word for each container
  [ -z "$ids" ] || ask rm --force --volumes $ids >/dev/null ||
    say 'some containers could not be removed in an orderly way'
}

stop_service() {
  local pid deadline_s=$((SECONDS + wait_s))
  is_running || return 0
  pid=$(cat "$pid_file")
  kill "$pid"
  while is_running; do
    [ "$SECONDS" -lt "$deadline_s" ] || fail "the service (pid $pid) did not stop within $wait_s s"
    sleep 0.2
  done
}

# Each container and each exec has a monitor; those of this storage, and of no other Podman.
end_monitors() {
  local pid deadline_s=$((SECONDS + wait_s))
  for pid in $(monitors); do
    kill "$pid" 2>/dev/null || true
  done
  while [ -n "$(monitors)" ]; do
    [ "$SECONDS" -lt "$deadline_s" ] || fail "monitors did not end: $(monitors)"
    sleep 0.2
  done
}

monitors() {
  local folder
  for folder in /proc/[0-9]*; do
    if [ "$(cat "$folder/comm" 2>/dev/null)" = conmon ] &&
      grep -zqxF "$storage/storage" "$folder/cmdline" 2>/dev/null; then
      printf '%s\n' "${folder#/proc/}"
    fi
  done
}

remove_network() {
  ip link delete "$bridge" 2>/dev/null || true
  if has iptables; then remove_chains nat; remove_chains filter; fi
}

# What is in the way of its networks' packets: chains that Podman leaves behind, empty. They go
# only where no other network of a Podman has rules in them.
remove_chains() {
  local table=$1 chain rule rules
  rules=$(iptables -t "$table" -S 2>/dev/null | grep NETAVARK) || return 0
  if grep -q '^-A NETAVARK.* \(-d\|--dport\) ' <<<"$rules"; then return 0; fi
  grep '^-A [A-Z]* .*-j NETAVARK' <<<"$rules" | sed 's/^-A/-D/' | while read -r rule; do
    xargs iptables -t "$table" <<<"$rule"
  done || true
  for chain in $(sed -n 's/^-N //p' <<<"$rules"); do iptables -t "$table" -F "$chain"; done
  for chain in $(sed -n 's/^-N //p' <<<"$rules"); do iptables -t "$table" -X "$chain"; done
}

# By the whole beginning of their paths, the innermost first: nobody else's.
remove_mounts() {
  local place
  awk -v one="$storage/" -v other="$state/" \
    'index($2, one) == 1 || index($2, other) == 1 { print $2 }' /proc/self/mounts | tac |
    while read -r place; do
      umount "$place" || fail "could not unmount $place"
    done
  if [ -f "$state/mounts-netns" ] && [ -z "$(ls -A /run/netns 2>/dev/null)" ]; then
    umount /run/netns 2>/dev/null || true
  fi
}

# Empty ones alone: a group in use cannot be removed.
remove_cgroups() {
  local folder
  for folder in /sys/fs/cgroup/libpod_parent /sys/fs/cgroup/*/libpod_parent; do
    [ ! -d "$folder" ] || find "$folder" -depth -type d -exec rmdir {} + 2>/dev/null || true
  done
}

main "$@"
