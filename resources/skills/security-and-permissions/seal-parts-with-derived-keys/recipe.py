"""Encrypt each category's rows under a key derived from a master secret."""

from __future__ import annotations

import hashlib

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
    do,
    look,
    quoted,
    shell_prints,
    summary,
)
from shellwright.recipe.kinds.sealed import drawn_passphrase
from shellwright.recipe.tabular import grouped, slug

#: For each format: its name, the suffix, how a part is made and opened with the key in $key.
FORMATS = {
    "gpg": (
        "in OpenPGP form for a passphrase (AES-256, binary)",
        ".gpg",
        "gpg --batch --quiet --pinentry-mode loopback --passphrase-fd 3 --cipher-algo AES256 "
        '--symmetric --output "$sealed" "$part" 3<<< "$key"',
        'gpg --batch --quiet --pinentry-mode loopback --passphrase "$key" --decrypt "$sealed"',
    ),
    "ccrypt": (
        "in the format of ccrypt",
        ".cpt",
        'ccrypt --encrypt --envvar key < "$part" > "$sealed"',
        'ccrypt --decrypt --envvar key < "$sealed"',
    ),
    "scrypt": (
        "in the file format of the scrypt utility",
        ".scrypt",
        'scrypt enc --passphrase env:key --logN 14 -r 8 -p 1 "$part" "$sealed"',
        'scrypt dec --passphrase env:key "$sealed"',
    ),
}


class SealPartsWithDerivedKeys(Recipe):
    """One encrypted part a category, and an index of the parts."""

    needs = (
        Pattern.of(
            "table", format=("csv", "tsv"), condition="clean", shape="records",
            extent=("full", "selected"),
        ),
    )  # fmt: skip
    gives = (Pattern.of("table", format="csv", condition="clean", shape="summary"),)
    #: Which program seals is drawn; `tools` names all of them.
    tools = ("cat", "ccrypt", "chmod", "gpg", "gpgconf", "head", "ls", "mkdir", "mktemp",
             "mlr", "nettle-pbkdf2", "rm", "rmdir", "scrypt", "shred", "tr", "wc")  # fmt: skip
    packages = ("ccrypt", "gpg", "gpg-agent", "miller", "nettle-bin", "scrypt")
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        if not source.has("category"):
            raise Unsuitable("no categories")
        place = source.index("category")
        group, form = source.header[place], source.format
        parts = grouped(source.rows, lambda row: row[place])
        names = sorted(parts)
        slugs = {name: slug(name) for name in names}
        if not 3 <= len(names) <= 8 or len({*slugs.values()}) < len(names):
            raise Unsuitable("too few or too many categories, or two with one file name")
        if any({*name} & {*"'\"\\,\n"} or not name.isascii() for name in names):
            raise Unsuitable("a category that is hard to write")
        program = draw.choice(sorted(FORMATS))
        spelt, suffix, seal, open_it = FORMATS[program]
        rounds = draw.choice([5_000, 8_000, 20_000])
        master = drawn_passphrase(draw)
        secret = world.input(draw, ["master_secret", "master", "exchange_secret"], ".txt")
        folder = world.output(draw, ["sealed", "parcels", "by_recipient"])
        target = world.output(draw, ["index", "contents", "parcel_list"], ".csv")
        columns = (
            Column(group, "category"), Column("file", "file"), Column("rows", "count"),
            Column("bytes", "count"),
        )  # fmt: skip
        texts = {name: source.with_rows(parts[name]).text() for name in names}
        result = summary(
            target,
            "index of the sealed parts",
            columns,
            [
                (name, f"{slugs[name]}.{form}{suffix}", str(len(parts[name])),
                 str(len(texts[name].encode())))
                for name in names
            ],
        )  # fmt: skip
        keys = {name: derived(master, name, rounds) for name in names}
        here, there, box, hidden = (quoted(p) for p in (source.path, target, folder, secret))
        head = ",".join(result.header)
        pbkdf = (
            f'head -n 1 {hidden} | tr -d "\\n" | nettle-pbkdf2 -i {rounds} -l 16 "$name" | '
            "tr -d ' \\n'"
        )
        opened = "".join(
            f"key={keys[n]} sealed={box}/{slugs[n]}.{form}{suffix}\nexport key\n"
            f"echo '== {n}'\n{open_it}\n"
            for n in names
        )
        home = 'export GNUPGHOME=$(mktemp -d)\nchmod 700 "$GNUPGHOME"\n' if program == "gpg" else ""
        close = 'gpgconf --kill all\nrm -rf "$GNUPGHOME"\n' if program == "gpg" else ""
        first, last = names[0], names[-1]
        again = (
            f"name={quoted(last)} sealed={box}/{slugs[last]}.{form}{suffix}\n{home}"
            f"export key=$({pbkdf})\n{open_it} | wc\n{close}"
        )
        return Move(
            focus=result,
            makes=[result],
            brings=[
                Entry(secret, f"{master}\n(shared with all recipients' officers)\n".encode(), 0o600)
            ],
            request=[
                f"Every `{group}` in `{source.path}` may see its own rows and no others. Put one "
                f"file for each into the new folder `{folder}`: header and its rows, in the order "
                f"and format of the source, encrypted {spelt}. The file name is the `{group}` in "
                "small letters, each run of other characters than `a-z0-9` a hyphen, then "
                f"`.{form}{suffix}`. The passphrase of a part is its own: PBKDF2 with HMAC-SHA-256 "
                f"of the first line of `{secret}` (without the line end), `{rounds}` iterations, "
                f"the `{group}` as it stands in the table as salt, `16` bytes, written as small "
                "hexadecimal digits. Nothing unencrypted may be left in the folder. Also write "
                f"`{target}`, CSV with the header `{head}`: which file, how many rows without the "
                "header, how many bytes before encryption; sorted by the first column.",
                f"Please split `{source.path}` by `{group}` into the new folder `{folder}` so that "
                f"each part opens with a passphrase of its own. A part has the header and the rows "
                f"of one `{group}`, same format and order, encrypted {spelt}, and is called after "
                f"the `{group}`: small letters, one hyphen for each run of characters outside "
                f"`a-z0-9`, and `.{form}{suffix}` behind it. Its passphrase is the PBKDF2 key "
                f"(HMAC-SHA-256, `{rounds}` iterations, `16` bytes, in small hexadecimal digits) "
                f"of the secret in the first line of `{secret}`, line end not included, with the "
                f"`{group}` exactly as in the data as the salt. Keep no plain text there. "
                f"`{target}` is the index: CSV, header `{head}`, by the first column; rows do not "
                "count the header, bytes are those of the plain part.",
            ],
            steps=[
                look(
                    f"head -n 3 {here}; mlr --i{form} --ocsv count -g {group} then sort -f {group} "
                    f"{here}; wc -lc {hidden}; ls -l {hidden}",
                    f"How many parts will there be, and does {secret} have more than the secret in "
                    "it?",
                    "Count the rows by category and look at the size of the secret's file.",
                ),
                do(
                    f"mkdir -p {box}\numask 077\nplain=$(mktemp -d)\n{home}"
                    f"mlr --i{form} --ocsv --headerless-csv-output cut -f {group} then sort -f "
                    f'{group} then uniq -g {group} {here} > "$plain/names"\n'
                    f"echo {head} > {there}\n"
                    "while IFS= read -r name; do\n"
                    '  stem=$(printf %s "$name" | tr A-Z a-z | tr -cs a-z0-9 -)\n'
                    f"  part=$plain/part sealed={box}/$stem.{form}{suffix}\n"
                    f"  mlr --i{form} --o{form} filter '${{{group}}} == \"'\"$name\"'\"' "
                    f'{here} > "$part"\n'
                    f"  export key=$({pbkdf})\n"
                    f"  {seal}\n"
                    '  echo "$name,${sealed##*/},$(($(wc -l < "$part") - 1)),$(wc -c < "$part")" '
                    f">> {there}\n"
                    'done < "$plain/names"\n'
                    'shred -u "$plain/part"\nrm "$plain/names"\nrmdir "$plain"\n'
                    f"unset key\numask 022\n{close}chmod 644 {there}",
                    f"Each category is a part. The second line of {secret} does not belong to the "
                    "secret, and neither does the line end.",
                    "Derive a key for each category, seal its part, note it in the index and wipe "
                    "the plain text.",
                    duration=1.5,
                ),
                look(
                    f"ls {box}; cat {there}; {again}",
                    f"The part of {last} has to open with its key derived afresh, and to have as "
                    "many lines as the index says.",
                    "Read the index and open one part again.",
                    duration=0.6,
                ),
            ],
            checks=[
                shell_prints(
                    f"{home}{opened}",
                    "".join(f"== {name}\n{texts[name]}" for name in names),
                    about=f"Each part in {folder} opens with its own key and has its rows.",
                    paths=[folder],
                    key="opened",
                    weight=3.0,
                ),
                shell_prints(
                    f"ls -A {box} | sort",
                    "".join(
                        f"{x}\n" for x in sorted(f"{s}.{form}{suffix}" for s in slugs.values())
                    ),
                    about=f"{folder} holds the sealed parts and nothing else.",
                    paths=[folder],
                    key="names",
                ),
            ],
            wrong=[
                Wrong("plain text left", command=f"cp {here} {box}/"),
                Wrong(
                    "two parts swapped",
                    command=f"cd {box} && mv {slugs[first]}.{form}{suffix} x && "
                    f"mv {slugs[last]}.{form}{suffix} {slugs[first]}.{form}{suffix} && "
                    f"mv x {slugs[last]}.{form}{suffix}",
                ),
                Wrong("a part is missing", command=f"rm {box}/{slugs[last]}.{form}{suffix}"),
            ],
            mistakes=[
                Mistake(
                    "hallucination",
                    before=1,
                    command=f"nettle-pbkdf2 --salt x -i {rounds} < {hidden}",
                    symptom=r"unrecognized option",
                    diagnosis="The salt is an argument and no option.",
                ),
                Mistake(
                    "verification",
                    before=2,
                    command=f"cat {box}/{slugs[last]}.{form}",
                    symptom=r"No such file or directory",
                    diagnosis="Only the sealed part lies there, as it should be; it has to be "
                    "opened to be checked.",
                ),
            ],
        )


def derived(master: str, name: str, rounds: int) -> str:
    """The passphrase of a part."""
    return hashlib.pbkdf2_hmac("sha256", master.encode(), name.encode(), rounds, 16).hex()
