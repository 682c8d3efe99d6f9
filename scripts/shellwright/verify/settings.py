"""What the gates read from the configuration."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from shellwright.sandbox.box import Limits


@dataclass(frozen=True)
class Settings:
    """The `verify` section of the configuration, without what cannot change a verdict.

    oracle_runs: how often the oracle must pass; wall_seconds: time limit of one run in a box; the
    three switches say which wrong solutions are tried; compared is the share of the tasks that
    are tried a second time with a container of its own for every trial.
    """

    oracle_runs: int = 2
    wall_seconds: float = 60.0
    dropped_steps: bool = True
    wrong_answers: bool = True
    corrupted_outputs: bool = True
    compared: float = 0.0
    limits: Limits = field(default_factory=Limits)

    @classmethod
    def of_config(cls, section: Mapping[str, Any]) -> Self:
        """The settings of a validated `verify` section."""
        return cls(
            oracle_runs=section["oracle_runs"],
            wall_seconds=float(section["wall_seconds"]),
            limits=Limits(**section["limits"]),
            compared=float(section["compared"]),
            **section["mutants"],
        )

    def plain(self) -> dict[str, Any]:
        """The settings as JSON holds them; equal settings give equal values."""
        return asdict(self)

    @classmethod
    def of_plain(cls, values: Mapping[str, Any]) -> Self:
        """The settings that `plain` gave."""
        return cls(**{**values, "limits": Limits(**values["limits"])})
