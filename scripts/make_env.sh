#!/usr/bin/env bash
# Make the Python environment: scripts/make_env.sh FOLDER LOCKFILE
# Finds a Python, makes a virtual environment, installs what the lock file names after checking every hash.
set -euo pipefail

folder=$1
lock=$2
project=$(cd "$(dirname "$0")/.." && pwd)

say() { printf '%s\n' "$*" >&2; }

# A shim of a version manager can stand on the PATH and still not run, so each candidate is tried. It is
# named by where it really lies: the first on the PATH may be the one in FOLDER, which is about to go.
find_python() {
    local name real='import os, sys; sys.version_info < (3, 11) and sys.exit(1)
print(os.path.realpath(sys.executable))'
    for name in python3.13 python3.12 python3.11 python3 python3.14; do
        if "$name" -c "$real" 2>/dev/null; then
            return
        fi
    done
    return 1
}

may_install() { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; }

# Install a package of the system, or say what to type.
need_package() {
    if may_install; then
        say "Installing $1, as root on Debian or Ubuntu."
        apt-get -qq update
        DEBIAN_FRONTEND=noninteractive apt-get -qq --yes install "$1" >/dev/null
    else
        say "$2 Type: sudo apt-get install $1"
        exit 1
    fi
}

if ! python=$(find_python); then
    need_package python3-venv "Shellwright needs Python 3.11 or newer; none is on the PATH."
    python=$(find_python) || {
        say "The system's Python is older than 3.11. Install a newer one and put it on the PATH."
        exit 1
    }
fi
if ! "$python" -c 'import ensurepip' 2>/dev/null; then
    version=$("$python" -c 'import sys; print("python%d.%d" % sys.version_info[:2])')
    need_package "$version-venv" "$python cannot make virtual environments: ensurepip is missing."
fi

# pip's own message, after a minute, names neither the place nor how much is missing.
needed_mb=1500
free_mb=$(df --output=avail --block-size=1M "$(dirname "$folder")" | tail -n 1 | tr -d ' ')
if [ "$free_mb" -lt "$needed_mb" ]; then
    say "$project/$folder: $free_mb MB are free and $needed_mb MB are needed for the Python environment." \
        "Make room and run the same command again."
    exit 1
fi

say "Making the Python environment in $folder with $("$python" --version)."
rm -rf "$folder"
"$python" -m venv "$folder"
pip=("$folder/bin/python" -m pip install -qq --disable-pip-version-check --require-hashes)
# uv takes a fraction of pip's time. It does not know every setting of pip (an index of one's own,
# a certificate), so pip has the last word.
# Compiled here, as pip does it: where the environment forbids Python to write bytecode, as images of
# containers like to, each of the many processes of a build would compile what it imports again.
if ! {
    "${pip[@]}" --requirement "$project/envs/uv.lock" &&
        "$folder/bin/uv" pip install --quiet --python "$folder/bin/python" --compile-bytecode \
            --require-hashes --requirement "$lock"
} 2>/dev/null; then
    "${pip[@]}" --requirement "$lock"
fi
# The package is used from where it lies: nothing to install again after an edit.
site=$("$folder/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
printf '%s\n' "$project/scripts" >"$site/shellwright.pth"
