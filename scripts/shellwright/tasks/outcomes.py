"""What the harness's report tells of a run of the tests."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

_ENDLESS = re.compile(r": still running after [0-9.e+]+ s")


def out_of_time(checks: Iterable[Mapping[str, Any]]) -> bool:
    """Whether a check of report.json failed because a program did not end in the time it had.

    On a busy machine that says nothing of the work: who expects it to be right grades it again.
    """
    return any(
        check.get("outcome") != "passed" and _ENDLESS.search(str(check.get("message")))
        for check in checks
    )
