"""Outputs with other values and the same names: keys, first lines, tags, all that makes the form.

Tests that look at the form alone, as the number of lines, a header or the keys of an object, take
no notice of them. In one or two lines without names every word is a value.
"""

import json
import re
from collections.abc import Callable, Iterator

from shellwright.verify.mutants import OPPOSITES, OTHERS, WORD

MOST_TEXT = 1 << 20
Span = tuple[int, int]

JSON_TOKEN = re.compile(rb'"((?:\\.|[^"\\])*)"(\s*:)?|-?\d[\d.eE+-]*|true|false')
UNESCAPED = re.compile(rb"(?:\\u[0-9a-fA-F]{4}|\\.)|([^\\]+)")
DIGITS = re.compile(rb"\d+")
EXPONENT = re.compile(rb"\d[eE]")
MARKUP = re.compile(rb'>([^<>]+)<|="([^"<>]*)"')
SEPARATORS = (b"\t", b",", b";", b"|")
#: A line with a name and a value, and lines that have neither.
NAMED = re.compile(rb"\s*(?:[-*] +)?[\"']?[A-Za-z_][\w .()/%-]{0,60}?[\"']?\s*[:=]\s*(\S.*)")
NEITHER = re.compile(rb"\s*(?:[\[#].*)?")

TOKEN = re.compile(
    rb"(?P<date>\b\d{4}-\d\d-\d\d(?!\d))|(?P<clock>\b\d{1,2}:\d\d(?!\d))|"
    rb"(?P<dotted>\b\d+(?:\.\d+){2,})|(?P<number>(?<![\w.])\d{1,30}(?:\.\d{1,30})?(?![\w.]))|"
    rb"(?P<word>[A-Za-z0-9]+)"
)
HEXADECIMAL = re.compile(rb"(?=[a-f]*[0-9])(?=[0-9]*[a-f])[0-9a-f]{8,}")


def revalued(content: bytes) -> bytes:
    """The content with another letter or digit in place of each of its values."""
    return replaced(content, lambda value: WORD.sub(lambda word: other(word[0]), value))


def shifted(content: bytes) -> bytes:
    """The content with values that still look right: numbers are halved, words end in another
    letter, dates are of another year. So most of their order stays.
    """
    return replaced(content, lambda value: TOKEN.sub(near, value))


def revalued_once(content: bytes) -> bytes:
    """The content with the first character changed of the last word or number of its values."""
    found = [
        (begin + word.start(), word[0])
        for begin, end in values(content)
        for word in WORD.finditer(content[begin:end])
    ]
    if not found:
        return content
    place, word = next((each for each in reversed(found) if DIGITS.search(each[1])), found[-1])
    if word in OPPOSITES:
        return content[:place] + other(word) + content[place + len(word) :]
    return content[:place] + word[:1].translate(OTHERS) + content[place + 1 :]


def replaced(content: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """The content with each of its values changed."""
    parts, last = [], 0
    for begin, end in values(content):
        parts += [content[last:begin], change(content[begin:end])]
        last = end
    return b"".join([*parts, content[last:]])


def values(content: bytes) -> Iterator[Span]:
    """Where the values of a text are, in their order; none in what is no text, or a long one."""
    if len(content) > MOST_TEXT or not is_text(content):
        return
    lines = [line for line in content.split(b"\n") if line.strip()]
    if is_json(content) or (lines and all(map(is_record, lines))):
        yield from json_values(content)
    elif content.lstrip()[:1] == b"<" and content.rstrip()[-1:] == b">":
        yield from (found.span(found.lastindex or 0) for found in MARKUP.finditer(content))
    elif is_table(lines) or (len(lines) > 2 and not is_named(lines)):
        # The first line may be a header, or all that tests look at.
        yield content.index(lines[0]) + len(lines[0]), len(content)
    elif is_named(lines):
        yield from named_values(content)
    else:
        yield 0, len(content)


def is_text(content: bytes) -> bool:
    """Whether a content is text."""
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return b"\0" not in content


def is_json(content: bytes) -> bool:
    """Whether a content is one object or array of JSON."""
    if content.lstrip()[:1] not in (b"{", b"["):
        return False
    try:
        json.loads(content)
    except (ValueError, RecursionError):
        return False
    return True


def is_record(line: bytes) -> bool:
    """Whether a line is a JSON object."""
    return line.lstrip()[:1] == b"{" and is_json(line)


def json_values(content: bytes) -> Iterator[Span]:
    """The texts (without escapes), numbers and truth values of JSON that are no keys."""
    for token in JSON_TOKEN.finditer(content):
        if token[1] is None and EXPONENT.search(token[0]):
            yield from (found.span() for found in DIGITS.finditer(content, *token.span()))
        elif token[1] is None:
            yield token.span()
        elif token[2] is None:
            parts = UNESCAPED.finditer(content, *token.span(1))
            yield from (part.span() for part in parts if part[1] is not None)


def is_table(lines: list[bytes]) -> bool:
    """Whether there are several lines, and all have as many separators of one kind as the first."""
    return len(lines) > 1 and any(
        lines[0].count(separator) > 0
        and all(line.count(separator) == lines[0].count(separator) for line in lines)
        for separator in SEPARATORS
    )


def is_named(lines: list[bytes]) -> bool:
    """Whether most lines, without comments and titles, have a name and a value."""
    lines = [line for line in lines if not NEITHER.fullmatch(line)]
    return sum(NAMED.fullmatch(line) is not None for line in lines) * 2 > len(lines)


def named_values(content: bytes) -> Iterator[Span]:
    """What stands behind the names of lines, and lines without any."""
    begin = 0
    for line in content.split(b"\n"):
        found = NAMED.fullmatch(line)
        if found:
            yield begin + found.start(1), begin + found.end(1)
        elif not NEITHER.fullmatch(line):
            yield begin, begin + len(line)
        begin += len(line) + 1


def other(word: bytes) -> bytes:
    """A word with another letter or digit in place of each, or the opposite truth value."""
    return OPPOSITES.get(word) or word.translate(OTHERS)


def near(token: re.Match[bytes]) -> bytes:
    """What may stand in the place of a token and be of its kind."""
    text = token[0]
    match token.lastgroup:
        case "date":
            year = int(text[:4])
            return b"%04d" % (year + 4 if year < 9996 else year - 4) + text[4:]
        case "number":
            return halved(text)
        case "clock" | "dotted":
            return text[:-1] + bytes([text[-1] ^ 1])  # 0 and 1, 2 and 3, ..., 8 and 9
    if text in OPPOSITES or HEXADECIMAL.fullmatch(text):
        return other(text)
    return text[:-1] + (text[-1:].translate(OTHERS) if text[-1:] in b"9zZ" else after(text[-1]))


def after(letter: int) -> bytes:
    """The next letter or digit."""
    return bytes([letter + 1])


def halved(text: bytes) -> bytes:
    """Half of a number, as many digits wide; 0 and 1 stay.

    Of a fraction of 1, which may be held against a tolerance, one that is a quarter away at least.
    """
    whole, _, decimals = text.partition(b".")
    if not decimals:
        number = int(whole)
        return (b"%d" % (number // 2 if number > 1 else number)).zfill(
            len(whole) if whole[:1] == b"0" else 0
        )
    scale = 10 ** len(decimals)
    number = int(whole) * scale + int(decimals)
    number = (scale + number) // 2 if number * 2 < scale else number // 2
    return b"%d.%0*d" % (number // scale, len(decimals), number % scale)
