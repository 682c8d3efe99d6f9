"""Take the credentials out of a folder of documents."""

from __future__ import annotations

import dataclasses

from shellwright.recipe import (
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
)
from shellwright.recipe.credentials import KINDS, REMOVED, counted, removed

SEARCH = (
    "-e '[Pp][Aa][Ss][Ss][Ww][Oo][Rr][Dd] *[:=] *[^[:space:]]' "
    "-e 'https?://[^[:space:]/@:]+:[^[:space:]/@]+@' -e 'tok_[0-9a-f]{24}'"
)


class RedactCredentials(Recipe):
    """Every credential in the texts is a placeholder, in place; nothing else has changed."""

    needs = (Pattern.of("tree", content="documents", condition="leaky"),)
    gives = (Pattern.of("tree", content="documents", condition="tidy"),)
    tools = ("grep", "head", "rg", "sed", "wc", "xargs")
    packages = ("ripgrep",)
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Tree)
        texts = {file.name: file.content.decode() for file in source.files if not file.target}
        totals = {kind: sum(counted(text, kind) for text in texts.values()) for kind in KINDS}
        if sum(totals.values()) < 5 or not totals["passwords"]:
            raise Unsuitable("hardly any credentials")
        result = source.with_files(
            (
                dataclasses.replace(file, content=removed(texts[file.name]).encode())
                for file in source.files
            ),
            condition="tidy",
        )
        here = quoted(source.path)
        victim = next(
            f"{source.path}/{name}" for name, text in texts.items() if counted(text, "passwords")
        )
        files = quoted(victim)
        return Move(
            focus=result,
            makes=[result],
            request=[
                f"Take the credentials out of the texts in `{source.path}`, in place: write "
                f"`{REMOVED}` in their stead. That is, the value (all up to the next white space) "
                "after the word password in any case followed by `:` or `=`, with or without "
                "blanks around it; the `name:secret` before the `@` of a web address with "
                "`http://` or `https://`; and every access token, `tok_` with 24 lower-case hex "
                "digits. Everything else stays as it is.",
                f"The documents in `{source.path}` go to an outside reader. Replace each "
                f"credential in them by `{REMOVED}` and change nothing else, not even the words "
                "around it. Credentials are: what follows the word password (upper or lower case) "
                "and a `:` or `=`, blanks allowed around that sign, as far as the next white "
                "space; `name:secret` between `http://` or `https://` and the `@`; tokens, which "
                "are `tok_` and 24 hex digits in lower case. Edit the files where they are.",
            ],
            steps=[
                look(
                    f"grep -rhoE {SEARCH} {here} | wc -l; grep -rhE {SEARCH} {here} | head -n 12",
                    "I have to see the forms in which they occur, and that the patterns do not "
                    "catch more than that.",
                    "Count the hits and show some of the lines.",
                ),
                do(
                    f"rg -uu -l --null {SEARCH} {here} | xargs -0 sed -E -i \\\n"
                    f"  -e 's/(password *[:=] *)[^[:space:]]+/\\1{REMOVED}/Ig' \\\n"
                    f"  -e 's#(https?://)[^[:space:]/@:]+:[^[:space:]/@]+@#\\1{REMOVED}@#g' \\\n"
                    f"  -e 's/tok_[0-9a-f]{{24}}/{REMOVED}/g'",
                    "Passwords, addresses with credentials, tokens: only the files that hold "
                    "such lines need an edit.",
                    "Replace the secrets and keep what stands around them.",
                ),
                look(
                    f"grep -rhF '{REMOVED}' {here} | head -n 12; "
                    f"grep -rhF '{REMOVED}' {here} | wc -l",
                    "Every credential should be a placeholder now.",
                    "Read some of the edited lines and count them all.",
                ),
            ],
            wrong=[
                Wrong(
                    "another placeholder",
                    command=f"sed -i 's/.removed./[redacted]/g' {files}",
                ),
                Wrong(
                    "the words around a secret are gone",
                    command=f"sed -E -i 's/password *[:=] *.removed./{REMOVED}/I' {files}",
                ),
            ],
            mistakes=[
                Mistake(
                    "command",
                    before=1,
                    command=f"sed -E -i 's/(https?://)[^@]+@/\\1{REMOVED}@/' {files}",
                    symptom=r"sed: -e expression #1, char \d+: ",
                    diagnosis="The slashes of the address end the pattern early; another "
                    "delimiter is needed. sed has changed nothing.",
                ),
                Mistake(
                    "hallucination",
                    before=1,
                    command=f"grep -rlE {SEARCH} --replace='{REMOVED}' {here}",
                    symptom=r"unrecognized option '--replace=",
                    diagnosis="grep only searches; the replacing is for sed.",
                ),
            ],
        )
