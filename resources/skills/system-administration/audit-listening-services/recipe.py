"""Compare configured ports with what listens."""

from __future__ import annotations

from dataclasses import dataclass

from shellwright.recipe import (
    Column,
    Draw,
    Entry,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Row,
    Settings,
    Unsuitable,
    World,
    do,
    look,
    quoted,
    summary,
)
from shellwright.recipe.tabular import differing

COLUMNS = (
    Column("service", "service"),
    Column("configured", "port"),
    Column("address", "address"),
    Column("listening", "port"),
    Column("program", "program"),
    Column("state", "state"),
)
#: What a service may be, and how it is started on an address and port.
PROGRAMS = {
    "memcached": "memcached -t 1 -U 0 -l {a} -p {p}",
    "redis-server": "redis-server --bind {a} --port {p} --save '' --dir /tmp",
    "socat": "socat TCP4-LISTEN:{p},bind={a},reuseaddr,fork SYSTEM:date",
    "nc": "nc -4 -l -k -s {a} -p {p}",
    "python3": "python3 -m http.server --bind {a} {p}",
}
LOCAL, EVERYWHERE = "127.0.0.1", "0.0.0.0"


@dataclass(frozen=True)
class Daemon:
    """A process of the machine: its section ("" where nobody knows it), program and socket."""

    section: str
    program: str
    address: str
    port: int

    def line(self) -> str:
        """How the machine's start script brings it up."""
        command = "sleep 900"
        if self.port:
            command = PROGRAMS[self.program].format(a=self.address, p=self.port)
        return f"start {self.section or '-'} {self.port} {command}"


class AuditListeningServices(Recipe):
    """A table with the configured and the real socket of every service."""

    needs = (Pattern.of("settings"),)
    gives = (Pattern.of("table", format="csv", condition="clean", shape="listing"),)
    tools = ("bash", "cat", "crudini", "gawk", "grep", "ls", "lsof", "ps", "sed", "sort", "ss")
    packages = ("crudini", "lsof", "iproute2", "memcached", "redis-server", "socat")
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Settings)
        given = {s: v for s, k, v in source.values if k == "port"}
        if not all(value.isdigit() for value in given.values()):
            raise Unsuitable("a port that is no number")
        ports = {section: int(value) for section, value in given.items()}
        if len(ports) < 3 or len(set(ports.values())) < len(ports):
            raise Unsuitable("fewer than three sections with a port, or two with the same")
        daemons = drawn_daemons(ports, draw)
        rows = audited(ports, daemons)
        home = world.input(draw, ["machine", "stack", "host"])
        target = world.output(draw, ["listeners", "port_audit", "sockets"], ".csv")
        result = summary(target, "audit of the listening services", COLUMNS, rows)
        here, there, head = quoted(source.path), quoted(target), ",".join(result.header)
        up, down = f"bash {quoted(home)}/up", f"bash {quoted(home)}/down"
        script = f"""{up}
{{
  for file in {quoted(home)}/run/*.pid; do
    pid=$(cat "$file") name=${{file##*/}} name=${{name%.pid}}
    port=$(crudini --get {here} "$name" port)
    echo "P $pid $name $port $(ps -o comm= -p "$pid")"
  done
  ss -Hltnp
}} | gawk -v OFS=, '
  $1 == "P" {{ name[$2] = $3; want[$2] = $4; comm[$2] = $5; next }}
  match($0, /\\(\\("([^"]+)",pid=([0-9]+)/, m) {{
    port = $4; sub(/.*:/, "", port); at = $4; sub(/:[0-9]+$/, "", at)
    if (!(m[2] in name)) {{ print "-", "-", at, port, m[1], "stray"; next }}
    seen[m[2]] = 1
    state = port != want[m[2]] ? "moved" : at !~ /^127[.]/ ? "exposed" : "ok"
    print name[m[2]], want[m[2]], at, port, comm[m[2]], state
  }}
  END {{ for (p in name) if (!seen[p]) print name[p], want[p], "-", "-", comm[p], "silent" }}
' | LC_ALL=C sort > {there}
{down}
sed -i '1i {head}' {there}"""
        return Move(
            focus=result,
            makes=[result],
            brings=[
                Entry.folder(home),
                Entry(f"{home}/up", starter(daemons).encode(), mode=0o755),
                Entry(f"{home}/down", STOPPER.encode(), mode=0o755),
            ],
            request=[
                f"Before we write firewall rules I want to know what really listens. `{home}/up` "
                f"brings a copy of our services up on this machine (`{home}/down` ends them) and "
                f"leaves a file `run/<section>.pid` in `{home}` for those that it knows. Compare "
                f"with the `port` settings in `{source.path}` and write `{target}`, CSV, header "
                f"`{head}`: a row for each section with a pid file, and one for each TCP listener "
                "whose process has no pid file (`-` for service and configured, state `stray`). "
                "Program is the kernel's name of the process. The state is `silent` when nothing "
                "listens (`-` for address and listening), else `moved` when the port is another "
                "one, else `exposed` when the address is not loopback, else `ok`. Sort by service "
                "in byte order.",
                f"The ports in `{source.path}` (setting `port`) and the running services have "
                f"drifted apart. Bring the services up with `{home}/up`, which puts process ids "
                f"into `run/<section>.pid` below `{home}`; `{home}/down` stops them again. Record "
                f"in `{target}` (CSV with the header `{head}`) which program, by the kernel's name "
                "of its process, listens on which TCP address and port for each section that has "
                "a pid file. State: `silent` if it has no listener (then `-` as address and "
                "listening), `moved` if it listens on another port than configured, `exposed` if "
                "the port is right but the address is not a loopback one, `ok` otherwise. A "
                "listener of a process without pid file also gets a row, `-` as service and "
                "configured, with state `stray`. Byte order of the service names.",
            ],
            steps=[
                look(
                    f"ls -l {quoted(home)}; cat {quoted(home)}/down; "
                    f"grep -n -e '^\\[' -e '^port' {here}",
                    "Which ports does the configuration have, and what do the scripts do?",
                    "List the scripts, read the one that stops, and show sections with ports.",
                ),
                look(
                    f"{up}; lsof -nP -iTCP -sTCP:LISTEN; ls {quoted(home)}/run; {down}",
                    "The services have to run while I look, and must not stay behind.",
                    "Bring everything up, list the listeners and pid files, stop again.",
                    2.0,
                ),
                do(
                    script,
                    "Process ids connect pid files and sockets; program names occur twice, so "
                    "they do not.",
                    "Bring the services up, join both views on the process id, and stop them.",
                    2.0,
                ),
                look(
                    f"cat {there}",
                    "Which rows are not ok, and why?",
                    "Read the audit.",
                ),
            ],
            wrong=differing(
                result,
                [
                    ("strays left out", result.with_rows(r for r in rows if r[0] != "-")),
                    ("silent ones left out", result.with_rows(r for r in rows if r[2] != "-")),
                    (
                        "configured ports taken for real",
                        result.with_rows((*r[:3], r[1], *r[4:]) for r in rows),
                    ),
                    (
                        "exposed ones called ok",
                        result.with_rows(
                            (*r[:5], "ok" if r[5] == "exposed" else r[5]) for r in rows
                        ),
                    ),
                ],
            ),
            mistakes=[
                Mistake(
                    "verification",
                    before=1,
                    command=f"cat {quoted(home)}/run/*.pid",
                    symptom=r"No such file or directory",
                    diagnosis="The services are not up yet: pid files appear when they start.",
                ),
                Mistake(
                    "hallucination",
                    before=2,
                    command="ss -ltnp --no-headers",
                    symptom=r"unrecognized option '--no-headers'",
                    diagnosis="ss calls that option --no-header, or -H for short.",
                ),
            ],
        )


STOPPER = """#!/bin/bash
# Ends what `up` has started.
cd "$(dirname "$0")/run" || exit 0
while read -r pid; do kill "$pid" 2>/dev/null; done < all
rm -f ./*.pid all
exit 0
"""


def starter(daemons: list[Daemon]) -> str:
    """The script that brings the daemons up and waits until they listen."""
    lines = "\n".join(daemon.line() for daemon in daemons)
    return f"""#!/bin/bash
# Brings the services up on this machine, for tests.
cd "$(dirname "$0")" || exit 1
mkdir -p run
: > run/all
start() {{  # section, port to wait for, command
  local name=$1 port=$2
  shift 2
  "$@" </dev/null >/dev/null 2>&1 &
  echo $! >> run/all
  [ "$name" = - ] || echo $! > "run/$name.pid"
  [ "$port" = 0 ] && return
  for _ in $(seq 100); do
    ss -Hltn "sport = :$port" | grep -q . && return
    sleep 0.05
  done
  echo "$name does not listen" >&2
}}
{lines}
"""


def drawn_daemons(ports: dict[str, int], draw: Draw) -> list[Daemon]:
    """A daemon for each section: one silent, one moved, one exposed, and a stray besides."""
    names = draw.shuffled(ports)
    taken = set(ports.values())
    fresh = [p for p in (draw.integer(12_000, 19_000) for _ in range(9)) if p not in taken]
    programs = draw.shuffled(PROGRAMS)
    found = []
    for place, name in enumerate(names):
        program, port = programs[place % len(programs)], ports[name]
        if place == 0:
            found.append(Daemon(name, "sleep", "", 0))
        elif place == 1:
            found.append(Daemon(name, program, LOCAL, fresh[0]))
        else:
            found.append(Daemon(name, program, EVERYWHERE if place == 2 else LOCAL, port))
    found.append(Daemon("", programs[2], LOCAL, fresh[-1]))
    return draw.shuffled(found)


def audited(ports: dict[str, int], daemons: list[Daemon]) -> list[Row]:
    """The rows of the table."""
    rows: list[Row] = []
    for daemon in daemons:
        name, port = daemon.section, str(daemon.port)
        if not name:
            rows.append(("-", "-", daemon.address, port, daemon.program, "stray"))
        elif not daemon.port:
            rows.append((name, str(ports[name]), "-", "-", daemon.program, "silent"))
        else:
            right = daemon.port == ports[name]
            state = "moved" if not right else "ok" if daemon.address == LOCAL else "exposed"
            rows.append((name, str(ports[name]), daemon.address, port, daemon.program, state))
    return sorted(rows, key=lambda row: (row[0].encode(), row[3]))
