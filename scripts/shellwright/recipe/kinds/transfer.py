"""Transfers: what another system left, in a form that has to be undone before it is of use."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar

from shellwright.recipe import deltas
from shellwright.recipe.checks import Check
from shellwright.recipe.draw import Draw
from shellwright.recipe.kind import Kind
from shellwright.recipe.kinds import table as tables
from shellwright.recipe.kinds import tree as trees
from shellwright.recipe.kinds.archive import Archive, packed
from shellwright.recipe.kinds.table import Table
from shellwright.recipe.kinds.tree import Tree, TreeFile
from shellwright.recipe.oldpacks import arj, cabinet, cpio, lzh, lzw, uuencoded
from shellwright.recipe.parity import parity
from shellwright.recipe.resource import DEFAULT_MTIME, Entry, Resource, unchanged
from shellwright.recipe.themes import Theme

#: Bytes of a slice of recovery data: few, so that damaged parts still have whole ones.
SLICE = 64
MARKER = "%%FILE"
FORMATS = ("VCDIFF", "bsdiff", "librsync")


@dataclass(frozen=True, kw_only=True)
class Transfer(Resource):
    """Files as they arrived at `path`, and the `payload` that they stand for.

    `form` is `parity` (damaged parts of an archive with recovery data), `deltas` (an old version
    with a series of binary deltas), `legacy` (old kinds of containers), `batch` (many files in one
    text) or `encoded` (a flat store whose names are encoded paths). `facts` are what a recipe has
    to know about them, by name.
    """

    kind: ClassVar[str] = "transfer"
    domain: ClassVar[dict[str, tuple[str, ...]]] = {
        "form": ("parity", "deltas", "legacy", "batch", "encoded"),
    }

    form: str
    items: tuple[Entry, ...]
    payload: Resource
    facts: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def state(self) -> dict[str, str]:
        return {"form": self.form}

    def fact(self, name: str) -> tuple[str, ...]:
        """What is known under that name."""
        return dict(self.facts)[name]

    def entries(self) -> list[Entry]:
        return list(self.items)

    def checks(self) -> list[Check]:
        return [
            dataclasses.replace(unchanged(entry), guard=False)
            for entry in self.items
            if entry.kind == "file"
        ]

    def situation(self) -> str:
        path, noun = f"`{self.path}`", self.payload.noun
        return {
            "parity": f"{path} is what an unreliable line left of the {noun}: the numbered parts "
            "of an archive, with PAR2 recovery files beside them.",
            "deltas": f"{path} holds an old version of the {noun} and the updates to it that were "
            "sent since, each a binary delta.",
            "legacy": f"{path} holds the {noun} as they came off a cupboard full of old disks: "
            "containers whose names say nothing about their formats.",
            "batch": f"{path} is one long text into which an old system poured the {noun}.",
            "encoded": f"{path} is the store of a retired sync program with the {noun}, every "
            "file under an encoded name.",
        }[self.form]


def generate(state: dict[str, str], theme: Theme, draw: Draw, path: str) -> Transfer:
    """A transfer in the given form."""
    make = {
        "parity": _parity,
        "deltas": _deltas,
        "legacy": _legacy,
        "batch": _batch,
        "encoded": _encoded,
    }[state["form"]]
    return make(theme, draw, path)


def _documents(theme: Theme, draw: Draw, path: str, condition: str = "tidy") -> Tree:
    given = {"content": "documents", "condition": condition}
    return trees.generate(given, theme, draw.child("tree"), f"{path.rpartition('/')[0]}/documents")


def _folder(path: str, files: dict[str, bytes], times: dict[str, int] | None = None) -> list[Entry]:
    entries = [
        Entry(f"{path}/{name}", data, mtime=(times or {}).get(name, DEFAULT_MTIME))
        for name, data in sorted(files.items())
    ]
    return [Entry.folder(path), *entries]


def _parity(theme: Theme, draw: Draw, path: str) -> Transfer:
    """Seven parts, of which one is damaged inside, one cut short, one misnamed and one lost."""
    tree = _documents(theme, draw, path)
    root = path.rpartition("/")[0]
    name = f"{theme.key}-documents.tar.gz"
    archive = Archive(path=f"{root}/{name}", noun=tree.noun, payload=tree, root=root)
    data = archive.content()
    size = -(-len(data) // 7)
    parts = {f"{name}.{n + 1:03d}": data[n * size : (n + 1) * size] for n in range(7)}
    count = -(-size // SLICE) * 2 + 3
    index, volume = parity(parts, SLICE, count)
    hurt, cut, astray, lost = draw.sample(sorted(parts)[:-1], 4)
    arrived = dict(parts)
    place = draw.integer(40, size - 80)
    arrived[hurt] = parts[hurt][:place] + bytes(24) + parts[hurt][place + 24 :]
    arrived[cut] = parts[cut][: size - draw.integer(60, size // 3)]
    stray = f"upload-{draw.hex(6)}.tmp"
    arrived[stray] = arrived.pop(astray)
    del arrived[lost]
    arrived |= {f"{theme.key}.par2": index, f"{theme.key}.vol00+{count:02d}.par2": volume}
    return Transfer(
        path=path,
        noun=f"damaged upload of the {tree.noun}",
        form="parity",
        items=tuple(_folder(path, arrived)),
        payload=archive,
        facts=(
            ("index", (f"{theme.key}.par2",)),
            ("stray", (stray, astray)),
            ("bad", (hurt, cut, lost)),
            ("parts", tuple(sorted(parts))),
        ),
    )


def _edited(theme: Theme, draw: Draw, table: Table, fresh: list[tables.Row]) -> Table:
    """The next version of a table: some rows gone, some changed, some new."""
    rows = [row for row in table.rows if not draw.chance(0.03)]
    for place in draw.sample(range(len(rows)), 6):
        row = rows[place]
        rows[place] = (*row[:4], draw.choice(theme.statuses), *row[5:7], draw.choice(theme.notes))
    rows += [fresh.pop() for _ in range(draw.integer(3, 6))]
    return table.with_rows(rows)


def _deltas(theme: Theme, draw: Draw, path: str) -> Transfer:
    """Four updates by three different programs, one of them withdrawn and sent again."""
    clean = {"format": "csv", "condition": "clean", "shape": "records", "extent": "full"}
    name = f"{theme.records}.csv"
    table = tables.generate(clean, theme, draw.child("table"), f"{path}/{name}")
    fresh = list(table.rows[-24:])
    versions = [table.with_rows(table.rows[:-24])]
    for _ in range(4):
        versions.append(_edited(theme, draw, versions[-1], fresh))
    withdrawn = _edited(theme, draw, versions[1], list(table.rows[-24:-12]))
    texts = [version.content() for version in versions]
    order = draw.shuffled(FORMATS)
    order.append(draw.choice(order[:2]))
    write = {"VCDIFF": deltas.vcdiff, "bsdiff": deltas.bsdiff, "librsync": deltas.rdiff}
    days = ["20260105", "20260119b", "20260126", "20260209"]
    files, rows = {name: texts[0]}, []
    for day, form, old, new in zip(days, order, texts[:-1], texts[1:], strict=True):
        files[f"{day}.upd"] = write[form](old, new)
        rows.append(f"{day}.upd\t{_sum(old)}\t{_sum(new)}\n")
    dead = withdrawn.content()
    files["20260119.upd"] = write[order[1]](texts[1], dead)
    rows.append(f"20260119.upd\t{_sum(texts[1])}\t{_sum(dead)}\n")
    files["SERIES.tsv"] = ("file\tapplies_to\tgives\n" + "".join(draw.shuffled(rows))).encode()
    files["CURRENT"] = f"{_sum(texts[-1])}\n".encode()
    return Transfer(
        path=path,
        noun=f"updates of the {table.noun}",
        form="deltas",
        items=tuple(_folder(path, files)),
        payload=versions[-1],
        facts=(
            ("base", (name,)),
            ("chain", tuple(f"{day}.upd" for day in days)),
            ("formats", tuple(order)),
            ("earlier", tuple(text.decode() for text in (texts[-2], dead))),
        ),
    )


def _sum(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _legacy(theme: Theme, draw: Draw, path: str) -> Transfer:
    """Five containers; three files are in two of them, once in an older version."""
    tree = _documents(theme, draw, path)
    files = draw.shuffled(tree.files)
    groups: list[list[TreeFile]] = [files[n::5] for n in range(5)]
    again = draw.sample(files, 3)
    for file in again:
        home = next(n for n, group in enumerate(groups) if file in group)
        other = (home + draw.integer(1, 4)) % 5
        text = file.content + f"(draft of {draw.integer(2, 9)} pages, not final)\n".encode()
        old = dataclasses.replace(file, content=text, mtime=file.mtime - 86_400 * 40)
        groups[other].append(old)
    held = [
        {f.name: Entry(f.name, f.content, mtime=f.mtime) for f in sorted(group)} for group in groups
    ]
    written = [
        lzw(packed(held[0], "tar")),
        arj("DISK.ARJ", held[1], DEFAULT_MTIME - 86_400),
        cabinet(held[2]),
        lzh(held[3]),
        uuencoded("backup.cpio", cpio(held[4])),
    ]
    names = [f"disk-{letter}" for letter in draw.shuffled("abcde")]
    carried = dict(zip(names, written, strict=True))
    return Transfer(
        path=path,
        noun=f"old disks with the {tree.noun}",
        form="legacy",
        items=tuple(_folder(path, carried)),
        payload=tree,
        facts=(
            ("names", tuple(names)),
            ("counts", tuple(str(len(group)) for group in held)),
            ("again", tuple(file.name for file in again)),
        ),
    )


def batch_line(file: TreeFile) -> str:
    """The line that announces a file in a batch, without its line end."""
    stamp = datetime.fromtimestamp(file.mtime, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return f"{MARKER} {file.name} {stamp} {len(file.content.splitlines())}"


def _batch(theme: Theme, draw: Draw, path: str) -> Transfer:
    """Files one after the other; some came twice, some are incomplete, one talks of markers."""
    tree = _documents(theme, draw, path)
    files = draw.shuffled(tree.files)
    talker = files[0]
    talk = f"{MARKER} lines of the export are explained on page {draw.integer(2, 9)}\n".encode()
    files[0] = dataclasses.replace(talker, content=talker.content + talk)
    broken, again = files[1:3], files[3:6]
    sections: list[tuple[str, bytes]] = []
    for file in files:
        lines = file.content.splitlines(keepends=True)
        kept = lines[: -draw.integer(1, 2)] if file in broken else lines
        sections.append((batch_line(file), b"".join(kept)))
    for file in again:
        draft = b"".join(file.content.splitlines(keepends=True)[:-1]) + b"(earlier draft)\n"
        earlier = dataclasses.replace(file, content=draft, mtime=file.mtime - 3 * 86_400)
        place = next(n for n, (head, _) in enumerate(sections) if head == batch_line(file))
        sections.insert(draw.integer(0, place), (batch_line(earlier), draft))
    text = "".join(f"{head}\n{body.decode()}" for head, body in sections)
    counts = [
        (file.name, str(len(file.content.splitlines())), str(len(body.splitlines())))
        for file in broken
        for head, body in sections
        if head == batch_line(file)
    ]
    return Transfer(
        path=path,
        noun=f"export of the {tree.noun}",
        form="batch",
        items=(Entry(path, text.encode()),),
        payload=tree.with_files(file for file in files if file not in broken),
        facts=(
            *((f"broken {n}", row) for n, row in enumerate(counts)),
            ("again", tuple(sorted(file.name for file in again))),
            ("talker", (talker.name,)),
            ("sections", (str(len(sections)),)),
        ),
    )


def encoded_name(name: str, scheme: str) -> str:
    """The name in the store: `b32_` or `u64_`, then the encoded path without padding."""
    data = name.encode()
    if scheme == "b32":
        return "b32_" + base64.b32encode(data).decode().rstrip("=")
    return "u64_" + base64.urlsafe_b64encode(data).decode().rstrip("=")


def _encoded(theme: Theme, draw: Draw, path: str) -> Transfer:
    """Old files under base32 names, newer ones under base64url; a few unfinished uploads."""
    tree = _documents(theme, draw, path, "misnamed")
    old = set(draw.sample([file.name for file in tree.files], len(tree.files) // 2))
    stored = {encoded_name(f.name, "b32" if f.name in old else "u64"): f for f in tree.files}
    files = {name: file.content for name, file in stored.items()}
    times = {name: file.mtime for name, file in stored.items()}
    for file in draw.sample(tree.files, 2):
        files[f"tmp_{draw.hex(12)}"] = file.content[: len(file.content) // 2]
    return Transfer(
        path=path,
        noun=f"store of the {tree.noun}",
        form="encoded",
        items=tuple(_folder(path, files, times)),
        payload=tree,
        facts=(("old", tuple(sorted(old))),),
    )


def _file_name(state: dict[str, str], theme: Theme) -> str:
    return {
        "parity": "upload",
        "deltas": "updates",
        "legacy": "disks",
        "batch": f"{theme.key}-export.txt",
        "encoded": "store",
    }[state["form"]]


KIND = Kind(
    Transfer, tuple({"form": form} for form in Transfer.domain["form"]), generate, _file_name
)
