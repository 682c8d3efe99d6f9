"""List the SSH keys that accounts accept."""

from __future__ import annotations

from collections.abc import Callable

from shellwright.recipe import (
    Column,
    Draw,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Row,
    Table,
    Unsuitable,
    World,
    do,
    look,
    quoted,
    summary,
)
from shellwright.recipe.kinds.evidence import Evidence, Grant, PublicKey
from shellwright.recipe.tabular import differing

COLUMNS = (
    Column("fingerprint", "fingerprint"),
    Column("type", "type"),
    Column("bits", "bits"),
    Column("accounts", "count"),
    Column("verdict", "verdict"),
)


class InventorySshKeys(Recipe):
    """One row a key: fingerprint, type, size, accounts that accept it, and a verdict."""

    needs = (Pattern.of("evidence", of="keys"),)
    gives = (Pattern.of("table", format="csv", condition="clean", shape="summary"),)
    tools = ("cat", "cut", "find", "gawk", "grep", "head", "sort", "ssh-keygen", "uniq", "wc")
    packages = ("gawk", "openssh-client")
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Evidence)
        least = draw.choice([2048, 3072])
        active = [grant for grant in source.grants if not grant.disabled]
        target = world.output(draw, ["accepted_keys", "key_inventory", "ssh_key_review"], ".csv")

        def weak(key: PublicKey) -> bool:
            return key.type == "DSA" or (key.type == "RSA" and key.bits < least)

        def table(
            grants: list[Grant],
            judge: Callable[[PublicKey], bool] = weak,
            *,
            by_line: bool = False,
        ) -> Table:
            rows: list[Row] = []
            for key in {grant.key for grant in grants}:
                holders = [grant.account for grant in grants if grant.key == key]
                number = len(holders if by_line else {*holders})
                verdict = "weak" if judge(key) else "ok"
                rows.append((key.fingerprint, key.type, str(key.bits), str(number), verdict))
            return summary(target, "accepted SSH keys", COLUMNS, sorted(rows))

        result = table(active)
        if not any(row[4] == "weak" for row in result.rows):
            raise Unsuitable("no key is weak")
        here, there, head = quoted(source.path), quoted(target), ",".join(result.header)
        listing = (
            f"find {here} -name authorized_keys | while IFS= read -r file; do\n"
            '  owner=${file%/*}; grep -q "^[^#]" "$file" || continue\n'
            '  ssh-keygen -lf "$file" < /dev/null | '
            'gawk -v owner="${owner##*/}" \'{ gsub(/[()]/, "", $NF); '
            "print $2, $NF, $1, owner }'\ndone | LC_ALL=C sort -u"
        )
        first = quoted(f"{source.path}/{active[0].account}/authorized_keys")
        return Move(
            focus=result,
            makes=[result],
            request=[
                f"We review who gets in with which key. From the `authorized_keys` files in "
                f"`{source.path}`, write `{target}`: CSV with the header `{head}`, a row for each "
                "distinct key that is in force, in byte order of the fingerprint (the SHA-256 one, "
                "as in `SHA256:...`). Types are `RSA`, `DSA` and `ED25519`; count how many "
                "accounts accept it. The verdict is `weak` for every DSA key and for RSA "
                f"below `{least}` bits, else `ok`. Lines behind a `#` are not in force.",
                f"Please make an inventory of the keys in `{source.path}` and save it as "
                f"`{target}`, a CSV file with the header `{head}`. Every key that some "
                "`authorized_keys` file lets in gets one row, however often it occurs: its SHA-256 "
                "fingerprint (`SHA256:...`), its type (`RSA`, `DSA`, `ED25519`), its size, the "
                "number of different accounts, and `weak` or `ok`. Weak are DSA keys and RSA keys "
                f"of less than `{least}` bits. Lines commented out with `#` do not count. Sort by "
                "fingerprint in byte order.",
            ],
            steps=[
                look(
                    f"cut -c 1-90 {first}; find {here} -type f | wc -l; "
                    f"find {here} -name authorized_keys -exec cat {{}} + | wc -l",
                    "I need to see what the lines look like: options, types, comments.",
                    "Show the beginnings of one file and count files and lines.",
                ),
                do(
                    f"{{ echo {head}\n{listing} |\n"
                    "  cut -d ' ' -f 1-3 | uniq -c |\n"
                    '  gawk -v OFS=, \'{ bad = $3 == "DSA" || ($3 == "RSA" && $4 < '
                    f'{least}); print $2, $3, $4, $1, bad ? "weak" : "ok" }}\'\n'
                    f"}} > {there}",
                    "Only lines in force count. Options and comments make comparing lines "
                    "useless; fingerprints do not care.",
                    "Fingerprint every file, reduce to pairs of key and account, then count and "
                    "judge the keys.",
                    duration=0.6,
                ),
                look(
                    f"head -n 5 {there}; cut -d , -f 2,3,5 {there} | sort | uniq -c",
                    "Which keys are weak, and which open more than one account?",
                    "Read the first rows and count the verdicts.",
                ),
            ],
            wrong=differing(
                result,
                [
                    ("keys that are commented out", table([*source.grants])),
                    ("lines instead of accounts", table(active, by_line=True)),
                    ("DSA is ok", table(active, lambda k: k.type == "RSA" and k.bits < least)),
                    ("short means weak", table(active, lambda k: k.bits < least)),
                    (
                        "the limit itself is weak",
                        table(active, lambda k: weak(k) or (k.type == "RSA" and k.bits == least)),
                    ),
                ],
            ),
            mistakes=[
                Mistake(
                    "command",
                    before=1,
                    command=f"ssh-keygen -lf {here}/*/id_rsa.pub",
                    symptom=r"No such file or directory",
                    diagnosis="Only authorized_keys files were copied; they can be read the same "
                    "way.",
                ),
                Mistake(
                    "hallucination",
                    before=1,
                    command=f"ssh-keygen --fingerprint {first}",
                    symptom=r"(?i)unknown option|illegal option|usage: ssh-keygen",
                    diagnosis="ssh-keygen has short options only; -l prints fingerprints, -f names "
                    "the file.",
                ),
            ],
        )
