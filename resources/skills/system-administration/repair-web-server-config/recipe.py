"""Repair the configuration of a web server, and tabulate its answers."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Iterable

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
    do,
    look,
    quoted,
    shell_prints,
    summary,
)
from shellwright.recipe.tabular import differing

COLUMNS = (
    Column("path", "path"),
    Column("status", "status"),
    Column("type", "type"),
    Column("bytes", "count"),
)
TYPES = {"txt": "text/plain", "md": "text/markdown"}
#: What is wrong: the line (or lines) as it should be, and as it is.
SYNTAX = (
    ("        listen 127.0.0.1:{port};\n", "        listen 127.0.0.1:{port}\n"),
    ("    access_log ", "    acces_log "),
)
ROOTLY = (
    ("pid {state}/nginx.pid;\n", "pid /run/nginx.pid;\n"),
    ("    proxy_temp_path {state}/proxy;\n", ""),
)
FAULTS = (
    ("alias {root}/;", "alias {root};"),
    ("                deny all;", "                # deny all;"),
    (" permanent;", " redirect;"),
    (" text/markdown md;", ""),
    ("location = /health ", "location = /healthz "),
    ("location / {{ return 404; }}", "location / {{ return 204; }}"),
)


class RepairWebServerConfig(Recipe):
    """A working configuration beside the broken one, and a table of what the server answers."""

    needs = (Pattern.of("tree", content="documents", condition=("tidy", "copies")),)
    gives = (Pattern.of("table", format="csv", condition="clean", shape="summary"),)
    tools = ("awk", "cat", "curl", "find", "nginx", "patch", "sed")
    packages = ("curl", "nginx-light", "patch")
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Tree)
        names = [f.name for f in source.files if not f.target]
        plain = [n for n in names if n.endswith((".txt", ".md"))]
        logs = [n for n in names if n.endswith(".log")]
        if not logs or not any(n.endswith(".md") for n in plain) or any(" " in n for n in names):
            raise Unsuitable("no log, no markdown, or names with spaces")
        folder = world.input(draw, ["web", "httpd", "www"])
        state, old = f"{folder}/state", f"{folder}/nginx.conf"
        port = draw.integer(8_100, 8_990)
        new = world.output(draw, ["nginx", "site", "server"], ".conf")
        target = world.output(draw, ["answers", "probe", "responses"], ".csv")
        asked = world.input(draw, ["paths", "probe_paths", "requests"], ".txt")
        words = {"state": state, "root": source.path, "port": str(port), "key": world.theme.key}
        right = RIGHT.format(**words)
        chosen = [draw.choice(SYNTAX), draw.choice(ROOTLY), *draw.sample(FAULTS, 3)]
        broken = spoilt(right, chosen, words)
        probes = [f"/files/{n}" for n in draw.sample(plain, 6) + draw.sample(logs, 2)]
        probes += [f"/old/{draw.choice(plain)}", f"/old/{draw.choice(logs)}", "/", "/health"]
        probes += ["/files/missing.txt", "/healthcheck", "/files/none.log", f"/{plain[0]}"]
        probes = draw.shuffled(dict.fromkeys(probes))
        rows = [answered(source, path) for path in probes]
        result = summary(target, "answers of the web server", COLUMNS, rows)
        diff = "".join(
            difflib.unified_diff(
                broken.splitlines(True), right.splitlines(True), "a/nginx.conf", "b/nginx.conf", n=2
            )
        )
        conf, there, here = quoted(new), quoted(target), quoted(old)
        head = ",".join(result.header)
        script = f"""patch -s -o {conf} {here} <<'PATCH'
{diff}PATCH
nginx -q -t -c {conf}
nginx -c {conf}
while read -r path; do
  curl -s -o /dev/null -w "$path %{{http_code}} %{{content_type}} %{{size_download}}\\n" \\
    "http://127.0.0.1:{port}$path"
done < {quoted(asked)} |
  awk -v OFS=, '$2 != 200 {{ $3 = "-"; $4 = 0 }} {{ print $1, $2, $3, $4 }}' |
  sed '1i {head}' > {there}
nginx -c {conf} -s stop"""
        left = [
            Wrong(f"still has {bad or 'nothing'} for {good}", path=new, content=text.encode())
            for good, bad in [pair for pair in chosen if pair in FAULTS]
            if (text := spoilt(right, [(good, bad)], words)) != right
        ]
        return Move(
            focus=result,
            makes=[result],
            brings=[
                Entry.folder(folder),
                Entry.folder(state),
                Entry(old, broken.encode()),
                Entry(asked, "".join(f"{path}\n" for path in probes).encode()),
            ],
            checks=[behaves(source, new, port)],
            request=[
                f"`{old}` was to publish `{source.path}` on the intranet, but nginx does not even "
                f"start from it. Leave that file and write a repaired one to `{new}`. It must work "
                f"for an ordinary user, with everything that the server writes inside of `{state}`,"
                f" and listen on `127.0.0.1:{port}`. A path `/files/<name>` gives the file of that "
                "name below the folder, as `text/markdown` for `.md` and `text/plain` for `.txt`; "
                "names ending in `.log` below `/files/` get `403`, present or not; `/old/<name>` "
                "moves permanently (`301`) to `/files/<name>`; `/health` answers `ok` as "
                "`text/plain`; any other path gets `404`. Then ask the running server for the "
                f"paths in `{asked}`, in that order, and note the answers in `{target}`: CSV with "
                f"the header `{head}`; for a status other than `200` the type is `-` and the "
                "bytes are `0`. Redirects are not followed.",
                f"Please get the web server for `{source.path}` going. Its nginx configuration "
                f"`{old}` (keep it as it is) has several faults; the repaired version goes to "
                f"`{new}`, runs as an ordinary user, listens on `127.0.0.1:{port}` and writes "
                f"nowhere but into `{state}`. What is wanted: `/files/<name>` serves the folder's "
                "files, `.md` as `text/markdown` and `.txt` as `text/plain`, but below `/files/` "
                "refuses every name that ends in `.log` with `403`; `/old/<name>` redirects to "
                "`/files/<name>` "
                "with `301`; `/health` says `ok` as `text/plain`; everything else is `404`. "
                f"Record what it answers to each path of `{asked}` in `{target}`, a CSV with the "
                f"header `{head}` and one row a path in the list's order, redirects not followed. "
                "Unless the status is `200`, write `-` as the type and `0` as the bytes.",
            ],
            steps=[
                look(
                    f"nginx -t -c {here}; cat {here}",
                    "The server says where it stops; what else is wrong I have to read.",
                    "Test the configuration and read all of it.",
                    fails=True,
                ),
                look(
                    f"find {quoted(source.path)} -type f | sed 's/.*[.]//' | awk '{{ n[$0]++ }} "
                    f"END {{ for (e in n) print e, n[e] }}'; cat {quoted(asked)}",
                    "The types depend on the endings of the names.",
                    "Count the endings and read the list of paths.",
                ),
                do(
                    script,
                    "Apart from the syntax, something is written where only root may, and three "
                    "directives do not do what is asked for.",
                    "Write the repaired file, test it, start the server, ask for every path, stop.",
                    1.5,
                ),
                look(
                    f"cat {there}",
                    "Every path should answer as the list says.",
                    "Read the answers.",
                ),
            ],
            wrong=[
                *left,
                Wrong("the old configuration", path=new, content=broken.encode()),
                *differing(
                    result,
                    [
                        (
                            "logs are served",
                            result.with_rows(
                                (r[0], "404", *r[2:]) if r[1] == "403" else r for r in rows
                            ),
                        ),
                        (
                            "redirects followed",
                            result.with_rows(
                                (r[0], *answered(source, r[0].replace("/old/", "/files/"))[1:])
                                for r in rows
                            ),
                        ),
                        ("sorted", result.with_rows(sorted(rows))),
                    ],
                ),
            ],
            mistakes=[
                Mistake(
                    "verification",
                    before=2,
                    command=f"nginx -c {here}; curl -sS http://127.0.0.1:{port}/health",
                    symptom=r"Failed to connect|emerg",
                    diagnosis="The server refuses this configuration, so nothing listens.",
                ),
                Mistake(
                    "hallucination",
                    before=2,
                    command=f"nginx --check {here}",
                    symptom=r"invalid option",
                    diagnosis="The test of a configuration is -t, and -c names the file.",
                ),
            ],
        )


RIGHT = """# {key}: documents on the intranet
worker_processes 1;
pid {state}/nginx.pid;
error_log {state}/error.log;
events {{ worker_connections 64; }}
http {{
    access_log {state}/access.log;
    client_body_temp_path {state}/body;
    proxy_temp_path {state}/proxy;
    fastcgi_temp_path {state}/fastcgi;
    uwsgi_temp_path {state}/uwsgi;
    scgi_temp_path {state}/scgi;
    types {{ text/plain txt; text/markdown md; }}
    default_type application/octet-stream;
    server {{
        listen 127.0.0.1:{port};
        server_name {key}.example localhost;
        location = /health {{
            default_type text/plain;
            return 200 "ok\\n";
        }}
        location /files/ {{
            alias {root}/;
            location ~ [.]log$ {{
                deny all;
            }}
        }}
        location /old/ {{
            rewrite ^/old/(.*)$ /files/$1 permanent;
        }}
        location / {{ return 404; }}
    }}
}}
"""


def spoilt(text: str, faults: Iterable[tuple[str, str]], words: dict[str, str]) -> str:
    """The configuration with these faults."""
    for good, bad in faults:
        text = text.replace(good.format(**words), bad.format(**words))
    return text


def answered(tree: Tree, path: str) -> Row:
    """The row of a path."""
    if path == "/health":
        return path, "200", "text/plain", "3"
    if path.startswith("/old/"):
        return path, "301", "-", "0"
    if not path.startswith("/files/"):
        return path, "404", "-", "0"
    if path.endswith(".log"):
        return path, "403", "-", "0"
    found = [f for f in tree.files if f"/files/{f.name}" == path]
    if not found:
        return path, "404", "-", "0"
    kind = TYPES.get(path.rpartition(".")[2])
    if kind is None:
        raise Unsuitable(f"{path} is none of the documents that the server knows")
    return path, "200", kind, str(len(found[0].content))


def behaves(tree: Tree, conf: str, port: int) -> Check:
    """A server that starts from the configuration answers as asked for all files."""
    names = [f.name for f in tree.files if not f.target]
    paths = [f"/files/{n}" for n in names] + [f"/old/{n}" for n in names[::4]]
    paths += ["/health", "/", "/healthz", "/files/x.log", "/files/x.txt", "/nothing", "/x.log"]
    lines = []
    for path in paths:
        _, status, kind, _ = answered(tree, path)
        moved = f"http://127.0.0.1:{port}{path.replace('/old/', '/files/', 1)}"
        body = b"ok\n"
        if path.startswith("/files/") and status == "200":
            body = next(f.content for f in tree.files if f"/files/{f.name}" == path)
        digest = hashlib.sha256(body).hexdigest()[:16] if status == "200" else "-"
        kind = kind if status == "200" else "-"
        lines.append(f"{path} {status} {kind} {moved if status == '301' else ''} {digest}\n")
    listing = "\n".join(paths)
    said = "%{http_code} %{content_type} %{redirect_url}"
    script = f"""at=$(mktemp -d)
cleanup() {{ nginx -c {quoted(conf)} -s stop 2>/dev/null || true; }}
trap cleanup EXIT
nginx -c {quoted(conf)}
while read -r path; do
  said=$(curl -s -o "$at/body" -w '{said}' "http://127.0.0.1:{port}$path")
  read -r status kind moved <<< "$said"
  digest=-
  [ "$status" = 200 ] && digest=$(sha256sum < "$at/body" | cut -c 1-16) || kind=-
  echo "$path $status $kind $moved $digest"
done <<'PATHS'
{listing}
PATHS"""
    return shell_prints(
        script,
        "".join(lines),
        about=f"A server started from {conf} answers every kind of path as asked for.",
        paths=[conf],
        key="answers",
        weight=2.0,
    )
