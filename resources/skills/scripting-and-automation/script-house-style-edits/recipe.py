"""A script for a line editor that gives documents their house style."""

from __future__ import annotations

import re
from dataclasses import replace

from shellwright.recipe import (
    Check,
    Draw,
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
    shell_prints,
)
from shellwright.recipe.themes import PEOPLE, Theme

ED = r"""1t1
2s/./@rule@/g
g/^Form [0-9]*, edition 2023$/-2,.d
g/ ([0-9][0-9]*)$/s/^\(.*\) (\([0-9]*\))$/[\2] \1/
2kx
g/^TODO: /m'x\
kx
w
q
"""
EX = ED.replace("m'x\\\nkx", "m'x|kx")
#: By the name that people use: how the editor is started, and the script for it.
EDITORS = {"ed": ("ed -s", ED), "vi": ("vim.tiny -e -s -u NONE", EX)}


class ScriptHouseStyleEdits(Recipe):
    """Every document has the house style, and the script does the same for others."""

    needs = (Pattern.of("tree", content="documents", condition="outdated"),)
    gives = (Pattern.of("tree", content="documents", condition="tidy"),)
    tools = ("cat", "cp", "diff", "ed", "find", "grep", "head", "tail", "vim.tiny", "wc")
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Tree)
        texts = {file.name: file.content.decode() for file in source.files if not file.target}
        if len(texts) < len(source.files) or any(" " in name for name in texts):
            raise Unsuitable("links or names with spaces")
        if not all(text.isascii() and text.endswith("\n") for text in texts.values()):
            raise Unsuitable("texts that editors count differently")
        if any(text.startswith("TODO") or text[1] == "\n" for text in texts.values()):
            raise Unsuitable("no titles")
        editor = draw.choice(["ed", "vi"])
        mark = draw.choice(["=", "-", "_"])
        start, text = EDITORS[editor]
        text = text.replace("@rule@", mark)
        script = world.output(draw, ["house_style", "tidy_up", "style"], f".{editor}")
        files = [replace(f, content=styled(texts[f.name], mark).encode()) for f in source.files]
        result = source.with_files(files, condition="tidy")
        here, tool = quoted(source.path), quoted(script)
        some = max(texts, key=lambda name: ("TODO" in texts[name], "edition" in texts[name], name))
        other = {"ed": "vi", "vi": "ed"}[editor]
        means = {
            "ed": "a script for the line editor `ed`, which gets the document as its argument and "
            "the script as its standard input (with `-s`)",
            "vi": "a script of Ex commands for `vim.tiny`, which gets the document as its argument "
            "and the script as its standard input (with `-e -s -u NONE`)",
        }[editor]
        rules = (
            f"Below the title, which is the first line, stands a line of `{mark}` as long as the "
            "title. A line `Form NN, edition 2023`, where NN is any number, goes, wherever it is, "
            "and the two lines before it go with it. In a line that ends in a blank and a number "
            "in parentheses, like `text (12)`, the number moves to the front: `[12] text`. "
            "Lines that begin with `TODO: ` are moved up to directly below the new second line, "
            "in the order in which they stood. All other lines stay as and where they are"
        )
        steps = [
            look(
                f"grep -rlE '^TODO: |edition 2023' {here}; "
                f"grep -rh -B 2 'edition 2023' {here} | head -n 6",
                "Which documents have open points or the old form line?",
                "List them, and see some footers.",
            ),
            look(
                f"cat {quoted(f'{source.path}/{some}')}",
                "What does such a document look like as a whole?",
                "Read one of them.",
            ),
            do(
                f"cat > {tool} <<'SCRIPT'\n{text}SCRIPT",
                "Not every document has the old form line or an open point, so no command may "
                "fail where there is none: only `g` is safe. A mark that moves along keeps the "
                "order of several points.",
                f"Write the script for {editor}.",
                duration=1.0,
            ),
            look(
                f"cp {quoted(f'{source.path}/{some}')} /tmp/trial; {start} /tmp/trial < {tool}; "
                f"diff {quoted(f'{source.path}/{some}')} /tmp/trial",
                "One copy first: the documents are changed in place.",
                "Try it on a copy and compare.",
            ),
            do(
                f'find {here} -type f | while read -r name; do {start} "$name" < {tool}; done',
                "The copy looks as asked for.",
                "Put every document through it.",
                duration=1.0,
            ),
            look(
                f"head -n 5 {quoted(f'{source.path}/{some}')}; tail -n 3 "
                f"{quoted(f'{source.path}/{some}')}; grep -rl 'edition 2023' {here} | wc -l",
                "No document may have the old form line any more.",
                "Look at one document, and count what is left.",
            ),
        ]
        if editor == "vi":
            guess = "vim.tiny -e -s --script=/dev/null /tmp/none"
            symptom = r"Unknown option argument|[Mm]ore info"
        else:
            guess, symptom = "ed --batch /tmp/none", r"unrecognized option|Try 'ed"
        return Move(
            focus=result,
            makes=[result],
            request=[
                f"The documents in `{source.path}` are to get our house style, and so will others "
                f"that come in later. Write `{script}`, {means}, and leave every document there as "
                f"the script makes it. {rules}. The script also has to do all of this for "
                "documents in which some of these things are missing or occur several times.",
                f"House style for `{source.path}`, please, by way of something that we can use "
                f"again: `{script}`, {means}. {rules}. Not every document has all of these "
                "parts, and some that we still expect have several of one; each must come out "
                "right. All files of the folder are to be put through it in place.",
            ],
            steps=steps,
            checks=[trial(script, start, mark, world.theme, draw.child("trial"))],
            wrong=[
                Wrong(
                    "open points in reverse order",
                    path=script,
                    content=re.sub(r"m'x.*\n(kx\n)?", "m2\n", text).encode(),
                ),
                Wrong(
                    "the last three lines go from every document",
                    path=script,
                    content=re.sub(r"g/\^Form.*", "$-2,$d", text).encode(),
                ),
                Wrong(
                    "a line of fixed length",
                    path=script,
                    content=text.replace(f"2s/./{mark}/g", f"2s/.*/{mark * 20}/").encode(),
                ),
            ],
            mistakes=[
                Mistake(
                    "hallucination",
                    before=2,
                    command=guess,
                    symptom=symptom,
                    diagnosis=f"There is no such option in {editor}; the script comes on standard "
                    "input.",
                ),
                Mistake(
                    "command",
                    before=2,
                    command="printf 'a\\nb\\n' > /tmp/none; printf '/^Form/d\\nw\\nq\\n' | "
                    'ed -s /tmp/none; echo "code $?"',
                    symptom=r"code 1",
                    diagnosis="An address without a match is an error, and the script ends there "
                    f"without writing. {other if editor == 'ed' else editor} would go on and write "
                    "half of it; `g` is right in both.",
                    recovery="rm -f /tmp/none",
                ),
            ],
        )


def styled(text: str, mark: str) -> str:
    """The document in the house style."""
    title, *rest = text.splitlines()
    lines: list[str] = []
    for line in rest:
        lines.append(line)
        if re.fullmatch(r"Form [0-9]*, edition 2023", line):
            del lines[-3:]
    lines = [re.sub(r"^(.*) \(([0-9]+)\)$", r"[\2] \1", line) for line in lines]
    points = [line for line in lines if line.startswith("TODO: ")]
    others = [line for line in lines if not line.startswith("TODO: ")]
    return "".join(f"{line}\n" for line in [title, mark * len(title), *points, *others])


def trial(script: str, start: str, mark: str, theme: Theme, draw: Draw) -> Check:
    """The script does the same for documents that nobody has seen."""
    form = f"--\n{theme.organisation} & Co\nForm {draw.integer(100, 999)}, edition 2023\n"
    one, two, three = draw.sample(PEOPLE, 3)
    entry = f"{one} - 4 \\ 5 & 6 ({draw.integer(7, 9000)})\n"
    plain = f"{two}: (12) pallets\n(see {three}) (7\n"
    later = "Form 7, edition 2024\n--\n"
    documents = [
        f"Plain list\n\n{plain}",
        f"Only a title of {theme.organisation}\n",
        f"Three points\n\nTODO: ask {one}\n{entry}TODO: ask {two}\n--\nTODO: ask {three}\n",
        f"Form inside - {theme.organisation}\n{entry}{form}{plain}{later}",
        f"Two forms\n{form}\n{plain}TODO: [1] \\1 & more\n{entry}{form}",
    ]
    lines = ['at=$(mktemp -d); trap \'rm -rf "$at"\' EXIT; cd "$at"']
    for number, text in enumerate(documents):
        lines.append(f"cat > {number} <<'END'\n{text}END")
        lines.append(f"{start} {number} < {quoted(script)} > log 2>&1 || true; cat {number}")
    return shell_prints(
        "\n".join(lines),
        "".join(styled(text, mark) for text in documents),
        about=f"The script {script} gives other documents the house style, too.",
        paths=[script],
        key="trial",
        weight=2.0,
    )
