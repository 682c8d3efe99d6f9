"""Salvage what is intact of a truncated archive."""

from __future__ import annotations

import dataclasses

from shellwright.recipe import (
    Delivery,
    Draw,
    Log,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Resource,
    Step,
    Tree,
    Unsuitable,
    World,
    Wrong,
    do,
    look,
    quoted,
)
from shellwright.recipe.kinds.delivery import member_spans


class SalvageTruncatedArchive(Recipe):
    """The complete lines of a log, or the complete files of a tree, are there again."""

    needs = (Pattern.of("delivery", wrapping="truncated"),)
    gives = (Pattern.of("log", storage="plain"), Pattern.of("tree", condition="tidy"))
    tools = ("find", "gzip", "ls", "mkdir", "od", "rm", "sed", "tail", "tar", "wc")
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Delivery)
        here = quoted(source.path)
        first = look(
            f"ls -l {here}; gzip -t {here} || true; gzip -dc {here} 2> /dev/null | tail -c 40 | "
            "od -c | tail -n 4",
            f"{source.path} is said to be cut off. Is it cut off or damaged, and how does what "
            "can be read end?",
            "Test it and look at the end of what can be decompressed.",
            fails=True,
        )
        payload = source.archive.payload
        if isinstance(payload, Log):
            return self._log(world, draw, source, payload, first)
        assert isinstance(payload, Tree)
        return self._tree(world, draw, source, payload, first)

    def _log(self, world: World, draw: Draw, source: Delivery, whole: Log, first: Step) -> Move:
        """Every complete line, as a plain log."""
        salvaged = source.salvaged()
        kept = salvaged.count(b"\n")
        target = world.output(draw, ["salvaged", "recovered", "rescued"], ".log")
        result = head(whole, kept).at(target, f"salvaged part of the {whole.noun}")
        text = "".join(f"{line}\n" for line in result.lines()).encode()
        if text != salvaged[: len(text)] or len(result.lines()) != kept:
            raise Unsuitable("the log was cut off between an event and its trace")
        here, there = quoted(source.path), quoted(target)
        return self._move(
            source,
            result,
            [
                f"`{source.path}` is a gzipped log whose transfer broke off. Save every line that "
                f"arrived complete as plain text in `{target}`; the line at which it breaks off "
                "does not belong there.",
                f"Rescue what there is of the log in `{source.path}`: the upload was cut off. "
                f"`{target}` should hold all complete lines, uncompressed and unchanged, and "
                "nothing of the incomplete last one.",
                f"The gzip file `{source.path}` ends before its time. As much of the log as can "
                f"be trusted should survive in `{target}`, not compressed: each line that is "
                "there in full, none that was cut.",
                f"How far did the log in `{source.path}` get before the transfer stopped? Give "
                f"me `{target}`, a plain text file that ends with the last line received in "
                "full. Remains of a further line are to be dropped, and the lines before are "
                "not to be altered.",
                f"Acceptance for `{target}`: it starts as the log in the damaged `{source.path}` "
                "does, it can be read without decompressing, it has all lines that came through "
                "whole, and the torn one at the end is not in it.",
            ],
            [
                first,
                do(
                    f"{{ gzip -dc {here} 2> /dev/null || true; }} | sed '$d' > {there}",
                    "It ends too early but is sound up to there. The last line has no line end, "
                    "so it is incomplete.",
                    "Decompress as far as possible and drop the last line.",
                ),
                look(
                    f"wc -l {there}; tail -n 2 {there}",
                    "How many complete lines can be had, and is the last one whole?",
                    "Count the lines and read the last ones.",
                ),
            ],
            [
                Wrong("the broken line was kept", path=target, content=salvaged),
                Wrong(
                    "one complete line too few",
                    path=target,
                    content=text[: text[:-1].rfind(b"\n") + 1],
                ),
            ],
        )

    def _tree(self, world: World, draw: Draw, source: Delivery, whole: Tree, first: Step) -> Move:
        """Every complete file, as a folder."""
        spans = member_spans(source.archive)
        names = [file.name for file in whole.files]
        kept = [
            file
            for file, (_, end) in zip(sorted(whole.files), spans, strict=True)
            if end <= len(source.salvaged())
        ]
        if len(kept) < 2 or len(kept) > len(names) - 1:
            raise Unsuitable("too little or everything arrived")
        folder = world.output(draw, ["salvaged", "recovered", "rescued"])
        relative = whole.path.removeprefix(source.archive.root)
        result = whole.with_files(kept, path=folder + relative)
        world.take([result.path])
        here, there = quoted(source.path), quoted(folder)
        unpack = f"tar -xzf {here} -C {there} 2> /dev/null || true"
        return self._move(
            source,
            result,
            [
                f"The transfer of the tar `{source.path}` broke off. Get out all files that "
                f"arrived complete, to `{folder}`, with the paths that they have in it (so below "
                f"`{result.path}`). A file of which only the beginning came must not be there, nor "
                "a folder without files.",
                f"Save what can be saved of `{source.path}`, a gzipped tar that was cut off. The "
                f"files that are complete go to `{folder}` under their names from the archive, "
                f"which puts them below `{result.path}`; leave out the one that is cut off, and "
                "empty folders.",
                f"Only part of `{source.path}`, a gzip-compressed tar, reached us. I would like "
                f"to have whatever came through whole: unpack it into `{folder}`, keeping the "
                f"archive's paths, so that the files turn up under `{result.path}`. The file at "
                "which the data stop is worthless and has to go, along with any directory that "
                "holds no file.",
                f"`{folder}` is complete when it has each file of the broken tar `{source.path}` "
                "that can be read to its end, and only those. Paths inside the archive are kept "
                f"(`{result.path}` is the folder they share). Neither half a file nor an empty "
                "directory is acceptable.",
                f"Which files of `{source.path}` are still good? The tar was cut short while it "
                f"was being sent. Put the good ones, nothing half-finished, into `{folder}` "
                f"exactly where the archive has them, hence in `{result.path}`; directories are "
                "there for the sake of files, so none may be left empty.",
            ],
            [
                first,
                do(
                    f"mkdir -p {there} && {{ {unpack}; }}",
                    "It ends too early but is sound up to there; tar can extract up to the cut "
                    "and will end with an error, which is expected here.",
                    "Extract as far as possible.",
                ),
                look(
                    f"tar -tvzf {here} 2> /dev/null | tail -n 2; "
                    f"find {there} -type f -newermt '1 Jan 2000' | wc -l",
                    "The last member listed is the one that is cut off; on disk it is shorter "
                    "than the list says.",
                    "See which member comes last, and its size.",
                ),
                do(
                    f"last=$(tar -tzf {here} 2> /dev/null | tail -n 1 || true)\n"
                    f'rm -- {there}/"$last" && find {there} -type d -empty -delete',
                    "All files but the last one are complete.",
                    "Delete the incomplete file, and its folder in case nothing else is in it.",
                ),
                look(
                    f"find {there} -type f | wc -l",
                    "Only complete files should be left.",
                    "Count them.",
                ),
            ],
            [
                Wrong("the incomplete file was kept", command=unpack),
                Wrong(
                    "the last complete file was deleted as well",
                    command=f"rm {quoted(f'{result.path}/{kept[-1].name}')}",
                ),
            ],
        )

    def _move(
        self,
        source: Delivery,
        result: Resource,
        request: list[str],
        steps: list[Step],
        wrong: list[Wrong],
    ) -> Move:
        here = quoted(source.path)
        return Move(
            focus=result,
            makes=[result],
            request=request,
            steps=steps,
            wrong=wrong,
            mistakes=[
                Mistake(
                    "hallucination",
                    before=1,
                    command=f"gzip --recover {here}",
                    symptom=r"gzip: unrecognized option '--recover'",
                    diagnosis="gzip has no --recover; but it writes what it can read before it "
                    "reports the end.",
                ),
                Mistake(
                    "analysis",
                    before=1,
                    command=f"unzip -t {here}",
                    symptom=r"End-of-central-directory signature not found",
                    diagnosis="This is gzip and not zip; unzip cannot help.",
                ),
            ],
        )


def head(log: Log, lines: int) -> Log:
    """The log with its first lines only."""
    count, events = 0, 0
    extra = [sum(1 for index, _ in log.extra if index == place) for place in range(len(log.events))]
    while events < len(log.events) and count < lines:
        count += 1 + extra[events]
        events += 1
    return dataclasses.replace(
        log,
        events=log.events[:events],
        extra=tuple(pair for pair in log.extra if pair[0] < events),
    )
