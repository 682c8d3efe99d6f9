"""Programs that loop, give up or are killed under supervisord, and how they settle."""

from __future__ import annotations

from dataclasses import dataclass

from shellwright.recipe import (
    Check,
    Column,
    Draw,
    Entry,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Row,
    Snapshot,
    Unsuitable,
    World,
    Wrong,
    custom,
    do,
    look,
    quoted,
    summary,
)
from shellwright.recipe.checks import slug
from shellwright.recipe.tabular import differing

#: What a program is like, by its kind: what it says about itself, and what it does.
PROGRAMS = {
    "plain": (
        "watches the queue. STATE has to name a folder.",
        '[ -d "${{STATE:-}}" ] || {{ echo "{name}: no STATE" >&2; exit 78; }}\n'
        'while :; do echo beat > "$STATE/{name}.beat"; sleep 0.2; done\n',
    ),
    "forks": (
        "[--foreground]: listens. Without the option it goes into the background.",
        'if [ "${{1:-}}" != --foreground ]; then\n'
        '    setsid "$0" --foreground > /dev/null 2>&1 &\n    exit 0\nfi\n'
        'echo $$ > "${{STATE:?}}/{name}.pid"\nwhile :; do sleep 0.2; done\n',
    ),
    "once": (
        "brings the store up to date. Ends with 0 after changes and with {code} if there\n"
        "# were none to make. Must not run a second time.",
        'echo run >> "${{STATE:?}}/{name}.runs"\nexit {code}\n',
    ),
    "stops": (
        "collects until SIG{signal}, which makes it save what it has; TERM is ignored.",
        "trap '' TERM\ntrap 'echo saved > \"${{STATE:?}}/{name}.saved\"; exit 0' {signal}\n"
        "while :; do sleep 0.2 & wait $!; done\n",
    ),
}
PROBE = """import os, signal, socket, subprocess, sys, time, xmlrpc.client
from supervisor.xmlrpc import SupervisorTransport
at, plain, forks, once, stops = sys.argv[1:]
server = xmlrpc.client.ServerProxy(
    "http://x", transport=SupervisorTransport(None, None, f"unix://{at}/supervisor.sock"))
def until(what):
    for _ in range(70):
        try:
            if what():
                return True
        except (OSError, xmlrpc.client.Error):
            pass
        time.sleep(0.1)
    return False
def states():
    return {p["name"]: p["statename"] for p in server.supervisor.getAllProcessInfo()}
wanted = {plain: "RUNNING", forks: "RUNNING", once: "EXITED", stops: "RUNNING"}
if not until(lambda: states() == wanted):
    sys.exit("not as wanted")
print("as wanted True")
info = {p["name"]: p for p in server.supervisor.getAllProcessInfo()}
read = lambda name: open(f"{at}/state/{name}").read().split()
print("in the foreground", until(lambda: read(f"{forks}.pid") == [str(info[forks]["pid"])]))
os.kill(info[plain]["pid"], signal.SIGKILL)
def renewed():
    now = server.supervisor.getProcessInfo(plain)
    return now["statename"] == "RUNNING" and now["pid"] not in (0, info[plain]["pid"])
print("comes back", until(renewed))
order = {c["name"]: c["process_prio"] for c in server.supervisor.getAllConfigInfo()}
for pair in sys.stdin.read().split():
    first, second = pair.split(":")
    print(pair, order[first] < order[second])
print("still up", until(lambda: states() == wanted))
server.supervisor.shutdown()
print("saved", until(lambda: read(f"{stops}.saved")), "runs", len(read(f"{once}.runs")))
"""


@dataclass(frozen=True)
class Event:
    """A line of the log: seconds since its start, level, and text."""

    time: float
    level: str
    text: str

    def line(self) -> str:
        """The line as supervisord writes it."""
        seconds = int(self.time)
        clock = f"{4 + seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
        millis = int(self.time * 1000) % 1000
        return f"2026-03-01 {clock},{millis:03d} {self.level} {self.text}\n"


class SettleSupervisedPrograms(Recipe):
    """A table of what the log tells, and a configuration under which all programs behave."""

    needs = (Pattern.of("snapshot", of="units"),)
    gives = (Pattern.of("table", format="csv", condition="clean", shape="summary"),)
    tools = (
        "awk", "cat", "grep", "head", "ls", "mkdir", "pstree", "rm", "sed", "sleep", "sort",
        "supervisorctl", "supervisord",
    )  # fmt: skip
    packages = ("psmisc", "supervisor")
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Snapshot)
        names = [unit.name.removesuffix(".service") for unit in source.units]
        after = {
            unit.name.removesuffix(".service"): [a.removesuffix(".service") for a in unit.after]
            for unit in source.units
        }
        chosen = draw.shuffled(names)[:4]
        pairs = [(b, a) for a in chosen for b in after[a] if b in chosen]
        for _ in range(60):
            if len(pairs) >= 2:
                break
            chosen = draw.shuffled(names)[:4]
            pairs = [(b, a) for a in chosen for b in after[a] if b in chosen]
        else:
            raise Unsuitable("no four services that depend on each other")
        who = dict(zip(PROGRAMS, chosen, strict=True))
        signal, code = draw.choice(["INT", "QUIT", "USR2"]), draw.integer(3, 9)
        folder = world.input(draw, ["services", "programs", "daemons"])
        journal = world.input(draw, ["supervisord", "supervisor"], ".log")
        place = world.output(draw, ["supervised", "supervisor", "runtime"])
        target = world.output(draw, ["restarts", "what_happened", "incidents"], ".csv")
        events = drawn_events(who, code, draw)
        columns = (
            Column("program", "name"),
            Column("spawned", "count"),
            Column("exited", "count"),
            Column("killed", "count"),
            Column("gave_up", "status"),
        )
        rows = figures(events)
        result = summary(target, "incidents under the supervisor", columns, rows)
        given = [Entry.folder(folder)]
        for kind, name in who.items():
            words = {"name": name, "signal": signal, "code": code}
            about, body = (part.format(**words) for part in PROGRAMS[kind])
            script = f"#!/bin/bash\n# {name} {about}\n{body}"
            given.append(Entry(f"{folder}/{name}", script.encode(), mode=0o755))
        ranks = ranked(names, after)
        text = configuration(who, ranks, place, folder, signal, code)
        here, at, log, there = (quoted(p) for p in (source.path, place, journal, target))
        head = ",".join(result.header)
        count = f"""awk -v OFS=, '
  / spawned: / {{ gsub(/\\047/, "", $5); n[$5]++ }}
  / exited: / {{ e[$5]++ }}
  / with SIGKILL/ {{ gsub(/\\047/, "", $5); k[$5]++ }}
  / gave up: / {{ g[$6] = 1 }}
  END {{ for (p in n) print p, n[p], e[p] + 0, k[p] + 0, g[p] ? "yes" : "no" }}' {log} |
  LC_ALL=C sort -t , -k 2,2nr -k 1,1 | sed '1i {head}' > {there}"""
        listed = ", ".join(f"`{who[k]}`" for k in ("plain", "forks", "once", "stops"))
        rules = (
            "Each program runs, under its own name, as its comment says it should: those that are "
            "meant to stay are "
            "`RUNNING` and come back when they die, those that run once are left alone after any "
            "end that is a good one, and a shutdown loses nothing and kills nobody. Where one of "
            f"the four has another in the `After=` of its unit in `{source.path}`, its priority is "
            "the higher number"
        )
        files = (
            f"The configuration is `{place}/supervisord.conf`, works for an ordinary user, has its "
            f"control socket at `{place}/supervisor.sock` and writes nowhere but into `{place}`; "
            f"the programs get the folder `{place}/state` as `STATE`"
        )
        return Move(
            focus=result,
            makes=[result],
            brings=[*given, Entry(journal, "".join(e.line() for e in events).encode())],
            request=[
                f"The programs in `{folder}` ({listed}) do not get along with supervisord; "
                f"`{journal}` is its log of last night. First count in `{target}`, CSV with the "
                f"header `{head}`: for every program of the log how often it was spawned, exited, "
                "was killed with SIGKILL, and (`yes` or `no`) whether supervisord gave up on it; "
                "most spawned first, then by name in byte order. Then write a configuration for "
                f"the four. {rules}. {files}, which has to be there. The programs themselves "
                "cannot be changed. Leave nothing running, and the state folder empty.",
                f"Please put an end to the restarts. supervisord ran {listed} from `{folder}` "
                f"last night and wrote `{journal}`. I need two things. A table `{target}` (CSV, "
                f"header `{head}`) with one row for each program in that log: times spawned, "
                "times exited, times killed with SIGKILL, and `yes` or `no` for whether it was "
                "given up; sorted by spawned, largest first, and then by name in byte order. And "
                f"a configuration for these four, the programs being left as they are. {rules}. "
                f"{files}; make that folder, and leave it empty. Nothing may be left running.",
            ],
            steps=[
                look(
                    f"ls {quoted(folder)}; head -n 30 {quoted(folder)}/*",
                    "What are the programs meant to do?",
                    "Read the programs.",
                ),
                look(
                    f"grep -v INFO {log} | head -n 12; "
                    f"grep -h '^After' {here}/{who['plain']}.service",
                    f"What did the supervisor see, and what does {who['plain']} wait for?",
                    "Read the warnings of the log and the order of a service.",
                ),
                do(
                    count,
                    "Starts over and over in one night; programs that are not among the four are "
                    "in the log, too.",
                    "Count by program.",
                ),
                do(
                    f"mkdir -p {at}/state\ncat > {at}/supervisord.conf <<'CONF'\n{text}CONF",
                    f"{who['forks']} has to stay in the foreground, {who['once']} may end with 0 "
                    "or "
                    f"{code}, {who['stops']} wants SIG{signal}, and {who['plain']} its STATE.",
                    "Write the configuration.",
                    duration=1.0,
                ),
                look(
                    f"supervisord -c {at}/supervisord.conf; sleep 2; supervisorctl -c "
                    f"{at}/supervisord.conf status || true; supervisorctl -c "
                    f"{at}/supervisord.conf avail; pstree -a; supervisorctl -c "
                    f"{at}/supervisord.conf shutdown; sleep 1; ls {at}/state",
                    "Three have to be running, one has exited, and the data must be saved.",
                    "Start it, look at states and priorities, and shut it down.",
                    duration=5.0,
                ),
                look(
                    f"rm -f {at}/state/*; cat {there}; ls {at}/state",
                    "The trial has left files in the state folder, which is to be empty.",
                    "Clear the state folder and read the table.",
                ),
            ],
            checks=[settled(place, who, pairs)],
            wrong=[
                *differing(
                    result,
                    [
                        (
                            "in the order of names",
                            result.with_rows(sorted(rows)),
                        ),
                        (
                            "the four only",
                            result.with_rows(row for row in rows if row[0] in chosen),
                        ),
                        (
                            "giving up counted as killed",
                            result.with_rows(
                                (*r[:3], str(int(r[3]) + (r[4] == "yes")), r[4]) for r in rows
                            ),
                        ),
                    ],
                ),
                *[
                    Wrong(what, path=f"{place}/supervisord.conf", content=spoilt.encode())
                    for what, spoilt in (
                        ("in the background", text.replace(" --foreground", "")),
                        ("the wrong signal", text.replace(f"stopsignal={signal}\n", "")),
                        ("always restarted", text.replace("restart=unexpected", "restart=true")),
                        ("its code is no good one", text.replace(f"=0,{code}\n", "=0\n")),
                        ("no order", text.replace("priority=", "stopwaitsecs=3\n;priority=")),
                    )
                ],
            ],
            mistakes=[
                Mistake(
                    "command",
                    before=3,
                    command=f"supervisorctl -s unix://{place}/supervisor.sock status",
                    symptom=r"no such file|refused",
                    diagnosis="No supervisor is running yet, so there is no socket to ask.",
                ),
                Mistake(
                    "hallucination",
                    before=3,
                    command="supervisord --check",
                    symptom=r"option --check not recognized|not recognized",
                    diagnosis="It has no test of a configuration; it has to be started with it.",
                ),
            ],
        )


def ranked(names: list[str], after: dict[str, list[str]]) -> dict[str, int]:
    """A priority for each service that is above those of all services it comes after."""
    found: dict[str, int] = {}
    while len(found) < len(names):
        for name in names:
            if name not in found and all(b in found for b in after[name] if b in names):
                found[name] = 10 * (len(found) + 1)
    return found


def configuration(
    who: dict[str, str], ranks: dict[str, int], place: str, folder: str, signal: str, code: int
) -> str:
    """The configuration that does as asked."""
    own = {
        "plain": "",
        "forks": "",
        "once": f"startsecs=0\nautorestart=unexpected\nexitcodes=0,{code}\n",
        "stops": f"stopsignal={signal}\n",
    }
    text = f"""[supervisord]
logfile={place}/supervisord.log
pidfile={place}/supervisord.pid
childlogdir={place}
environment=STATE="{place}/state"

[unix_http_server]
file={place}/supervisor.sock

[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface

[supervisorctl]
serverurl=unix://{place}/supervisor.sock
"""
    for kind, name in who.items():
        option = " --foreground" if kind == "forks" else ""
        restart = "" if kind == "once" else "autorestart=true\n"
        text += (
            f"\n[program:{name}]\ncommand={folder}/{name}{option}\npriority={ranks[name]}\n"
            f"{restart}{own[kind]}"
        )
    return text


def drawn_events(who: dict[str, str], code: int, draw: Draw) -> list[Event]:
    """What supervisord wrote in a night, in order of time."""
    found: list[Event] = []
    pid = 200

    def say(time: float, level: str, text: str) -> None:
        found.append(Event(time, level, text))

    def spawn(time: float, name: str) -> None:
        nonlocal pid
        pid += draw.integer(1, 9)
        say(time, "INFO", f"spawned: '{name}' with pid {pid}")

    for name, status in ((who["plain"], 78), (who["forks"], 0)):
        time = draw.integer(1, 5) + 0.2
        for retry in range(4):
            spawn(time, name)
            say(time + 0.3, "INFO" if status == 0 else "WARN",
                f"exited: {name} (exit status {status}; not expected)")  # fmt: skip
            time += retry + 1.1
        say(time, "INFO", f"gave up: {name} entered FATAL state, too many start retries too "
            "quickly")  # fmt: skip
    time = 9.0
    for _ in range(draw.integer(20, 40)):
        spawn(time, who["once"])
        say(time + 1.1, "INFO", f"success: {who['once']} entered RUNNING state, process has stayed "
            "up for > than 1 seconds (startsecs)")  # fmt: skip
        say(time + 1.4, "WARN", f"exited: {who['once']} (exit status {code}; not expected)")
        time += draw.integer(20, 400)
    others = ["mailer", "old-index"]
    for name in (who["stops"], *others):
        time = draw.integer(12, 60) + 0.5
        for _ in range(draw.integer(2, 5)):
            spawn(time, name)
            say(time + 1, "INFO", f"success: {name} entered RUNNING state, process has stayed up "
                "for > than 1 seconds (startsecs)")  # fmt: skip
            time += draw.integer(600, 2_400)
            if name == who["stops"]:
                say(time, "INFO", f"waiting for {name} to stop")
                say(time + 10, "WARN", f"killing '{name}' ({pid}) with SIGKILL")
                say(time + 10.1, "WARN", f"stopped: {name} (terminated by SIGKILL)")
                time += 12
            else:
                say(time, "WARN", f"exited: {name} (terminated by SIGSEGV; not expected)")
                time += 3
    return sorted(found, key=lambda event: event.time)


def figures(events: list[Event]) -> list[Row]:
    """The rows of the table."""
    found: dict[str, list[int]] = {}
    for event in events:
        word, _, rest = event.text.partition(" ")
        name = rest.split(" ")[0].strip("'")
        if word == "spawned:":
            found.setdefault(name, [0, 0, 0, 0])[0] += 1
        elif word == "exited:":
            found[name][1] += 1
        elif word == "killing":
            found[name][2] += 1
        elif word == "gave":
            found[rest.split(" ")[1]][3] = 1
    order = sorted(found.items(), key=lambda pair: (-pair[1][0], pair[0].encode()))
    return [(name, *map(str, n[:3]), "yes" if n[3] else "no") for name, n in order]


def settled(place: str, who: dict[str, str], pairs: list[tuple[str, str]]) -> Check:
    """Under the configuration every program does what it should."""
    listing = " ".join(f"{first}:{second}" for first, second in pairs)
    at = quoted(place)
    script = f"""set -u
probe=$(mktemp)
cat > "$probe" <<'END'
{PROBE}END
ls -A {at}/state | wc -l
supervisord -c {at}/supervisord.conf > /dev/null 2>&1
echo "{listing}" | python3 "$probe" {at} {" ".join(who.values())} 2> /dev/null
kill -9 "$(cat {at}/supervisord.pid 2> /dev/null)" 2> /dev/null
rm -f "$probe" {at}/state/* {at}/supervisor.sock"""
    lines = ["0", "as wanted True", "in the foreground True", "comes back True"]
    lines += [f"{first}:{second} True" for first, second in pairs]
    lines += ["still up True", "saved True runs 1"]
    expected = f"{slug(place)}.settled.txt"
    return custom(
        "command_prints",
        about=f"Under the configuration in {place} every program behaves as it should.",
        paths=[place],
        weight=2.0,
        files={expected: "".join(f"{line}\n" for line in lines).encode()},
        argv=["bash", "-c", f"{script}\ntrue"],
        expected=expected,
        cwd="/",
        timeout=40,
    )
