"""Count the people who validly approved each file of a release."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

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
    byte_sorted,
    do,
    look,
    quoted,
    summary,
)
from shellwright.recipe.openpgp import PgpKey, armoured
from shellwright.recipe.tabular import differing

DAY = 86_400
NOON = int(datetime(2026, 3, 1, 12, tzinfo=UTC).timestamp())
COLUMNS = (
    Column("file", "file"),
    Column("approvals", "count"),
    Column("people", "people"),
    Column("verdict", "verdict"),
)
#: Expiry and validity of each key from the colon listing: `fingerprint expiry-or-0 validity`.
KEYS = """$1 == "pub" { expiry = $7 == "" ? 0 : $7; state = $2 == "" ? "-" : $2; main = 1 }
  $1 == "fpr" && main { print $10, expiry, state; main = 0 }"""
#: Keys, then people, then `fingerprint time file` of each valid signature.
PROGRAM = """FILENAME ~ /keys/ { expiry[$1] = $2; state[$1] = $3; next }
  FILENAME ~ /people/ { who[$1] = $2; next }
  $1 in who && state[$1] != "r" && (expiry[$1] == 0 || $2 < expiry[$1]) { print $3, who[$1] }"""


@dataclass(frozen=True)
class Approval:
    """A signature beside a file: by which key, when, and whether it is of that file as it is."""

    file: str
    key: PgpKey
    time: int
    fits: bool = True


class CountReleaseApprovals(Recipe):
    """A row for each file: how many and which authorised people approved it."""

    needs = (Pattern.of("tree", content="documents", condition=("tidy", "crlf", "outdated")),)
    gives = (Pattern.of("table", format="csv", condition="clean", shape="summary"),)
    tools = ("cat", "cut", "find", "gawk", "gpg", "gpgv", "head", "mktemp", "rm", "sort",
             "uniq", "wc")  # fmt: skip
    packages = ("gawk", "gpg")
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Tree)
        files = {file.name: file.content for file in source.files if not file.target}
        odd = any({*name} & {*" ,\"'\\\n"} for name in files)
        if odd or len(files) < len(source.files) or not 10 <= len(files) <= 32:
            raise Unsuitable("links, odd names, too few or too many files")
        needed = draw.choice([2, 2, 3])
        names = [person.split()[-1].lower() for person in draw.sample(PEOPLE, 6)]
        if len({*names}) < len(names):
            raise Unsuitable("two people of one name")
        keys, owners = _keys(draw, names, world.theme.key)
        approvals = _approvals(draw, files, keys)

        def people(name: str, counts: Callable[[Approval], bool]) -> list[str]:
            return [owners[a.key] for a in approvals if a.file == name and counts(a)]

        def listed(a: Approval) -> bool:
            return a.fits and a.key in owners

        def valid(a: Approval) -> bool:
            in_time = not a.key.expires or a.time < a.key.expires
            return listed(a) and not a.key.revoked and in_time

        def table(counts: Callable[[Approval], bool], *, by_key: bool = False) -> Table:
            rows: list[Row] = []
            for name in byte_sorted(files):
                found = people(name, counts)
                who = sorted({*found})
                number = len(found if by_key else who)
                verdict = "approved" if number >= needed else "open"
                rows.append((name, str(number), " ".join(who), verdict))
            return summary(target, "approvals of the release", COLUMNS, rows)

        ring = world.input(draw, ["keyring", "public_keys", "signers"], ".asc")
        sheet = world.input(draw, ["approvers", "release_team", "may_approve"], ".csv")
        proofs = world.input(draw, ["approvals", "signatures", "signed_off"])
        target = world.output(draw, ["approval_status", "release_check", "sign_off"], ".csv")
        result = table(valid)
        approved = [row for row in result.rows if row[3] == "approved"]
        if not 2 <= len(approved) <= len(result.rows) - 2:
            raise Unsuitable("nearly all files approved or none")
        brings = [Entry.folder(proofs)]
        brings += [Entry.folder(f"{proofs}/{folder}") for folder in source.folders()]
        number: dict[str, int] = {}
        for a in approvals:
            number[a.file] = number.get(a.file, 0) + 1
            content = files[a.file] if a.fits else files[a.file] + b"(draft)\n"
            path = f"{proofs}/{a.file}.{number[a.file]}.sig"
            brings.append(Entry(path, a.key.detached(content, a.time)))
        block = armoured(b"".join(key.certificate() for key in keys), "PUBLIC KEY BLOCK")
        lines = ["name,fingerprint"]
        lines += [f"{owner},{_spelt(draw, key.fingerprint)}" for key, owner in owners.items()]
        brings += [
            Entry(ring, block.encode()),
            Entry(sheet, "".join(f"{line}\n" for line in lines).encode()),
        ]
        here, there, asc, team, box = (
            quoted(p) for p in (source.path, target, ring, sheet, proofs)
        )
        head = ",".join(result.header)
        first = next(a for a in approvals if listed(a))
        revoked = next(key for key in keys if key.revoked)
        expired = next(key for key in keys if key.expires)
        home = "export GNUPGHOME=$(mktemp -d)"
        return Move(
            focus=result,
            makes=[result],
            brings=brings,
            request=[
                f"A file of `{source.path}` may be released when at least `{needed}` people of the "
                f"release team have signed it. Their OpenPGP signatures are in `{proofs}` as "
                f"`<file>.<number>.sig`, the public keys in `{ring}`; `{sheet}` says which "
                "fingerprints belong to the team and to whom, and people may have several. A "
                "signature counts if it is a good one of the file as it is now, by a key on that "
                "list that is not revoked, and was made before the key expired; that the key has "
                f"expired since does not matter. Write `{target}`, CSV with the header `{head}`, "
                "one row a file in byte order of its relative name: how many different people "
                "approved it, their names in byte order with spaces between them, and `approved` "
                "or `open`.",
                f"Please count the approvals of the files in `{source.path}`. `{proofs}` has "
                "detached OpenPGP signatures, `<file>.<number>.sig`, made with keys that are in "
                f"`{ring}`. Only people in `{sheet}` count, which names the owner of each "
                "fingerprint, and each counts once a file whatever the number of keys or "
                "signatures. A signature is void if it does not fit the present content, if the "
                "key was revoked (no matter when), or if it was made at or after the time at which "
                "the key expires; an expiry after the signature does no harm. "
                f"I need `{target}` as CSV with the header `{head}`, all files by relative name in "
                "byte order: number of people, their names (byte order, separated by spaces), and "
                f"`approved` from `{needed}` people on, otherwise `open`.",
            ],
            steps=[
                look(
                    f"{home}; gpg --quiet --show-keys {asc}; cat {team}; "
                    f"find {box} -type f | wc -l; find {here} -type f | wc -l",
                    "Which keys are there, which have expired or been revoked, and who owns which?",
                    "Show the keys without importing them, and the list of the team.",
                    duration=0.4,
                ),
                do(
                    f"{home}\n"
                    f"gpg --quiet --dearmor < {asc} > /tmp/ring.gpg\n"
                    "gpg --quiet --show-keys --with-colons --fixed-list-mode /tmp/ring.gpg |\n"
                    f"  gawk -F : '{KEYS}' > /tmp/keys.txt\n"
                    f"gawk -F , 'FNR > 1 {{ gsub(/ /, \"\", $2); print toupper($2), $1 }}' {team} "
                    '> /tmp/people.txt\nrm -r "$GNUPGHOME"',
                    f"The key of {revoked.user} is revoked and one of {expired.user} has an end. "
                    "Fingerprints in the list are spaced as people like them.",
                    "Make a binary keyring and tables of keys and people.",
                    duration=0.5,
                ),
                do(
                    f"cd {box}\nfind . -name '*.sig' -printf '%P\\n' | sort | "
                    "while IFS= read -r sig; do\n"
                    "  file=${sig%.*.sig}\n"
                    f'  {{ gpgv --quiet --status-fd 1 --keyring /tmp/ring.gpg "$sig" '
                    f'{here}/"$file" 2> /dev/null || true; }} |\n'
                    '    gawk -v f="$file" \'$2 == "VALIDSIG" { print $3, $5, f }\'\n'
                    "done > /tmp/valid.txt\ncd /app",
                    "VALIDSIG gives fingerprint and time; whether the key counts is decided "
                    "afterwards.",
                    "Verify every signature and note who signed what and when.",
                    duration=1.5,
                ),
                do(
                    f"gawk '{PROGRAM}' /tmp/keys.txt /tmp/people.txt /tmp/valid.txt | "
                    "LC_ALL=C sort -u > /tmp/counted.txt\n"
                    f"{{ echo {head}; gawk -v OFS=, -v needed={needed} '\n"
                    '  FILENAME ~ /counted/ { n[$1]++; who[$1] = who[$1] (n[$1] > 1 ? " " : "") '
                    "$2; next }\n"
                    '  { print $1, n[$1] + 0, who[$1], n[$1] >= needed ? "approved" : "open" }\' '
                    "\\\n"
                    f"  /tmp/counted.txt <(find {here} -type f -printf '%P\\n') | "
                    "LC_ALL=C sort -t , -k 1,1\n"
                    f"}} > {there}\n"
                    "rm /tmp/ring.gpg /tmp/keys.txt /tmp/people.txt /tmp/valid.txt "
                    "/tmp/counted.txt",
                    "People are counted, not keys: file and name, each pair once.",
                    "Drop what does not count, then count people by file.",
                ),
                look(
                    f"cut -d , -f 2,4 {there} | sort | uniq -c; head -n 5 {there}",
                    "Which files are approved, and which signatures were of other content?",
                    "Count files by number of approvals.",
                ),
            ],
            wrong=differing(
                result,
                [
                    ("expired and revoked keys count", table(listed)),
                    (
                        "revoked keys count",
                        table(lambda a: valid(a) or (listed(a) and bool(a.key.revoked))),
                    ),
                    (
                        "keys that expired later are void",
                        table(lambda a: valid(a) and not a.key.expires),
                    ),
                    ("signatures instead of people", table(valid, by_key=True)),
                ],
            ),
            mistakes=[
                Mistake(
                    "command",
                    before=1,
                    command=f"gpgv --keyring /tmp/no-ring.gpg {quoted(f'{proofs}/{first.file}')}"
                    f".1.sig {quoted(f'{source.path}/{first.file}')} || true",
                    symptom=r"(?i)No public key|No such file|can't|not found",
                    diagnosis="The keyring has to be written first, and in binary form.",
                ),
                Mistake(
                    "hallucination",
                    before=2,
                    command="gpgv --as-of 20260301 --keyring /tmp/ring.gpg x.sig x",
                    symptom=r"(?i)invalid option",
                    diagnosis="gpgv knows no other date than today's; its status lines carry the "
                    "time of the signature instead.",
                ),
            ],
        )


def _keys(draw: Draw, names: list[str], domain: str) -> tuple[list[PgpKey], dict[PgpKey, str]]:
    """Keys of the team and of a stranger, and the owner of each key of the team."""

    def key(name: str, age: int, ends: int = 0, revoked: int = 0) -> PgpKey:
        user = f"{name.title()} <{name}@{domain}.example>"
        return PgpKey(draw.bytes(32), user, NOON - age * DAY, ends, revoked)

    ends = NOON - draw.integer(20, 30) * DAY
    owned = [
        (key(names[0], 700), names[0]),
        (key(names[1], 900, ends=ends), names[1]),
        (key(names[1], 60), names[1]),
        (key(names[2], 400, ends=NOON + 90 * DAY), names[2]),
        (key(names[3], 500, revoked=NOON - 3 * DAY), names[3]),
        (key(names[4], 300), names[4]),
    ]
    stranger = key(names[5], 200)
    return draw.shuffled([*(k for k, _ in owned), stranger]), dict(owned)


def _approvals(draw: Draw, files: dict[str, bytes], keys: list[PgpKey]) -> list[Approval]:
    """One to five signatures a file, some of them void for one reason or another."""
    found = []
    for name in files:
        for key in draw.sample(keys, draw.integer(1, 5)):
            time = NOON - draw.integer(1, 50) * DAY - draw.integer(0, 40_000)
            found.append(Approval(name, key, time, draw.chance(0.9)))
        if draw.chance(0.15):
            again = found[-1]
            found.append(Approval(name, again.key, again.time + 600))
    return found


def _spelt(draw: Draw, fingerprint: str) -> str:
    """The fingerprint in one of the forms in which people note it."""
    groups = " ".join(fingerprint[n : n + 4] for n in range(0, 40, 4))
    return draw.choice([fingerprint, groups, fingerprint.lower()])
