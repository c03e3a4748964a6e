#!/usr/bin/env bash
# What people write by hand: one `docker run` after another, with the usual checks for each profile.
#
#   shell_loop.sh ARGUMENTS_FOLDER     a file of `docker run` arguments for each container, one a line
set -euo pipefail

prefix=${CONTAINER_PREFIX:?}
api_port=${BASE_API_PORT:?}
stream_port=${BASE_STREAM_PORT:?}

port_is_busy() { lsof -nP -iTCP:"$1" -sTCP:LISTEN >/dev/null 2>&1; }
held_by() { docker ps --filter "publish=$1" --format '{{.Names}}'; }

for file in "$1"/*; do
  name=$(basename "$file")
  for port in "$api_port" "$stream_port"; do
    holder=$(held_by "$port")
    if [ -z "$holder" ] && port_is_busy "$port"; then
      echo "port $port is busy" >&2
      exit 1
    fi
    if [ -n "$holder" ] && [ "$holder" != "$name" ]; then
      echo "port $port is held by $holder" >&2
      exit 1
    fi
  done
  if docker ps -a --format '{{.Names}}' | grep -qx "$name"; then
    docker rm -f "$name" >/dev/null
  fi
  for port in "$api_port" "$stream_port"; do
    if port_is_busy "$port"; then
      echo "port $port is busy after the removal" >&2
      exit 1
    fi
  done
  mapfile -t arguments <"$file"
  docker run -d --name "$name" "${arguments[@]}" >/dev/null
  api_port=$((api_port + 1))
  stream_port=$((stream_port + 1))
done
echo "Done: containers of $prefix"
