"""Checking skills by name: what is told before anything is run."""

import pytest

from shellwright import check_skill
from shellwright.errors import UserError


def test_an_unknown_name_is_told_before_an_engine_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    def connect(_: str) -> None:
        pytest.fail("asked for an engine")

    monkeypatch.setattr(check_skill, "connect", connect)
    with pytest.raises(UserError, match="no skill nonsense in"):
        check_skill.main(["nonsense"])
