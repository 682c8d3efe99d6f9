"""Merge two patches, one of them edited by hand, into one."""

from __future__ import annotations

import dataclasses
import hashlib
import re

from shellwright.recipe import (
    PEOPLE,
    Draw,
    Entry,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Tree,
    TreeFile,
    Unsuitable,
    World,
    Wrong,
    byte_sorted,
    do,
    look,
    quoted,
    shell_prints,
)
from shellwright.recipe.unified import difference, differences


class MergePatchSeries(Recipe):
    """One patch leads from the original to what two patches in a row make, and is applied."""

    needs = (Pattern.of("tree", content="documents", condition="outdated"),)
    gives = (Pattern.of("tree", content="documents", condition="tidy"),)
    tools = (
        "combinediff", "cp", "diff", "find", "grep", "interdiff", "lsdiff", "mktemp", "patch",
        "recountdiff", "rm",
    )  # fmt: skip
    packages = ("patchutils", "patch", "diffutils")
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Tree)
        texts = {f.name: f.content.decode() for f in source.files if not f.target}
        long = sorted(name for name, text in texts.items() if text.count("\n") >= 9)
        if len(long) < 5:
            raise Unsuitable("too few files are long enough")
        chosen = draw.sample(long, 5)
        first, second = dict(texts), {}
        for name in chosen[:4]:
            first[name] = revised(texts[name], draw, 3, 2)
        second = dict(first)
        # The second patch goes on from the first in two files, takes one change back, adds one.
        second[chosen[0]] = revised(first[chosen[0]], draw, 4, 1)
        second[chosen[1]] = revised(first[chosen[1]], draw, 6, 3)
        second[chosen[2]] = texts[chosen[2]]
        second[chosen[4]] = revised(texts[chosen[4]], draw, 2, 1)
        new = f"{chosen[0].split('/')[0]}/changes-{draw.integer(10, 99)}.txt"
        first[new] = f"Changes, {world.theme.team}\nfirst round: {draw.choice(PEOPLE)}\n"
        second[new] = f"{first[new]}second round: {draw.choice(PEOPLE)}\n"
        if new in texts:
            raise Unsuitable("the new file is there already")
        one, two = differences(texts, first), differences(first, second)
        wrong_counts = {name: miscounted(part, draw) for name, part in one.items() if name != new}
        names = draw.choice(
            [("round-1", "round-2"), ("01-figures", "02-names"), ("monday", "tuesday")]
        )
        one_path, two_path = (world.input(draw, [name], ".patch") for name in names)
        target = world.output(draw, ["combined", "all-in-one", "for_the_offices"], ".patch")
        files = [
            dataclasses.replace(f, content=second[f.name].encode()) if not f.target else f
            for f in source.files
        ]
        result = source.with_files([*files, TreeFile(new, second[new].encode())], condition="tidy")
        here, there = quoted(source.path), quoted(target)
        monday, tuesday = quoted(one_path), quoted(two_path)
        before = "".join(
            f"{hashlib.sha256(texts[name].encode()).hexdigest()}  ./{name}\n"
            for name in byte_sorted(texts)
        )
        before += "".join(f"{name}\n" for name in byte_sorted(differences(texts, second)))
        back = (
            f'work=$(mktemp -d)\ncp -r {here}/. "$work"\npatch -s -f -R -p1 -d "$work" '
            f'--no-backup-if-mismatch -i {there} > /dev/null\ncd "$work"\n'
            "find . -type f -size +0c | sort | xargs -d '\\n' sha256sum\n"
            f"sed -n 's/^+++ [^/]*\\/\\([^\\t]*\\).*/\\1/p' {there} | sort -u\n"
            'cd / && rm -r "$work"\n'
        )
        only_first = "".join(difference(n, texts.get(n, ""), first[n]) for n in one)
        return Move(
            focus=result,
            makes=[result],
            brings=[
                Entry(
                    one_path, "".join(wrong_counts.get(n, part) for n, part in one.items()).encode()
                ),
                Entry(two_path, "".join(two.values()).encode()),
            ],
            checks=[
                shell_prints(
                    back,
                    before,
                    about=f"{target} taken back from {source.path} leads to the original files, "
                    "and it names those that differ.",
                    paths=[target],
                    key="reversed",
                    weight=2.0,
                )
            ],
            request=[
                f"Two rounds of changes to `{source.path}` came as unified diffs: `{one_path}`, "
                "and "
                f"`{two_path}`, which builds on it. Somebody took lines out of `{one_path}` in an "
                "editor, so the counts in its hunk headers are off; the lines themselves are as "
                f"they should be. Our offices want a single unified diff: write `{target}`, which "
                "leads from the folder as it is now to its state after both rounds, with paths as "
                "in the two (`a/` and `b/`) and no file in it that ends up as it was. Then bring "
                "the folder itself to that state, without leftovers.",
                f"`{one_path}` and then `{two_path}` have to go into `{source.path}` (unified "
                "diffs "
                "made in that folder, the second on top of the first). The first one was shortened "
                "by hand and its hunk headers no longer tell the right numbers of lines; trust the "
                f"lines. Please make one unified diff of the two, `{target}`, against the folder "
                "as "
                "it is at present and with the same `a/` and `b/` paths; files that end up "
                "unchanged do not belong in it. Update the folder to the final state as well "
                "and leave nothing else in it.",
            ],
            steps=[
                look(
                    f"lsdiff -s --strip=1 {monday} {tuesday}; patch --dry-run -d {here} -p1 -i "
                    f"{monday}; true",
                    "Two patches in a row, and the first was edited by hand.",
                    "List what they touch and try the first one.",
                    fails=True,
                ),
                look(
                    f"recountdiff {monday} | diff {monday} - | grep '^[<>]'",
                    "patch does not get through: the headers promise other numbers of lines than "
                    "there are.",
                    "See what counting anew would change: headers only, I hope.",
                ),
                do(
                    f"combinediff -q -p1 <(recountdiff {monday}) {tuesday} > {there}",
                    f"Only headers differ. {chosen[2]} is changed by the first round and put back "
                    "by the second, so it should drop out.",
                    "Combine the recounted first patch with the second.",
                ),
                look(
                    f"grep -n '^unchanged' {there}; lsdiff -s --strip=1 {there}; interdiff -q -p1 "
                    f"<(recountdiff {monday}) {there} | lsdiff --strip=1; work=$(mktemp -d); "
                    f'cp -r {here}/. "$work"; patch -s -p1 -d "$work" -i {there} && echo applies; '
                    'rm -r "$work"',
                    "What the combined patch adds to the first must be just the files of the "
                    "second round.",
                    "List the combined patch, its difference to the first, and try it on a copy.",
                ),
                do(
                    f"patch -d {here} -p1 --no-backup-if-mismatch -i {there}",
                    "The combined patch applies to a copy of the folder.",
                    "Apply the combined patch to the folder.",
                ),
                look(
                    f"find {here} -name '*.orig' -o -name '*.rej'; patch --dry-run -R -s -f -p1 -d "
                    f"{here} -i {there} && echo in place",
                    "No leftovers, and the patch should come off again.",
                    "Look for leftovers and try the reverse.",
                ),
            ],
            wrong=[
                Wrong("only the first round", path=target, content=only_first.encode()),
                Wrong(
                    "the two were joined without combining them",
                    path=target,
                    content="".join([*one.values(), *two.values()]).encode(),
                ),
                Wrong(
                    "the combined patch was made but not applied",
                    command=f"patch -s -R -d {here} -p1 -i {there}",
                ),
            ],
            mistakes=[
                Mistake(
                    "command",
                    before=2,
                    command=f"patch --batch --dry-run -d {here} -p1 -i {tuesday}",
                    symptom=r"FAILED|Skipping patch|ignored",
                    diagnosis="The second patch builds on the first, so it does not fit the folder "
                    "as it is. It was only a dry run.",
                ),
                Mistake(
                    "hallucination",
                    before=2,
                    command=f"combinediff --recount -p1 {monday} {tuesday}",
                    symptom=r"unrecognized option '--recount'",
                    diagnosis="--recount is an option of git apply. Here recountdiff mends the "
                    "counts first.",
                ),
            ],
        )


def revised(text: str, draw: Draw, low: int, count: int) -> str:
    """The text with lines from `low` on changed, one taken out and one added."""
    lines = text.splitlines(keepends=True)
    for place in range(low, min(low + count, len(lines))):
        lines[place] = lines[place].rstrip("\n") + f" [{draw.integer(100, 999)}]\n"
    lines.insert(low + count, f"See {draw.choice(PEOPLE)}, item {draw.integer(10, 99)}.\n")
    return "".join(lines)


def miscounted(part: str, draw: Draw) -> str:
    """The diff with larger counts in its hunk headers, as before lines were taken out."""
    more = draw.integer(1, 3)

    def header(found: re.Match[str]) -> str:
        return f"@@ -{found[1]},{int(found[2]) + more} +{found[3]},{int(found[4]) + more} @@"

    return re.sub(r"@@ -(\d+),(\d+) \+(\d+),(\d+) @@", header, part)
