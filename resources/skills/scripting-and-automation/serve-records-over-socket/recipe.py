"""A small server for a ledger: a script that speaks a line protocol, behind a TCP port."""

from __future__ import annotations

from shellwright.recipe import (
    Check,
    Draw,
    Entry,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Table,
    Unsuitable,
    World,
    Wrong,
    do,
    look,
    quoted,
    shell_prints,
    text_equals,
)
from shellwright.recipe.tabular import differing

SCRIPT = r"""#!/bin/bash
# @name@ LEDGER: answers one client on standard input and output.
export LC_ALL=C
ledger=$1
exec 9>> "$ledger.lock"
# Runs awk on the ledger with the words of the request; the columns have fixed places.
look_up() {
    awk -F '\t' -v key="${word[1]}" -v OFS='\t' "$1" "$ledger"
}
add() {
    local old new
    old=$(look_up 'NR > 1 && $@id@ == key "" { print $@count@; exit }')
    if [ -z "$old" ]; then echo "404 ${word[1]}"; return; fi
    new=$(( old + ${word[2]} ))
    if (( new < 0 )); then echo "409 $old"; return; fi
    look_up "NR > 1 && \$@id@ == key \"\" { \$@count@ = $new } { print }" > "$ledger.new"
    mv "$ledger.new" "$ledger"
    echo "200 $new"
}
while IFS= read -r line || [ -n "$line" ]; do
    line=${line%$'\r'}
    read -ra word <<< "$line"
    case "${word[0]^^} ${#word[@]}" in
        "GET 2")
            flock 9
            found=$(look_up 'NR > 1 && $@id@ == key "" { print $@count@, $@status@; exit }')
            flock -u 9
            if [ -n "$found" ]; then echo "200 ${found/$'\t'/ }"; else echo "404 ${word[1]}"; fi ;;
        "ADD 3")
            if [[ ${word[2]} =~ ^-?(0|[1-9][0-9]{0,5})$ ]]; then
                flock 9; add; flock -u 9
            else
                echo "400 number"
            fi ;;
        "COUNT 1")
            flock 9
            echo "200 $(look_up 'NR > 1 { n += $@count@ } END { print NR - 1 " " n + 0 }')"
            flock -u 9 ;;
        "QUIT 1") echo "221 bye"; exit 0 ;;
        *) echo "400 request" ;;
    esac
done
"""


class ServeRecordsOverSocket(Recipe):
    """The ledger after a recorded dialogue, its answers, and the script that serves any ledger."""

    needs = (Pattern.of("table", format="tsv", condition="clean", shape="records", extent="full"),)
    gives = (
        Pattern.of("table", format="tsv", condition="clean", shape="records", extent="merged"),
    )
    tools = (
        "bash", "cat", "chmod", "cp", "cut", "diff", "fuser", "grep", "head", "nc", "netstat",
        "rm", "sleep", "socat", "sort", "tail", "uniq",
    )  # fmt: skip
    packages = ("net-tools", "netcat-openbsd", "psmisc", "socat")
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        ids = source.values("id")
        if not source.has("id", "status", "count") or len(set(ids)) < len(ids) or len(ids) < 20:
            raise Unsuitable("columns or records are missing")
        if any(set(key) & set(" \\") for key in ids):
            raise Unsuitable("ids with blanks")
        port = draw.integer(7_100, 7_900)
        tool = world.output(draw, ["ledger_server", "serve", "desk_server"], ".sh")
        asked = world.input(draw, ["dialogue", "requests", "client"], ".txt")
        answers = world.output(draw, ["answers", "replies", "dialogue_answers"], ".txt")
        target = world.output(draw, ["ledger", "booked", "after_dialogue"], ".tsv")
        requests = drawn_requests(ids, draw, 60)
        booked, replies = served(source, requests)
        result = booked.at(target, f"{source.noun} after the dialogue")
        lines = "".join(r + ("\r\n" if n % 3 == 1 else "\n") for n, r in enumerate(requests))
        text = SCRIPT.replace("@name@", tool.rpartition("/")[2])
        for role in ("id", "status", "count"):
            text = text.replace(f"@{role}@", str(source.index(role) + 1))
        here, there, it, said = (quoted(p) for p in (source.path, target, tool, answers))
        count, status = source.name("count"), source.name("status")
        protocol = (
            f"`GET ID` is answered with `200 N STATUS` ({count} and {status} of that record), "
            f"`ADD ID N` adds the whole number N (`0`, or up to six digits without leading zeros, "
            f"perhaps with a minus) to its {count} in the ledger and says `200 NEW`, or "
            "`409 OLD` without a change if the outcome were negative; `COUNT` says "
            "`200 RECORDS SUM`, the "
            f"number of records and the sum of their {count}. An unknown ID gives `404 ID`, an "
            "N of any other form `400 number` (before the ID is looked at), anything else, also a "
            "wrong number of words, `400 request`. `QUIT` is answered with `221 bye` and ends. "
            "Words are "
            "separated by blanks, verbs may be written in any case, IDs may not, lines end with LF "
            "or CR LF, answers with LF"
        )
        others = [
            ("negative figures", served(source, requests, floor=False)[0].at(target)),
            ("only verbs in capitals", served(source, requests, strict=True)[0].at(target)),
            ("nothing was booked", source.at(target)),
        ]
        bad = text.replace("flock 9; add; flock -u 9", "add")
        return Move(
            focus=result,
            makes=[result],
            brings=[Entry(asked, lines.encode())],
            request=[
                f"`{source.path}` is to be served as a ledger. Write an executable script `{tool}` "
                "that takes a ledger of this form as its argument and answers one client on "
                "standard input and output, so that socat can run it for each connection to a "
                f"port, several at a time, without any change getting lost. {protocol}. Then serve "
                f"a copy, `{target}`, on `127.0.0.1` port `{port}`, send it the recorded dialogue "
                f"`{asked}` in one connection, and keep its answers in `{answers}`. Do not leave "
                "the server running.",
                "We want to look up and book by a plain line protocol. I need an executable "
                f"`{tool}`, called with a ledger like `{source.path}`, that holds the dialogue "
                "with one client (standard input and output; socat starts one for each "
                "connection). "
                f"{protocol}. Changes go into the ledger at once, and none may get lost when many "
                f"clients add at the same time. Copy the ledger to `{target}`, serve it on port "
                f"`{port}` of `127.0.0.1`, let `{asked}` run through one connection, store what "
                f"comes back in `{answers}`, and stop the server.",
            ],
            steps=[
                look(
                    f"head -n 2 {here}; head -n 5 {quoted(asked)}; cut -d ' ' -f 1 {quoted(asked)} "
                    f"| sort | uniq -c; netstat -ltn; fuser {port}/tcp",
                    f"Which columns are wanted, what do clients say, and is port {port} free?",
                    "Look at the ledger, the dialogue and the ports.",
                ),
                do(
                    f"cat > {it} <<'SCRIPT'\n{text}SCRIPT\nchmod 755 {it}",
                    "Reading, changing and renaming have to happen under one lock, on a file of "
                    "its own because the ledger is replaced. Some lines end in CR LF.",
                    "Write the script.",
                    duration=1.5,
                ),
                do(
                    f"cp {here} {there}\n"
                    f"socat -t 30 TCP-LISTEN:{port},bind=127.0.0.1,reuseaddr,fork "
                    f"EXEC:'{tool} {target}' &\n"
                    f"until netstat -ltn | grep -q ':{port} '; do sleep 0.1; done\n"
                    f"nc -N 127.0.0.1 {port} < {quoted(asked)} > {said}\n"
                    f"fuser -s -k -TERM {port}/tcp\nrm -f {there}.lock",
                    "It has to work on a copy, through a real connection. The client closes its "
                    "side "
                    "early, so socat has to wait for the answers longer than half a second.",
                    "Serve the copy, send the dialogue, keep the answers, stop.",
                    duration=2.0,
                ),
                look(
                    f"cut -c 1-3 {said} | sort | uniq -c; tail -n 1 {said}; "
                    f"diff {here} {there} | grep -c '^>'",
                    "Every line has to get an answer.",
                    "Count the answers by their code, and the records that changed.",
                ),
                look(
                    f"cp {here} /tmp/l.tsv; for n in 1 2 3 4 5 6; do echo 'ADD {ids[0]} 1' | "
                    f"bash {it} /tmp/l.tsv & done; wait; echo 'GET {ids[0]}' | bash {it} "
                    "/tmp/l.tsv; rm /tmp/l.tsv /tmp/l.tsv.lock",
                    f"Several clients at once: no change of {ids[0]} may get lost.",
                    "Try parallel additions on another copy.",
                    duration=0.5,
                ),
            ],
            checks=[
                text_equals(answers, "".join(f"{reply}\n" for reply in replies)),
                serves(tool, source, draw.child("trial"), port),
            ],
            wrong=[
                *differing(result, others),
                Wrong("no lock", path=tool, content=bad.encode()),
                Wrong(
                    "carriage returns stay",
                    path=tool,
                    content=text.replace("    line=${line%$'\\r'}\n", "").encode(),
                ),
                Wrong(
                    "names are patterns",
                    path=tool,
                    content=text.replace('== key ""', "~ key").encode(),
                ),
            ],
            mistakes=[
                Mistake(
                    "verification",
                    before=2,
                    command=f"nc -v -N 127.0.0.1 {port} < {quoted(asked)}",
                    symptom=r"refused",
                    diagnosis="Nothing listens yet: the script alone is no server.",
                ),
                Mistake(
                    "command",
                    before=2,
                    command=f"socat TCP-LISTEN:{port},bind-to=127.0.0.1 EXEC:'{tool} {target}'",
                    symptom=r"unknown option",
                    diagnosis="The option for the address is called bind.",
                ),
            ],
        )


def drawn_requests(ids: list[str], draw: Draw, count: int) -> list[str]:
    """What clients say, with what they get wrong; the last line is QUIT."""
    names = draw.sample(ids, 9)
    odd = ["", "HELLO", f"GET {names[0].lower()}", f"ADD {names[1]} 4.5", f"ADD {names[2]}",
           f"ADD {names[3]} 007", "ADD NONE-1 x", "ADD NONE-1 5", "GET", "GET .*", "COUNT all",
           f"get  {names[4]}", f"Add {names[5]} 12", f"ADD {names[6]} -0", f"ADD {names[1]} +3",
           f"ADD {names[2]} 1234567", "GET *", "COUNT"]  # fmt: skip
    found = [
        draw.choice(
            [
                f"GET {draw.choice(names)}",
                f"ADD {draw.choice(names)} {draw.integer(1, 40)}",
                f"ADD {draw.choice(names)} -{draw.integer(5, 45)}",
                f"add {draw.choice(names)} {draw.integer(1, 9)}",
            ]
        )
        for _ in range(count - len(odd))
    ]
    return [*draw.shuffled([*found, *odd]), "count", "QUIT"]


def served(
    table: Table, requests: list[str], *, floor: bool = True, strict: bool = False
) -> tuple[Table, list[str]]:
    """The ledger after the requests, and the answers."""
    key, status, count = (table.index(role) for role in ("id", "status", "count"))
    rows = {row[key]: list(row) for row in table.rows}
    said: list[str] = []
    for request in requests:
        words = request.split()
        verb = words[0] if strict and words else words[0].upper() if words else ""
        if (verb, len(words)) == ("GET", 2):
            row = rows.get(words[1])
            said.append(f"200 {row[count]} {row[status]}" if row else f"404 {words[1]}")
        elif (verb, len(words)) == ("ADD", 3):
            digits = words[2].removeprefix("-")
            whole = digits.isdigit() and len(digits) <= 6 and (digits == "0" or digits[0] != "0")
            if not whole:
                said.append("400 number")
            elif words[1] not in rows:
                said.append(f"404 {words[1]}")
            else:
                row = rows[words[1]]
                new = int(row[count]) + int(words[2])
                if new < 0 and floor:
                    said.append(f"409 {row[count]}")
                else:
                    row[count] = str(new)
                    said.append(f"200 {new}")
        elif (verb, len(words)) == ("COUNT", 1):
            said.append(f"200 {len(rows)} {sum(int(row[count]) for row in rows.values())}")
        elif (verb, len(words)) == ("QUIT", 1):
            said.append("221 bye")
            break
        else:
            said.append("400 request")
    return table.with_rows((tuple(row) for row in rows.values()), extent="merged"), said


def serves(tool: str, table: Table, draw: Draw, port: int) -> Check:
    """Another ledger is served, to several clients at once."""
    small = table.with_rows(table.rows[: draw.integer(11, 15)])
    ids = small.values("id")
    busy = ids[draw.integer(0, len(ids) - 1)]
    requests = drawn_requests(ids, draw, 26)
    clients, times = 6, 3
    before, _ = served(small, [f"ADD {busy} 2"] * (clients * times))
    after, said = served(before, requests)
    lines = "".join(r + ("\r\n" if n % 2 else "\n") for n, r in enumerate(requests))
    script = f"""at=$(mktemp -d); cd "$at"
cat > ledger <<'END'
{small.text()}END
cat > dialogue <<'END'
{lines}END
trap 'kill $server 2> /dev/null; rm -rf "$at"' EXIT
socat -t 30 TCP-LISTEN:{port},bind=127.0.0.1,reuseaddr,fork EXEC:"{tool} $at/ledger" 2> log &
server=$!
for _ in $(seq 50); do nc -z 127.0.0.1 {port} && break; sleep 0.1; done
for n in $(seq {clients}); do
  {{ for k in $(seq {times}); do echo 'ADD {busy} 2'; done; echo QUIT; }} |
    timeout 8 nc -N 127.0.0.1 {port} > said$n &
  all+=($!)
done
wait "${{all[@]}}"
cat said* | grep -c '^200 '
timeout 8 nc -N 127.0.0.1 {port} < dialogue
cat ledger"""
    return shell_prints(
        script,
        f"{clients * times}\n" + "".join(f"{line}\n" for line in said) + after.text(),
        about=f"{tool} serves another ledger, to several clients at once.",
        paths=[tool],
        key="serves",
        weight=2.0,
    )
