"""What ``make corpus`` runs: Snakemake, then what came out of it.

    python -m shellwright.make_corpus CORES [further options of Snakemake]

ends with 0 when everything is built.
"""

import signal
import subprocess
import sys
import time
from collections.abc import Sequence

from shellwright.report import runs

_FAILED = (
    "The build did not finish. What went wrong stands above, and in results/logs of the folder it "
    "builds in. Once it is mended, the same command goes on from here."
)


def main(arguments: Sequence[str]) -> int:
    """Run the command line. SIGTERM, which make hands on to this process, ends Snakemake."""
    cores, *options = arguments
    started = time.time()
    build = subprocess.Popen([sys.executable, "-m", "snakemake", "--cores", cores, *options])
    signal.signal(signal.SIGTERM, lambda *_: build.terminate())
    # A terminal sends it to Snakemake as well, which then stops its jobs.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if build.wait():
        print(_FAILED, file=sys.stderr)
        return 1
    return runs.main(["--since", str(started), "--", *options])


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
