"""Cards that only a dialogue program shows, collected into a table."""

from __future__ import annotations

import base64
import json
import zlib
from dataclasses import dataclass

from shellwright.recipe import (
    PEOPLE,
    Column,
    Draw,
    Entry,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Row,
    Table,
    Unsuitable,
    World,
    do,
    look,
    quoted,
    summary,
)
from shellwright.recipe.tabular import differing

PROGRAM = '''#!/usr/bin/env python3
"""Card terminal of @organisation@. usage: @name@ CARDS"""
import base64
import json
import random
import sys
import termios
import zlib

if len(sys.argv) != 2:
    sys.exit("usage: @name@ CARDS")
if not (sys.stdin.isatty() and sys.stdout.isatty()):
    sys.exit("@name@: no terminal")
with open(sys.argv[1], "rb") as stream:
    store = json.loads(zlib.decompress(base64.b64decode(stream.read())))


def ask(prompt):
    # Nobody types ahead here.
    termios.tcflush(0, termios.TCIFLUSH)
    sys.stdout.write(prompt)
    sys.stdout.flush()
    line = sys.stdin.readline()
    if not line:
        sys.exit(1)
    return line.strip()


def admit():
    first, second = sorted(random.sample(range(1, 9), 2))
    if ask(f"Digits {first} and {second} of the station code: ") != (
        store["code"][first - 1] + store["code"][second - 1]
    ):
        print("Refused. This is logged.")
        sys.exit(3)


print("\\033[1mCard terminal\\033[0m, @organisation@")
admit()
looked = 0
while True:
    key = ask("Card (. to leave): ").upper()
    if key == ".":
        break
    looked += 1
    if looked % @limit@ == 0:
        print("Session has expired.")
        admit()
    card = store["cards"].get(key)
    if card is None:
        print("No such card.")
    elif "see" in card:
        print(f"Card withdrawn, see \\033[4m{card['see']}\\033[0m.")
    else:
        page = ["Shelf", "Sheets", "Counted", "By"]
        if "hint" in card:
            ask(f"Note: {card['hint']}. Return goes on: ")
            page = ["Counted", "By", "Sheets", "Shelf"]
        print(f"+--- {key} ---")
        for label in page:
            print(f"| {label:<9}: \\033[7m{card[label]}\\033[0m")
        print("+---")
print("Good bye.")
'''
SCRIPT = r"""#!/usr/bin/expect -f
# Looks up the cards whose numbers come on standard input; a line of CSV for each.
log_user 0
set timeout 10
set numbers [split [string trim [read stdin]] \n]
spawn @program@ @cards@
expect_after {
    timeout { puts stderr "no answer"; exit 75 }
    eof { puts stderr "the terminal has gone"; exit 76 }
}
proc digits {first second} {
    set code @code@
    send "[string index $code $first-1][string index $code $second-1]\r"
}
# Enters a card; gives its text as soon as the next card is asked for.
proc card {key} {
    global text
    set text ""
    send -- "$key\r"
    expect {
        -re {^(.*)Digits ([1-8]) and ([1-8]) of the station code: $} {
            append text $expect_out(1,string)
            digits $expect_out(2,string) $expect_out(3,string)
            exp_continue
        }
        -re {^(.*)Return goes on: $} { append text $expect_out(1,string); send "\r"; exp_continue }
        -re {^(.*)Card \(. to leave\): $} { append text $expect_out(1,string) }
    }
    regsub -all {\x1b\[[0-9;]*m|\r} $text "" text
    return $text
}
# The dialogue begins with the digits.
expect -re {Digits ([1-8]) and ([1-8]) of the station code: $}
digits $expect_out(1,string) $expect_out(2,string)
expect -re {to leave\): $}
foreach number $numbers {
    set key $number
    set text [card $key]
    while {[regexp {withdrawn, see ([^ ]+)\.} $text -> key]} { set text [card $key] }
    set shelf "-"
    set sheets "-"
    if {[string first "No such card" $text] >= 0} {
        set key "-"
    } else {
        regexp {\| Shelf +: ([^\n]*)} $text -> shelf
        regexp {\| Sheets +: ([^\n]*)} $text -> sheets
    }
    puts "$number,$key,$shelf,[string map {, {}} $sheets]"
}
send ".\r"
expect eof {}
"""


@dataclass(frozen=True)
class Card:
    """A card: where it is and what there is of it, or the card that replaced it."""

    shelf: str = ""
    sheets: int = 0
    see: str = ""
    hint: str = ""
    counted: str = ""
    by: str = ""

    def stored(self) -> dict[str, str]:
        """The card as the terminal keeps it."""
        if self.see:
            return {"see": self.see}
        hint = {"hint": self.hint} if self.hint else {}
        return {
            "Shelf": self.shelf,
            "Sheets": f"{self.sheets:,}",
            "Counted": self.counted,
            "By": self.by,
            **hint,
        }


class CollectFromCardTerminal(Recipe):
    """A row a record with the card that is valid for it, its shelf and its sheets."""

    needs = (Pattern.of("table", format="tsv", condition="clean", shape="records", extent="full"),)
    gives = (Pattern.of("table", format="csv", condition="clean", shape="listing"),)
    tools = ("awk", "cat", "cut", "expect", "grep", "head", "sed", "socat", "sort", "tail",
             "timeout", "uniq", "wc")  # fmt: skip
    packages = ("expect", "socat")
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        if not source.has("id", "status"):
            raise Unsuitable("ids or states are missing")
        ids, states = source.values("id"), source.values("status")
        fitting = [s for s in dict.fromkeys(states) if 12 <= states.count(s) <= 45]
        if not fitting or len(set(ids)) < len(ids) or not all(i.isupper() for i in ids):
            raise Unsuitable("no status with a few dozen records")
        state = draw.choice(fitting)
        wanted = [key for key, value in zip(ids, states, strict=True) if value == state]
        cards = drawn_cards(ids, wanted, draw)
        code = "".join(str(draw.integer(0, 9)) for _ in range(8))
        program = world.input(draw, ["cards", "card_terminal", "kardex"], ".py")
        store = world.input(draw, ["cards", "card_store", "kardex"], ".dat")
        target = world.output(draw, ["shelves", "sheet_cards", "from_cards"], ".csv")
        columns = (
            Column(source.name("id"), "id"),
            Column("card", "name"),
            Column("shelf", "place"),
            Column("sheets", "note"),
        )
        rows = [looked_up(key, cards) for key in wanted]
        result = summary(target, "shelves and sheets by card", columns, rows)
        limit = draw.integer(4, 7)
        text = PROGRAM.replace("@organisation@", world.theme.organisation)
        text = text.replace("@name@", program.rpartition("/")[2]).replace("@limit@", str(limit))
        kept = {"code": code, "cards": {key: card.stored() for key, card in cards.items()}}
        content = base64.encodebytes(zlib.compress(json.dumps(kept).encode(), 9))
        script = SCRIPT.replace("@program@", program).replace("@cards@", store)
        script = script.replace("@code@", code)
        here, there, desk = quoted(source.path), quoted(target), quoted(program)
        head = ",".join(result.header)
        places = source.index("id") + 1, source.index("status") + 1
        chosen = f"awk -F '\\t' '$%d == \"{state}\" {{ print $%d }}' {here}" % places[::-1]
        plain = [
            (k, k, cards[k].shelf, str(cards[k].sheets))
            if k in cards and not cards[k].see
            else (k, "-", "-", "-")
            for k in wanted
        ]
        return Move(
            focus=result,
            makes=[result],
            brings=[Entry(program, text.encode(), mode=0o755), Entry(store, content)],
            request=[
                f"Where the paper files are is only known to the card terminal, `{program}` with "
                "the "
                f"cards in `{store}`, which shows one card at a time and cannot export. Our "
                f"station code is `{code}`. For every record of `{source.path}` whose "
                f"`{source.name('status')}` is `{state}`, in the order of the table, I need a row "
                f"in `{target}` (CSV, header `{head}`): the `{source.name('id')}`, the number of "
                "the card that is valid for it, its shelf, and how many sheets it holds, without "
                "separators. A "
                "card "
                "that was withdrawn refers to another one, which may be withdrawn as well; the "
                "last one counts. Where the terminal has no card, put `-` in the three other "
                "columns. Change neither the terminal nor its cards.",
                f"Please ask `{program}`, the card terminal (its argument is `{store}`, our "
                f"station code `{code}`), about each record with the "
                f"`{source.name('status')}` `{state}` in `{source.path}`, since it cannot print "
                f"lists. What it says goes to `{target}`, CSV with the header `{head}`, in the "
                f"order of the records: `{source.name('id')}`, the card that holds now, its shelf "
                "and the number of its sheets without separators. Follow withdrawn cards to the "
                "one that took "
                "their place, however often. If there is no card, `-` stands for card, shelf and "
                "sheets. The program and its store stay as they are.",
            ],
            steps=[
                look(
                    f"cat {desk}; head -n 3 {here}; cut -f {places[1]} {here} | tail -n +2 | "
                    "sort | uniq -c",
                    f"How does the dialogue go, and how many records have the status {state}?",
                    "Read the program and count the records.",
                ),
                look(
                    f"printf '{wanted[0]}\\n.\\n' | timeout 3 socat - "
                    f"EXEC:'{program} {store}',pty,setsid,ctty | cat -v",
                    "It needs a terminal and drops what is typed ahead. What happens if the "
                    "answers simply come through one?",
                    "Give it a terminal and send two lines at once.",
                    duration=3.0,
                ),
                do(
                    f"cat > /tmp/cards.exp <<'SCRIPT'\n{script}SCRIPT\n"
                    f"{chosen} |\n  expect /tmp/cards.exp | sed '1i {head}' > {there}",
                    f"Each answer has to wait for its prompt, and the digits are asked for again "
                    f"at every {limit}th card. Some cards have a note before them and their lines "
                    "in another order, so labels count.",
                    "Write the dialogue down and look all cards up.",
                    duration=3.0,
                ),
                look(
                    f"wc -l {there}; head -n 5 {there}; awk -F , '$1 != $2' {there} | wc -l; "
                    f"grep -c -- ',-$' {there}",
                    "Which records have another card, and which have none?",
                    "Count rows, replaced cards and missing ones.",
                ),
            ],
            wrong=differing(
                result,
                [
                    ("withdrawn cards have none", result.with_rows(plain)),
                    (
                        "only one reference is followed",
                        result.with_rows(looked_up(key, cards, 1) for key in wanted),
                    ),
                    (
                        "without those that have no card",
                        result.with_rows(row for row in rows if row[1] != "-"),
                    ),
                    (
                        "the record's number as the card",
                        result.with_rows((r[0], r[0], *r[2:]) for r in rows),
                    ),
                ],
            ),
            mistakes=[
                Mistake(
                    "command",
                    before=2,
                    command=f"printf '{wanted[0]}\\n' | {desk} {quoted(store)}",
                    symptom=r"no terminal",
                    diagnosis="It refuses pipes; it has to be given a terminal.",
                ),
                Mistake(
                    "analysis",
                    before=2,
                    command=f"grep -c {wanted[0]} {quoted(store)}",
                    symptom=r"(?m)^0\s*$",
                    diagnosis="The store is encoded; the terminal is the way to it.",
                ),
            ],
        )


def drawn_cards(ids: list[str], wanted: list[str], draw: Draw) -> dict[str, Card]:
    """The cards: some withdrawn, once or twice, some missing, and some with a note."""
    cards: dict[str, Card] = {}
    prefix = ids[0].rstrip("0123456789")
    for key in ids:
        cards[key] = Card(
            shelf=f"{draw.choice('ABCDEFG')}-{draw.integer(1, 48):02d}",
            sheets=draw.choice([draw.integer(0, 90), draw.integer(1_000, 4_800)]),
            hint=draw.choice(["fragile", "count again", "two keys"]) if draw.chance(0.2) else "",
            counted=f"2026-01-{draw.integer(5, 30):02d}",
            by=draw.choice(PEOPLE),
        )
    odd = draw.sample(wanted, 9)
    for number, key in enumerate(odd):
        if number < 2:
            del cards[key]
            continue
        chain = [f"{prefix}X{number}{step}{draw.integer(10, 99)}" for step in range(1 + number % 3)]
        for before, after in zip([key, *chain[:-1]], chain, strict=True):
            cards[after] = cards[before]
            cards[before] = Card(see=after)
    return cards


def looked_up(key: str, cards: dict[str, Card], most: int = 9) -> Row:
    """The row of a record; no more than so many references are followed."""
    last = key
    while most and last in cards and cards[last].see:
        last, most = cards[last].see, most - 1
    if last not in cards:
        return key, "-", "-", "-"
    card = cards[last]
    return key, last, card.shelf or "-", str(card.sheets) if card.shelf else "-"
