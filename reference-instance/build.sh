#!/usr/bin/env bash
# Builds the image of the reference instance, and skips what an earlier run already built.
#
#   build.sh [TAG] [--variant NAME]
#
# TAG defaults to multi-instance-reference:latest. --variant gives an image with another id that
# behaves the same, for tests of "the image changed". On Debian and its kin the image is put
# together from their packages, so no registry is needed; elsewhere the Dockerfile is used.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
repository=multi-instance-reference
inputs_label=multi-instance-reference.inputs
variant_label=multi-instance-reference.variant
user_id=10247

say() { printf 'reference image: %s\n' "$*"; }
fail() { printf 'reference image: %s\n' "$*" >&2; exit 1; }

main() {
  read_arguments "$@"
  inputs=$(digest_of_inputs)
  base=$repository:inputs-$inputs
  image_exists "$base" || build_base
  if [ -z "$variant" ]; then
    docker tag "$base" "$tag"
  else
    tag_variant
  fi
  say "$tag is ready ($(image_id "$tag"))"
}

read_arguments() {
  tag=$repository:latest
  variant=
  while [ $# -gt 0 ]; do
    case $1 in
      --variant) [ -n "${2:-}" ] || fail '--variant needs a name'; variant=$2; shift 2 ;;
      -*) fail "unknown option $1; usage: build.sh [TAG] [--variant NAME]" ;;
      *) tag=$1; shift ;;
    esac
  done
}

image_exists() { docker image inspect "$1" >/dev/null 2>&1; }
image_id() { docker image inspect --format '{{.Id}}' "$1" | cut -c 1-19; }
label_of() {
  docker image inspect --format "{{index .Config.Labels \"$2\"}}" "$1" 2>/dev/null || true
}
can_use_packages() { command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null; }
have_same_architecture() {
  [ "$(docker version --format '{{.Server.Arch}}')" = "$(dpkg --print-architecture)" ]
}

digest_of_inputs() {
  {
    cat "$here"/build.sh "$here"/Dockerfile "$here"/supervisor.sh "$here"/launch_camoufox.py \
      "$here"/programs/*.sh "$here"/reference_instance/*.py
    cat /etc/os-release 2>/dev/null || uname -s
    docker version --format '{{.Server.Arch}}'
  } | { sha256sum 2>/dev/null || shasum -a 256; } | cut -c 1-12
}

build_base() {
  if can_use_packages && have_same_architecture; then
    build_from_packages
  else
    say 'building from the Dockerfile'
    docker build --quiet --tag "$base" --label "$inputs_label=$inputs" "$here" >/dev/null
  fi
}

# A new image id at no cost: an empty layer whose only content is a label. By the builder that every
# engine has: Podman answers no `docker commit` (4.3), and BuildKit is an extra package of Docker's.
tag_variant() {
  [ "$(label_of "$tag" "$variant_label") $(label_of "$tag" "$inputs_label")" != "$variant $inputs" ] ||
    return 0
  printf 'FROM %s\nLABEL %s=%s\n' "$base" "$variant_label" "$variant" |
    DOCKER_BUILDKIT=0 docker build --quiet --tag "$tag" - >/dev/null ||
    fail "could not make the variant $variant"
}

build_from_packages() {
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  mkdir "$work/packages" "$work/root"
  python=$(python_of_this_release)
  say "putting $python together from this system's packages"
  (cd "$work/packages" && download_packages)
  unpack_packages
  add_everyday_commands
  drop_what_nobody_runs
  add_the_program
  compile_to_bytecode
  import_image
  docker run --rm --network none "$base" "/usr/bin/$python" -S -B -c \
    'import hashlib, reference_instance.__main__, reference_instance.open_routes' || fail 'the image does not run'
}

python_of_this_release() {
  local name
  name=$(named_by_package_lists)
  if [ -z "$name" ]; then
    update_package_lists >&2
    name=$(named_by_package_lists)
  fi
  [ -n "$name" ] || fail 'this system offers no package of Python; is there a network?'
  printf '%s\n' "$name"
}

named_by_package_lists() {
  { apt-cache depends python3-minimal 2>/dev/null || true; } |
    sed -n 's/.*Depends: \(python3\.[0-9]*\)-minimal.*/\1/p' | tail -n 1
}

update_package_lists() {
  say 'fetching the lists of packages (apt-get update)'
  apt-get -q -o DPkg::Lock::Timeout=120 update >/dev/null ||
    fail 'apt-get update failed; run it as root and start again'
}

# As root apt-get would change to a user who cannot write here, and warn.
download() {
  apt-get -qq -o APT::Sandbox::User=root download \
    "$python-minimal" "lib$python-minimal" "lib$python-stdlib" libc6 zlib1g libexpat1 busybox-static dash
}

# Lists that have aged name files that are gone: fetched anew once, then it is an error.
download_packages() {
  download 2>/dev/null && return
  update_package_lists
  download || fail 'the packages could not be downloaded'
}

unpack_packages() {
  local package folder
  for folder in bin lib lib64; do
    mkdir -p "$work/root/usr/$folder"
    ln -s "usr/$folder" "$work/root/$folder"
  done
  for package in "$work"/packages/*.deb; do
    dpkg-deb --fsys-tarfile "$package" | tar -x --keep-directory-symlink -C "$work/root"
  done
}

# What every ordinary image has, for whoever looks inside: `docker exec … cat` and the like.
add_everyday_commands() {
  local command
  for command in cat date id kill ls ps sleep stat; do
    ln -s busybox "$work/root/usr/bin/$command"
  done
  ln -sf dash "$work/root/usr/bin/sh"
  ln -s "$python" "$work/root/usr/bin/python"
}

drop_what_nobody_runs() {
  local library=$work/root/usr/lib/$python
  rm -rf "$work"/root/usr/share "$work"/root/usr/lib/*/gconv "$work"/root/etc/* \
    "$library"/{asyncio,config-*,curses,dbm,distutils,ensurepip,idlelib,lib2to3,multiprocessing} \
    "$library"/{pydoc_data,sqlite3,tkinter,turtledemo,unittest,wsgiref,xml,xmlrpc}
}

add_the_program() {
  local root=$work/root
  mkdir -p "$root"/{app/auth_profiles,dev,proc,sys,tmp,etc}
  cp -R "$here"/{supervisor.sh,launch_camoufox.py,programs,reference_instance} "$root/app/"
  rm -rf "$root/app/reference_instance/__pycache__"
  printf 'root:x:0:0:root:/:/usr/sbin/nologin\n' >"$root/etc/passwd"
  printf 'instance:x:%s:%s::/app:/usr/sbin/nologin\n' "$user_id" "$user_id" >>"$root/etc/passwd"
  printf 'root:x:0:\ninstance:x:%s:\n' "$user_id" >"$root/etc/group"
  chmod -R u+rwX,go+rX,go-w "$root/app"
  chmod 1777 "$root/tmp"
}

# Packages carry sources alone; without this every start would compile them again. The image's
# own interpreter does it: this machine may have none, or another one.
compile_to_bytecode() {
  local root=$work/root loader
  loader=$(echo "$root"/lib64/ld-linux*.so.* "$root"/lib/ld-linux*.so.* | tr ' ' '\n' |
    grep -v '\*' | head -n 1)
  PYTHONHOME=$root/usr PYTHONPATH='' "$loader" \
    --library-path "$(echo "$root"/usr/lib/*-linux-gnu*)" "$root/usr/bin/$python" -S -B \
    -m compileall -q -s "$root" --invalidation-mode unchecked-hash \
    "$root/usr/lib/$python" "$root/app"
}

# All is root's but the folder of the profiles, where the program makes a key file if it finds none.
pack_root() {
  local options=(-C "$work/root" --sort=name --numeric-owner --mtime=@0)
  tar "${options[@]}" --owner=0 --group=0 --exclude=./app/auth_profiles -cf "$work/image.tar" .
  tar "${options[@]}" --owner="$user_id" --group="$user_id" -rf "$work/image.tar" ./app/auth_profiles
}

import_image() {
  pack_root
  docker import \
    --change "LABEL $inputs_label=$inputs" \
    --change "USER $user_id:$user_id" \
    --change 'WORKDIR /app' \
    --change 'ENV PYTHONUNBUFFERED=1' \
    --change 'EXPOSE 2048' \
    --change 'EXPOSE 3120' \
    --change "CMD [\"/bin/sh\", \"/app/supervisor.sh\"]" \
    - "$base" <"$work/image.tar" >/dev/null
}

main "$@"
