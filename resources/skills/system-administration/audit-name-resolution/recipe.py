"""Check the hosts of a configuration against a name server."""

from __future__ import annotations

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
    Column("section", "section"),
    Column("host", "host"),
    Column("address", "address"),
    Column("reverse", "host"),
    Column("state", "state"),
)
STATES = ("mismatch", "unknown", "no reverse", "alias", "ok")


class AuditNameResolution(Recipe):
    """A table with what a name server says about every host of the configuration."""

    needs = (Pattern.of("settings"),)
    gives = (Pattern.of("table", format="csv", condition="clean", shape="listing"),)
    tools = ("cat", "crudini", "dig", "dnsmasq", "grep", "mktemp", "nslookup", "rm", "sed", "sort",
             "tail")  # fmt: skip
    packages = ("bind9-dnsutils", "crudini", "dnsmasq-base")
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Settings)
        hosts = [(s, v) for s, k, v in source.values if k == "host"]
        names = [host for _, host in hosts]
        if len(names) < 3 or len(set(names)) < len(names) or any(" " in n for n in names):
            raise Unsuitable("fewer than three hosts, or one twice")
        domain = f"{world.theme.key}.example"
        rows, hosts_text, conf_text = drawn_names(hosts, domain, draw)
        folder = world.input(draw, ["names", "dns", "resolver"])
        port = draw.integer(5_300, 5_390)
        target = world.output(draw, ["name_audit", "resolution", "hosts_checked"], ".csv")
        conf, table = f"{folder}/dnsmasq.conf", f"{folder}/hosts"
        conf_text = (
            f"# name service of {domain}\nport={port}\nlisten-address=127.0.0.1\n"
            f"bind-interfaces\nno-resolv\nno-hosts\naddn-hosts={table}\n{conf_text}"
        )
        result = summary(target, "audit of the host names", COLUMNS, rows)
        here, there, server = quoted(source.path), quoted(target), quoted(conf)
        head = ",".join(result.header)
        listed = (
            f"crudini --get --format=lines {here} | sed -n 's/^\\[ \\(.*\\) \\] host = /\\1 /p'"
        )
        up = f'at=$(mktemp -d); dnsmasq -C {server} --pid-file="$at/pid"'
        down = 'kill "$(cat "$at/pid")"; rm -r "$at"'
        script = f"""{up}
ask() {{ dig +short +tries=2 +time=2 @127.0.0.1 -p {port} "$@"; }}
{listed} | while read -r section host; do
  cname=$(ask "$host" CNAME)
  address=$(ask "$host" A | tail -n 1)
  reverse=- state=unknown
  if [ -n "$address" ]; then
    reverse=$(ask -x "$address" | tail -n 1)
    reverse=${{reverse%.}} state=ok
    if [ -n "$cname" ]; then state=alias
    elif [ -z "$reverse" ]; then state='no reverse'
    elif [ "$reverse" != "$host" ]; then state=mismatch; fi
  fi
  echo "$section,$host,${{address:--}},${{reverse:--}},$state"
done | LC_ALL=C sort | sed '1i {head}' > {there}
{down}"""
        by_file = {line.split()[1]: line.split()[0] for line in hosts_text.splitlines()
                   if line and line[0].isdigit()}  # fmt: skip
        return Move(
            focus=result,
            makes=[result],
            brings=[
                Entry.folder(folder),
                Entry(conf, conf_text.encode()),
                Entry(table, hosts_text.encode()),
            ],
            request=[
                f"Connections fail because names and addresses do not agree. `{conf}` is the "
                f"configuration of our name server (dnsmasq; it answers on `127.0.0.1`, port "
                f"`{port}`, once somebody starts it). For every section of `{source.path}` with "
                f"a setting `host`, write to `{target}` what that server answers: CSV, header "
                f"`{head}`, sorted by section in byte order. Address is the IPv4 address, reverse "
                "the name that the server gives for this address, without a final dot; `-` for "
                "each that it does not give. The state is `unknown` without an address, "
                "else `alias` if the host is an alias of another name, else `no reverse`, else "
                "`mismatch` if the reverse name is not the host, else `ok`. Leave both files as "
                "they are and do not leave the server running.",
                f"Every `host` in `{source.path}` should resolve forward and back. Ask our own "
                f"name server, which is not running: its configuration is `{conf}`, for dnsmasq, "
                f"and it listens on `127.0.0.1` port `{port}`. The findings go into `{target}`, "
                f"CSV with the header `{head}`, one row for each section with a host, in byte "
                "order of the sections. Give the IPv4 address and the name that this address is "
                "reversed to (no final dot), or `-` where there is no answer. As state, "
                "`unknown` means no address; then in this order `alias` (the name is an alias), "
                "`no reverse`, `mismatch` (reversed to another name) and `ok`. Change neither "
                "the settings nor the server's files, and stop it in the end.",
            ],
            steps=[
                look(
                    f"cat {server}; grep -c . {quoted(table)}; {listed}",
                    "I need the hosts in question and how the server comes to its answers.",
                    "Read the server's configuration and list the hosts by section.",
                ),
                look(
                    f"{up}; nslookup -port={port} {names[0]} 127.0.0.1; {down}",
                    "Its files hold more than one kind of record, so I ask instead of reading.",
                    "Start the server, look one name up, stop it.",
                    0.5,
                ),
                do(
                    script,
                    "Three questions for each host: is it an alias, its address, and the name "
                    "of that address.",
                    "Start the server, ask for all hosts, write the table, stop the server.",
                    1.5,
                ),
                look(
                    f"cat {there}",
                    "Which hosts have something to put right?",
                    "Read the findings.",
                ),
            ],
            wrong=differing(
                result,
                [
                    (
                        "aliases called mismatches",
                        result.with_rows(
                            (*r[:4], "mismatch" if r[4] == "alias" else r[4]) for r in rows
                        ),
                    ),
                    (
                        "final dots kept",
                        result.with_rows(
                            (*r[:3], r[3] if r[3] == "-" else f"{r[3]}.", r[4]) for r in rows
                        ),
                    ),
                    (
                        "addresses from the hosts file only",
                        result.with_rows(
                            r if r[1] in by_file else (*r[:2], "-", "-", "unknown") for r in rows
                        ),
                    ),
                    (
                        "nothing but forward look-ups",
                        result.with_rows(
                            (*r[:4], "unknown" if r[2] == "-" else "ok") for r in rows
                        ),
                    ),
                ],
            ),
            mistakes=[
                Mistake(
                    "verification",
                    before=1,
                    command=f"dig +tries=1 +time=1 @127.0.0.1 -p {port} {names[0]}",
                    symptom=r"connection refused|no servers could be reached",
                    diagnosis="Nothing answers on that port: the server has to be started first.",
                ),
                Mistake(
                    "hallucination",
                    before=2,
                    command=f"dnsmasq --validate -C {server}",
                    symptom=r"bad command line options",
                    diagnosis="There is no such option; --test checks the syntax of the file.",
                ),
            ],
        )


def drawn_names(
    hosts: list[tuple[str, str]], domain: str, draw: Draw
) -> tuple[list[Row], str, str]:
    """The findings, and the hosts file and records of the name server that lead to them."""
    net = f"10.{draw.integer(1, 250)}.{draw.integer(1, 250)}"
    numbers = draw.sample(range(10, 240), len(hosts) * 2)
    lines = [f"# {domain}, by hand", f"{net}.3 gateway.{domain} gateway"]
    records = ["# records that the hosts file cannot hold"]
    rows: list[Row] = []
    first = draw.integer(0, 1)
    for place, (section, host) in enumerate(draw.shuffled(hosts)):
        state = STATES[(place + first) % len(STATES)]
        address = f"{net}.{numbers[2 * place]}"
        other = f"node-{numbers[2 * place + 1]}.{domain}"
        reverse = host
        if state == "unknown":
            lines.append(f"{address} {host.replace('.example', '.exmaple')}")
            address = reverse = "-"
        elif state == "no reverse":
            records.append(f"address=/{host}/{address}")
            reverse = "-"
        elif state == "alias":
            lines.append(f"{address}\t{other}")
            records.append(f"cname={host},{other}")
            reverse = other
        elif state == "mismatch" and draw.chance(0.5):
            lines.append(f"{address} {other} # until the move")
            lines.append(f"{address} {host}")
            reverse = other
        elif state == "mismatch":
            lines.append(f"{address} {host}")
            backwards = ".".join(address.split(".")[::-1])
            records.append(f"ptr-record={backwards}.in-addr.arpa,{other}")
            reverse = other
        else:
            lines.append(f"{address}  {host}  # checked")
        rows.append((section, host, address, reverse, state))
    text = "".join(f"{line}\n" for line in lines)
    extra = "".join(f"{line}\n" for line in records)
    return sorted(rows, key=lambda row: row[0].encode()), text, extra
