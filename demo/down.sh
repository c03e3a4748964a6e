#!/usr/bin/env bash
# Removes what the demo created: its containers, its scratch project, the reference images, and the
# engine's process if it was started for this project. Says what stays.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

project=$PWD/.demo
label=multi-instance.root=$project
repository=multi-instance-reference

say() { printf 'demo: %s\n' "$*"; }

main() {
  if docker version >/dev/null 2>&1; then
    remove_containers
    remove_images
  else
    say 'no engine answers, so there are no containers to remove'
  fi
  remove_project
  stop_engine
  say 'only .venv (make clean removes it) and installed packages are left'
}

remove_containers() {
  local containers
  mapfile -t containers < <(docker ps --all --quiet --filter "label=$label")
  [ "${#containers[@]}" -gt 0 ] || return 0
  say "stopping and removing ${#containers[@]} containers"
  docker stop "${containers[@]}" >/dev/null
  docker rm "${containers[@]}" >/dev/null
}

# For an image in use, `docker rmi` would only remove the tag, so keep those.
remove_images() {
  local name names
  mapfile -t names < <(docker images --format '{{.Repository}}:{{.Tag}}' "$repository")
  for name in "${names[@]}"; do
    if [ -n "$(docker ps --all --quiet --filter "ancestor=$name")" ]; then
      say "kept $name: a container that is not the demo's runs on it"
    else
      docker rmi "$name" >/dev/null
      say "removed $name"
    fi
  done
  docker image prune --force --filter "label=$repository.inputs" >/dev/null
}

# The containers wrote here too, as their own user.
remove_project() {
  [ -e "$project" ] || return 0
  rm -rf "$project" 2>/dev/null || {
    say "could not remove all of $project; as root: rm -rf $(printf %q "$project")" >&2
    exit 1
  }
  say 'removed .demo'
}

# Other projects may use the engine by now: their containers keep running.
stop_engine() {
  local others
  others=$(docker ps --quiet 2>/dev/null | wc -l)
  if [ "$others" -gt 0 ]; then
    say "kept the engine: $others other containers run on it"
  else
    scripts/ensure-engine.sh --stop
  fi
}

main
