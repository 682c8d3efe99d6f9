"""The literals of a text: what a reader would type rather than paraphrase."""

import re

_PATH = re.compile(
    r"(?<![\w/.~<])(?:~|\.{1,2}|\$\w+)?/[\w.@%+*?{}\[\]<>=:-]*(?:/[\w.@%+*?<>=:-]*)*"
)
_FILE = re.compile(
    r"(?<![\w/.@*?+-])(?:[\w*?+-][\w.*?+-]*(?:/[\w.*?+-]+)*)?\.[A-Za-z]\w{0,9}(?!\w)"
)
_ABBREVIATION = re.compile(r"(?:[A-Za-z]\.)*[A-Za-z]\.[A-Za-z]|etc\.\w*", re.IGNORECASE)
_NUMBER = re.compile(r"(?:(?<![\w.)])-)?\d+(?:[.,:/-]\d+)*")
_LIST_MARK = re.compile(r"^[ \t]*\d{1,2}[.)][ \t]", re.MULTILINE)
_IDENTIFIER = re.compile(r"\$\{?\w+|\b(?=\w*[A-Za-z])\w+_\w+\b|\b[a-z]+[A-Z]\w*\b")
_ADDRESS = re.compile(
    r"\b[a-z][a-z0-9+.-]{0,20}://\S+|\b[\w.+-]{1,64}@[\w-]+\.[\w.-]+", re.IGNORECASE
)
_CODE = re.compile(r"`([^`\n]+)`")
_QUOTED = re.compile(r'"([^"\n]{1,80})"|“([^”\n]{1,80})”')
_NUMBER_WORD = re.compile(
    r"\b(two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|"
    r"fifty|sixty|hundred|thousand|million|dozen)\b",
    re.IGNORECASE,
)
_DIGITS = {
    "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8",
    "nine": "9", "ten": "10", "eleven": "11", "twelve": "12", "fifteen": "15", "twenty": "20",
    "thirty": "30", "forty": "40", "fifty": "50", "sixty": "60", "dozen": "12",
}  # fmt: skip
_MARKS = (("`", "`"), ('"', '"'), ("'", "'"), ("“", "”"), ("‘", "’"))
_END_MARKS = ".,:;?!"
_SEPARATORS = re.compile(r"[/-]")


def paths(text: str) -> set[str]:
    """Return the paths that begin at a root (`/`, `~/`, `./`, `$HOME/`), without a final slash.

    A slash alone is none: people write one between two words.
    """
    found = (match.group().rstrip(_END_MARKS).rstrip("/") for match in _PATH.finditer(text))
    return {path for path in found if path}


def files(text: str) -> set[str]:
    """Return the names with an ending (`a.csv`, `sub/a.csv`) and bare endings (`.csv`)."""
    found = (match.group() for match in _FILE.finditer(text))
    return {name for name in found if not _ABBREVIATION.fullmatch(name)}


def numbers(text: str) -> set[str]:
    """Return the numbers, dates and times as they are written; the marks of a list are none."""
    return {match.group() for match in _NUMBER.finditer(_LIST_MARK.sub("", text))}


def number_words(text: str) -> set[str]:
    """Return the spelled-out numbers from two on, in lower case."""
    return {match.group().lower() for match in _NUMBER_WORD.finditer(text)}


def new_paths(original: str, text: str) -> set[str]:
    """Return the paths of `text` that `original` does not have."""
    return paths(text) - paths(original)


def new_files(original: str, text: str) -> set[str]:
    """Return the file names of `text` that are no name, part or ending of one in `original`."""
    known = files(original) | paths(original)
    return {
        name
        for name in files(text)
        if not any(
            each == name
            or each.endswith("/" + name)
            or (name.startswith(".") and each.endswith(name))
            for each in known
        )
    }


def new_numbers(original: str, text: str) -> set[str]:
    """Return the numbers of `text`, in digits or words, that `original` does not state."""
    stated = numbers(original)
    known = stated | {part for number in stated for part in _SEPARATORS.split(number)}
    words = {word for word in number_words(text) if _DIGITS.get(word) not in known}
    return (numbers(text) - known) | (words - number_words(original))


def new_names(original: str, text: str) -> set[str]:
    """Return identifiers (`snake_case`, `camelCase`, `$VARIABLE`) and addresses that are new."""
    found = {each.group() for regex in (_IDENTIFIER, _ADDRESS) for each in regex.finditer(text)}
    return {name for name in found if name.rstrip(_END_MARKS) not in original}


def new_quotations(original: str, text: str) -> set[str]:
    """Return what stands in backticks or double quotes in `text` and nowhere in `original`."""
    found = {match.group(1) for match in _CODE.finditer(text)}
    new = {each for each in found if each not in original}
    folded = original.casefold()
    for match in _QUOTED.finditer(text):
        inner = (match.group(1) or match.group(2)).strip(_END_MARKS + " ")
        if inner.casefold() not in folded:
            new.add(inner)
    return new


def stands(fact: str, text: str, original: str) -> bool:
    """Return whether `fact` stands in `text` by itself, not as a part of something longer.

    Where not even `original` has it by itself, anywhere will do. A fact that could be an ordinary
    word, or that has no letter or digit, must be marked (backticks or quotes) if `original` marks
    it: `count` as a column is not stated by a sentence in which somebody counts.
    """
    if (fact.isalpha() or not any(c.isalnum() for c in fact)) and f"`{fact}`" in original:
        return any(left + fact + right in text for left, right in _MARKS)
    if not _stands_alone(fact, original):
        return fact in text
    return _stands_alone(fact, text)


def _stands_alone(fact: str, text: str) -> bool:
    """Return whether `fact` is all that stands between two backticks, or is bare in the prose."""
    if f"`{fact}`" in text:
        return True
    return bool(_alone(fact).search(_CODE.sub("` `", text)))


def _alone(fact: str) -> re.Pattern[str]:
    before = after = ""
    if fact[0].isdigit():
        before = r"(?<!\w)(?<!\d[.,:/-])(?<!-)"
    elif fact[0].isalnum() or fact[0] == "_":
        before = r"(?<!\w)"
    elif fact[0] in "/.~":
        before = r"(?<![\w.~/])"
    if fact[-1].isdigit():
        after = r"(?!\w)(?![.,:/-]\d)"
    elif fact[-1].isalnum() or fact[-1] == "_":
        after = r"(?!\w)"
    if "/" in fact or "." in fact:
        after += r"(?![./-]\w)"
    return re.compile(before + re.escape(fact) + after)
