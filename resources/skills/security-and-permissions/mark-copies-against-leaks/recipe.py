"""Make marked copies of a picture for people, and a register of the marks."""

from __future__ import annotations

import hashlib
import hmac

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
from shellwright.recipe.tabular import differing, slug


class MarkCopiesAgainstLeaks(Recipe):
    """A copy of the picture for each person, marked, and a table of who has which."""

    needs = (
        Pattern.of("table", format=("csv", "tsv"), condition="clean", shape="records",
                   extent=("full", "selected")),
    )  # fmt: skip
    gives = (Pattern.of("table", format="csv", condition="clean", shape="listing"),)
    tools = ("cat", "cmp", "cut", "head", "ls", "mkdir", "mktemp", "mlr", "openssl", "rm",
             "sha256sum", "shred", "sort", "steghide", "tail", "tr", "uniq", "wc",
             "xxd")  # fmt: skip
    packages = ("diffutils", "miller", "openssl", "steghide", "xxd")
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        if not source.has("person"):
            raise Unsuitable("no persons")
        role, form = source.name("person"), source.format
        people = sorted({*source.values("person")})
        files = {person: f"{slug(person)}.bmp" for person in people}
        if not 3 <= len(people) <= 15 or len({*files.values()}) < len(people):
            raise Unsuitable("too few or too many people")
        if any(not p.isascii() or {*p} & {*"\"'\\,`$"} for p in people):
            raise Unsuitable("a name that is hard to write")
        length = draw.choice([16, 20, 24])
        key, word = drawn_passphrase(draw), drawn_passphrase(draw)
        picture = world.input(draw, ["floor_plan", "prototype", "site_map"], ".bmp")
        key_file = world.input(draw, ["marking_key", "mark_key"], ".txt")
        word_file = world.input(draw, ["hiding_passphrase", "picture_passphrase"], ".txt")
        box = world.output(draw, ["copies", "marked", "handouts"])
        target = world.output(draw, ["register", "copy_register", "marks"], ".csv")
        columns = (Column(role, "person"), Column("file", "file"), Column("mark", "mark"))

        def table(secret: bytes) -> Table:
            rows: list[Row] = [
                (p, files[p], hmac.new(secret, p.encode(), hashlib.sha256).hexdigest()[:length])
                for p in people
            ]
            return summary(target, "register of the copies", columns, rows)

        result = table(key.encode())
        image = _bitmap(draw)
        here, there, plan, keyed, worded, out = (
            quoted(p) for p in (source.path, target, picture, key_file, word_file, box)
        )
        head = ",".join(result.header)
        sample = result.rows[-1]
        passed = f'"$(head -n 1 {worded})"'
        mark = (
            f'printf %s "$name" | openssl dgst -sha256 -hmac "$(head -n 1 {keyed})" '
            f"-binary | xxd -p -l {length // 2}"
        )
        read = "".join(
            f"steghide extract -q -p {word} -sf {file} -xf -; echo; "
            f"cmp -n 54 {file} {plan} && wc -c < {file}\n"
            for file in files.values()
        )
        told = "".join(f"{row[2]}\n{len(image)}\n" for row in result.rows)
        return Move(
            focus=result,
            makes=[result],
            brings=[
                Entry(picture, image),
                Entry(key_file, f"{key}\n".encode(), mode=0o600),
                Entry(word_file, f"{word}\n".encode(), mode=0o600),
            ],
            request=[
                f"The last time we showed `{picture}` around it was in the paper a week later. "
                f"Everybody in the column `{role}` of `{source.path}` gets a copy of their own, "
                "with a mark hidden in it by `steghide` under the passphrase in the first line of "
                f"`{word_file}`. The mark is text without a line end: the first `{length}` small "
                "hexadecimal digits of the HMAC-SHA-256 of the name as it stands in the records, "
                f"under the key in the first line of `{key_file}` (without the line end). Put the "
                f"copies into the new folder `{box}`, as BMP like the original, under the name in "
                "small letters, with a hyphen for each run of other characters than `a-z0-9`, and "
                f"`.bmp`. `{target}` is the register: CSV, header `{head}`, by name in byte order. "
                f"No other file may be in `{box}`.",
                f"Please make traceable copies of `{picture}`, one for each person in the column "
                f"`{role}` of `{source.path}`. They belong into the new folder `{box}` and "
                "nothing else does; a copy is called after the person, in small letters, each run "
                "of characters outside `a-z0-9` as one hyphen, with `.bmp` at the end, and it has "
                "to stay a BMP like the original. Hidden in it, in the way of `steghide` and under "
                f"the passphrase in `{word_file}` (first line), is the person's mark: "
                f"HMAC-SHA-256 with the key in the first line of `{key_file}`, line end left out, "
                f"over the name as in the records; its first `{length}` hexadecimal digits in "
                f"small letters, without a line end. Register the copies in `{target}`, CSV with "
                f"the header `{head}`, in byte order of the names.",
            ],
            steps=[
                look(
                    f"mlr --i{form} --onidx --ofs ' ' cut -f {role} {here} | sort | uniq -c; "
                    f"ls -l {plan} {keyed} {worded}; steghide info -p x {plan} 2> /dev/null | "
                    "head -n 3",
                    "Who gets a copy, and is the picture large enough for a mark?",
                    "List the people and ask for the picture's capacity.",
                ),
                do(
                    f"mkdir -p {out}\nplain=$(mktemp -d)\n"
                    f"{{ echo '{head}'\n"
                    f"mlr --i{form} --onidx --ofs ' ' cut -f {role} {here} | LC_ALL=C sort -u |\n"
                    "while IFS= read -r name; do\n"
                    f"  mark=$({mark})\n"
                    '  file=$(printf %s "$name" | tr A-Z a-z | tr -cs a-z0-9 -).bmp\n'
                    '  printf %s "$mark" > "$plain/mark"\n'
                    f'  steghide embed -q -cf {plan} -ef "$plain/mark" -N -sf {out}/"$file" '
                    f"-p {passed}\n"
                    '  echo "$name,$file,$mark"\n'
                    f'done; }} > {there}\nshred -u "$plain/mark"\nrm -r "$plain"',
                    "Everybody gets a copy. The key must go in without its line end, and the "
                    "picture must be named as the cover only, never as the output.",
                    "Compute each mark, hide it in a copy and note both.",
                    duration=1.5,
                ),
                look(
                    f"cat {there}; steghide extract -q -sf {out}/{sample[1]} -xf - -p {passed}; "
                    f"echo; cd {out}; sha256sum * {plan} | cut -c 1-64 | sort | uniq -d | wc -l; "
                    f"cmp {sample[1]} {plan} | tail -n 1; cd /app",
                    f"The copy of {sample[0]} must tell the mark of the list, and no two files "
                    "may be the same.",
                    "Read one mark back and look for copies that do not differ.",
                ),
            ],
            checks=[
                shell_prints(
                    f"cd {out}\n{read}ls -A | sort",
                    told + "".join(f"{file}\n" for file in sorted(files.values())),
                    about=f"Each copy in {box} is a picture like the original and tells its mark.",
                    paths=[box],
                    key="marks",
                    weight=3.0,
                )
            ],
            wrong=[
                *differing(result, [("the key with its line end", table(f"{key}\n".encode()))]),
                Wrong("a copy without a mark", command=f"cp {plan} {out}/{sample[1]}"),
                Wrong(
                    "two copies swapped",
                    command=f"cd {out} && mv {result.rows[0][1]} x && mv {sample[1]} "
                    f"{result.rows[0][1]} && mv x {sample[1]}",
                ),
            ],
            mistakes=[
                Mistake(
                    "verification",
                    before=2,
                    command=f"steghide extract -sf {out}/{sample[1]} -xf - -p wrong",
                    symptom=r"could not extract any data",
                    diagnosis=f"That was not the passphrase; it is the first line of {word_file}.",
                ),
                Mistake(
                    "hallucination",
                    before=1,
                    command=f"steghide embed -cf {plan} --passfile {worded}",
                    symptom=r"unknown argument",
                    diagnosis="steghide reads no passphrase from a file; it is given with -p.",
                ),
            ],
        )


def _bitmap(draw: Draw) -> bytes:
    """A plan of rooms on slightly uneven paper, as a bitmap of 24 bits a pixel."""
    width, height = 4 * draw.integer(26, 36), draw.integer(80, 110)
    walls = {draw.integer(4, width - 4) for _ in range(5)}
    floors = {draw.integer(4, height - 4) for _ in range(4)}
    rows = []
    for y in range(height):
        noise = draw.bytes(width * 3)
        for x in range(width):
            dark = 150 if x in walls or y in floors else 0
            rows += [232 - dark - noise[3 * x + n] % 12 for n in range(3)]
    pixels = bytes(rows)

    def number(value: int, size: int = 4) -> bytes:
        return value.to_bytes(size, "little")

    return (
        b"BM" + number(54 + len(pixels)) + number(0) + number(54) + number(40) + number(width)
        + number(height) + number(1, 2) + number(24, 2) + number(0) + number(len(pixels))
        + number(2835) + number(2835) + number(0) + number(0) + pixels
    )  # fmt: skip
