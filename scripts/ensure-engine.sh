#!/usr/bin/env bash
# Sees to it that a Docker Engine answers: at once where one does, otherwise by installing
# Debian's (or Ubuntu's) packages and starting it, saying so.
#
#   ensure-engine.sh          make an engine answer, or say in one line what is missing
#   ensure-engine.sh --stop   stop the engine that this script itself started, and no other
set -euo pipefail

# Where dockerd lives; not on every user's path.
PATH=$PATH:/usr/sbin:/sbin

state=/run/multi-instance-manager
pid_file=$state/dockerd.pid
log_file=$state/dockerd.log
engine_pid_file=/var/run/docker.pid
marker=$state/started-by
wait_s=60

say() { printf 'engine: %s\n' "$*"; }
fail() { printf 'engine: %s\n' "$*" >&2; exit 1; }
has() { command -v "$1" >/dev/null 2>&1; }

main() {
  case ${1:-} in
    --stop) stop_engine ;;
    '') ensure_engine ;;
    *) fail "unknown option $1; usage: ensure-engine.sh [--stop]" ;;
  esac
}

ensure_engine() {
  answers && return
  refuse_foreign_endpoint
  refuse_closed_socket
  has apt-get || fail_with_advice
  if ! has dockerd || ! has docker; then install_engine; fi
  answers || start_engine
  wait_for_engine
}

answers() { has docker && timeout 20 docker version >/dev/null 2>&1; }

endpoint() {
  if [ -n "${DOCKER_HOST:-}" ]; then
    printf '%s\n' "$DOCKER_HOST"
  elif has docker; then
    docker context inspect --format '{{.Endpoints.docker.Host}}' 2>/dev/null || true
  fi
}

# An endpoint that somebody chose is theirs to start: another engine would not be what they meant.
refuse_foreign_endpoint() {
  local chosen
  chosen=$(endpoint)
  case $chosen in
    '' | unix:///var/run/docker.sock | unix:///run/docker.sock) ;;
    *) fail "nothing answers at $chosen (DOCKER_HOST or the Docker context); start it, or unset it" ;;
  esac
}

refuse_closed_socket() {
  local socket=/var/run/docker.sock
  if [ -S "$socket" ] && [ ! -w "$socket" ]; then
    fail "$socket is closed to $(id -un); run: sudo usermod -aG docker $(id -un), then log in again"
  fi
}

fail_with_advice() {
  case $(uname -s) in
    Darwin) fail 'no Docker Engine answers; install and start Docker Desktop, OrbStack or Colima' ;;
    *) fail 'no Docker Engine answers; install it as https://docs.docker.com/engine/install says' ;;
  esac
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

install_engine() {
  say 'no Docker Engine here; installing docker.io, iptables and iproute2 from this system'\''s packages'
  knows_package docker.io || apt update || fail 'apt-get update failed; is there a network?'
  install_packages ||
    { apt update && install_packages; } ||
    fail 'the packages could not be installed; see the lines above'
  has dockerd || hash -r
  has docker || fail 'the packages hold no docker command; install docker-cli'
}

knows_package() { apt-cache show "$1" >/dev/null 2>&1; }

# Under a kernel with AppArmor the engine starts no container without this parser.
needs_apparmor() {
  [ "$(cat /sys/module/apparmor/parameters/enabled 2>/dev/null)" = Y ] && ! has apparmor_parser
}

# Newer releases keep the docker command in a package of its own.
install_packages() {
  local packages=(docker.io iptables iproute2 ca-certificates)
  if knows_package docker-cli; then packages+=(docker-cli); fi
  if needs_apparmor; then packages+=(apparmor); fi
  apt install --yes --no-install-recommends "${packages[@]}" >/dev/null
}

start_engine() {
  as_root mkdir -p "$state"
  if [ -d /run/systemd/system ]; then
    say 'starting the engine (systemctl start docker)'
    as_root systemctl start docker
    write_marker systemd
  elif [ "$(cat /proc/1/comm)" = init ] && [ -x /etc/init.d/docker ]; then
    say 'starting the engine (service docker start)'
    as_root service docker start >/dev/null
    write_marker service
  elif is_dockerd "$(cat "$engine_pid_file" 2>/dev/null)"; then
    say 'the engine is starting already'
  else
    say "starting the engine (dockerd in the background, log in $log_file)"
    start_dockerd
    write_marker dockerd
  fi
}

write_marker() { printf '%s\n' "$1" | as_root tee "$marker" >/dev/null; }

# In a session of its own it outlives this script and the terminal; $$ survives the exec.
start_dockerd() {
  # shellcheck disable=SC2016 # expanded by the inner shell
  as_root setsid --fork sh -c 'echo $$ >"$1"; exec dockerd --log-level warn </dev/null >"$2" 2>&1' \
    sh "$pid_file" "$log_file"
}

wait_for_engine() {
  local deadline_s=$((SECONDS + wait_s))
  until answers; do
    if has_died; then
      show_log
      fail 'dockerd ended before it answered'
    fi
    if [ "$SECONDS" -ge "$deadline_s" ]; then
      show_log
      fail "the engine did not answer within $wait_s s"
    fi
    sleep 0.2
  done
  refuse_closed_socket
  say "answers ($(docker version --format '{{.Server.Version}}'))"
}

# By the process being gone, not by its name: for a moment it is still the shell that becomes it.
has_died() {
  [ "$(cat "$marker" 2>/dev/null)" = dockerd ] && [ -s "$pid_file" ] &&
    [ ! -d "/proc/$(cat "$pid_file")" ]
}

show_log() {
  if [ -f "$log_file" ]; then
    printf 'engine: its last lines:\n' >&2
    tail -n 15 "$log_file" >&2
  fi
}

# A number alone may have passed to another process since.
is_dockerd() { [ -n "$1" ] && [ "$(cat "/proc/$1/comm" 2>/dev/null)" = dockerd ]; }
is_running() { is_dockerd "$(cat "$pid_file" 2>/dev/null)"; }

stop_engine() {
  [ -f "$marker" ] || return 0
  say 'stopping the engine that was started for this project'
  case $(cat "$marker") in
    systemd) as_root systemctl stop docker.socket docker ;;
    service) as_root service docker stop >/dev/null ;;
    dockerd) stop_dockerd ;;
  esac
  as_root rm -rf "$state"
}

stop_dockerd() {
  local pid deadline_s=$((SECONDS + wait_s))
  is_running || return 0
  pid=$(cat "$pid_file")
  as_root kill "$pid"
  while is_running; do
    [ "$SECONDS" -lt "$deadline_s" ] || fail "dockerd (pid $pid) did not stop within $wait_s s"
    sleep 0.2
  done
}

main "$@"
