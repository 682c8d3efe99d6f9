"""Replace the footers of text files."""

from __future__ import annotations

import dataclasses

from shellwright.recipe import (
    Draw,
    Entry,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Tree,
    Unsuitable,
    World,
    Wrong,
    do,
    look,
    quoted,
)

OLD = "edition 2023"
TYPES = (".txt", ".md")


class ReplaceDocumentFooters(Recipe):
    """Texts end with a new footer instead of an old one or none, in place."""

    needs = (Pattern.of("tree", content="documents", condition="outdated"),)
    gives = (Pattern.of("tree", content="documents", condition="tidy"),)
    tools = ("cat", "find", "grep", "head", "sponge", "tail", "wc")
    packages = ("moreutils",)
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Tree)
        footer = world.input(draw, ["footer", "new_footer", "footer-2026"], ".txt")
        place = draw.choice(["Second floor", "Gate 4", "Annex B", "Main hall"])
        new = f"--\n{world.theme.organisation}, {place}\nForm {draw.integer(10, 99)}, 2026\n"
        texts = [file for file in source.files if file.name.endswith(TYPES)]
        others = [file for file in source.files if not file.name.endswith(TYPES)]
        had = [file for file in texts if has_old(file.content)]
        if not had or len(had) == len(texts) or not others:
            raise Unsuitable("all files have an old footer, or none has")
        result = source.with_files(
            [
                *others,
                *(
                    dataclasses.replace(file, content=without_old(file.content) + new.encode())
                    for file in texts
                ),
            ],
            condition="tidy",
        )
        here, there = quoted(source.path), quoted(footer)
        kinds = r"\( -name '*.txt' -o -name '*.md' \)"
        script = (
            f"find {here} -type f {kinds} -print0 | while IFS= read -r -d '' file; do\n"
            f"  if tail -n 1 \"$file\" | grep -q '{OLD}$'; then\n"
            '    head -n -3 "$file" | sponge "$file"\n'
            "  fi\n"
            f'  cat {there} >> "$file"\n'
            "done"
        )
        sample = quoted(f"{source.path}/{had[0].name}")
        other = quoted(f"{source.path}/{others[0].name}")
        bare = next(file for file in texts if file not in had)
        return Move(
            focus=result,
            makes=[result],
            brings=[Entry(footer, new.encode())],
            request=[
                f"All `.txt` and `.md` files below `{source.path}` get the footer in `{footer}` as "
                "their last lines, exactly once. Where a file ends with the old footer (a line "
                f"`--` and two more, the very last one ending in `{OLD}`), those three lines are "
                "replaced; files of other types stay as they are.",
                f"The letterhead changed. Put the text of `{footer}` at the end of every `.txt` "
                f"and `.md` file below `{source.path}`. Many of them still carry the old footer "
                f"there, three lines that begin with `--` and of which the last ends in `{OLD}`: "
                "it has to go. Nothing else may change, in no file.",
            ],
            steps=[
                look(
                    f"cat {there}; grep -rl '{OLD}$' {here}; find {here} -type f {kinds} | wc -l",
                    "I want to see the new footer, which files have an old one, and how many texts "
                    "there are.",
                    "Read the new footer, search for the old one, and count.",
                ),
                look(
                    f"tail -n 5 {sample}",
                    f"{had[0].name} is one of those with the last line of the old footer.",
                    "See what an old footer looks like.",
                ),
                do(
                    script,
                    "Some texts have an old footer and others none. A line of hyphens also "
                    "stands inside of some texts, so only the end of a file shows whether it has "
                    "a footer.",
                    "Cut old footers off at the end and append the new one to every text.",
                ),
                look(
                    f"tail -n 5 {sample}; grep -rc '{OLD}$' {here} --include='*.txt' "
                    "--include='*.md' | grep -vc ':0$'",
                    "No text may have an old footer any more.",
                    "Look at the same file again and count old footers in texts.",
                ),
            ],
            wrong=[
                Wrong("a file of another type got the footer", command=f"cat {there} >> {other}"),
                Wrong("the footer was appended twice", command=f"cat {there} >> {sample}"),
                Wrong(
                    "files without an old footer were left out",
                    command=f"head -n -3 {quoted(f'{source.path}/{bare.name}')} > /tmp/body && "
                    f"cat /tmp/body > {quoted(f'{source.path}/{bare.name}')}",
                ),
            ],
            mistakes=[
                Mistake(
                    "command",
                    before=2,
                    command=f"sed '$-2,$d' {sample}",
                    symptom=r"sed: -e expression #1, char \d+:",
                    diagnosis="sed cannot count back from the last line like that; head -n -3 "
                    "leaves out the last three lines.",
                ),
                Mistake(
                    "command",
                    before=2,
                    command=f"grep -rL {OLD} {here}",
                    symptom=r"grep: 2023: No such file or directory",
                    diagnosis="Without quotes the second word of the pattern is taken for a file.",
                ),
            ],
        )


def has_old(content: bytes) -> bool:
    """Whether a text ends with an old footer."""
    return content.rstrip(b"\n").endswith(OLD.encode())


def without_old(content: bytes) -> bytes:
    """The text without its last three lines where those are an old footer."""
    lines = content.splitlines(keepends=True)
    return b"".join(lines[:-3]) if has_old(content) else content
