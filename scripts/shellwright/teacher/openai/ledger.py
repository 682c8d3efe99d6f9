"""Every call that was made: one row each, written before the call and settled after it.

A row that says `started` belongs to a call that is under way, or whose process was killed. It
counts with the most that it can have cost, because nobody can know what the endpoint charged.
"""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from shellwright.teacher.openai.budget import Budget, Price
from shellwright.teacher.openai.failures import BudgetExceeded
from shellwright.teacher.openai.interface import Usage
from shellwright.teacher.openai.settings import SECTION
from shellwright.teacher.openai.store import CallStore

STARTED, ANSWERED, EMPTY = "started", "ok", "empty"
NOTHING = Usage(0, 0)
_INSERT = """
insert into calls (started_at, key, model, purpose, prompt_version, attempt, outcome, status,
    prompt_tokens, completion_tokens, estimated, cost_usd, latency_s, cached)
values (?, ?, ?, ?, ?, ?, ?, null, ?, ?, ?, ?, ?, ?)
"""
_SETTLE = """
update calls set outcome = ?, status = ?, prompt_tokens = ?, completion_tokens = ?, estimated = ?,
    cost_usd = ?, latency_s = ? where id = ?
"""
_TOTALS = """
select model, purpose, cached, outcome, count(*), sum(prompt_tokens), sum(completion_tokens),
    sum(cost_usd), sum(case when estimated then cost_usd else 0 end), sum(latency_s)
from calls group by model, purpose, cached, outcome order by model, purpose, cached, outcome
"""


@dataclass(frozen=True)
class Call:
    """What is known of a call before it is made."""

    key: str
    model: str
    purpose: str
    prompt_version: str
    attempt: int = 1


@dataclass(frozen=True)
class Total:
    """The calls of one model, purpose and outcome. Money in US dollars, `latency_s` summed.

    `estimated_usd` is the part of `cost_usd` for which the endpoint reported no tokens. Cached
    calls show the tokens that the stored answer once took, and cost nothing.
    """

    model: str
    purpose: str
    cached: bool
    outcome: str
    calls: int
    prompt_tokens: int
    completion_tokens: int
    cost_usd: float
    estimated_usd: float
    latency_s: float


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Ledger:
    """The calls in a store, and what they have cost together."""

    def __init__(
        self,
        store: CallStore,
        price: Price,
        *,
        now: Callable[[], datetime] = _utc_now,
        section: str = SECTION,
    ) -> None:
        self._store = store
        self._section = section
        self._price = price
        self._now = now

    def begin(self, call: Call, worst: Usage, budget: Budget) -> int:
        """Write that `call` begins, and return the number of its row.

        `worst` is the most that it may use; that much of `budget` is taken until `settle` says what
        it was. Raises BudgetExceeded, and writes nothing, when less than that is left.
        """
        cost = self._price.cost(worst)
        with self._store.transaction() as db:
            tokens, usd = db.execute("select tokens, usd from spent").fetchone()
            self._check(budget, tokens, usd, _tokens(worst), cost)
            _spend(db, _tokens(worst), cost)
            return self._insert(db, call, STARTED, worst, cost, 0.0, cached=False)

    def settle(
        self,
        db: sqlite3.Connection,
        row: int,
        *,
        outcome: str,
        usage: Usage,
        latency_s: float,
        status: int | None = None,
    ) -> None:
        """Write how the call in `row` ended, as part of the transaction of `db`."""
        prompt, completion, reserved = db.execute(
            "select prompt_tokens, completion_tokens, cost_usd from calls where id = ?", (row,)
        ).fetchone()
        cost = self._price.cost(usage)
        db.execute(
            _SETTLE,
            (
                outcome,
                status,
                usage.prompt_tokens,
                usage.completion_tokens,
                usage.estimated,
                cost,
                latency_s,
                row,
            ),
        )
        _spend(db, _tokens(usage) - prompt - completion, cost - reserved)

    def cached(self, call: Call, usage: Usage, latency_s: float) -> None:
        """Write that `call` was answered from the store."""
        with self._store.transaction() as db:
            self._insert(db, call, ANSWERED, usage, 0.0, latency_s, cached=True)

    def spent(self) -> tuple[int, float]:
        """Return the tokens and the US dollars that all calls have taken so far."""
        with self._store.reading() as db:
            tokens, usd = db.execute("select tokens, usd from spent").fetchone()
        return int(tokens), float(usd)

    def totals(self) -> list[Total]:
        """Return the calls by model, purpose, cached and outcome, in that order."""
        with self._store.reading() as db:
            rows = db.execute(_TOTALS).fetchall()
        return [Total(row[0], row[1], bool(row[2]), *row[3:]) for row in rows]

    def summary(self) -> str:
        """Return lines that say what was asked in all runs, what it cost and what went wrong."""
        totals = self.totals()
        tokens, usd = self.spent()
        asked = [each for each in totals if not each.cached]
        hits = sum(each.calls for each in totals if each.cached)
        calls = sum(each.calls for each in asked)
        spent = f"{tokens} tokens, {usd:.4f} USD"
        lines = [f"{calls} model calls in all runs, {hits} from the store; {spent}"]
        lines += [
            f"  {each.model} {each.purpose} {each.outcome}: {each.calls} calls,"
            f" {each.prompt_tokens} + {each.completion_tokens} tokens, {each.cost_usd:.4f} USD"
            + (f" (of it {each.estimated_usd:.4f} estimated)" if each.estimated_usd else "")
            + f", {each.latency_s / each.calls:.1f} s each"
            for each in asked
        ]
        return "\n".join(lines)

    def _check(
        self, budget: Budget, tokens: int, usd: float, next_tokens: int, next_usd: float
    ) -> None:
        over = ""
        if budget.tokens is not None and tokens + next_tokens > budget.tokens:
            over = (
                f"{self._section}.max_tokens_total: {budget.tokens} are allowed, {tokens} are used,"
                f" and the next call may take {next_tokens}"
            )
        elif budget.usd is not None and usd + next_usd > budget.usd:
            over = (
                f"{self._section}.max_cost_usd: {budget.usd:.4f} is allowed, {usd:.4f} is spent,"
                f" and the next call may cost {next_usd:.4f}"
            )
        if over:
            raise BudgetExceeded(
                f"{over} (all calls that {self._store.path} has ever recorded). Raise that key, or"
                " choose the way that needs no model, and run the same command again: every answer"
                " so far is kept in that file and is not paid for twice."
            )

    def _insert(
        self,
        db: sqlite3.Connection,
        call: Call,
        outcome: str,
        usage: Usage,
        cost: float,
        latency_s: float,
        *,
        cached: bool,
    ) -> int:
        cursor = db.execute(
            _INSERT,
            (
                self._now().isoformat(timespec="milliseconds"),
                call.key,
                call.model,
                call.purpose,
                call.prompt_version,
                call.attempt,
                outcome,
                usage.prompt_tokens,
                usage.completion_tokens,
                usage.estimated,
                cost,
                latency_s,
                cached,
            ),
        )
        return int(cursor.lastrowid or 0)


def _tokens(usage: Usage) -> int:
    return usage.prompt_tokens + usage.completion_tokens


def _spend(db: sqlite3.Connection, tokens: int, usd: float) -> None:
    db.execute("update spent set tokens = tokens + ?, usd = usd + ?", (tokens, usd))
