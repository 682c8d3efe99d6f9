"""The time limits of task.toml, by which Harbor ends agent and tests, and what they take."""

import tomllib
from collections.abc import Mapping, Sequence
from typing import Any

from shellwright.verify.case import Case

#: Harbor's, where task.toml has none; an agent has all the time there is then.
DEFAULTS = {"verifier": 600.0}
#: The section of each limit: what is held against it, by a run's evidence, and how it is called.
HELD = {"agent": ("oracle_seconds", "the oracle takes"), "verifier": ("seconds", "the tests take")}


def limits(config: str) -> dict[str, float]:
    """The seconds that a task.toml, which lint has accepted, gives the agent and the verifier."""
    sections = tomllib.loads(config)
    stated = {name: sections.get(name, {}).get("timeout_sec") for name in HELD}
    return DEFAULTS | {name: float(limit) for name, limit in stated.items() if limit is not None}


def held(case: Case, runs: Sequence[Mapping[str, Any]]) -> tuple[str, dict[str, float]]:
    """Why the limits are too short, or "", and the share of each that the slowest run takes.

    runs: the evidence of those that earned the full reward, in their order. A busy machine may make
    one of them slow, so only what takes too long every time is over its limit.
    """
    given = limits(case.text("task.toml")) if runs else {}
    shares: dict[str, float] = {}
    reason = ""
    for section, limit in given.items():
        key, who = HELD[section]
        took = [float(run[key]) for run in runs]
        if section == "verifier" and case.project_harness:
            took = took[:1]  # the others were graded in forks, and not by test.sh
        shares[section] = round(max(took) / limit, 4)
        if min(took) > limit and not reason:
            reason = (
                f"over-time-limit: {who} {min(took):.1f} s, and {section}.timeout_sec in task.toml "
                f"is {limit:g}: raise it, or have less to do"
            )
    return reason, shares
