"""Add notes from files in several encodings to the records."""

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
    Table,
    Unsuitable,
    World,
    do,
    look,
    quoted,
)
from shellwright.recipe.tabular import differing, unused_name

WORK = "/tmp/notes"
TEXTS = (
    "café fermé", "déjà vérifié", "clé à l'accueil", "Größe geprüft", "Tür klemmt, später",
    "Señor Núñez llamó", "año nuevo, más tarde", "côté cour", "Müller grüßt", "élève en congé",
)  # fmt: skip


def twice(text: str) -> bytes:
    """UTF-8 that was taken for Windows-1252 and encoded again."""
    return text.encode().decode("cp1252").encode()


#: How a file of each kind is encoded, and what turns it into UTF-8.
KINDS: dict[str, tuple[Callable[[str], bytes], str]] = {
    "plain": (str.encode, "cat"),
    "windows": (lambda text: text.encode("cp1252"), "recode CP1252/..UTF-8"),
    "dos": (lambda text: text.encode("cp850"), "recode CP850/..UTF-8"),
    "wide": (
        lambda text: b"\xff\xfe" + text.encode("utf-16-le"),
        "recode UTF-16..UTF-8",
    ),
    "twice": (twice, "recode UTF-8..CP1252/"),
}


class GatherNotesInMixedEncodings(Recipe):
    """Each record gets the note that an office wrote, whatever the encoding of its list."""

    needs = (
        Pattern.of(
            "table", format=("csv", "tsv"), condition="clean", shape="records", extent="full"
        ),
    )
    gives = (
        Pattern.of(
            "table", format=("csv", "tsv"), condition="clean", shape="records", extent="enriched"
        ),
    )
    tools = ("cat", "cut", "file", "grep", "head", "hexdump", "isutf8", "ls", "mkdir", "mlr",
             "recode", "sort", "wc")  # fmt: skip
    packages = ("recode", "moreutils", "miller", "file", "bsdextrautils")
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        key, form = source.name("id"), source.format
        ids = source.values("id")
        if len(ids) < 24 or len(set(ids)) < len(ids):
            raise Unsuitable("too few records, or ids that are there twice")
        name = unused_name(source, draw.choice(["office_note", "memo", "field_note"]), "jotted")
        folder = world.input(draw, ["offices", "notes", "lists"])
        kinds = ["plain", "twice", *draw.sample(["windows", "dos", "wide"], 3)]
        offices = draw.sample(["north", "south", "east", "west", "harbour", "centre"], len(kinds))
        writers = dict(zip(offices, draw.shuffled(kinds), strict=True))
        order = draw.shuffled(ids)
        notes: dict[str, str] = {}
        seen: dict[str, str] = {}
        files: list[Entry] = [Entry.folder(folder)]
        for office, kind in sorted(writers.items()):
            mine = [order.pop() for _ in range(draw.integer(3, 4))]
            words = draw.sample(TEXTS, len(mine))
            notes |= dict(zip(mine, words, strict=True))
            text = "".join(f"{one};{note}\n" for one, note in zip(mine, words, strict=True))
            content = KINDS[kind][0](f"{key};{name}\n{text}")
            files.append(Entry(f"{folder}/{office}.txt", content))
            read = {"twice": "utf-8", "plain": "utf-8", "wide": "utf-16"}.get(kind, "cp1252")
            for line in content.decode(read, "replace").splitlines()[1:]:
                one, _, note = line.partition(";")
                seen[one] = note
        target = world.output(draw, ["with_notes", "annotated", "records_and_notes"], f".{form}")

        def noted(found: dict[str, str]) -> Table:
            rows = tuple((*row, found.get(row[source.index("id")], "")) for row in source.rows)
            return source.with_rows(
                rows,
                path=target,
                noun=f"{world.theme.record} records with notes",
                columns=(*source.columns, Column(name, "note")),
                extent="enriched",
            )

        result = noted(notes)
        half = noted(seen)
        bare = noted({one: note.encode("ascii", "replace").decode() for one, note in notes.items()})
        here, there, given = quoted(source.path), quoted(target), quoted(folder)
        script = "\n".join(
            f"{KINDS[kind][1]} < {folder}/{office}.txt > {WORK}/{office}.txt"
            for office, kind in sorted(writers.items())
        )
        at = {kind: office for office, kind in writers.items()}
        strange = next(kind for kind in ("dos", "windows") if kind in at)
        described = {
            "windows": "Windows-1252",
            "dos": "the DOS code page 850",
            "wide": "UTF-16 with a byte order mark",
        }
        findings = "; ".join(f"{at[k]} is {described[k]}" for k in described if k in at)
        delimiter = "comma-separated" if form == "csv" else "tab-separated"
        hints = "`UTF-8`, `UTF-16`, `Windows-1252` and the DOS code page `850`"
        return Move(
            focus=result,
            makes=[result],
            brings=files,
            request=[
                f"Five offices have sent notes on our records; `{folder}` has a list of each, "
                f"lines `{key};{name}` below a header. Their computers are of all ages, so the "
                f"encodings differ: {hints}, one each, and one list was once taken for "
                "Windows-1252 although it was UTF-8, and was stored as UTF-8 again. Nobody "
                f"remembers which is which. Please make `{target}`, `UTF-8` and {delimiter}: all "
                f"rows of `{source.path}` in their order with a last column `{name}`, the note "
                "with its proper letters, or blank where no office wrote one.",
                f"`{source.path}` shall get a further column `{name}` at the end, filled from the "
                f"lists in `{folder}` (each with the header `{key};{name}`), and blank for "
                f"records in none of them. Write the result to `{target}`, {delimiter}, in "
                "`UTF-8`, rows in the order they have. Mind the letters: each list came in "
                f"another encoding, and I do not know which in which. There are {hints}, and one "
                "list is UTF-8 that somebody read as Windows-1252 and saved as UTF-8, so its "
                "accents are two strange characters each. Every accent must be right in the end.",
            ],
            steps=[
                look(
                    f"ls -l {given}; file {given}/*; isutf8 {given}/*; true",
                    "The lists came in unknown encodings.",
                    "Ask what the files look like, and which are valid UTF-8.",
                ),
                look(
                    f"cat {given}/{at['plain']}.txt {given}/{at['twice']}.txt; LC_ALL=C grep -a -m "
                    "1 "
                    f"-n '[^ -~]' {given}/{at[strange]}.txt | hexdump -C",
                    f"{at['plain']} and {at['twice']} are both valid UTF-8, but one of them cannot "
                    "be right.",
                    "Read the two, and see the bytes of a line that is not UTF-8.",
                ),
                do(
                    f"mkdir -p {WORK}\n{script}\nisutf8 {WORK}/*.txt",
                    f"{at['twice']} was encoded twice: going back to Windows-1252 once gives "
                    f"UTF-8. {findings}.",
                    "Convert each list from its own encoding into a scratch folder, and go on only "
                    "if all are UTF-8 then.",
                ),
                look(
                    f"head -n 3 {WORK}/*.txt; cut -d ';' -f 1 {WORK}/*.txt | sort | wc -l",
                    "All of them are valid. Whether they are right shows only in the words.",
                    "Read some lines of each and count the notes.",
                ),
                do(
                    f"mlr --icsv --ifs ';' --o{form} -S cat {WORK}/*.txt > {WORK}/all\nmlr "
                    f"--{form} -S join --ur -j {key} -f {WORK}/all then unsparsify then reorder "
                    f"-f {','.join(source.header)} {here} "
                    f"> {there}",
                    "Each note belongs to one record.",
                    "Join the notes to the records by id; the new column goes last.",
                ),
                look(
                    f"isutf8 {there} && echo valid; head -n 2 {there}; mlr --i{form} --ojson -S "
                    f"filter '${{{name}}} != \"\"' then cut -f {key},{name} {there} | head -n 24; "
                    f"wc -l {there} {here}",
                    "All records should be there, those without a note as well.",
                    "Check encoding, order of columns, and the notes.",
                ),
            ],
            wrong=differing(
                result,
                [
                    ("everything that is not UTF-8 taken for Windows-1252", half),
                    ("accents replaced by question marks", bare),
                ],
            ),
            mistakes=[
                Mistake(
                    "analysis",
                    before=2,
                    command=f"iconv -f UTF-8 -t UTF-8 {given}/{at[strange]}.txt",
                    symptom=r"illegal input sequence|cannot convert",
                    diagnosis="This list is not UTF-8; its bytes show what it is.",
                ),
                Mistake(
                    "hallucination",
                    before=2,
                    command=f"recode --detect {given}/{at['twice']}.txt",
                    symptom=r"unrecognized option '--detect'",
                    diagnosis="recode does not guess encodings; it has to be told from what to "
                    "convert.",
                ),
            ],
        )
