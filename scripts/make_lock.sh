#!/usr/bin/env bash
# Make envs/python.lock and envs/python.yaml anew from envs/python.in. Needs uv.
set -euo pipefail
cd "$(dirname "$0")/.."

uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
    --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" \
    "$@" envs/python.in --output-file envs/python.lock

{
    echo "# The installer that puts envs/python.lock into place, several times faster than pip," \
        "which stands in where it fails."
    echo uv | uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --no-header --no-annotate -
} >envs/uv.lock

# The packages that Shellwright runs on, without those of its tests, pinned as in the lock file.
{
    cat <<'HEAD'
# The environment of the rules for `snakemake --software-deployment-method conda`, where none is active.
# Made from python.in and python.lock by `make lock`.
channels: [conda-forge]
dependencies:
  - python =3.11
  - pip
  - pip:
HEAD
    sed '/^# What its tests/,$d; s/[ #].*//; /^$/d' envs/python.in | while read -r name; do
        grep --only-matching --max-count 1 "^$name==[^ ;]*" envs/python.lock | sed 's/^/      - /'
    done
} >envs/python.yaml
