#!/usr/bin/env bash
# What people write by hand: one `docker run` after another, with the usual checks for each profile.
#
#   shell_loop.sh ARGUMENTS_FOLDER     a file of `docker run` arguments for each container, one a line
#
# Ports are looked at before a container of the same name is removed and again after. Whose a busy
# port is, is asked only where one is busy.
set -euo pipefail

prefix=${CONTAINER_PREFIX:?}
api_port=${BASE_API_PORT:?}
stream_port=${BASE_STREAM_PORT:?}

is_busy() { lsof -nP -iTCP:"$1" -sTCP:LISTEN >/dev/null 2>&1; }
is_published_by() { docker ps --filter "name=^$1\$" --format '{{.Ports}}' | grep -q ":$2->"; }

must_be_free() {
  for port in "$api_port" "$stream_port"; do
    if is_busy "$port" && { [ -z "$1" ] || ! is_published_by "$1" "$port"; }; then
      echo "port $port is busy" >&2
      exit 1
    fi
  done
}

for file in "$1"/*; do
  name=$(basename "$file")
  must_be_free "$name"
  if docker ps -a --format '{{.Names}}' | grep -qx "$name"; then
    docker rm -f "$name" >/dev/null
  fi
  must_be_free ''
  mapfile -t arguments <"$file"
  docker run -d --name "$name" "${arguments[@]}" >/dev/null
  api_port=$((api_port + 1))
  stream_port=$((stream_port + 1))
done
echo "Done: containers of $prefix"
