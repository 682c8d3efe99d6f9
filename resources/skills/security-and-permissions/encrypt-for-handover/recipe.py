"""Encrypt a table or log under a passphrase."""

from __future__ import annotations

from shellwright.recipe import (
    Draw,
    Log,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Sealed,
    Table,
    Unsuitable,
    World,
    Wrong,
    do,
    look,
    quoted,
)
from shellwright.recipe.kinds.sealed import drawn_passphrase, passphrase_file


class EncryptForHandover(Recipe):
    """An encrypted copy of a table or log lies in the outbox; the original stays."""

    needs = (
        Pattern.of("table", condition="clean"),
        Pattern.of("log", format=("service", "access"), storage="plain"),
    )
    gives = (Pattern.of("sealed", direction="outgoing"),)
    tools = ("cmp", "head", "ls", "openssl", "wc")
    packages = ("openssl",)

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table | Log)
        if not source.entries()[0].content:
            raise Unsuitable("there is nothing to encrypt")
        suffix = f".{source.path.rpartition('.')[2]}.enc"
        target = world.output(draw, ["confidential", "handover", f"for-{world.theme.key}"], suffix)
        secret = world.input(draw, ["handover-passphrase", "shared-secret"], ".txt")
        result = Sealed(
            path=target,
            noun=f"encrypted {source.noun}",
            payload=source,
            passphrase=drawn_passphrase(draw),
            passphrase_path=secret,
            rounds=draw.choice([15_000, 30_000, 40_000, 60_000]),
            direction="outgoing",
        )
        here, there, options = quoted(source.path), quoted(target), result.options()
        other = options.replace(f"-iter {result.rounds}", "-iter 10000")
        return Move(
            focus=result,
            makes=[result],
            brings=[passphrase_file(secret, result.passphrase)],
            request=[
                f"Encrypt `{source.path}` for the hand-over and write it to `{target}`, in the "
                "salted format of OpenSSL, as base64 text: AES-256 in CBC mode, the key derived "
                f"by PBKDF2 with SHA-256 and `{result.rounds}` iterations from the passphrase in "
                f"the first line of `{secret}`. It must decrypt to the same bytes.",
                f"`{source.path}` is confidential, so what we send is `{target}`: the file, byte "
                "for byte, encrypted with AES-256-CBC the way OpenSSL stores salted files and "
                f"written in base64. The passphrase is the first line of `{secret}`; derive the "
                f"key from it through PBKDF2, SHA-256, `{result.rounds}` iterations.",
                f"`{target}` is accepted if the receiver can turn it back into `{source.path}` "
                "without a byte of difference. They expect AES-256-CBC in OpenSSL's salted "
                "layout, encoded as base64, and a key that PBKDF2 makes with SHA-256 in "
                f"`{result.rounds}` iterations. The passphrase that was agreed on is line one of "
                f"`{secret}`; whatever follows in that file is no part of it.",
                f"Could you prepare an encrypted copy of `{source.path}` for sending? It is to "
                f"be called `{target}`. Cipher: AES with 256 bits, CBC. Key: PBKDF2 on SHA-256, "
                f"`{result.rounds}` rounds, fed with the top line (only that one) of `{secret}`. "
                "Container: the salted one that OpenSSL uses, put into base64 so that it "
                "travels as text. Decrypted, it has to be the original again.",
                f"Needed: `{target}`. Content: `{source.path}`, unreadable to anybody who lacks "
                "the passphrase, and unaltered once decrypted. Parameters on the receiving "
                "side: OpenSSL format with salt, base64 on the outside, AES-256-CBC inside, "
                f"PBKDF2 (SHA-256) at `{result.rounds}` iterations. Take the passphrase from "
                f"`{secret}`, first line only.",
            ],
            steps=[
                look(
                    f"ls -l {here} {quoted(secret)}; wc -l {quoted(secret)}; openssl version",
                    f"{source.path} has to leave encrypted. The receiver needs exactly the agreed "
                    "parameters, none of which the file itself will state.",
                    "Look at the files and at the version of OpenSSL.",
                ),
                do(
                    f"openssl enc -e {options} -salt \\\n  -in {here} -out {there}",
                    f"{secret} has a second line that is no part of the passphrase; reading it by "
                    "file: takes the first line only.",
                    f"Encrypt with every parameter spelt out, {result.rounds} iterations included.",
                ),
                look(
                    f"head -n 2 {there}; openssl enc -d {options} -in {there} | "
                    f"cmp - {here} && echo same",
                    f"The receiver has to get the bytes of {source.path} out of it.",
                    "Look at the first lines and decrypt it again for a comparison.",
                ),
            ],
            wrong=[
                Wrong(
                    "the default number of iterations",
                    command=f"openssl enc -e {other} -in {here} -out {there}",
                ),
                Wrong(
                    "raw bytes instead of base64",
                    command=f"openssl enc -e {options.replace(' -a ', ' ')} -in {here} "
                    f"-out {there}",
                ),
                Wrong(
                    "no salt",
                    command=f"openssl enc -e {options} -nosalt -in {here} -out {there}",
                ),
                Wrong("only base64, not encrypted", command=f"base64 {here} > {there}"),
            ],
            mistakes=[
                Mistake(
                    "command",
                    before=1,
                    command=f"openssl enc -aes256-cbc -pbkdf2 -a -in {here} -out {there}",
                    symptom=r"Unknown option or cipher: aes256-cbc|Unknown cipher|"
                    r"Unrecognized flag",
                    diagnosis="The cipher is called aes-256-cbc, with both hyphens.",
                    recovery=f"rm -f {there}",
                ),
                Mistake(
                    "hallucination",
                    before=1,
                    command=f"openssl enc -aes-256-cbc -pbkdf2 -passfile {quoted(secret)} -a "
                    f"-in {here} -out {there}",
                    symptom=r"enc: Use -help for summary|Unknown option",
                    diagnosis="There is no such option; a passphrase file is given as -pass "
                    "file:NAME.",
                    recovery=f"rm -f {there}",
                ),
            ],
        )
