#!/usr/bin/env bash
# Run it on this machine before the first start: bash prepare.sh
# It writes the private files of each instance, as `multi-instance up` does. A runtime copy that is
# there already stays: it may hold a newer session than the pool.
set -eu
secrets=$(dirname "$0")/secrets.sh
[ ! -e "$secrets" ] || . "$secrets"
: "${API_KEY:?export it first (the value of API_KEY), or export again with --with-secrets}"; export API_KEY
mkdir -p -m 700 /srv/application/.multi-instance-runtime
mkdir -p /srv/application/auth_profiles/emergency
[ -e /srv/application/auth_profiles/key.txt ] || : > /srv/application/auth_profiles/key.txt

if [ ! -e /srv/application/.multi-instance-runtime/active/ai-proxy-user-a/user-a.json ]; then
  mkdir -p -m 700 /srv/application/.multi-instance-runtime/active /srv/application/.multi-instance-runtime/private /srv/application/.multi-instance-runtime/private/ai-proxy-user-a /srv/application/.multi-instance-runtime/private/ai-proxy-user-a/mask
  mkdir -p /srv/application/.multi-instance-runtime/active/ai-proxy-user-a /srv/application/.multi-instance-runtime/private/ai-proxy-user-a/emergency /srv/application/.multi-instance-runtime/private/ai-proxy-user-a/saved
  chmod 777 /srv/application/.multi-instance-runtime/active/ai-proxy-user-a && chmod 755 /srv/application/.multi-instance-runtime/private/ai-proxy-user-a/emergency /srv/application/.multi-instance-runtime/private/ai-proxy-user-a/saved
  install -m 666 /srv/application/auth_profiles/saved/user-a.json /srv/application/.multi-instance-runtime/active/ai-proxy-user-a/user-a.json
  install -m 644 /srv/application/auth_profiles/saved/user-a.json /srv/application/.multi-instance-runtime/private/ai-proxy-user-a/saved/user-a.json
  rm -f /srv/application/.multi-instance-runtime/custody/ai-proxy-user-a.json
  printf '%s\n' "$API_KEY" > /srv/application/.multi-instance-runtime/private/ai-proxy-user-a/key.txt
  chmod 644 /srv/application/.multi-instance-runtime/private/ai-proxy-user-a/key.txt
  (umask 077; salt=$(od -An -tx1 -N16 /dev/urandom | tr -d ' \n'); digest() { printf '%s\n' "$1"; printf '%s\n' "$salt" "$2" | sha256sum; }; { printf 'v2 %s\n' "$salt"; digest 'key API_KEY' "$API_KEY"; echo env-file; sha256sum < /srv/application/docker/.env; } > /srv/application/.multi-instance-runtime/private/ai-proxy-user-a/secrets.sha256)
fi
docker secret inspect ai-proxy-user-a-login >/dev/null 2>&1 || cat /srv/application/auth_profiles/saved/user-a.json | docker secret create ai-proxy-user-a-login - >/dev/null
docker secret inspect ai-proxy-user-a-key >/dev/null 2>&1 || printf '%s\n' "$API_KEY" | docker secret create ai-proxy-user-a-key - >/dev/null
docker secret inspect ai-proxy-user-a-env >/dev/null 2>&1 || cat /srv/application/docker/.env | docker secret create ai-proxy-user-a-env - >/dev/null

(
export API_KEY="${AI_PROXY_N_CODE_814A22C8_API_KEY:?export it first (the value of API_KEY), or export again with --with-secrets}"
export EXTRA_1="${AI_PROXY_N_CODE_814A22C8_EXTRA_1:?export it first (the value of GREETING), or export again with --with-secrets}"
if [ ! -e '/srv/application/.multi-instance-runtime/active/ai-proxy-n-code-814a22c8/Ünï Code.json' ]; then
  mkdir -p -m 700 /srv/application/.multi-instance-runtime/active /srv/application/.multi-instance-runtime/private /srv/application/.multi-instance-runtime/private/ai-proxy-n-code-814a22c8 /srv/application/.multi-instance-runtime/private/ai-proxy-n-code-814a22c8/mask
  mkdir -p /srv/application/.multi-instance-runtime/active/ai-proxy-n-code-814a22c8 /srv/application/.multi-instance-runtime/private/ai-proxy-n-code-814a22c8/emergency /srv/application/.multi-instance-runtime/private/ai-proxy-n-code-814a22c8/saved
  chmod 777 /srv/application/.multi-instance-runtime/active/ai-proxy-n-code-814a22c8 && chmod 755 /srv/application/.multi-instance-runtime/private/ai-proxy-n-code-814a22c8/emergency /srv/application/.multi-instance-runtime/private/ai-proxy-n-code-814a22c8/saved
  install -m 666 '/srv/application/auth_profiles/saved/Ünï Code.json' '/srv/application/.multi-instance-runtime/active/ai-proxy-n-code-814a22c8/Ünï Code.json'
  install -m 644 '/srv/application/auth_profiles/saved/Ünï Code.json' '/srv/application/.multi-instance-runtime/private/ai-proxy-n-code-814a22c8/saved/Ünï Code.json'
  rm -f /srv/application/.multi-instance-runtime/custody/ai-proxy-n-code-814a22c8.json
  printf '%s\n' "$API_KEY" > /srv/application/.multi-instance-runtime/private/ai-proxy-n-code-814a22c8/key.txt
  chmod 644 /srv/application/.multi-instance-runtime/private/ai-proxy-n-code-814a22c8/key.txt
  (umask 077; salt=$(od -An -tx1 -N16 /dev/urandom | tr -d ' \n'); digest() { printf '%s\n' "$1"; printf '%s\n' "$salt" "$2" | sha256sum; }; { printf 'v2 %s\n' "$salt"; digest 'key API_KEY' "$API_KEY"; digest 'env GREETING' "$EXTRA_1"; echo env-file; sha256sum < /srv/application/docker/.env; } > /srv/application/.multi-instance-runtime/private/ai-proxy-n-code-814a22c8/secrets.sha256)
fi
docker secret inspect ai-proxy-n-code-814a22c8-login >/dev/null 2>&1 || cat '/srv/application/auth_profiles/saved/Ünï Code.json' | docker secret create ai-proxy-n-code-814a22c8-login - >/dev/null
docker secret inspect ai-proxy-n-code-814a22c8-key >/dev/null 2>&1 || printf '%s\n' "$API_KEY" | docker secret create ai-proxy-n-code-814a22c8-key - >/dev/null
docker secret inspect ai-proxy-n-code-814a22c8-env >/dev/null 2>&1 || cat /srv/application/docker/.env | docker secret create ai-proxy-n-code-814a22c8-env - >/dev/null
)
