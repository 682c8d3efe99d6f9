"""Say which published files others can read, and what stops them."""

from __future__ import annotations

from collections.abc import Callable

from shellwright.recipe import (
    Column,
    Draw,
    Entry,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Row,
    Table,
    Tree,
    Unsuitable,
    World,
    do,
    look,
    quoted,
    summary,
)
from shellwright.recipe.tabular import differing

COLUMNS = (
    Column("path", "file"),
    Column("verdict", "verdict"),
    Column("stopped_by", "file"),
)
#: Reads `namei -m`: a link's own line is skipped, since what it leads to follows, from `/` if it
#: is absolute and from where we are if not.
PROGRAM = """function out() { if (path != "") print path, verdict, stop }
  /^f: / { out(); path = substr($0, 4); verdict = "readable"; stop = here = ""; next }
  verdict != "readable" { next }
  / - No such file or directory$/ {
    sub(/^ +/, ""); sub(/ - No such.*/, ""); verdict = "broken"; stop = here "/" $0; next }
  $1 ~ /^l/ { next }
  { mode = $1; name = $0; sub(/^ *[^ ]+ /, "", name) }
  name == "/" { here = "" }
  name == ".." { sub(/[/][^/]*$/, "", here) }
  name != "/" && name != ".." { here = here "/" name }
  substr(mode, 1, 1) == "d" ? substr(mode, 10, 1) !~ /[xt]/ : substr(mode, 8, 1) != "r" {
    verdict = "blocked"; stop = here }
  END { out() }"""
PAGES = ("index.html", "prices.html", "opening-hours.html", "contact.html", "terms.html",
         "press.html", "jobs.html", "map.html", "menu.html", "archive.html")  # fmt: skip

Node = tuple[str, int, str]


class TraceAccessAlongPaths(Recipe):
    """A row for each published path: readable, blocked or broken, and where it stops."""

    needs = (Pattern.of("tree", content="documents", condition=("exposed", "tidy", "leaky")),)
    gives = (Pattern.of("table", format="csv", condition="clean", shape="listing"),)
    tools = ("cut", "find", "gawk", "grep", "head", "namei", "sort", "uniq", "wc", "xargs")
    packages = ("gawk",)
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Tree)
        if not world.focus_is_given() or any({*file.name} & {*'",\n\\'} for file in source.files):
            raise Unsuitable("a tree that does not lie there from the start, or odd names")
        account = draw.choice(["www-data", "mirror", "kiosk", "indexer"])
        site = world.input(draw, ["site", "htdocs", "public"])
        listed = world.input(draw, ["published", "urls_on_disk", "sitemap"], ".txt")
        target = world.output(draw, ["access", "forbidden", "reachability"], ".csv")
        brought, paths = _site(draw, site, source)
        nodes = {entry.path: (entry.kind, entry.mode, entry.target)
                 for entry in (*source.entries(), *brought)}  # fmt: skip
        rows = [(path, *_walk(nodes, path, _stops)) for path in sorted(paths)]
        count = {v: sum(row[1] == v for row in rows) for v in ("readable", "blocked", "broken")}
        if min(count.values()) < 1 or count["blocked"] < 5:
            raise Unsuitable("too little is blocked")

        def table(found: list[Row]) -> Table:
            return summary(target, "access of the published files", COLUMNS, found)

        result = table(rows)
        here, there, sheet = quoted(site), quoted(target), quoted(listed)
        head = ",".join(result.header)
        sample = quoted(next(row[0] for row in rows if row[1] == "blocked" and row[2] != row[0]))

        def hasty(stops: Callable[[Node], bool]) -> Table:
            return table([(path, *_walk(nodes, path, stops)) for path in sorted(paths)])

        return Move(
            focus=result,
            makes=[result],
            brings=[*brought, Entry(listed, "".join(f"{p}\n" for p in paths).encode())],
            request=[
                f"Half of our pages are forbidden and nobody knows why. `{listed}` lists the files "
                f"below `{site}` that we publish, some of them by way of links to `{source.path}`. "
                f"The web server runs as `{account}`, who owns nothing there and is in no group "
                f"that counts. For each listed path, can `{account}` read it? Write `{target}`, "
                f"CSV with the header `{head}`, in byte order of the path: `readable`; `blocked` "
                "with the folder or file that stops the way first; or `broken` when something on "
                "the way does not exist, with that. Give what stops it as an absolute path without "
                "links in it, and leave it empty for readable files. Change no permission yet.",
                f"Please find out which of the paths in `{listed}` the account `{account}` can "
                f"read; it owns nothing and counts as everybody else. They lie in `{site}`, partly "
                f"as links into `{source.path}`. `{target}` shall be CSV, header `{head}`, sorted "
                "by path in byte order, with `readable`, `blocked` or `broken` for each. The third "
                "column is the first folder or file on the way, links followed, that lets nobody "
                "through (for `broken`: that is not there), as an absolute path free of links; "
                "it is empty where the file can be read. Only look, do not repair anything.",
            ],
            steps=[
                look(
                    f"wc -l < {sheet}; head -n 5 {sheet}; find {here} -type d -printf '%M %p\\n' | "
                    f"head -n 20; find {here} -type l -printf '%P -> %l\\n'",
                    f"I need to know what {listed} names, which folders there are below {site} and "
                    "where links lead.",
                    "Read the list, the modes of the folders and the targets of the links.",
                ),
                look(
                    f"namei -m {sample}",
                    "Links lead elsewhere, so that the modes of the files say little. The "
                    "kernel's walk through one path shows what a report has to look like.",
                    "Walk one path component by component.",
                ),
                do(
                    f"{{ echo {head}; {{ xargs -d '\\n' namei -m < {sheet} || true; }} |\n"
                    f"  gawk -v OFS=, '{PROGRAM}' | LC_ALL=C sort -t , -k 1,1\n}} > {there}",
                    f"A folder stops {account} without its last x, even if it is readable; a file "
                    "without its r. Links themselves never do.",
                    "Walk all paths and note the first component that stops.",
                ),
                look(
                    f"cut -d , -f 2 {there} | sort | uniq -c; grep -v ,readable, {there} | "
                    "cut -d , -f 3 | sort | uniq -c",
                    "How many can be read, how many are blocked or broken, and where?",
                    "Count the verdicts, and what stops most of them.",
                ),
            ],
            wrong=differing(
                result,
                [
                    ("only the files' own modes", hasty(lambda n: n[0] == "file" and _stops(n))),
                    (
                        "folders that can be listed count as open",
                        hasty(lambda n: not n[1] & 4 if n[0] == "dir" else _stops(n)),
                    ),
                    (
                        "blocked and broken not told apart",
                        table([(r[0], r[1].replace("broken", "blocked"), r[2]) for r in rows]),
                    ),
                ],
            ),
            mistakes=[
                Mistake(
                    "hallucination",
                    before=1,
                    command=f"namei --follow {sample}",
                    symptom=r"unrecognized option|unknown option",
                    diagnosis="namei follows links anyway; there is only an option that keeps it "
                    "from doing so.",
                ),
                Mistake(
                    "command",
                    before=2,
                    command=f"namei -m {sheet} {quoted(site + '/no-such-page.html')}",
                    symptom=r"No such file or directory",
                    diagnosis="That walks the list itself and a page I made up; the paths in the "
                    "list have to become arguments.",
                ),
            ],
        )


def _stops(node: Node) -> bool:
    """Whether others get no further than this folder or file."""
    return not node[1] & (1 if node[0] == "dir" else 4)


def _walk(nodes: dict[str, Node], path: str, stops: Callable[[Node], bool]) -> tuple[str, str]:
    """The verdict on a path and what stops it. Folders that are not known are open."""
    here, todo, real = "", path.strip("/").split("/"), ""
    while todo:
        name = todo.pop(0)
        if name == "..":
            here = here.rpartition("/")[0]
            continue
        real = f"{here}/{name}"
        node = nodes.get(real, ("dir", 0o755, ""))
        if real not in nodes and any(parent == here for parent in nodes):
            return "broken", real
        if node[0] == "symlink":
            if node[2].startswith("/"):
                here = ""
            todo = [*node[2].strip("/").split("/"), *todo]
            continue
        if stops(node):
            return "blocked", real
        here = real
    return "readable", ""


def _site(draw: Draw, site: str, source: Tree) -> tuple[list[Entry], list[str]]:
    """Folders, pages and links of a site, and the paths that are published."""
    modes = draw.shuffled([0o755, 0o711, 0o750, 0o754, 0o701])
    folders = {site: 0o755, f"{site}/news": 0o755}
    for name, mode in zip(("visit", "members", "about", "events", "labs"), modes, strict=True):
        folders[f"{site}/{name}"] = mode
        folders[f"{site}/{name}/2026"] = draw.choice([0o755, 0o755, 0o744, 0o700])
    entries = [Entry.folder(path, mode) for path, mode in folders.items()]
    paths = []
    for folder in folders:
        for page in draw.sample(PAGES, draw.integer(1, 2)):
            mode = draw.choice([0o644, 0o644, 0o644, 0o640, 0o604, 0o600])
            path = f"{folder}/{page}"
            entries.append(Entry(path, f"<h1>{page}</h1>\n".encode(), mode))
            paths.append(path)
    for number, file in enumerate(draw.sample(source.files, 7)):
        link = f"{draw.choice([*folders])}/paper-{number + 1}"
        end = f"{source.path}/{file.name}" + (".bak" if number == 3 else "")
        up = "../" * (link.count("/") - site.count("/"))
        shown = f"{up}{source.path.rpartition('/')[2]}/{file.name}" if number % 2 == 0 else end
        entries.append(Entry(link, kind="symlink", target=shown, mode=0o777))
        paths.append(link)
    for name in draw.sample(("members", "labs", "about", "visit"), 2):
        link = f"{site}/latest-{name}"
        entries.append(Entry(link, kind="symlink", target=f"{name}/2026", mode=0o777))
        inside = [p for p in paths if p.startswith(f"{site}/{name}/2026/") and "paper" not in p]
        paths += [link + path.removeprefix(f"{site}/{name}/2026") for path in inside]
    return entries, draw.shuffled(paths)
