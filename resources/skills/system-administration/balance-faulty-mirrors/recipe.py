"""Mirrors behind a load balancer, some of which answer wrongly."""

from __future__ import annotations

import hashlib
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
    Tree,
    Unsuitable,
    World,
    Wrong,
    byte_sorted,
    custom,
    do,
    look,
    quoted,
    summary,
)
from shellwright.recipe.checks import slug
from shellwright.recipe.tabular import differing

NAMES = ("amber", "birch", "cedar", "delta", "ember", "flint")
LIGHTTPD = """server.document-root = "{root}"
server.bind = "127.0.0.1"
server.port = {port}
server.pid-file = "/tmp/{name}.pid"
server.modules = ( "mod_access" )
mimetype.assign = ( ".txt" => "text/plain", ".md" => "text/markdown", "" => "text/plain" )
{extra}"""


@dataclass(frozen=True)
class Mirror:
    """A mirror: its name and port, its files, and which ending its server refuses."""

    name: str
    port: int
    files: dict[str, bytes]
    refused: str = ""

    def answer(self, name: str) -> bytes | None:
        """The file, or nothing where the answer is not 200."""
        if self.refused and name.endswith(self.refused):
            return None
        return self.files.get(name)

    def row(self, master: dict[str, bytes]) -> Row:
        """How many files it has as they should be, otherwise, and not at all."""
        answers = [(self.answer(name), content) for name, content in master.items()]
        same = sum(found == content for found, content in answers)
        missing = sum(found is None for found, _ in answers)
        return self.name, str(same), str(len(answers) - same - missing), str(missing)

    def sound(self, master: dict[str, bytes]) -> bool:
        """Whether every file is as it should be."""
        return self.row(master)[1] == str(len(master))


class BalanceFaultyMirrors(Recipe):
    """A table of what the mirrors answer, and a balancer for those that are sound."""

    needs = (Pattern.of("tree", content="documents", condition="tidy"),)
    gives = (Pattern.of("table", format="csv", condition="clean", shape="summary"),)
    tools = (
        "ab", "cat", "cmp", "curl", "diff", "find", "grep", "haproxy", "killall",
        "lighttpd", "ls", "netstat", "pstree", "sleep", "sort", "uniq", "wc",
    )  # fmt: skip
    packages = ("apache2-utils", "curl", "haproxy", "lighttpd", "net-tools", "psmisc")
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Tree)
        master = {f.name: f.content for f in source.files if not f.target}
        if len(master) < max(10, len(source.files)) or any(set(n) & set(" ,%'") for n in master):
            raise Unsuitable("links, few files, or names that a URL has to quote")
        if len({name.rpartition(".")[2] for name in master}) < 2:
            raise Unsuitable("one ending only")
        base = draw.integer(81, 89) * 100
        mirrors = drawn_mirrors(master, base, draw)
        sound = [m for m in mirrors if m.sound(master)]
        folder = world.input(draw, ["mirrors", "web", "sites"])
        conf = world.output(draw, ["haproxy", "balancer", "front"], ".cfg")
        target = world.output(draw, ["mirror_state", "mirrors", "comparison"], ".csv")
        header = draw.choice(["X-Mirror", "X-Answered-By", "X-Backend"])
        closed = draw.choice(["/internal/", "/private/", "/admin/"])
        columns = (
            Column("mirror", "name"),
            Column("same", "count"),
            Column("altered", "count"),
            Column("missing", "count"),
        )
        rows = [mirror.row(master) for mirror in mirrors]
        result = summary(target, "state of the mirrors", columns, rows)
        given = [Entry.folder(folder)]
        for mirror in mirrors:
            given += entries(mirror, folder)
        probe = min(master)
        servers = "".join(f"    server {m.name} 127.0.0.1:{m.port} check\n" for m in sound)
        text = f"""global
    maxconn 100
defaults
    mode http
    timeout connect 1s
    timeout client 5s
    timeout server 5s
    retries 2
    option redispatch
frontend documents
    bind 127.0.0.1:{base}
    http-request deny deny_status 405 if !METH_GET
    http-request deny deny_status 403 if {{ path_beg {closed} }}
    default_backend mirrors
backend mirrors
    balance roundrobin
    option httpchk GET /{probe}
    default-server inter 300ms fall 2 rise 1
    http-response set-header {header} %s
{servers}"""
        here, there, at, cfg = (quoted(p) for p in (source.path, target, folder, conf))
        names = " ".join(m.name for m in mirrors)
        ports = " ".join(f"[{m.name}]={m.port}" for m in mirrors)
        head = ",".join(result.header)
        probing = f"""declare -A port=({ports})
for name in {names}; do lighttpd -f {at}/$name.conf; done
{{
  echo {head}
  for name in {names}; do
    same=0 altered=0 missing=0
    while read -r file; do
      url=http://127.0.0.1:${{port[$name]}}/$file
      if [ "$(curl -s -o /tmp/body -w '%{{http_code}}' "$url")" != 200 ]; then
        missing=$(( missing + 1 ))
      elif cmp -s /tmp/body {here}/"$file"; then same=$(( same + 1 ))
      else altered=$(( altered + 1 )); fi
    done < <(cd {here} && find * -type f)
    echo "$name,$same,$altered,$missing"
  done
}} > {there}
killall lighttpd"""
        worst = next(m for m in mirrors if m.refused)
        old = next(m for m in mirrors if m not in sound and m is not worst)
        said = [m.name for m in sound]
        rules = (
            f"It listens on `127.0.0.1:{base}`, spreads requests evenly, in turn, over those "
            "mirrors that give every file of the master unaltered, and never asks the others. "
            f"Each answer of a mirror carries its name (as the configuration files are called) in "
            f"the header `{header}`. A mirror that stops answering is left out after two seconds "
            "at the latest, without clients getting errors from then on. Methods other than GET "
            f"and HEAD are refused with `405`, and paths below `{closed}` with `403`"
        )
        ask = f"http://127.0.0.1:{base}/{probe}"
        return Move(
            focus=result,
            makes=[result],
            brings=given,
            request=[
                f"`{source.path}` is the master of our documents. Each `.conf` file in `{folder}` "
                "belongs to a lighttpd that is to serve a copy of it, and people complain that "
                "what they get is sometimes old or not there. Ask every mirror for every file of "
                f"the master and write `{target}`: CSV with the header `{head}`, a row a mirror in "
                "byte order of the names, with the number of files that come as they are in the "
                "master, with other content, and not at all (any status but 200). Then write a "
                f"haproxy configuration `{conf}` for an ordinary user. {rules}. Leave the mirrors "
                "as they are, and nothing running.",
                f"Some of our web mirrors are not what they should be. Their lighttpd "
                f"configurations are the `.conf` files in `{folder}`; what they should serve is "
                f"`{source.path}`. First the facts, in `{target}`, a CSV file with the header "
                f"`{head}` and a row a mirror (byte order): for how many of the master's files it "
                "answers with the same content, with another one, and with anything but 200. "
                f"Second, `{conf}`: a haproxy configuration that works without root. {rules}. "
                "Nobody is to repair the mirrors now. Stop everything when done.",
            ],
            steps=[
                look(
                    f"ls {at}; wc -l {at}/*.conf; netstat -ltn",
                    "Which mirrors are there, and which ports are taken?",
                    "List the folder, the configurations and the ports.",
                ),
                look(
                    f"cat {at}/{worst.name}.conf; diff -rq {here} {at}/{old.name}; "
                    f"lighttpd -tt -f {at}/{worst.name}.conf",
                    "Do their folders or their settings differ from what they should be?",
                    "Read and test a configuration, and compare a folder with the master.",
                ),
                do(
                    probing,
                    f"{worst.name} has settings of its own, so folders do not tell everything: I "
                    "ask all servers for all files.",
                    "Start the mirrors, compare what they answer with the master, stop them.",
                    duration=4.0,
                ),
                do(
                    f"cat > {cfg} <<'CONF'\n{text}CONF\nhaproxy -c -f {cfg}",
                    f"Only {' and '.join(said)} answer as they should. A check every 300 ms finds "
                    "a dead one in time.",
                    "Write the balancer's configuration and have it checked.",
                    duration=1.0,
                ),
                look(
                    f"cat {there}; for name in {names}; do lighttpd -f {at}/$name.conf; done; "
                    f"haproxy -D -f {cfg}; sleep 0.5; pstree -a; for n in 1 2 3 4; do "
                    f"curl -sI {ask} | grep -i {header}; done | sort | uniq -c; "
                    f"ab -q -n 40 -c 4 {ask} | grep -E 'Complete|Failed|Non-2xx'",
                    "Who answers, and does anything fail with several clients?",
                    "Start everything, count who answers, and put some load on it.",
                    duration=1.5,
                ),
                look(
                    f"curl -s -o /dev/null -w '%{{http_code}}\\n' -X POST {ask}; curl -s -o "
                    f"/dev/null -w '%{{http_code}}\\n' http://127.0.0.1:{base}{closed}x; "
                    "killall haproxy lighttpd; sleep 0.3; netstat -ltn | grep -c 127.0.0.1",
                    "405 and 403 are due.",
                    "Try what is refused, then stop all servers.",
                    duration=1.0,
                ),
            ],
            checks=[balances(conf, folder, mirrors, master, base, (header, closed))],
            wrong=[
                *differing(
                    result,
                    [
                        (
                            "folders compared",
                            result.with_rows(
                                Mirror(m.name, m.port, m.files).row(master) for m in mirrors
                            ),
                        ),
                        (
                            "missing counted as altered",
                            result.with_rows(
                                (n, s, str(int(a) + int(m)), "0") for n, s, a, m in rows
                            ),
                        ),
                    ],
                ),
                Wrong(
                    "every mirror is asked",
                    path=conf,
                    content=text.replace(
                        servers,
                        "".join(f"    server {m.name} 127.0.0.1:{m.port} check\n" for m in mirrors),
                    ).encode(),
                ),
                Wrong(
                    "no health check",
                    path=conf,
                    content=text.replace(" check\n", "\n")
                    .replace("retries 2", "retries 0")
                    .replace("    option redispatch\n", "")
                    .encode(),
                ),
                Wrong(
                    "one mirror only",
                    path=conf,
                    content=text.replace("balance roundrobin", "balance first").encode(),
                ),
                Wrong(
                    "refuses HEAD",
                    path=conf,
                    content=text.replace("!METH_GET", "!{ method GET }").encode(),
                ),
            ],
            mistakes=[
                Mistake(
                    "hallucination",
                    before=4,
                    command=f"haproxy --check {cfg}",
                    symptom=r"[Uu]sage|HAProxy version",
                    diagnosis="The check is -c, and -f names the file.",
                ),
                Mistake(
                    "verification",
                    before=2,
                    command=f"curl -sS http://127.0.0.1:{sound[0].port}/{probe}",
                    symptom=r"Failed to connect|Couldn't connect",
                    diagnosis="The mirror has not been started yet.",
                ),
            ],
        )


def entries(mirror: Mirror, folder: str) -> list[Entry]:
    """The configuration and the files of a mirror."""
    root = f"{folder}/{mirror.name}"
    extra = f'url.access-deny = ( "{mirror.refused}", "~" )\n' if mirror.refused else ""
    words = {"root": root, "port": mirror.port, "name": mirror.name, "extra": extra}
    found = [Entry(f"{root}.conf", LIGHTTPD.format(**words).encode()), Entry.folder(root)]
    for name in sorted({n.rpartition("/")[0] for n in mirror.files if "/" in n}):
        parts = name.split("/")
        found += [Entry.folder(f"{root}/{'/'.join(parts[: n + 1])}") for n in range(len(parts))]
    found = list(dict.fromkeys(found))
    return found + [Entry(f"{root}/{name}", data) for name, data in mirror.files.items()]


def drawn_mirrors(master: dict[str, bytes], base: int, draw: Draw) -> list[Mirror]:
    """Four mirrors: two sound ones, one with old files, one whose server refuses some."""
    names = sorted(draw.sample(NAMES, 4))
    kinds = draw.shuffled(["sound", "sound", "old", "refusing"])
    endings = sorted({f".{name.rpartition('.')[2]}" for name in master if name != min(master)})
    found = []
    for number, (name, kind) in enumerate(zip(names, kinds, strict=True), 1):
        files, refused = dict(master), ""
        if kind == "old":
            odd = draw.sample([n for n in master if n != min(master)], 6)
            for gone in odd[:2]:
                del files[gone]
            for old in odd[2:]:
                files[old] = files[old].replace(b"a", b"e", 2) + b"draft\n"
        if kind == "refusing":
            refused = draw.choice(endings)
        found.append(Mirror(name, base + number, files, refused))
    return found


def balances(
    conf: str,
    folder: str,
    mirrors: list[Mirror],
    master: dict[str, bytes],
    base: int,
    words: tuple[str, str],
) -> Check:
    """The balancer spreads requests over the sound mirrors and goes on when one of them dies."""
    header, closed = words
    sound = [m for m in mirrors if m.sound(master)]
    odd = [n for n in master if any(m.answer(n) != master[n] for m in mirrors)]
    some = byte_sorted(odd)[:8]
    digest = hashlib.sha256(b"".join(master[n] for n in some for _ in range(4))).hexdigest()
    files = " ".join(some)
    script = f"""set -uo pipefail
export LC_ALL=C
at=$(mktemp -d); cd "$at"; pids=()
trap 'kill "${{pids[@]}}" 2> /dev/null; rm -rf "$at"' EXIT
for name in {" ".join(m.name for m in mirrors)}; do
  lighttpd -D -f {quoted(folder)}/$name.conf 2> log.$name & pids+=($!)
  [ $name = {sound[0].name} ] && victim=$!
done
sleep 0.3
haproxy -db -f {quoted(conf)} > log 2>&1 & pids+=($!)
for _ in $(seq 40); do curl -s -o body http://127.0.0.1:{base}/{some[0]} && break; sleep 0.1; done
sleep 0.5
for file in {files}; do
  for n in 1 2 3 4; do
    curl -s -D head -o body http://127.0.0.1:{base}/$file; cat body >> all; cat head >> heads
  done
done
sha256sum < all
tr -d '\\r' < heads | grep -i '^{header}: ' | cut -d ' ' -f 2 | sort | uniq -c |
  while read -r n name; do echo "$name $n"; done
say() {{ curl -s -o body -w '%{{http_code}}\\n' "${{@:2}}" "http://127.0.0.1:{base}$1"; }}
say /{some[0]} -X POST -d x
say /{some[0]} -X DELETE
say /{some[0]} -I
say {closed}x
say /none{closed}x
kill -9 $victim
sleep 2
for n in 1 2 3 4 5 6; do say /{some[0]}; done"""
    half = 2 * len(some)
    lines = [f"{digest}  -", *(f"{m.name} {half}" for m in sound)]
    lines += ["405", "405", "200", "403", "404", *["200"] * 6]
    expected = f"{slug(conf)}.balance.txt"
    return custom(
        "command_prints",
        about=f"A balancer that is started with {conf} behaves as asked for.",
        paths=[conf],
        weight=2.0,
        files={expected: "".join(f"{line}\n" for line in lines).encode()},
        argv=["bash", "-c", script],
        expected=expected,
        cwd="/",
        timeout=45,
    )
