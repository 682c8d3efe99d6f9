"""Take an attachment out of a mail."""

from __future__ import annotations

import base64

from shellwright.recipe import (
    Delivery,
    Draw,
    Mistake,
    Move,
    Pattern,
    Recipe,
    World,
    Wrong,
    do,
    look,
    quoted,
)
from shellwright.recipe.kinds.delivery import has_bytes


class DecodeMailAttachment(Recipe):
    """The archive that is attached to a mail lies in a file of its own."""

    needs = (Pattern.of("delivery", wrapping="mail"),)
    gives = (Pattern.of("archive", origin="received"),)
    tools = ("awk", "base64", "file", "grep", "ls", "tr", "unzip")
    packages = ("file", "unzip")
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Delivery)
        name, stem = source.name, source.name.partition(".")[0]
        target = world.output(draw, [stem, "attachment", f"{stem}-received"], ".zip")
        result = source.archive.at(target)
        here, there = quoted(source.path), quoted(target)
        decode = (
            f"tr -d '\\r' < {here} |\n"
            f'  awk \'/^Content-Disposition:/ {{ wanted = index($0, "filename=\\"{name}\\"") }}\n'
            "       /^--/ { wanted = body = 0 }\n"
            "       body { print }\n"
            f"       wanted && /^$/ {{ body = 1 }}' |\n"
            f"  base64 -d > {there}"
        )
        content = source.archive.content()
        first = source.content.decode().split("base64\r\n\r\n")[1].split("\r\n\r\n")[0]
        return Move(
            focus=result,
            makes=[result],
            request=[
                f"The mail in `{source.path}` has an attachment called `{name}`. Save it as "
                f"`{target}`, exactly as it was before it was attached; the other attachment is "
                "of no interest.",
                f"Take `{name}` out of the message `{source.path}` and put it into `{target}`. "
                "It has to be the decoded attachment, identical to the file that was sent, and "
                "nothing else from the mail.",
                f"Somebody mailed us `{name}`; the raw message is `{source.path}`. I need the "
                f"attachment as a file again, `{target}`, with precisely the bytes that the "
                "sender attached. Ignore whatever else the message carries.",
                f"Can you recover `{name}` from `{source.path}`? That is a message in its raw "
                "form, with more than one thing attached. Only this attachment is wanted, "
                f"decoded, under `{target}`, and its checksum must be that of the sender's copy.",
                f"Attachment to extract: `{name}`. Where from: the mail `{source.path}`. Where "
                f"to: `{target}`. It counts as done if not a single byte differs from what was "
                "originally attached, with no trace of headers, text or the other enclosure.",
            ],
            steps=[
                look(
                    f"file {here}; grep -anE '^(--|Content-)' {here} | tr -d '\\r'",
                    "A raw message; I need to know its parts and how they are encoded.",
                    "List the boundaries and the headers of the parts.",
                ),
                do(
                    decode,
                    f"{name} is the second attachment, in base64. The lines end in CRLF, which "
                    "the decoder would choke on.",
                    "Drop the carriage returns, cut out the body of that part, and decode it.",
                ),
                look(
                    f"file {there}; ls -l {there}; unzip -tq {there}",
                    "Is what came out a sound zip, and does its size fit the mail?",
                    "Check type, size and contents.",
                ),
            ],
            checks=[has_bytes(target, content, f"{target} is the attachment, byte for byte.")],
            wrong=[
                Wrong("the other attachment", path=target, content=base64.b64decode(first)),
                Wrong("still encoded", path=target, content=base64.encodebytes(content)),
            ],
            mistakes=[
                Mistake(
                    "command",
                    before=1,
                    command=f"awk '/{name}/ {{ f = 1 }} f && /^[A-Za-z0-9+\\/=]+.?$/' {here} | "
                    "base64 -d > /dev/null",
                    symptom=r"base64: invalid input",
                    diagnosis="The carriage returns at the line ends are no base64; they have to "
                    "go before decoding.",
                ),
                Mistake(
                    "hallucination",
                    before=1,
                    command=f"base64 --decode-mail {here}",
                    symptom=r"base64: unrecognized option '--decode-mail'",
                    diagnosis="base64 knows nothing of mails; the part has to be cut out first.",
                ),
            ],
        )
