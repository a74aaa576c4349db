#!/usr/bin/env bash
# Makes .venv with everything in it. Needs Python 3 and a package index; installs uv where it is missing.
#   scripts/setup.sh [requirements file]
set -euo pipefail
cd "$(dirname "$0")/.."
requirements=${1:-requirements-dev.txt}
say() { printf '%s\n' "$*" >&2; }

# A stamp of what was installed: nothing is done twice.
stamp=.venv/.aftercheck-setup
wanted=$(cat "$requirements" pyproject.toml .python-version | cksum)
if [ -x .venv/bin/aftercheck ] && [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ]; then exit 0; fi

# uv, in a place of its own, so that nothing of the machine is changed.
uv=.tools/bin/uv
if ! "$uv" --version >/dev/null 2>&1; then
  if command -v uv >/dev/null 2>&1 && uv --version >/dev/null 2>&1; then
    uv=uv
  else
    say "[1/3] Installing uv into .tools ..."
    made=
    for python in python3.10 python3 /usr/bin/python3; do
      command -v "$python" >/dev/null 2>&1 || continue
      if "$python" -m venv .tools >/dev/null 2>&1; then made=yes; break; fi
      rm -rf .tools
      # Debian's Python comes without venv; uv's wheel needs no installation.
      if "$python" -m pip install --quiet --target .tools/lib uv >/dev/null 2>&1; then
        mkdir -p .tools/bin && ln -sf ../lib/bin/uv .tools/bin/uv && break
      fi
    done
    if [ -n "$made" ]; then .tools/bin/pip install --quiet --disable-pip-version-check uv; fi
    if ! "$uv" --version >/dev/null 2>&1; then
      say "uv could not be installed. Install Python 3 with venv (Debian: apt-get install python3 python3-venv), or uv itself, and try again."
      exit 1
    fi
  fi
fi

say "[2/3] Making .venv with Python $(cat .python-version) ..."
[ -x .venv/bin/python ] || "$uv" venv --quiet --python "$(cat .python-version)" .venv || {
  say "Python $(cat .python-version) was not found and could not be fetched. Install it (pyenv install 3.10, or your system's package) and try again."
  exit 1
}
say "[3/3] Installing the packages of $requirements (about 3 GB on disk, a minute or two) ..."
VIRTUAL_ENV=.venv "$uv" pip sync --require-hashes "$requirements"
VIRTUAL_ENV=.venv "$uv" pip install --quiet --no-deps --editable .
printf '%s' "$wanted" > "$stamp"
say "Ready: .venv/bin/aftercheck"
