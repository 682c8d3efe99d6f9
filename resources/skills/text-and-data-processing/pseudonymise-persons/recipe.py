"""Replace names of persons by keyed pseudonyms."""

from __future__ import annotations

import hashlib
import hmac
import shlex

from shellwright.recipe import (
    Column,
    Draw,
    Entry,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Table,
    Unsuitable,
    World,
    Wrong,
    custom,
    do,
    look,
    summary,
)
from shellwright.recipe.tabular import differing, other_extents

DIGITS = 10


class PseudonymisePersons(Recipe):
    """Names become keyed pseudonyms; a file that only its owner can read maps them back."""

    needs = (
        Pattern.of("table", condition="clean", shape="records", extent=other_extents("masked")),
    )
    gives = (Pattern.of("table", condition="clean", shape="records", extent="masked"),)
    tools = ("openssl", "sed", "cut", "sort", "mlr", "gawk", "jq", "cat", "wc", "ls", "head",
             "tail", "uniq", "od")  # fmt: skip
    packages = ("openssl", "miller", "gawk", "jq")
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        place, form = source.index("person"), source.format
        person = source.header[place]
        names = sorted(set(source.values("person")))
        if any(set(name) & set(",\"'\\") for name in names):
            raise Unsuitable("a name holds a comma or a quote")
        key = draw.hex(32)
        secret = world.input(draw, ["pseudonym", "masking", "hmac"], ".key")
        target = world.output(draw, ["pseudonymised", "masked", "for_outsiders"], f".{form}")
        mapping = world.output(draw, ["mapping", "pseudonyms", "who_is_who"], ".csv")
        result = source.with_rows(
            source.map_cells("person", lambda name: pseudonym(key, name)),
            path=target,
            extent="masked",
            noun=f"pseudonymised {source.noun}",
        )
        listing = summary(
            mapping,
            "mapping of pseudonyms",
            [Column("pseudonym", "category"), Column(person, "person")],
            [(pseudonym(key, name), name) for name in names],
        )
        here, there, known = (shlex.quote(path) for path in (source.path, target, mapping))
        keyed = shlex.quote(secret)
        each = {
            "csv": f"mlr --icsv --ojsonl cut -f {person} {here} | jq -r '.[\"{person}\"]'",
            "tsv": f"tail -n +2 {here} | cut -f {place + 1}",
            "jsonl": f"jq -r '.[\"{person}\"]' {here}",
        }[form]
        hashed = f'openssl dgst -sha256 -hmac "$(cat {keyed})" | sed "s/.* //" | cut -c -{DIGITS}'
        table = (
            f"(umask 077; {{ echo pseudonym,{person}; {each} | LC_ALL=C sort -u "
            "| while IFS= read -r name; do\n"
            f'  printf "P-%s,%s\\n" "$(printf %s "$name" | {hashed})" "$name"\n'
            f"done; }} > {known})"
        )
        replace = {
            "csv": f"mlr --csv join -j {person} -f {known} then put '${{{person}}} = $pseudonym' "
            f"then cut -o -f {','.join(source.header)} {here} > {there}",
            "tsv": f"gawk 'NR == FNR {{ code[$2] = $1; next }} FNR > 1 {{ ${place + 1} = "
            f"code[${place + 1}] }} 1' FS=, {known} FS='\\t' OFS='\\t' {here} > {there}",
            "jsonl": f'jq -c --rawfile map {known} \'(INDEX($map | split("\\n")[1:-1][] '
            f'| split(","); .[1])) as $code | .["{person}"] |= $code[.][0]\' {here} > {there}',
        }[form]
        plain = {name: "P-" + hashlib.sha256(name.encode()).hexdigest()[:DIGITS] for name in names}
        numbered = {name: f"P-{number:0{DIGITS}d}" for number, name in enumerate(names, 1)}
        return Move(
            focus=result,
            makes=[listing, result],
            brings=[Entry(secret, f"{key}\n".encode(), mode=0o600)],
            checks=[
                custom(
                    "mode_is",
                    about=f"{mapping} can be read by its owner only.",
                    paths=[mapping],
                    path=mapping,
                    mode="0600",
                )
            ],
            request=[
                (
                    f"`{source.path}` goes to outsiders, so the `{person}` column must not show "
                    "names. Replace each by `P-` and the first `10` hexadecimal digits (lower "
                    "case) of the HMAC-SHA-256 of the name in UTF-8; the key is the text of the "
                    f"single line in `{secret}`, without its line end. Result: `{target}`, nothing "
                    f"else changed. Whoever may look up names needs `{mapping}`, CSV with the "
                    f"header `pseudonym,{person}`, sorted by name, mode `0600`."
                ),
                (
                    f"I need a version of `{source.path}` without names as `{target}`, same format "
                    f"and everything else the same. A name in `{person}` becomes `P-` plus the "
                    "first `10` digits (hexadecimal, lower case) of its HMAC-SHA-256, UTF-8, with "
                    f"the characters of the one line in `{secret}` as key, line end excluded. List "
                    f"all pairs, by name, in `{mapping}` (CSV, `pseudonym,{person}`), which nobody "
                    "but its owner may read or write: mode `0600`."
                ),
            ],
            steps=[
                look(
                    f"head -n 2 {here}; {each} | sort | uniq -c; wc -c {keyed}; tail -c 3 {keyed} "
                    "| od -c",
                    "I need to know the names that occur, and what the key file looks like without "
                    "printing the key.",
                    "List the names, then the size of the key file and its last bytes.",
                ),
                do(
                    table,
                    "The key file is one line; the line end is not part of the key, and must not "
                    "get into the hashed name either.",
                    "Write the mapping, readable by its owner only from the start.",
                ),
                do(
                    replace,
                    "The mapping has a pseudonym for each name, so the column can be replaced "
                    "cell by cell.",
                    f"Replace {person} by the pseudonym, leaving all other cells alone.",
                ),
                look(
                    f"ls -l {known}; wc -l {known}; head -n 3 {there}",
                    "Has everybody a line in the mapping, which only its owner may read?",
                    "Check mode and size of the mapping and look at the result.",
                ),
            ],
            wrong=[
                *differing(
                    result,
                    [
                        ("hash without the key", _named(source, target, plain)),
                        ("running numbers", _named(source, target, numbered)),
                        (
                            "the line end was taken as part of the key",
                            _named(
                                source,
                                target,
                                {name: pseudonym(f"{key}\n", name) for name in names},
                            ),
                        ),
                    ],
                ),
                Wrong("everybody can read the mapping", command=f"chmod 644 {known}"),
            ],
            mistakes=[
                Mistake(
                    "hallucination",
                    before=1,
                    command=f"openssl hmac -sha256 -key {keyed} {here}",
                    symptom=r"Invalid command 'hmac'",
                    diagnosis="openssl has no such command; it is an option of dgst.",
                ),
                Mistake(
                    "command",
                    before=1,
                    command=f"{each} | sort -u | xargs -n 1 openssl dgst -sha256",
                    symptom=r"(No such file or directory|Can't open)",
                    diagnosis="dgst takes arguments for names of files; the text has to come in on "
                    "standard input, without a line end.",
                ),
            ],
        )


def pseudonym(key: str, name: str) -> str:
    """The pseudonym of a name under a key."""
    return "P-" + hmac.new(key.encode(), name.encode(), hashlib.sha256).hexdigest()[:DIGITS]


def _named(table: Table, path: str, names: dict[str, str]) -> Table:
    """The table with other names, as it would lie at the path."""
    return table.with_rows(table.map_cells("person", lambda name: names[name]), path=path)
