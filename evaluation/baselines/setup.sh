#!/usr/bin/env bash
# Makes .venv-baselines, the environment of the baselines, beside .venv. Needs `make setup` first.
set -euo pipefail
cd "$(dirname "$0")/../.."
requirements=evaluation/baselines/requirements.txt

stamp=.venv-baselines/.setup
wanted=$(cksum < "$requirements")
if [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ]; then exit 0; fi

uv=.tools/bin/uv
"$uv" --version >/dev/null 2>&1 || uv=uv
echo "Making .venv-baselines (about 400 MB on disk, a minute) ..." >&2
"$uv" venv --quiet --clear --python .venv/bin/python .venv-baselines
VIRTUAL_ENV=.venv-baselines "$uv" pip sync --quiet --require-hashes "$requirements"
printf '%s' "$wanted" > "$stamp"
