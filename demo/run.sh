#!/usr/bin/env bash
# Launches a small pool of sample profiles in a scratch project of its own (.demo/).
# `make demo` prepares .venv, an engine that answers and the reference image.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

project=$PWD/.demo
key_file=$project/api-key
image=${MULTI_INSTANCE_REFERENCE_IMAGE:-multi-instance-reference:latest}
api_port=${DEMO_API_PORT:-22048}
stream_port=${DEMO_STREAM_PORT:-23120}
command=(.venv/bin/multi-instance up --project-root .demo --auto-confirm --proof)

say() { printf 'demo: %s\n' "$*"; }

main() {
  say "three sample profiles in .demo/auth_profiles/saved: alice, bob, carol"
  make_project
  say 'settings in .demo/multi-instance.toml'
  say "${command[*]}"
  echo
  local exit_code=0
  launch || exit_code=$?
  echo
  if [ "$exit_code" != 0 ]; then
    say "the launch failed (exit code $exit_code); the lines above say why" >&2
    say 'make demo-down removes what it made' >&2
    exit "$exit_code"
  fi
  tell_what_to_try
}

# Profiles hold sessions and the key opens the instances, so no other user may enter the project.
# Below its top folder the containers' user, unknown to this host, must be able to read.
make_project() {
  umask 022
  [ -d "$project" ] || mkdir -m 700 "$project"
  mkdir -p "$project"/auth_profiles/{saved,active} "$project/docker"
  [ -s "$key_file" ] || od -An -N16 -tx1 /dev/urandom | tr -d ' \n' >"$key_file"
  chmod 600 "$key_file"
  [ -e "$project/docker/.env" ] || printf 'SERVER_LOG_LEVEL=INFO\n' >"$project/docker/.env"
  [ -e "$project/multi-instance.toml" ] || settings >"$project/multi-instance.toml"
  local name file
  for name in alice bob carol; do
    file=$project/auth_profiles/saved/$name.json
    [ -e "$file" ] || sample_profile "$name" >"$file"
  done
}

settings() {
  cat <<SETTINGS
image = "$image"
container-prefix = "demo"
base-api-port = $api_port
base-stream-port = $stream_port
api-key-file = "api-key"
SETTINGS
}

# A browser's storage state. The cookie opens no account; it expires in 2100.
sample_profile() {
  cat <<PROFILE
{
  "cookies": [
    {
      "name": "SID",
      "value": "not-a-real-cookie-of-$1",
      "domain": ".google.com",
      "path": "/",
      "expires": 4102444800,
      "httpOnly": true,
      "secure": true,
      "sameSite": "Lax"
    }
  ],
  "origins": []
}
PROFILE
}

# Ignore settings in this shell: the demo has its own.
launch() {
  env -u PROJECT_ROOT -u PROFILE_DIR -u DOCKER_ENV_FILE -u IMAGE_NAME -u CONTAINER_PREFIX -u API_KEY \
    -u API_KEY_FILE -u BASE_API_PORT -u BASE_STREAM_PORT -u DRY_RUN -u MOUNT_DOCKER_ENV \
    -u DISABLE_AUTH_ROTATION -u EXTRA_DOCKER_ARGS -u RUNTIME_STATE_DIR -u MULTI_INSTANCE_CONFIG \
    "${command[@]}"
}

tell_what_to_try() {
  local first=http://127.0.0.1:$api_port second=http://127.0.0.1:$((api_port + 1))
  cat <<TEXT
Try next:
  curl -s $first/whoami     # the profile of alice's container, and all that it sees
  curl -s $second/whoami     # the same for bob's
  curl -s $first/v1/queue   # refused: no key
  curl -s -H "Authorization: Bearer \$(cat .demo/api-key)" $first/v1/queue
  .venv/bin/multi-instance status --project-root .demo
  .venv/bin/multi-instance logs -f alice --project-root .demo
  make demo       # again: nothing has changed, so it touches nothing
  make demo-down  # removes all of it
TEXT
}

main
