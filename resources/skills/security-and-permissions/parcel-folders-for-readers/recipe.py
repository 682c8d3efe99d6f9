"""Pack folders into parcels that open for their readers only."""

from __future__ import annotations

import hashlib

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

P = 2**255 - 19
LETTERS = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
COLUMNS = (
    Column("folder", "folder"),
    Column("parcel", "file"),
    Column("files", "count"),
    Column("readers", "readers"),
)
#: From the list of grants to `folder name recipient`, as of a day.
PROGRAM = """BEGIN { n = split(all, folders, " ") }
  FNR == 1 || /^#/ || ($4 != "" && $4 < day) { next }
  { for (i = 1; i <= n; i++) if ($2 == "*" || $2 == folders[i]) print folders[i], $1, $3 }"""

Grant = tuple[str, str, str, str]


class ParcelFoldersForReaders(Recipe):
    """One encrypted tarball a folder, and a list of the parcels with their readers."""

    needs = (
        Pattern.of("tree", content="documents", condition=("tidy", "leaky", "outdated", "crlf")),
    )
    gives = (Pattern.of("table", format="csv", condition="clean", shape="summary"),)
    tools = ("age", "age-keygen", "cat", "cut", "find", "gawk", "grep", "head", "ls", "mkdir",
             "paste", "rm", "sort", "tar", "uniq", "wc")  # fmt: skip
    packages = ("age", "gawk", "tar")
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Tree)
        folders = sorted({file.name.partition("/")[0] for file in source.files})
        flat = any(file.name.count("/") != 1 or file.target for file in source.files)
        if flat or not 2 <= len(folders) <= 5 or any({*f} & {*" ,\"'\\*|"} for f in folders):
            raise Unsuitable("no plain folders, or files beside them")
        day = f"2026-03-{draw.integer(3, 28):02d}"
        names = [person.split()[-1].lower() for person in draw.sample(PEOPLE, 6)]
        if len({*names}) < len(names):
            raise Unsuitable("two people of one name")
        seeds = {name: draw.bytes(32) for name in names}
        own = draw.bytes(32)
        grants = _grants(draw, names, folders, day, seeds)
        readers = {
            folder: sorted(
                {name for name, what, _, until in grants
                 if name[0] != "#" and what in ("*", folder) and (not until or until >= day)}
            )
            for folder in folders
        }  # fmt: skip
        careless = {
            folder: sorted(
                {name.lstrip("# ") for name, what, _, _ in grants if what in ("*", folder)}
            )
            for folder in folders
        }
        if any(not who or len(who) == len(names) for who in readers.values()):
            raise Unsuitable("a folder for nobody or for everybody")
        listed = world.input(draw, ["readers", "grants", "distribution"], ".csv")
        key = world.input(draw, ["archive_identity", "archive_key", "escrow"], ".txt")
        box = world.output(draw, ["parcels", "outgoing", "sealed"])
        target = world.output(draw, ["parcel_list", "distribution_list", "manifest"], ".csv")
        files = {f: [x for x in source.files if x.name.startswith(f + "/")] for f in folders}

        def table(who: dict[str, list[str]]) -> Table:
            rows: list[Row] = [
                (f, f"{f}.tar.age", str(len(files[f])), " ".join(who[f])) for f in folders
            ]
            return summary(target, "list of the parcels", COLUMNS, rows)

        result = table(readers)
        here, there, sheet, mine, out = (quoted(p) for p in (source.path, target, listed, key, box))
        head = ",".join(result.header)
        lines = ["reader,folder,recipient,until", *(",".join(grant) for grant in grants)]
        first = folders[0]
        ended = next(grant for grant in grants if grant[3] and grant[3] < day)
        identities = {**seeds, "archive": own}
        opened = [
            'open() { age -d -i <(echo "$1") "$2" 2> /dev/null; }',
            f"cd {out}",
        ]
        told = []
        for folder in folders:
            body = b"".join(file.content for file in sorted(files[folder]))
            inner = " ".join(quoted(file.name) for file in sorted(files[folder]))
            for name, seed in identities.items():
                may = name == "archive" or name in readers[folder]
                opened.append(
                    f"if open {identity(seed)} {folder}.tar.age > /dev/null; then "
                    f"echo {folder} {name} yes; else echo {folder} {name} no; fi"
                )
                told.append(f"{folder} {name} {'yes' if may else 'no'}")
            opened += [
                f"plain=$(mktemp -d); open {identity(own)} {folder}.tar.age | tar -x -C $plain",
                f"(cd $plain; cat {inner} | sha256sum; find . -type f | wc -l); rm -r $plain",
            ]
            told += [f"{hashlib.sha256(body).hexdigest()}  -", str(len(files[folder]))]
        opened.append("ls -A")
        told += [f"{folder}.tar.age" for folder in folders]
        return Move(
            focus=result,
            makes=[result],
            brings=[
                Entry(listed, "".join(f"{line}\n" for line in lines).encode()),
                Entry(key, f"# archive of {source.noun}\n{identity(own)}\n".encode(), 0o600),
            ],
            request=[
                f"The folders in `{source.path}` go out to different people. For each folder put "
                f"`<folder>.tar.age` into the new folder `{box}`: a tar archive with the files "
                "under `<folder>/<name>`, encrypted in the `age` format so that it opens for its "
                f"readers' keys and for our archive's, whose identity is in `{key}`, and for no "
                f"other. `{listed}` says who reads what (`*` is every folder) up to and including "
                f"which day; no day means without end, and lines behind a `#` are withdrawn. "
                f"Today is `{day}`. Nothing unencrypted may lie in there. `{target}` lists the "
                f"parcels, by folder in byte order, as CSV with the header `{head}`: file name of "
                "the parcel, number of files, and the readers in byte order with a space between "
                "them (without the archive).",
                f"Please pack `{source.path}` for its readers, one parcel a folder: "
                f"`<folder>.tar.age` in the new folder `{box}`, that is a tar archive of the "
                "folder's files, named `<folder>/<name>` in it, encrypted as an `age` file. Who "
                f"may read what is in `{listed}`: public key, folder (`*` for all), last day if "
                f"there is one. We write `{day}`; grants that ended before, and lines commented "
                "out with `#`, do not count. Exactly these people and our archive (its identity is "
                f"in `{key}`) must be able to open a parcel. Leave no plain text there. Then "
                f"write `{target}`, CSV, header `{head}`, one row a folder in byte order; files "
                "are counted, readers are in byte order, separated by spaces, and the archive is "
                "not named.",
            ],
            steps=[
                look(
                    f"cut -c 1-60 {sheet}; find {here} -type f -printf '%P\\n' | "
                    f"cut -d / -f 1 | sort | uniq -c; ls -l {mine}; age-keygen -y {mine}",
                    "Who is granted what, which folders exist, and what is the archive's public "
                    "key?",
                    "Read the grants, count files by folder and derive the archive's recipient.",
                ),
                do(
                    f"cd {here}\n"
                    "folders=$(find . -mindepth 1 -maxdepth 1 -type d -printf '%f ')\n"
                    f"gawk -F , -v day={day} -v all=\"$folders\" '{PROGRAM}' {sheet} | "
                    "LC_ALL=C sort -u > /tmp/readers.txt\n"
                    f"mkdir -p {out}\nfor folder in $folders; do\n"
                    f"  {{ grep \"^$folder \" /tmp/readers.txt | cut -d ' ' -f 3; "
                    f"age-keygen -y {mine}; }} > /tmp/recipients.txt\n"
                    f'  tar -c "$folder" | age -R /tmp/recipients.txt -o {out}/$folder.tar.age\n'
                    "done\ncd /app",
                    f"{ended[0]} had {ended[1]} until {ended[3]}, which is over. The tarball goes "
                    "straight into the encryption, so that nothing plain is left.",
                    "Work out each folder's readers and encrypt for them and the archive.",
                    duration=0.6,
                ),
                do(
                    f"{{ echo {head}; for parcel in {out}/*.age; do\n"
                    "  folder=${parcel##*/} folder=${folder%.tar.age}\n"
                    f'  count=$(find {here}/"$folder" -type f | wc -l)\n'
                    '  who=$(grep "^$folder " /tmp/readers.txt | cut -d " " -f 2 | uniq | '
                    'paste -sd " ")\n'
                    '  echo "$folder,${parcel##*/},$count,$who"\n'
                    f"done | LC_ALL=C sort; }} > {there}\nrm /tmp/readers.txt /tmp/recipients.txt",
                    f"{len(folders)} parcels; the same list of readers serves for the record.",
                    "List the parcels with their readers.",
                ),
                look(
                    f"cat {there}; age -d -i {mine} {out}/{first}.tar.age | tar -t | wc -l; "
                    f"head -n 12 {out}/{first}.tar.age | grep -a -c '^-> X25519'",
                    f"{first} must open with the archive's identity, and every reader has to be a "
                    "recipient.",
                    "Open one parcel and count the recipients in its header.",
                ),
            ],
            checks=[
                shell_prints(
                    "\n".join(opened),
                    "".join(f"{line}\n" for line in told),
                    about=f"The parcels in {box} open for their readers and the archive only, and "
                    "hold the files.",
                    paths=[box],
                    key="opened",
                    weight=3.0,
                )
            ],
            wrong=[
                *differing(result, [("ended and withdrawn grants count", table(careless))]),
                Wrong(
                    "only the archive can open a parcel",
                    command=f"cd {here} && tar -c {first} | age -r $(age-keygen -y {mine}) "
                    f"-o {out}/{first}.tar.age",
                ),
                Wrong("plain tarball left", command=f"tar -C {here} -cf {out}/{first}.tar {first}"),
            ],
            mistakes=[
                Mistake(
                    "command",
                    before=1,
                    command=f"age -r {names[0]} -o /tmp/try.age {mine}",
                    symptom=r"unknown recipient type",
                    diagnosis="A recipient is a public key and no name; the list has the keys.",
                ),
                Mistake(
                    "hallucination",
                    before=1,
                    command=f"age-keygen --public {mine}",
                    symptom=r"(?i)flag provided but not defined|unknown|usage",
                    diagnosis="The option that derives the recipient from an identity is -y.",
                ),
                Mistake(
                    "verification",
                    before=3,
                    command=f"age -d -i <(age-keygen 2> /dev/null) {out}/{first}.tar.age",
                    symptom=r"no identity matched any of the recipients",
                    diagnosis="A fresh identity cannot open it, which is right; the archive's can.",
                ),
            ],
        )


def _ladder(scalar: bytes, u: int) -> bytes:
    """X25519: the point with that coordinate, times the scalar."""
    number = int.from_bytes(scalar, "little") & ((1 << 254) - 8) | 1 << 254
    x2, z2, x3, z3 = 1, 0, u, 1
    for place in reversed(range(255)):
        bit = number >> place & 1
        if bit:
            x2, x3, z2, z3 = x3, x2, z3, z2
        a, b, c, d = x2 + z2, x2 - z2, x3 + z3, x3 - z3
        da, cb, aa, bb = d * a % P, c * b % P, a * a % P, b * b % P
        x3, z3 = (da + cb) ** 2 % P, u * (da - cb) ** 2 % P
        x2, z2 = aa * bb % P, (aa - bb) * (aa + 121665 * (aa - bb)) % P
        if bit:
            x2, x3, z2, z3 = x3, x2, z3, z2
    return (x2 * pow(z2, P - 2, P) % P).to_bytes(32, "little")


def bech32(prefix: str, data: bytes) -> str:
    """The data in Bech32, as age writes keys."""
    bits = int.from_bytes(data, "big") << -len(data) * 8 % 5
    size = -(-len(data) * 8 // 5)
    words = [bits >> 5 * (size - 1 - n) & 31 for n in range(size)]
    check = 1
    spread = [ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix]
    for word in [*spread, *words, *[0] * 6]:
        top, check = check >> 25, (check & 0x1FFFFFF) << 5 ^ word
        for place, part in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            check ^= part if top >> place & 1 else 0
    words += [(check ^ 1) >> 5 * (5 - n) & 31 for n in range(6)]
    return f"{prefix}1" + "".join(LETTERS[word] for word in words)


def identity(seed: bytes) -> str:
    """The secret key of a seed, as a line of an identity file."""
    return bech32("age-secret-key-", seed).upper()


def recipient(seed: bytes) -> str:
    """The public key of a seed."""
    return bech32("age", _ladder(seed, 9))


def _grants(
    draw: Draw, names: list[str], folders: list[str], day: str, seeds: dict[str, bytes]
) -> list[Grant]:
    """Who may read what until when; some grants have ended, one is withdrawn."""
    found: list[Grant] = []
    for place, name in enumerate(names):
        key = recipient(seeds[name])
        if place == 0:
            found.append((name, "*", key, draw.choice(["", day])))
            continue
        for folder in draw.sample(folders, draw.integer(1, max(1, len(folders) - 1))):
            past, future = f"2026-02-{draw.integer(1, 28):02d}", f"2026-0{draw.integer(4, 9)}-30"
            until = past if place == 1 else draw.choice(["", future, day, past])
            found.append((name, folder, key, until))
        if place == 2:
            found.append((f"#{name}", "*", key, ""))
    return draw.shuffled(found)
