"""Find the messages that never arrived, and the records to send again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from shellwright.recipe import (
    Draw,
    Entry,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Report,
    Table,
    Unsuitable,
    World,
    Wrong,
    do,
    look,
    quoted,
)
from shellwright.recipe.tabular import differing

NAMES = ("edge-1", "edge-2", "edge-3", "gate-a", "gate-b", "kiosk", "mobile", "relay")
COUNT = """{ producer = $2; number = $3 }
(producer, number) in seen { twice[producer]++; next }
{ seen[producer, number] = 1
  if (number < top[producer]) late[producer]++
  else top[producer] = number }
END { for (producer in top) print producer, twice[producer] + 0, late[producer] + 0 }
"""
RANGES = """function out() {
  if (first != "") print producer, first == last ? first : first "-" last
}
$1 != producer || $2 != last + 1 { out(); producer = $1; first = $2 }
{ last = $2 }
END { out() }
"""

#: Producer and number.
Message = tuple[str, int]


class ResendLostMessages(Recipe):
    """The records whose messages never arrived; a report by producer."""

    needs = (
        Pattern.of(
            "table",
            format=("csv", "tsv"),
            condition="clean",
            shape="records",
            extent=("full", "merged"),
        ),
    )
    gives = (Pattern.of("table", format=("csv", "tsv"), condition="clean", extent="selected"),)
    tools = ("awk", "cat", "comm", "cut", "head", "jq", "mkdir", "mlr", "numinterval", "sed",
             "sort", "tail", "uniq", "wc")  # fmt: skip
    packages = ("jq", "miller", "num-utils")
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        ids, key, form = source.values("id"), source.name("id"), source.format
        if len({*ids}) < len(ids) or len(ids) < 45 or any({*i} & {*"\"'\\, \t"} for i in ids):
            raise Unsuitable("too few records, or ids that are hard to write")
        producers = sorted(draw.sample(NAMES, 3))
        sent = _sent(draw, ids, producers)
        lost = _lost(draw, sent, producers)
        received = _received(draw, [m for m in sent if m not in lost])
        folder = world.input(draw, ["producers", "sent_logs", "outgoing"])
        arrived = world.input(draw, ["received", "consumer", "arrivals"], ".log")
        target = world.output(draw, ["resend", "lost_records", "to_send_again"], f".{form}")
        report = world.output(draw, ["delivery", "loss_report", "sequence_audit"], ".json")

        def made(messages: Iterable[Message]) -> Table:
            chosen = {sent[m] for m in messages}
            return source.with_rows(
                (row for row, i in zip(source.rows, ids, strict=True) if i in chosen),
                path=target,
                extent="selected",
                noun=f"{world.theme.records} to send again",
            )

        result = made(lost)
        value = {name: _account(name, sent, lost, received) for name in producers}
        finding = Report(path=report, noun="report by producer", value=value)
        logs = {
            name: "".join(f"{n}\t{i}\n" for (p, n), i in sent.items() if p == name)
            for name in producers
        }
        here, there, at, come, out = (
            quoted(path) for path in (source.path, target, folder, arrived, report)
        )
        numbers = {n for _, n in received}
        heard = {name: max(n for p, n in received if p == name) for name in producers}
        work = "/tmp/delivery"
        keys = "`sent`, `lost`, `duplicates` and `late`"
        listed = " ".join(producers)
        flat = {
            name: {**account, "late": account["late"] + account["duplicates"]}
            for name, account in value.items()
        }
        first = producers[0]
        return Move(
            focus=result,
            makes=[result, finding],
            brings=[
                Entry.folder(folder),
                *[Entry(f"{folder}/{name}.tsv", text.encode()) for name, text in logs.items()],
                Entry(
                    arrived,
                    "".join(f"{7000 + n} {p} {k}\n" for n, (p, k) in enumerate(received)).encode(),
                ),
            ],
            request=[
                f"Some {world.theme.records} of `{source.path}` never reached the central system. "
                f"Every producer numbered what it sent, a file each in `{folder}` named after it "
                f"(`.tsv`: number, `{key}`); `{arrived}` has what arrived, in this order: offset, "
                "producer, number. Messages may arrive late or twice. Write the rows whose "
                f"message never arrived to `{target}`, unchanged, in the order and format of the "
                f"source, and a JSON object `{report}` that has for each producer an object with "
                f"{keys}: how many it sent; a list of the lost numbers as text, in ascending "
                "order, runs of neighbours joined as in `12-14`; how many arrivals were "
                "repetitions; and how many messages arrived for the first time after one "
                "with a higher number of the same producer.",
                f"Please find out what our queue has lost. The producers' logs in `{folder}` (one "
                f"`.tsv` per producer, with a running number and the `{key}` of the record) say "
                f"what was sent, and `{arrived}` says what came in, line by line: offset, "
                "producer, number. Repetitions and overtaking are normal; lost is only what never "
                "came at all. Those records have to be sent again, so put their rows from "
                f"`{source.path}` into `{target}` as they are, order and format included. "
                f"Besides, `{report}` shall be a JSON object with one object per producer: "
                f"{keys}, which are the messages sent, the lost numbers (strings in ascending "
                "order, neighbours as one range like `12-14`), the number of repeated arrivals, "
                "and the number of messages whose first arrival came behind a higher number of "
                "that producer.",
            ],
            steps=[
                look(
                    f"wc -l {at}/*.tsv {come}; cut -d ' ' -f 2- {come} | sort | uniq -d | wc -l",
                    "How much was sent and received, and does anything arrive twice?",
                    "Count lines and repetitions.",
                ),
                look(
                    f"head -n 3 {at}/{first}.tsv {come}",
                    "Both sides have to be compared by producer and number.",
                    "Look at the beginning of an outbox and of the arrivals.",
                ),
                look(
                    f"awk '$2 == \"{first}\" {{ print $3 }}' {come} | head -n 30 | numinterval | "
                    "sort -n | uniq -c",
                    f"In the arrivals of {first}, steps other than 1 are gaps, late ones or "
                    "repetitions.",
                    "Look at the steps between successive numbers.",
                ),
                do(
                    f"mkdir -p {work}\n"
                    f"for producer in {listed}; do\n"
                    f'  sed "s/^/$producer\\t/" {at}/$producer.tsv\ndone > {work}/sent\n'
                    f"LC_ALL=C comm -23 <(cut -f 1,2 {work}/sent | LC_ALL=C sort) "
                    f"<(awk '{{ print $2 \"\\t\" $3 }}' {come} | LC_ALL=C sort -u) | "
                    f"LC_ALL=C sort -k 1,1 -k 2,2n > {work}/lost\n"
                    f"awk -F '\\t' 'BEGIN {{ print \"{key}\" }} NR == FNR {{ gone[$1, $2] = 1; "
                    f"next }} ($1, $2) in gone {{ print $3 }}' {work}/lost {work}/sent "
                    f"> {work}/ids.csv\n"
                    f"mlr --i{form} --o{form} join -i csv -j {key} -f {work}/ids.csv then "
                    f"cut -o -f {','.join(source.header)} {here} > {there}\ncat {work}/lost",
                    "Order does not matter for loss: I compare what was sent with what arrived, "
                    "as sets of producer and number.",
                    "Find what never arrived and pick its records.",
                    0.5,
                ),
                do(
                    f"cat > {work}/count.awk <<'EOF'\n{COUNT}EOF\n"
                    f"cat > {work}/ranges.awk <<'EOF'\n{RANGES}EOF\n"
                    f"awk -f {work}/count.awk {come} > {work}/counts\n"
                    f"awk -f {work}/ranges.awk {work}/lost > {work}/ranges\n"
                    f"cut -f 1 {work}/sent | uniq -c > {work}/totals\n"
                    f"jq -n --rawfile totals {work}/totals --rawfile counts {work}/counts "
                    f"--rawfile ranges {work}/ranges '\n"
                    '  def rows: split("\\n") | map(select(. != "") | ltrimstr(" ") | '
                    '[scan("[^ ]+")]);\n'
                    "  ($ranges | rows) as $lost | ($counts | rows) as $seen\n"
                    "  | $totals | rows | map(.[1] as $name | {key: $name, value: {\n"
                    "      sent: (.[0] | tonumber),\n"
                    "      lost: [$lost[] | select(.[0] == $name)[1]],\n"
                    "      duplicates: ($seen[] | select(.[0] == $name)[1] | tonumber),\n"
                    "      late: ($seen[] | select(.[0] == $name)[2] | tonumber)}})\n"
                    f"  | from_entries' > {out}",
                    f"{len(lost)} messages are lost. Late and repeated ones have to be told in the "
                    "order of arrival.",
                    "Count by producer, join neighbours to ranges and write the report.",
                ),
                look(
                    f"jq -c . {out}; wc -l {there}; tail -n 2 {there}",
                    "There should be one row for each lost message.",
                    "Compare the report with the rows.",
                ),
            ],
            wrong=[
                *differing(
                    result,
                    [
                        (
                            "numbers without their producer",
                            made(m for m in sent if m[1] not in numbers),
                        ),
                        (
                            "losses at the end overlooked",
                            made(m for m in lost if m[1] < heard[m[0]]),
                        ),
                        ("late ones taken for lost", made([*lost, *_overtaken(received)])),
                    ],
                ),
                Wrong(
                    "repetitions are late",
                    path=report,
                    content=Report(path="/", noun="", value=flat).text().encode(),
                ),
            ],
            mistakes=[
                Mistake(
                    "analysis",
                    before=3,
                    command=f"jq -s 'group_by(.producer) | length' {come}",
                    symptom=r"parse error",
                    diagnosis="The arrivals are words in a line, not JSON; awk reads them.",
                ),
                Mistake(
                    "hallucination",
                    before=4,
                    command=f"mlr --inidx --ojson gaps -f 3 -g 2 {come}",
                    symptom=r"verb \"gaps\" not found",
                    diagnosis="There is no such verb; two short awk programs do it.",
                ),
            ],
        )


def _sent(draw: Draw, ids: Sequence[str], producers: Sequence[str]) -> dict[Message, str]:
    """What each producer sent: a record a message, numbers ascending by one."""
    number = {name: draw.integer(3, 60) for name in producers}
    found: dict[Message, str] = {}
    for i in draw.shuffled(ids):
        name = draw.choice(producers)
        found[name, number[name]] = i
        number[name] += 1
    return {message: found[message] for message in sorted(found)}


def _lost(draw: Draw, sent: Mapping[Message, str], producers: Sequence[str]) -> list[Message]:
    """A run and a single message of each producer, and the last ones of the first."""
    found: set[Message] = set()
    for place, name in enumerate(producers):
        mine = [message for message in sent if message[0] == name]
        if len(mine) < 12:
            raise Unsuitable("a producer that sent next to nothing")
        start = draw.integer(1, len(mine) - 9)
        found |= {*mine[start : start + draw.integer(2, 3)]}
        found.add(mine[start + 5])
        if place == 0:
            found |= {*mine[-2:]}
    return sorted(found)


def _received(draw: Draw, messages: Sequence[Message]) -> list[Message]:
    """The arrivals: producers mixed, some messages late, some twice."""
    rank = {m: n + draw.fraction() * 3 for n, m in enumerate(sorted(messages, key=lambda m: m[1]))}
    for message in draw.sample(sorted(messages), 5):
        rank[message] += draw.integer(9, 16)
    order = sorted(messages, key=lambda m: rank[m])
    for message in draw.sample(sorted(messages), 6):
        place = order.index(message)
        order.insert(min(len(order), place + draw.integer(1, 12)), message)
    return order


def _overtaken(received: Sequence[Message]) -> list[Message]:
    """The messages that arrived for the first time after a higher number."""
    top: dict[str, int] = {}
    seen: set[Message] = set()
    late = []
    for message in received:
        name, number = message
        if message not in seen and number < top.get(name, 0):
            late.append(message)
        seen.add(message)
        top[name] = max(number, top.get(name, 0))
    return late


def _account(
    name: str, sent: Mapping[Message, str], lost: Sequence[Message], received: Sequence[Message]
) -> dict[str, Any]:
    """The figures of a producer."""
    gone = [number for producer, number in lost if producer == name]
    runs: list[list[int]] = []
    for number in gone:
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    came = [message for message in received if message[0] == name]
    return {
        "sent": sum(producer == name for producer, _ in sent),
        "lost": [str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs],
        "duplicates": len(came) - len({*came}),
        "late": sum(producer == name for producer, _ in _overtaken(received)),
    }
