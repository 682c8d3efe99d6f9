"""What an operator did at a console, reconstructed from the recording of the terminal."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from shellwright.recipe import (
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
)
from shellwright.recipe.tabular import differing

BEGIN = datetime(2026, 2, 27, 9, 2, 11, tzinfo=UTC)
HELP = (
    "set NUMBER STATUS   e.g. desk> set {id} {status}",
    "add NUMBER N        adds N to the {count}",
    "undo                takes the last open change back",
    "commit, abort       make the open changes, or drop them",
    "ok",
    "(END)",
)
AWK = """/^desk> / { said = substr($0, 7); next }
said == "" { next }
/^ok$/ {
    n = split(said, word, " ")
    if (word[1] == "set") open[++count] = sprintf("$%s == \\"%s\\" { $%s = \\"%s\\" }", \
id, word[2], status, substr(said, 6 + length(word[2])))
    if (word[1] == "add") open[++count] = sprintf("$%s == \\"%s\\" { $%s += %d }", \
id, word[2], amount, word[3])
    if (word[1] == "undo") count--
    if (word[1] == "commit" && ++commits > known)
        for (k = 1; k <= count; k++) print open[k] ";"
    if (word[1] == "commit" || word[1] == "abort") count = 0
}
{ said = "" }"""


@dataclass
class Session:
    """A recording as it grows: what was written to the terminal, when, and what came of it.

    `open` and `kept` are the changes that wait for a commit and those that had one, as the
    command's words with the number of the commit.
    """

    draw: Draw
    chunks: list[tuple[float, bytes]] = field(default_factory=list)
    last: str = ""
    open: list[list[str]] = field(default_factory=list)
    kept: list[tuple[int, list[str]]] = field(default_factory=list)
    times: list[tuple[float, list[str]]] = field(default_factory=list)
    said: list[list[str]] = field(default_factory=list)
    commits: int = 0

    def now(self) -> float:
        """Seconds since the beginning."""
        return sum(delay for delay, _ in self.chunks)

    def write(self, text: str, delay: float = 0.0) -> None:
        """The terminal receives a text."""
        pause = delay or self.draw.integer(40, 390) / 1000
        self.chunks.append((pause, text.encode()))

    def keys(self, text: str, rough: bool) -> None:
        """Somebody types a line, with or without slips that are put right before the end."""
        slip = self.draw.choice(["back", "kill", "insert", "delete", "recall"]) if rough else ""
        if slip == "recall" and not self.last:
            slip = "back"
        middle = self.draw.integer(5, len(text) - 2) if len(text) > 9 else len(text)
        if slip == "kill":
            wrong = text[:middle] + self.draw.choice(["77", "x", " 9"])
            for letter in wrong:
                self.write(letter)
            self.write(self.draw.choice(["\b \b" * len(wrong), "\r\x1b[Kdesk> "]), 1.2)
        elif slip == "recall":
            self.write(self.last)
            common = 0
            while text[:common] == self.last[:common] and common < min(len(text), len(self.last)):
                common += 1
            common = max(0, common - 1)
            for _ in self.last[common:]:
                self.write("\b \b")
            for letter in text[common:]:
                self.write(letter)
            return
        for place, letter in enumerate(text):
            if place == middle and slip == "back":
                wrong = self.draw.choice(["4", "e7", "ll"])
                for other in wrong:
                    self.write(other)
                for _ in wrong:
                    self.write("\b \b")
            if place == middle and slip == "insert":
                continue
            if place == middle and slip == "delete":
                self.write("0")
            self.write(letter)
        behind = len(text) - middle
        if slip == "insert" and behind:
            self.write("\b" * (behind - 1), 0.8) if behind > 1 else None
            self.write(f"\x1b[1@{text[middle]}")
        if slip == "delete" and behind:
            self.write("\b" * (behind + 1), 0.8)
            self.write("\x1b[P")

    def enter(self, text: str, answer: str, rough: bool = False) -> None:
        """A command and its answer."""
        self.keys(text, rough)
        self.write("\r\n")
        self.write(f"{answer}\r\ndesk> ", 0.03)
        self.last = text
        words = text.split(" ", 2)
        if answer != "ok":
            return
        if words[0] in ("set", "add"):
            self.open.append(words)
            self.said.append(words)
            self.times.append((self.now(), words))
        elif words[0] == "undo":
            self.open.pop()
        elif words[0] == "commit":
            self.commits += 1
            self.kept += [(self.commits, change) for change in self.open]
        if words[0] in ("commit", "abort"):
            self.open.clear()

    def page(self, lines: list[str]) -> None:
        """A pager draws a page and is left again."""
        self.keys("help", False)
        self.write("\r\n\x1b[?1049h\x1b[H\x1b[2J" + "\r\n".join(lines), 0.05)
        self.write("\x1b[?1049l", 6.5)
        self.write("desk> ", 0.02)


class ReplayRecordedSession(Recipe):
    """The table has every change that was committed after it had been exported."""

    needs = (Pattern.of("table", format="csv", condition="clean", shape="records", extent="full"),)
    gives = (
        Pattern.of("table", format="csv", condition="clean", shape="records", extent="merged"),
    )
    tools = (
        "awk", "cat", "cut", "diff", "grep", "head", "mktemp", "mlr", "rm", "scriptreplay",
        "sed", "sleep", "tail", "tmux", "tr", "wc",
    )  # fmt: skip
    packages = ("bsdutils", "miller", "tmux")
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        ids = source.values("id")
        if not source.has("status", "count") or len(set(ids)) < len(ids) or len(ids) < 30:
            raise Unsuitable("columns or records are missing")
        columns = [source.name(role) for role in ("id", "status", "count")]
        statuses = list(dict.fromkeys(source.values("status")))
        quotable = [*columns, *ids, *statuses]
        if any(set(text) & set("\"\\'&$") for text in quotable) or any(" " in i for i in ids):
            raise Unsuitable("names that would have to be quoted")
        if not all(name.isidentifier() for name in columns) or len(statuses) < 3:
            raise Unsuitable("names that would have to be quoted")
        session, known, exported = recorded(ids, statuses, source, draw)
        script = world.input(draw, ["console", "desk_session", "operator"], ".typescript")
        timing = script.replace(".typescript", ".timing")
        target = world.output(draw, ["restored", "after_session", "recovered"], ".csv")
        stamp = (BEGIN + timedelta(seconds=exported)).strftime("%Y-%m-%d %H:%M:%S")
        header = (
            f"Script started on {BEGIN:%Y-%m-%d %H:%M:%S}+00:00 "
            '[TERM="xterm-256color" TTY="/dev/pts/3" COLUMNS="80" LINES="24"]\n'
        )
        record = header.encode() + b"".join(chunk for _, chunk in session.chunks)
        times = "".join(f"{delay:.6f} {len(chunk)}\n" for delay, chunk in session.chunks)

        def changed(changes: list[list[str]]) -> Table:
            return source.with_rows(
                applied(source, changes),
                path=target,
                extent="merged",
                noun=f"{source.noun} after the session",
            )

        late = [change for number, change in session.kept if number > known]
        result = changed(late)
        others = [
            ("everything that was committed", changed([change for _, change in session.kept])),
            ("without what was open at the export", changed(fresh(session, known, exported))),
            ("the last changes, never committed", changed([*late, *session.open])),
            ("what was dropped or taken back, too", changed(session.said)),
        ]
        if any(table.rows == result.rows for _, table in others):
            raise Unsuitable("a mistake would not show")
        here, there, tape, clock = (quoted(p) for p in (source.path, target, script, timing))
        # A server of its own each time: one that is told to end still takes the next connection.
        draws = (
            "tmux -L $2 -f /dev/null new-session -d -s replay -x 80 -y 24 "
            '"cat $1.shown; sleep 60"\n'
            "  until tmux -L $2 capture-pane -p -S - -t replay | grep -q '^desk>'; do "
            "sleep 0.1; done\n"
            "  sleep 0.3\n"
            "  tmux -L $2 capture-pane -p -S - -t replay > $1\n"
            "  tmux -L $2 kill-server"
        )
        oracle = f"""at=$(mktemp -d)
drawn() {{
  awk -v until="$2" '{{ t += $1; if (t > until) exit; print "0.000000", $2 }}' \\
    {clock} > $1.timing
  scriptreplay -t $1.timing -s {tape} > $1.shown
  {draws}
}}
drawn $at/before {exported:.0f}
drawn $at/all 999999
known=$(grep -A 1 '^desk> commit$' $at/before | grep -c '^ok$')
awk -v known="$known" -v id={columns[0]} -v status={columns[1]} -v amount={columns[2]} '{AWK}' \\
  $at/all > $at/changes
mlr --csv put -f $at/changes {here} > {there}
rm -r $at"""
        rest = (
            "A command counts if the console answered `ok`. `set` changes the "
            f"`{columns[1]}` of the record with that `{columns[0]}`, `add` adds to its "
            f"`{columns[2]}`, `undo` takes back the last change that is still open, `commit` makes "
            "all open changes and `abort` drops them; what is open at the end is lost. The lines "
            "are those that the operator really entered, after all corrections while typing"
        )
        return Move(
            focus=result,
            makes=[result],
            brings=[Entry(script, record), Entry(timing, times.encode())],
            request=[
                f"The desk's database is gone. What we have is `{source.path}`, exported at "
                f"`{stamp}` UTC while somebody was working at the console, and the recording of "
                f"that session by `script`: `{script}` (80 columns, 24 lines) with the timing in "
                f"`{timing}`. Write `{target}`: the exported rows, same order and format, with "
                f"every change that was committed after the export. {rest}.",
                f"Please bring `{source.path}` up to date. It was exported at `{stamp}` UTC, in "
                "the middle of a session at the console of which only the recorded terminal is "
                f"left, `{script}` (made with `script`, 80 by 24) and `{timing}`. All changes that "
                "were committed later than the export are to be in it, those from before are in "
                f"it already; rows, order and format otherwise as they are, result in `{target}`. "
                f"{rest}.",
            ],
            steps=[
                look(
                    f"head -n 1 {tape}; head -n 3 {clock}; wc -c -l {tape} {clock}; "
                    f"awk '$1 > 60 {{ print NR, $1 }}' {clock} | head -n 8; head -n 3 {here}",
                    "When did it begin, how long is it, and what do the records look like?",
                    "Look at the beginning of all files, and at long pauses.",
                ),
                look(
                    f"cut -d ' ' -f 2 {clock} | sed 's/^/0.000000 /' > /tmp/fast; scriptreplay -t "
                    f"/tmp/fast -s {tape} | tr '\\r' '\\n' | cat -v | tail -n 25; rm /tmp/fast",
                    "In real time the replay would take as long as the session did, with its "
                    "pauses, so all delays are set to 0.",
                    "Replay it without delays and see what kinds of control sequences there are.",
                ),
                do(
                    oracle,
                    "Slips are corrected by backspaces, by killing the line and by inserting in "
                    "the middle: a terminal has to draw it. The commits before the export are "
                    f"counted on a drawing of the first {exported:.0f} seconds; changes that were "
                    "open then and committed later do count.",
                    "Draw both in tmux, turn answered commands into changes, and apply them.",
                    3.0,
                ),
                look(
                    f"diff {here} {there} | grep -c '^>'; diff {here} {there} | head -n 6",
                    "Only records that were changed after the export may differ.",
                    "Compare with the export.",
                ),
            ],
            wrong=differing(result, others),
            mistakes=[
                Mistake(
                    "analysis",
                    before=2,
                    command=f"grep -a '^desk> ' {tape} | cat -v | grep -c '\\^H'",
                    symptom=r"^[1-9]\d*\s*$",
                    diagnosis="So many of the lines hold letters that were taken back; the file "
                    "cannot be read like a text.",
                ),
                Mistake(
                    "hallucination",
                    before=2,
                    command=f"scriptreplay --no-delay -t {clock} -s {tape}",
                    symptom=r"unrecognized option",
                    diagnosis="There is no such option; delays are cut with --maxdelay, or in the "
                    "timing file.",
                ),
            ],
        )


def recorded(
    ids: list[str], statuses: list[str], table: Table, draw: Draw
) -> tuple[Session, int, float]:
    """A session, how many commits there were at the export, and when that was."""
    session = Session(draw.child("keys"))
    names = draw.sample(ids, 12)
    known, exported = 0, 0.0
    session.write("Desk console 4.1, type help for help\r\ndesk> ", 0.4)
    blocks = draw.integer(8, 10)
    for block in range(blocks):
        for step in range(draw.integer(3, 6)):
            key = draw.choice(names)
            if draw.chance(0.65):
                text = f"set {key} {draw.choice(statuses)}"
            else:
                text = f"add {key} {draw.integer(2, 30)}"
            bad = draw.chance(0.15)
            if bad:
                text = text.replace(key, f"{key[:-1]}{draw.choice('xyz')}")
            answer = f"no {table.name('id')} {text.split(' ')[1]}" if bad else "ok"
            session.enter(text, answer, rough=draw.chance(0.55))
            if step == 1 and block == blocks // 2:
                # The export falls into a pause, with a change or two still open.
                session.enter(f"add {names[0]} 3", "ok", rough=True)
                known, exported = session.commits, float(int(session.now()) + 45)
                session.write("\a", 125.0)
            if session.open and draw.chance(0.2):
                session.enter("undo", "ok", rough=False)
        if block % 3 == 1:
            example = {"id": names[1], "status": statuses[0], "count": table.name("count")}
            session.page([line.format(**example) for line in HELP])
        ending = "abort" if block in (1, blocks - 2) else "commit"
        if block < blocks - 1:
            session.enter(ending, "ok", rough=draw.chance(0.3))
        if draw.chance(0.3):
            session.write("\a", draw.integer(70, 900) + 0.5)
    return session, known, exported


def fresh(session: Session, known: int, exported: float) -> list[list[str]]:
    """What was committed late without what had been entered before the export."""
    early = [id(change) for time, change in session.times if time < exported]
    return [c for number, c in session.kept if number > known and id(c) not in early]


def applied(table: Table, changes: list[list[str]]) -> list[Row]:
    """The rows with the changes made in order."""
    key, status, count = (table.index(role) for role in ("id", "status", "count"))
    rows = {row[key]: list(row) for row in table.rows}
    for word, name, value in changes:
        if word == "set":
            rows[name][status] = value
        else:
            rows[name][count] = str(int(rows[name][count]) + int(value))
    return [tuple(row) for row in rows.values()]
