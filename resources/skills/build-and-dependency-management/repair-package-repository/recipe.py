"""Rebuild Debian packages that cannot be installed, and index them as a repository."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass

from shellwright.recipe import (
    DEFAULT_MTIME,
    Check,
    Column,
    Delivery,
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
from shellwright.recipe.kinds.archive import packed
from shellwright.recipe.tabular import differing
from shellwright.recipe.wrapping import ar

COLUMNS = (
    Column("package", "name"),
    Column("version", "version"),
    Column("files", "count"),
    Column("bytes", "count"),
)
LOG_MODE, ADM = 0o2750, 4


@dataclass(frozen=True)
class Package:
    """A Debian package: what its control file says, its scripts and its data.

    `data` holds the files and folders by their paths in the package.
    """

    name: str
    version: str
    depends: str
    about: str
    data: tuple[Entry, ...] = ()
    postinst: str = ""
    conffiles: tuple[str, ...] = ()
    architecture: str = "all"
    extra: str = ""
    script_mode: int = 0o755
    stale: tuple[str, ...] = ()
    torn: bool = False

    @property
    def files(self) -> list[Entry]:
        """The regular files of the data."""
        return [entry for entry in self.data if entry.kind == "file"]

    @property
    def file_name(self) -> str:
        """The name under which a repository keeps it."""
        return f"{self.name}_{self.version}_{self.architecture}.deb"

    def control(self, theme: str) -> str:
        """The control file."""
        lines = [
            f"Package: {self.name}",
            f"Version: {self.version}",
            f"Architecture: {self.architecture}",
            f"Maintainer: IT <it@{theme}.example>",
        ]
        lines += [f"Depends: {self.depends}"] if self.depends else []
        lines += [self.extra] if self.extra else []
        text = "\n".join([*lines, f"Description: {self.about}"])
        return text if self.torn else text + "\n"

    def content(self, theme: str) -> bytes:
        """The package as a file, with everything in it owned by its builder."""
        sums = "".join(
            f"{'0' * 32 if entry.path in self.stale else digest(entry, 'md5')}  {entry.path[1:]}\n"
            for entry in self.files
        )
        inside = {"control": self.control(theme), "md5sums": sums}
        if self.conffiles:
            inside["conffiles"] = "".join(f"{path}\n" for path in self.conffiles)
        members = {f"./{name}": Entry(name, text.encode()) for name, text in inside.items()}
        if self.postinst:
            script = Entry("postinst", self.postinst.encode(), mode=self.script_mode)
            members["./postinst"] = script
        return ar(
            {
                "debian-binary": b"2.0\n",
                "control.tar.gz": packed(members, "tar.gz"),
                "data.tar.xz": packed({f".{entry.path}": entry for entry in self.data}, "tar.xz"),
            }
        )


class RepairPackageRepository(Recipe):
    """A folder with an index and rebuilt packages that apt can install, and a table of them."""

    needs = (Pattern.of("delivery", wrapping="package"),)
    gives = (Pattern.of("table", format="csv", condition="clean", shape="summary"),)
    tools = (
        "apt-ftparchive", "apt-get", "awk", "bash", "cat", "chmod", "chown", "dpkg-deb", "fakeroot",
        "find", "grep", "ls", "md5sum", "mkdir", "mktemp", "mv", "rm", "rmdir", "sed",
        "sort", "tar", "xargs",
    )  # fmt: skip
    packages = ("apt-utils", "fakeroot")
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Delivery)
        tree = source.archive.payload
        assert isinstance(tree, Tree)
        if any(" " in file.name for file in tree.files):
            raise Unsuitable("names with spaces")
        key = world.theme.key
        old = version_of(source.content)
        right = wanted(key, tree, old, draw)
        broken = spoilt(right, key, old, draw)
        pool = world.input(draw, ["packages", "builds", "pool"])
        plan = world.input(draw, ["release", "agreed", "packages"], ".tsv")
        repo = world.output(draw, ["repo", "apt", "repository"])
        target = world.output(draw, ["packages", "release_contents", "overview"], ".csv")
        rows = overview(right)
        result = summary(target, "packages of the release", COLUMNS, rows)
        lines = [f"{p.name}\t{p.version}\t{p.architecture}\t{p.depends or '-'}" for p in right]
        head = ",".join(result.header)
        here, at, there, built, agreed = (
            quoted(p) for p in (source.path, pool, target, repo, plan)
        )
        log, desk = f"/var/log/{key}", f"{key}-desk"
        script = f"""work=$(mktemp -d)
mkdir -p {built}
for deb in {here} {at}/*.deb; do
  dpkg-deb -R "$deb" "$work/new"
  mv "$work/new" "$work/$(sed -n 's/^Package: //p' "$work/new/DEBIAN/control")"
done
while IFS=$'\\t' read -r name version architecture depends; do
  root=$work/$name
  about=$root/DEBIAN
  sed -i -e "s/^Version:.*/Version: $version/" \\
    -e "s/^Architecture:.*/Architecture: $architecture/" \\
    -e '/^Depends:/d' -e '/^Conflicts:/d' -e '/^Breaks:/d' -e '$a\\' "$about/control"
  [ "$depends" = - ] || echo "Depends: $depends" >> "$about/control"
  if [ -d "$root/usr/local/bin" ]; then
    mkdir -p "$root/usr/bin"
    mv "$root"/usr/local/bin/* "$root/usr/bin/"
    rmdir "$root/usr/local/bin" "$root/usr/local"
  fi
  [ ! -d "$root/etc" ] || (cd "$root" && find etc -type f | sed 's,^,/,' > DEBIAN/conffiles)
  [ ! -e "$about/postinst" ] || sed -i 's/\\r$//' "$about/postinst"
  find "$root" -type d -exec chmod 0755 {{}} +
  find "$root" -type f -exec chmod 0644 {{}} +
  (grep -rlZ '^#!' "$root" || true) | xargs -r0 chmod 0755
  (cd "$root" && find . -path ./DEBIAN -prune -o -type f -printf '%P\\n' | LC_ALL=C sort |
    xargs -r md5sum > DEBIAN/md5sums)
  fakeroot bash -c "chown -R root:root $root
    [ ! -d $root{log} ] || chown root:adm $root{log}
    [ ! -d $root{log} ] || chmod {LOG_MODE:o} $root{log}
    dpkg-deb -b $root {repo}/${{name}}_${{version}}_$architecture.deb"
done < {agreed}
rm -r "$work\""""
        table = f"""for deb in {built}/*.deb; do
  dpkg-deb --fsys-tarfile "$deb" | tar -tvf - | awk -v OFS=, \\
    -v name="$(dpkg-deb -f "$deb" Package)" -v version="$(dpkg-deb -f "$deb" Version)" \\
    '/^-/ {{ n++; b += $3 }} END {{ print name, version, n + 0, b + 0 }}'
done | LC_ALL=C sort -t , -k 1,1 | sed '1i {head}' > {there}"""
        rules = (
            f"`{plan}` has what was agreed on for each of them: `package`, `version`, "
            "`architecture` and `depends` (`-` for nothing), separated by tabs. They conflict with "
            "nothing and break nothing. Programs belong in `/usr/bin`, not below `/usr/local`. "
            "Folders have the mode `0755`, files that begin with `#!` and the maintainer scripts "
            "`0755`, other files `0644`, and all belongs to `root:root`; only the folder "
            f"`{log}` is `root:adm` with `{LOG_MODE:o}`. `conffiles` names the files below "
            "`/etc`, `md5sums` fits and names every file of the data, and lines of scripts end in "
            "LF alone. "
            "Apart from that the contents of files, and the other fields, are right"
        )
        names = (
            f"named `<package>_<version>_<architecture>.deb`, with their index `Packages` beside "
            f"them, so that apt can install `{desk}` on an empty machine from that folder alone"
        )
        overviewed = (
            f"CSV with the header `{head}`, sorted by package in byte order, with the number of "
            "regular files in its data and the sum of their sizes"
        )
        victim, other = f"{repo}/{right[1].file_name}", f"{repo}/{right[-1].file_name}"
        index = f"(cd {built} && apt-ftparchive packages . > Packages)"
        own = "w=$(mktemp -d); dpkg-deb -R {deb} $w/p && {edit}; fakeroot dpkg-deb -b $w/p {deb}; "

        def remade(deb: str, edit: str) -> str:
            rebuilt = own.format(deb=quoted(deb), edit=edit)
            return rebuilt + index

        daemon = next(p for p in right if p.postinst)
        return Move(
            focus=result,
            makes=[result],
            brings=[
                Entry.folder(pool),
                Entry(plan, "".join(f"{line}\n" for line in lines).encode()),
                *[
                    Entry(f"{pool}/{p.file_name}", p.content(key))
                    for p in broken
                    if p.name != right[0].name
                ],
            ],
            checks=[
                control_check(repo, right),
                data_check(repo, right),
                scripts_check(repo, right),
                apt_check(repo, desk, right),
            ],
            request=[
                f"Nobody can install `{desk}`: the packages for it, `{source.path}` and those in "
                f"`{pool}`, were built by hand, and each has something wrong. Rebuild all of them "
                f"into `{repo}`, {names}. {rules}. The old packages stay as they are. For the "
                f"release note I need `{target}`, {overviewed}.",
                f"Please make `{repo}` a repository that works: it has to hold all our packages, "
                f"which are those in `{pool}` and `{source.path}`, {names}. As they are, they "
                f"cannot be installed together, and they carry the owners and modes of whoever "
                f"built them; keep them, and build new ones. {rules}. Also write `{target}` about "
                f"the new packages: {overviewed}.",
            ],
            steps=[
                look(
                    f"cat {agreed}; for deb in {here} {at}/*.deb; do\n"
                    '  dpkg-deb -I "$deb" | grep -v \'^ *[0-9]* bytes\'; dpkg-deb -c "$deb" | '
                    "sed -n 1,6p\ndone",
                    "How far is each package from what was agreed on?",
                    "Read the list, and show the control files and the data of all packages.",
                    0.5,
                ),
                look(
                    f"""for deb in {here} {at}/*.deb; do
  dpkg-deb -I "$deb" postinst conffiles 2> /dev/null | cat -A || true
done""",
                    "Scripts can have line ends that nobody sees.",
                    "Show maintainer scripts and conffiles with their line ends.",
                ),
                do(
                    script,
                    "Owners need fakeroot, as one folder is not root's. Sums come last, when the "
                    "data is as it will be.",
                    "Take all packages apart, put them right after the list, and build them anew.",
                    4.0,
                ),
                do(
                    f"(cd {built} && apt-ftparchive packages . > Packages)",
                    "apt finds nothing in a folder without an index, and the index has sizes and "
                    "sums of the final packages.",
                    "Write the index of the folder.",
                    0.5,
                ),
                do(
                    table,
                    "Only right packages are in the folder now.",
                    "Count the files and bytes in each and write the table.",
                ),
                look(
                    f"ls {built}; cat {there}; {simulated(repo)}\n"
                    f"apt-get $options -s install {desk} | grep ^Inst",
                    "A simulation with directories of its own needs no rights and tells whether "
                    "the dependencies fit together.",
                    "Read the table and let apt simulate the installation.",
                    1.0,
                ),
            ],
            wrong=[
                *differing(
                    result,
                    [
                        (
                            "folders counted as files",
                            result.with_rows(
                                (p.name, p.version, str(len(p.data)), row[3])
                                for p, row in zip(sorted_names(right), rows, strict=True)
                            ),
                        ),
                        ("the old packages", result.with_rows(overview(broken))),
                        (
                            "without those that have no files",
                            result.with_rows(row for row in rows if row[2] != "0"),
                        ),
                    ],
                ),
                Wrong(
                    "owned by the builder",
                    command=f"w=$(mktemp -d); dpkg-deb -R {quoted(victim)} $w/p; "
                    f"dpkg-deb -b $w/p {quoted(victim)}; {index}",
                ),
                Wrong(
                    "one depends on nothing",
                    command=remade(other, "sed -i /^Depends:/d $w/p/DEBIAN/control"),
                ),
                Wrong(
                    "a script that is CRLF",
                    command=remade(
                        f"{repo}/{daemon.file_name}", "sed -i 's/$/\\r/' $w/p/DEBIAN/postinst"
                    ),
                ),
                Wrong(
                    "sums of before",
                    command=remade(
                        victim, f"sed -i 's/^[0-9a-f]*/{'0' * 32}/' $w/p/DEBIAN/md5sums"
                    ),
                ),
                Wrong(
                    "an index of other packages",
                    command=f"sed -i 's/^Size: .*/Size: 17/' {built}/Packages",
                ),
            ],
            mistakes=[
                Mistake(
                    "command",
                    before=2,
                    command=f"dpkg-deb -b {here} {quoted(repo)}.deb",
                    symptom=r"Not a directory",
                    diagnosis="It builds from a folder: the package has to be taken apart first.",
                ),
                Mistake(
                    "hallucination",
                    before=3,
                    command=f"apt-ftparchive index {built}",
                    symptom=r"Invalid operation",
                    diagnosis="The operation is called packages, and prints the index.",
                ),
            ],
        )


def digest(entry: Entry, kind: str = "sha256") -> str:
    """The digest of a file's content."""
    return hashlib.new(kind, entry.content).hexdigest()


def version_of(content: bytes) -> str:
    """The version in the control file of a package whose second member is control.tar.gz."""
    place = 8
    for _ in range(2):
        size = int(content[place + 48 : place + 58])
        start, place = place + 60, place + 60 + size + size % 2
    with tarfile.open(fileobj=io.BytesIO(content[start : start + size])) as archive:
        member = archive.extractfile("./control")
        assert member is not None
        lines = member.read().decode().splitlines()
    return next(line.removeprefix("Version: ") for line in lines if line.startswith("Version: "))


def with_folders(files: Sequence[Entry]) -> tuple[Entry, ...]:
    """The entries with the folders above them, sorted by path."""
    found = {entry.path: entry for entry in files}
    for entry in files:
        parts = entry.path.strip("/").split("/")[:-1]
        for end in range(len(parts)):
            path = "/" + "/".join(parts[: end + 1])
            found.setdefault(path, root_folder(path))
    return tuple(found[path] for path in sorted(found))


def root_file(path: str, content: bytes) -> Entry:
    """A file as it should be in a package."""
    mode = 0o755 if content.startswith(b"#!") else 0o644
    return Entry(path, content, mode, 0, 0, DEFAULT_MTIME)


def root_folder(path: str) -> Entry:
    """A folder as it should be in a package."""
    return Entry(path, mode=0o755, uid=0, gid=0, kind="dir")


def wanted(key: str, tree: Tree, old: str, draw: Draw) -> list[Package]:
    """The packages as they should be: the documents first, and last the one that needs all."""
    documents, common, reader, daemon, desk = (
        f"{key}-{part}" for part in ("documents", "common", "reader", "noticed", "desk")
    )
    version = f"{old}.{draw.integer(1, 6)}"
    base = f"{draw.integer(1, 3)}.{draw.integer(1, 9)}"
    first, second = draw.integer(10, 99), draw.integer(10, 99)
    settings = f"# {key}\nshare = /usr/share/{key}/documents\nlimit = {first}\n"
    program = f'#!/bin/sh\n. /etc/{key}/{key}.conf 2> /dev/null\nls "${{1:-/usr/share/{key}}}"\n'
    notices = f"#!/bin/sh\n# looks every {second} seconds\nsleep {second}\n"
    setup = f'#!/bin/sh\nset -e\n# {first}\nif [ "$1" = configure ]; then\n  true\nfi\nexit 0\n'
    folder = Entry(f"/var/log/{key}", mode=LOG_MODE, uid=0, gid=ADM, kind="dir")
    share = f"/usr/share/{key}"
    words = "".join(f"{draw.hex(8)}\n" for _ in range(draw.integer(3, 9)))
    return [
        Package(
            documents,
            version,
            "",
            tree.noun,
            with_folders([root_file(f"{tree.path}/{f.name}", f.content) for f in tree.files]),
        ),
        Package(
            common,
            base,
            "",
            f"settings of all {key} packages",
            with_folders(
                [
                    root_file(f"/etc/{key}/{key}.conf", settings.encode()),
                    root_file(f"{share}/words.txt", words.encode()),
                ]
            ),
            conffiles=(f"/etc/{key}/{key}.conf",),
        ),
        Package(
            reader,
            f"0.{draw.integer(2, 20)}",
            f"{common} (>= {base}), {documents} (>= {version})",
            "reads the documents",
            with_folders([root_file(f"/usr/bin/{reader}", program.encode())]),
        ),
        Package(
            daemon,
            f"2.{draw.integer(0, 9)}-{draw.integer(1, 4)}",
            f"{common} (>= {base})",
            "notices changes of the documents",
            with_folders(
                [
                    root_file(f"/usr/bin/{daemon}", notices.encode()),
                    root_file(f"/etc/{key}/noticed.conf", f"every = {second}\n".encode()),
                    folder,
                ]
            ),
            postinst=setup,
            conffiles=(f"/etc/{key}/noticed.conf",),
        ),
        Package(desk, f"{base}+desk{draw.integer(1, 9)}", f"{daemon}, {reader}", "all of it"),
    ]


def spoilt(right: Sequence[Package], key: str, old: str, draw: Draw) -> list[Package]:
    """The packages as somebody has built them; the first is not among what is brought."""
    documents, common, reader, daemon, desk = right
    bad = dataclasses.replace
    documents = bad(documents, version=old)
    conflict = draw.choice(["Conflicts", "Breaks"])
    relation = draw.integer(0, 2)
    if relation == 0:
        reader = bad(reader, depends=reader.depends.replace(f"{key}-common", f"{key}-commons"))
    elif relation == 1:
        reader = bad(reader, depends=reader.depends.replace("(>= ", "(>= 9"))
    else:
        daemon = bad(daemon, extra=f"{conflict}: {key}-reader")
    kind = draw.integer(0, 2)
    if kind == 0:
        common = bad(common, architecture=draw.choice(["noarch", "any"]))
    elif kind == 1:
        desk = bad(desk, architecture=draw.choice(["armhf", "s390x"]))
    else:
        common = bad(common, version="0.9")
    script = draw.integer(0, 2)
    if script == 0:
        daemon = bad(daemon, script_mode=0o644)
    elif script == 1:
        daemon = bad(daemon, conffiles=(f"/etc/{key}/noticed.cfg",))
    daemon = bad(daemon, postinst=daemon.postinst.replace("\n", "\r\n"))
    place = draw.chance(0.6)
    if place:
        moved = [bad(e, path=e.path.replace("/usr/bin", "/usr/local/bin")) for e in reader.files]
        reader = bad(reader, data=with_folders(moved))
    reader = bad(reader, torn=draw.chance(0.5), stale=tuple(e.path for e in reader.files))
    desk = bad(desk, torn=not reader.torn)
    common = bad(common, stale=(draw.choice(common.files).path,))
    found = [documents, common, reader, daemon, desk]
    return [bad(p, data=tuple(worn(entry, draw) for entry in p.data)) for p in found]


def worn(entry: Entry, draw: Draw) -> Entry:
    """The entry with the owner and a mode of whoever built the package."""
    modes = [0o755, 0o775] if entry.kind == "dir" else [0o644, 0o664, 0o600, 0o666]
    return dataclasses.replace(entry, mode=draw.choice(modes), uid=1000, gid=1000)


def sorted_names(packages: Sequence[Package]) -> list[Package]:
    """The packages in byte order of their names."""
    return sorted(packages, key=lambda p: p.name.encode())


def overview(packages: Sequence[Package]) -> list[Row]:
    """The rows of the table."""
    return [
        (p.name, p.version, str(len(p.files)), str(sum(len(e.content) for e in p.files)))
        for p in sorted_names(packages)
    ]


def control_check(repo: str, packages: Sequence[Package]) -> Check:
    """Every package says of itself what was agreed on."""
    script = f"""cd {quoted(repo)}
for deb in *.deb; do
  echo "$deb"
  dpkg-deb -f "$deb" Package Version Architecture Depends Conflicts Breaks |
    sed -e 's/ *, */, /g' -e 's/( */(/g' -e 's/ *$//' | sort
done"""
    text = ""
    for p in sorted(packages, key=lambda each: each.file_name.encode()):
        lines = [f"Package: {p.name}", f"Version: {p.version}", f"Architecture: {p.architecture}"]
        lines += [f"Depends: {p.depends}"] if p.depends else []
        text += "".join(f"{line}\n" for line in [p.file_name, *sorted(lines)])
    return shell_prints(
        script,
        text,
        about=f"The packages in {repo} have the names, versions and relations agreed on.",
        paths=[repo],
        key="control",
        weight=2.0,
    )


def data_check(repo: str, packages: Sequence[Package]) -> Check:
    """Every package has the right files, with their owners and modes."""
    debs = " ".join(quoted(p.file_name) for p in packages)
    script = f"""cd {quoted(repo)}
for deb in {debs}; do
  dpkg-deb --fsys-tarfile "$deb" | tar -tvf - |
    awk '$6 !~ "^[.]/(usr/local/.*)?$" {{ print $1, $2, $6 }}' | sort -k 3
  at=$(mktemp -d)
  dpkg-deb -x "$deb" "$at"
  (cd "$at" && find . -type f -printf '%P\\n' | sort | xargs -r sha256sum | cut -c 1-16)
done"""
    text = ""
    for p in packages:
        lines = []
        for entry in p.data:
            folder = entry.kind == "dir"
            owner = "root/adm" if entry.gid else "root/root"
            lines.append((f".{entry.path}{'/' * folder}", f"{letters(entry)} {owner}"))
        text += "".join(f"{mode} {path}\n" for path, mode in sorted(lines))
        text += "".join(f"{digest(e)[:16]}\n" for e in sorted(p.files, key=lambda e: e.path))
    return shell_prints(
        script,
        text,
        about=f"The packages in {repo} have the right files, owners and modes.",
        paths=[repo],
        key="data",
        weight=2.0,
    )


def letters(entry: Entry) -> str:
    """The mode as tar lists it."""
    text = "d" if entry.kind == "dir" else "-"
    for place in (6, 3, 0):
        bits = entry.mode >> place & 7
        execute = "x" if bits & 1 else "-"
        if place == 3 and entry.mode & 0o2000:
            execute = "s"
        text += ("r" if bits & 4 else "-") + ("w" if bits & 2 else "-") + execute
    return text


def scripts_check(repo: str, packages: Sequence[Package]) -> Check:
    """Scripts, conffiles and sums of every package fit its data."""
    debs = " ".join(quoted(p.file_name) for p in packages)
    script = f"""cd {quoted(repo)}
for deb in {debs}; do
  at=$(mktemp -d)
  dpkg-deb -R "$deb" "$at"
  cd "$at"
  if [ -s DEBIAN/md5sums ]; then
    md5sum -c --quiet DEBIAN/md5sums
    cut -c 35- DEBIAN/md5sums | sort
  fi
  if [ -e DEBIAN/conffiles ]; then sort DEBIAN/conffiles; fi
  if [ -e DEBIAN/postinst ]; then stat -c %a DEBIAN/postinst; sha256sum < DEBIAN/postinst; fi
  cd {quoted(repo)}
done"""
    text = ""
    for p in packages:
        text += "".join(f"{name}\n" for name in sorted(entry.path[1:] for entry in p.files))
        text += "".join(f"{name}\n" for name in sorted(p.conffiles))
        if p.postinst:
            text += f"755\n{hashlib.sha256(p.postinst.encode()).hexdigest()}  -\n"
    return shell_prints(
        script,
        text,
        about=f"The packages in {repo} have the right scripts, conffiles and sums.",
        paths=[repo],
        key="scripts",
    )


def simulated(repo: str) -> str:
    """Shell lines that make apt look at the folder alone; its options are in `$options`."""
    return f"""at=$(mktemp -d)
mkdir -p "$at/state/lists/partial" "$at/cache/archives/partial"
: > "$at/status"
echo "deb [trusted=yes] file:{repo} ./" > "$at/sources"
options="-q -o Dir::State=$at/state -o Dir::State::status=$at/status -o Dir::Cache=$at/cache
  -o Dir::Etc::SourceList=$at/sources -o Dir::Etc::SourceParts=/dev/null
  -o APT::Architecture=amd64 -o APT::Architectures=amd64"
apt-get $options update > "$at/log" 2>&1"""


def apt_check(repo: str, desk: str, packages: Sequence[Package]) -> Check:
    """An apt that knows the folder only installs everything from it."""
    names = " ".join(p.name for p in packages)
    script = f"""{simulated(repo)}
apt-get $options -s install {desk} | sed -n 's/^Inst \\([^ ]*\\) (\\([^ ]*\\) .*/\\1 \\2/p' | sort
cd "$at"
apt-get $options download {names} > "$at/log" 2>&1
ls *.deb | wc -l"""
    lines = sorted(f"{p.name} {p.version}" for p in packages)
    return shell_prints(
        script,
        "".join(f"{line}\n" for line in [*lines, len(packages)]),
        about=f"apt can install {desk} from {repo}, and the index fits the packages.",
        paths=[repo],
        key="apt",
        weight=2.0,
    )
