"""What this machine has room for, and what is installed on it."""

import subprocess
from pathlib import Path
from typing import Any

import pytest

from shellwright.errors import UserError
from shellwright.sandbox import machine


def test_who_may_not_install_is_told_what_to_type(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "may_install", lambda: False)
    with pytest.raises(UserError, match="apt-get install no-such-tool"):
        machine.ensure_tool("no-such-tool")


def test_a_failed_installation_shows_what_apt_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess(command, 100, "E: the reason\n")

    monkeypatch.setattr(machine.subprocess, "run", fail)
    with pytest.raises(UserError, match=r"(?s)apt-get update failed \(100\).*E: the reason"):
        machine.install(["docker.io"])


def test_space_is_looked_for_where_the_folder_will_be(tmp_path: Path) -> None:
    machine.check_space(tmp_path / "not" / "yet", 1)
    with pytest.raises(UserError, match=r"not/yet: \d+ MB are free and 999999999 MB are needed"):
        machine.check_space(tmp_path / "not" / "yet", 999_999_999)
