"""The outcome of each gate, and what they come to."""

from dataclasses import dataclass, field
from typing import Any, Literal

from shellwright.verify.mutants import Answer, Mutant

Tier = Literal["rejected", "sft", "rl"]
TIERS: tuple[Tier, ...] = ("rejected", "sft", "rl")
#: Without these a task teaches nothing true; the others make it fit for reinforcement learning.
NEEDED = ("lint", "initial_state", "noop", "oracle")
DEPENDS = "depends-on-box"
MOST_TOLD = 3  # differences in a reason


@dataclass(frozen=True)
class Gate:
    """The outcome of a gate. reason is "<short reason>: <detail>", "" when it passed."""

    gate: str
    outcome: Literal["pass", "fail", "skip"]
    reason: str = ""
    evidence: dict[str, Any] = field(default_factory=dict)


@dataclass
class Report:
    """What all gates together found out about one task.

    regrades: what the tests said of the solved task when nothing had changed since their grade;
    plain: what they found in the plain way, where the two were compared; differences: in what.
    """

    gates: list[Gate] = field(default_factory=list)
    oracle_rewards: list[float] = field(default_factory=list)
    noop_reward: float | None = None
    tests_total: int | None = None
    regrades: list[Answer] = field(default_factory=list)
    mutants: list[Mutant] = field(default_factory=list)
    seconds: float = 0.0
    plain: "Report | None" = None
    differences: list[str] | None = None

    @property
    def failed(self) -> Gate | None:
        """The first gate that failed."""
        return next((gate for gate in self.gates if gate.outcome == "fail"), None)

    @property
    def tier(self) -> Tier:
        """rl: every gate passed; sft: all that an sft task needs; rejected: the rest.

        Of a task that was tried in the plain way, too, the lower one.
        """
        if self.failed is None:
            own: Tier = "sft" if self.differences else "rl"
        else:
            own = "rejected" if self.failed.gate in NEEDED else "sft"
        return own if self.plain is None else min(own, self.plain.tier, key=TIERS.index)

    @property
    def reason(self) -> str:
        """Why the task is not in the highest tier, as "<short reason>: <detail>"; "" when it is."""
        failed = self.failed.reason if self.failed else ""
        if not self.differences or failed.startswith(DEPENDS):
            return failed
        told = "; ".join(self.differences[:MOST_TOLD])
        more = len(self.differences) - MOST_TOLD
        told += f"; and {more} more" if more > 0 else ""
        return f"{DEPENDS}: {told}" + (f"; seen at first: {failed}" if failed else "")

    @property
    def graded(self) -> bool:
        """Whether any tests were tried: the noop gate is the first with a grade."""
        return any(gate.gate == "noop" and gate.outcome != "skip" for gate in self.gates)

    @property
    def kill_rate(self) -> float | None:
        """The share of the mutants that the tests noticed; None when there were none."""
        if not self.mutants:
            return None
        return round(sum(mutant.killed for mutant in self.mutants) / len(self.mutants), 6)
