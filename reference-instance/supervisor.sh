#!/bin/sh
# Process 1 of the image. Keeps the program running as supervisord keeps the application's: begins
# it again whenever it ends, gives up only when it ends too quickly too often, and on a stop signals
# its whole process group at once. The engine's count of restarts stays 0 meanwhile.
#
# With REFERENCE_WELL_BEHAVED set (in the environment or in the environment file), the program
# itself becomes process 1: a stop reaches it alone, and its end is the container's.
set -u

name=aistudioproxy
start_retries=3
start_hundredths=100
stop_wait_s=10
environment_file=/app/.env
greeting="INFO supervisord started with pid $$"
child=
backoff=0

main() {
  trap stop TERM INT
  if is_well_behaved; then
    trap - TERM INT
    exec_program
  fi
  while :; do
    spawn
    wait "$child"
    report_end $?
    pause_for_backoff
  done
}

is_well_behaved() {
  [ -n "${REFERENCE_WELL_BEHAVED-}" ] || read_from_environment_file
  case ${REFERENCE_WELL_BEHAVED-} in '' | 0 | false | no | off) return 1 ;; esac
}

read_from_environment_file() {
  [ -r "$environment_file" ] || return 0
  while IFS= read -r line || [ -n "$line" ]; do
    case $line in REFERENCE_WELL_BEHAVED=*) REFERENCE_WELL_BEHAVED=${line#*=} ;; esac
  done <"$environment_file"
}

exec_program() {
  exec python -S -B /app/launch_camoufox.py --headless --server-port 2048 --stream-port 3120 "$@"
}

spawn() {
  read_uptime
  started=$uptime
  exec_program --own-process-group &
  child=$!
  say ${greeting:+"$greeting"} "INFO spawned: '$name' with pid $child"
  greeting=
}

# Like supervisord: what ended within a second never ran, and only that counts as a retry.
report_end() {
  ending=$(ending_of "$1")
  child=
  read_uptime
  if [ $((uptime - started)) -lt $start_hundredths ]; then
    backoff=$((backoff + 1))
    say "WARN exited: $name ($ending; not expected)"
  elif [ "$1" = 0 ]; then
    backoff=0
    say "INFO exited: $name ($ending; expected)"
  else
    backoff=0
    say "WARN exited: $name ($ending; not expected)"
  fi
}

pause_for_backoff() {
  [ $backoff -gt 0 ] || return 0
  if [ $backoff -gt $start_retries ]; then
    say "INFO gave up: $name entered FATAL state, too many start retries too quickly"
    while :; do pause 3600; done
  fi
  pause $backoff
}

stop() {
  trap '' TERM INT
  say 'WARN received SIGTERM indicating exit request' "INFO waiting for $name to die"
  [ -n "$child" ] || exit 0
  signal_group TERM
  kill_when_time_is_up &
  wait "$child"
  status=$?
  case $status in
    0) say "INFO stopped: $name ($(ending_of 0))" ;;
    *) say "WARN stopped: $name ($(ending_of $status))" ;;
  esac
  exit 0
}

# In the moment before the program has made its own group, the process itself.
signal_group() {
  kill -s "$1" -- "-$child" 2>/dev/null || kill -s "$1" "$child" 2>/dev/null
}

kill_when_time_is_up() {
  sleep $stop_wait_s
  say "WARN killing '$name' ($child) with SIGKILL"
  signal_group KILL
}

# A signal ends the pause, since the shell waits for it in the foreground.
pause() {
  sleep "$1" &
  wait $!
}

ending_of() {
  if [ "$1" -gt 128 ]; then
    echo "terminated by SIG$(kill -l $(($1 - 128)))"
  else
    echo "exit status $1"
  fi
}

# Sets `uptime` in hundredths of a second, without starting a process.
read_uptime() {
  read -r uptime _ </proc/uptime
  uptime=${uptime%.*}${uptime#*.}
}

# Each argument is a line; to ask for the time starts a process, so once for all of them.
say() {
  moment=$(date '+%Y-%m-%d %H:%M:%S,000')
  for line in "$@"; do printf '%s %s\n' "$moment" "$line"; done
}

main
