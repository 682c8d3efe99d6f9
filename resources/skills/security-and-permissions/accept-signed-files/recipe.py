"""Accept the files whose signatures are in order."""

from __future__ import annotations

import dataclasses

from shellwright.recipe import (
    DEFAULT_MTIME,
    Draw,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Unsuitable,
    World,
    Wrong,
    do,
    look,
    quoted,
)
from shellwright.recipe.kinds.signed import Signed

REASONS = {
    "expired": "a key that was no longer valid was accepted",
    "stranger": "a signer who is not listed was accepted",
    "missing": "a file without a signature was accepted",
    "namespace": "a signature for another purpose was accepted",
    "swapped": "the signature of another file was accepted",
    "altered": "an altered file was accepted",
}


class AcceptSignedFiles(Recipe):
    """A folder with the files whose signatures are good, without the signatures."""

    needs = (Pattern.of("signed", holds="documents"),)
    gives = (Pattern.of("tree", content="documents", condition="tidy"),)
    tools = (
        *("cat", "comm", "cp", "cut", "find", "head", "ls", "mkdir", "sed", "sort"),
        *("ssh-keygen", "wc"),
    )
    packages = ("openssh-client",)
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Signed)
        faults = dict(source.faults)
        good = [file for file in source.tree.files if file.name not in faults]
        if len(good) < 3 or not faults:
            raise Unsuitable("nearly all signatures are bad")
        target = world.output(draw, ["accepted", "verified", "released"])
        # Copies are as old as they are: nobody was asked to keep the times.
        copies = (dataclasses.replace(file, mtime=DEFAULT_MTIME) for file in good)
        result = source.tree.with_files(copies, path=target, noun=f"accepted {source.tree.noun}")
        here, there, allowed = quoted(source.path), quoted(target), quoted(source.signers_path)
        day = f"202603{draw.integer(2, 9):02d}"
        shown = f"{day[:4]}-{day[4:6]}-{day[6:]}"
        options = f"-f {allowed} -Overify-time={day}"
        sample = f"{here}/{quoted(good[0].name)}"
        stray = next(name for name, fault in faults.items() if fault == "stranger")
        missing = next(name for name, fault in faults.items() if fault == "missing")
        plain = "find . -type f ! -name '*.sig'"
        return Move(
            focus=result,
            makes=[result],
            request=[
                f"Check the signatures in `{source.path}` as of `{shown}` and copy what we can "
                f"accept to the new folder `{target}`, in the same sub-folders and without the "
                "signatures. A file is accepted if its `.sig` is a valid signature of just that "
                f"file, in the namespace `file`, by a key that `{source.signers_path}` allows for "
                "that namespace and day. The delivery itself stays as it is.",
                f"Which files of `{source.path}` may be used? Those with a signature beside them "
                "that verifies in the namespace `file` and comes from a key in "
                f"`{source.signers_path}` that is allowed for it and valid on `{shown}`; the "
                "signature has the file's name with `.sig` behind it. Put copies of these files, "
                f"but no signatures, under the same relative names into `{target}`, a new folder. "
                "Leave the delivery alone.",
            ],
            steps=[
                look(
                    f"cut -c 1-100 {allowed}; ls -R {here}",
                    "Who may sign what, until when, and which files come with a signature?",
                    "Read the list of signers and list the delivery.",
                ),
                look(
                    f"cd {here}; {plain} | wc -l; find . -name '*.sig' | wc -l; "
                    f"head -n 2 {quoted(good[0].name)}.sig; cd /app",
                    "Has every file a signature, and are these of SSH?",
                    "Count files and signatures and look at one.",
                ),
                do(
                    f"mkdir -p {there}\ncd {here}\n"
                    f"{plain} | sort | while IFS= read -r file; do\n"
                    f'  who=$(ssh-keygen -Y find-principals -s "$file.sig" {options} '
                    "2> /dev/null < /dev/null | head -n 1) || true\n"
                    f'  if [ -n "$who" ] && ssh-keygen -Y verify -I "$who" -n file '
                    f'-s "$file.sig" {options} < "$file" > /dev/null 2>&1; then\n'
                    f'    cp --parents "$file" {there}\n'
                    '  else\n    echo "refused: $file"\n  fi\ndone\ncd /app',
                    "Not every file has a signature, one key ends before that day, and all are "
                    "for the namespace file only.",
                    "Find the signer of each file, verify as of that day and copy what passes.",
                    duration=1.0,
                ),
                look(
                    f"find {there} -type f | wc -l; LC_ALL=C comm -23 "
                    f"<(cd {here} && {plain} | sed 's/^..//' | LC_ALL=C sort) "
                    f"<(cd {there} && find . -type f | sed 's/^..//' | LC_ALL=C sort); "
                    f"ssh-keygen -Y find-principals -s {sample}.sig {options}; "
                    f"cat {there}/{quoted(good[0].name)} | wc -l",
                    "Which files passed, and which did not?",
                    "Count what was copied and list what was not.",
                ),
            ],
            wrong=[
                Wrong(
                    REASONS[fault],
                    command=f"cd {here} && cp --parents {quoted(name)} {there}",
                )
                for name, fault in faults.items()
            ],
            mistakes=[
                Mistake(
                    "requirement",
                    before=2,
                    command=f"ssh-keygen -Y verify -I {source.signers[3].name} -n file "
                    f"-s {sample}.sig {options} < {sample}",
                    symptom=r"Could not verify signature|no principal matched",
                    diagnosis="The identity has to be that of the signer of this very file; "
                    "find-principals tells it.",
                ),
                Mistake(
                    "command",
                    before=2,
                    command=f"ssh-keygen -Y find-principals -s {here}/{quoted(missing)}.sig "
                    f"{options}",
                    symptom=r"No such file or directory",
                    diagnosis="Not every file has a signature; such a file is refused.",
                ),
                Mistake(
                    "verification",
                    before=3,
                    command=f"ssh-keygen -Y find-principals -s {here}/{quoted(stray)}.sig "
                    f"{options}",
                    symptom=r"(?i)no principal|not found|matched",
                    diagnosis="That key belongs to nobody on the list, so the file was rightly "
                    "left out.",
                ),
            ],
        )
