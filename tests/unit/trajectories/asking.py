"""Asks Harbor, where its environment is there, what it makes of given cases."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

VARIABLE = "SHELLWRIGHT_HARBOR_PYTHON"
PROBE = Path(__file__).with_name("harbor_probe.py")


def ask_harbor(what: str, cases: list[Any]) -> list[Any]:
    """One result per case, from Harbor itself; skips the test where Harbor is absent."""
    python = os.environ.get(VARIABLE)
    if not python:
        pytest.skip(f"{VARIABLE} names no python with Harbor in it (packages: envs/harbor.lock)")
    asked = subprocess.run(
        [python, "-P", str(PROBE)],
        input=json.dumps({"what": what, "cases": cases}),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert asked.returncode == 0, asked.stderr[-3000:]
    results: list[Any] = json.loads(asked.stdout)
    return results
