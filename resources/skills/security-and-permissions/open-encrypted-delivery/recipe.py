"""Decrypt what was sent under a passphrase."""

from __future__ import annotations

import base64

from shellwright.recipe import (
    Draw,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Sealed,
    World,
    Wrong,
    do,
    look,
    quoted,
)
from shellwright.recipe.kinds.delivery import has_bytes


class OpenEncryptedDelivery(Recipe):
    """The table or log that was encrypted lies in the outbox in plain."""

    needs = (Pattern.of("sealed", direction="incoming"),)
    gives = (
        Pattern.of("table", condition="clean", shape="records", extent="full"),
        Pattern.of("log", storage="plain"),
    )
    tools = ("base64", "head", "ls", "openssl", "wc", "xxd")
    packages = ("openssl", "xxd")

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Sealed)
        suffix = "." + source.payload.path.rpartition(".")[2]
        target = world.output(draw, ["decrypted", "opened", f"{world.theme.key}-plain"], suffix)
        result = source.payload.at(target)
        here, there, key = quoted(source.path), quoted(target), quoted(source.passphrase_path)
        binary = base64.b64decode(source.content())
        plain = result.entries()[0].content
        return Move(
            focus=result,
            makes=[result],
            request=[
                f"Decrypt `{source.path}` and write the plain content to `{target}`, exactly as "
                "it was before it was encrypted.",
                f"I need to get at what is in `{source.path}`. Put the decrypted content, not "
                f"changed in any other way, into `{target}`.",
                f"`{source.path}` is of no use to us while it is encrypted. What the sender put "
                f"in has to come out in `{target}`, down to the last byte.",
                f"Can you open `{source.path}` with what we know about its key? The plain text "
                f"goes into `{target}`, with nothing added, converted or left out.",
                f"Result expected: `{target}`, identical to the file that the sender had before "
                f"encrypting it as `{source.path}`.",
            ],
            steps=[
                look(
                    f"ls -l {here} {key}; head -n 1 {here} | base64 -d | xxd | head -n 2; "
                    f"wc -l {key}",
                    f"I want to be sure of the format of {source.path} before I try keys, and to "
                    "see what the passphrase file is like.",
                    "Decode the first line and look for the mark of a salted file.",
                ),
                do(
                    f"openssl enc -d {source.options()} \\\n  -in {here} -out {there}",
                    "It is a salted OpenSSL file in base64. The passphrase is the first line of "
                    f"two, and the derivation takes {source.rounds} iterations.",
                    "Decrypt it with the agreed parameters; the passphrase stays off the command "
                    "line.",
                ),
                look(
                    f"wc -l {there}; head -n 3 {there}",
                    "CBC does not notice every damage, so the result needs a look.",
                    "Count the lines and read the first ones.",
                ),
            ],
            checks=[has_bytes(target, plain, f"{target} is what was encrypted, byte for byte.")],
            wrong=[
                Wrong("only the base64 was decoded", path=target, content=binary),
                Wrong(
                    "the line ends were converted",
                    path=target,
                    content=plain.replace(b"\n", b"\r\n"),
                ),
                Wrong(
                    "the first line is missing",
                    command=f'out=$(mktemp) && sed 1d {there} > "$out" && cat "$out" > {there}',
                ),
            ],
            mistakes=[
                Mistake(
                    "command",
                    before=1,
                    command=f"openssl enc -d {source.options().replace(' -a ', ' ')} -in {here} "
                    f"-out {there}",
                    symptom=r"bad magic number",
                    diagnosis="openssl looks for raw bytes unless it is told that the file is "
                    "base64; -a is missing.",
                    recovery=f"rm -f {there}",
                ),
                Mistake(
                    "hallucination",
                    before=1,
                    command=f"openssl enc -d -aes-256-cbc -pbkdf2 -rounds {source.rounds} -a "
                    f"-pass file:{key} -in {here} | head -n 2",
                    symptom=r"enc: Use -help for summary|Unknown option",
                    diagnosis="openssl has no option -rounds; the number of iterations goes with "
                    "-iter.",
                ),
            ],
        )
