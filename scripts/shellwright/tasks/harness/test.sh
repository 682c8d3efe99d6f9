#!/bin/bash -p
# Grades the work in this container: writes reward.txt, reward.json and report.json to
# /logs/verifier on every path. Rewards that lie there already are not ours and go away first.
set -uo pipefail
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
logs=/logs/verifier

if [[ -L $logs || ( -e $logs && ! -d $logs ) ]]; then
    /bin/rm -rf -- "$logs"
fi
/bin/mkdir -p -- "$logs"
/bin/rm -rf -- "$logs"/reward.txt "$logs"/reward.json "$logs"/report.json

# Whatever goes wrong below, a run without a grade is a run with reward 0. So is one that did not
# end by itself, whatever it left: the tests end with 0 when they have written a grade.
ungraded() {
    local code=$?
    if [[ $code -ne 0 || ! -f $logs/reward.txt || ! -f $logs/reward.json ]]; then
        /bin/rm -rf -- "$logs"/reward.txt "$logs"/reward.json
        printf '0\n' >"$logs"/reward.txt
        printf '{"reward": 0.0}\n' >"$logs"/reward.json
    fi
}
trap ungraded EXIT

/usr/bin/env -i \
    PATH="$PATH" HOME=/root LANG=C.UTF-8 TZ=UTC PYTEST_DISABLE_PLUGIN_AUTOLOAD=1 \
    /usr/bin/python3 -I -B /tests/run_tests.py
