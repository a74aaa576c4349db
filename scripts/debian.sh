#!/usr/bin/env bash
# Debian packages that the tests use: installed where we are root, asked for elsewhere.
#   scripts/debian.sh COMMAND PACKAGE [COMMAND PACKAGE ...]
set -euo pipefail
missing=()
while [ $# -ge 2 ]; do
  command -v "$1" >/dev/null 2>&1 || missing+=("$2")
  shift 2
done
[ ${#missing[@]} -eq 0 ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  echo "Installing ${missing[*]} ..." >&2
  apt-get update -qq >/dev/null && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
else
  echo "The tests need ${missing[*]}. Install it, on Debian or Ubuntu with: sudo apt-get install ${missing[*]}" >&2
  exit 1
fi
