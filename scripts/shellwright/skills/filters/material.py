"""A skill as the filters look at it: its texts with line and heading at hand, bounded in size."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from shellwright.skills.document import Code, Document
from shellwright.skills.filters.called import named_files
from shellwright.skills.filters.inlinecode import blocks_beside, inline_code
from shellwright.skills.filters.innercode import inner_programs
from shellwright.skills.filters.shellpieces import Shell, shell_pieces
from shellwright.skills.filters.text import Text
from shellwright.skills.filters.threats.pipes import code_files
from shellwright.skills.found import FoundSkill
from shellwright.skills.languages import SHELL_CODE, script_language
from shellwright.skills.reading.document import main_file
from shellwright.skills.reading.front import split_front
from shellwright.skills.reading.shellcode import calls
from shellwright.skills.reading.text import decode
from shellwright.skills.reading.tldr import blanks

MAX_TEXT = 120_000
MAX_SCRIPTS = 400_000
_MAX_OTHERS = 1_100_000

_GUARD = re.compile(
    r"\b(?:security|injection|malware|malicious|vulnerab\w*|threats?|(?:skill|code)[ -](?:audit"
    r"|vet)\w*"
    r"|vet(?:s|ter|ting)|\w*guard|red.?flags?|phishing|scams?)\b"
)
_PROTECT = re.compile(
    r"\b(?:detect\w*|scan\w*|audit\w*|check\w*|protect\w*|defen[cds]\w*|prevent\w*|vet\w*"
    r"|harden\w*|guard\w*|block\w*|flag\w*|review\w*|screen\w*|verif\w*|rules?|analy[sz]\w*"
    r"|identif\w*)\b"
)
#: Words in a line or its heading that tell that the matter is spoken of, not asked for.
_WARNING = re.compile(
    r"\b(?:never|don['’]?t|do not|doesn['’]?t|does not|avoid|must not|should not|shouldn['’]?t"
    r"|cannot|can['’]?t|won['’]?t|will not|not allowed|prohibited|forbidden|against|detect\w*"
    r"|block(?:s|ed)|flag(?:s|ged)|warn\w*|malicious|suspicious|attack\w*|threats?|red flags?"
    r"|refus\w*|reject\w*|scam\w*|dangerous|unsafe|risks?|violat\w*|prevent\w*|protect\w*"
    r"|bans?|banned|no|not|without|isn['’]?t|bad|wrong|vulnerab\w*|illegal|beware|mitigat\w*"
    r"|anti-patterns?|if (?:you|someone|a|an|the)|untrusted)\b|[❌🚫⛔✗✘⚠🔴]"
)
#: Where one thought ends and the next one starts.
_CLAUSE = re.compile(r"[.;!?](?:\s|$)|\s[—–-]\s")
_DENIED = re.compile(r"\b(?:prohibited|forbidden|not allowed|not supported|is against|violates)\b")
_ABOUT = re.compile(
    r"\b(?:never|don['’]?ts?|do not|not to|avoid|red flags?|threats?|attack\w*|detect\w*|risks?"
    r"|anti-?patterns?|malicious|danger\w*|suspicious|prohibited|forbidden|limitations?"
    r"|mistakes?|warning\w*|guardrails?|security|vulnerab\w*|injection|disclaimer|ethic\w*"
    r"|blocked|limits?|safety|refus\w*|rules|examples? of|when not to|not for)\b|[❌🚫⛔🔴]"
)
_REMARK = re.compile(r"(?:^|\s)#([^\n]{1,2000})")
_NAME = re.compile(r"(?<![\w${])[A-Za-z_]\w{0,79}")
_EXAMPLE_FOLDER = re.compile(r"(?:^|/)(?:tests?|test-fixtures|fixtures|__tests__|samples?)/")


@dataclass(frozen=True)
class Material:
    """A skill and what the filters ask about it. `page` tells that it is made from one page."""

    found: FoundSkill
    document: Document

    @cached_property
    def page(self) -> bool:
        """Whether this is a page about a program and not a skill's folder."""
        names = [file.path.rpartition("/")[2].lower() for file in self.found.files]
        return len(names) == 1 and names[0] != "skill.md"

    @cached_property
    def head(self) -> str:
        """What the skill says it is for: name, title and description, in lower case."""
        document = self.document
        name = document.name.replace("-", " ")
        return f"{name}\n{document.title}\n{document.description}".lower()

    @cached_property
    def text(self) -> Text:
        """The skill's description and body."""
        return Text(self._whole_text[:MAX_TEXT])

    @cached_property
    def cut(self) -> str:
        """What there is more of than is looked at here: the text, a script or another file."""
        if self.document.cut:
            return self.document.cut
        if len(self._whole_text) > MAX_TEXT:
            return "SKILL.md"
        for looked, all_ in (
            (self.script_codes, [code.heading for code in self._own_scripts]),
            (self.others, [path for path, _ in self._own_texts]),
        ):
            if len(looked) < len(all_):
                return all_[len(looked)]
        left = (path for path in self.left if script_language(path) and not self._foreign(path))
        return next(left, "")

    @property
    def subject(self) -> str:
        """The program that a page is about."""
        return self.document.title.partition(" ")[0]

    @property
    def crowded(self) -> str:
        """The text that a rule gave up on so far, or nothing."""
        for text in (self.text, self.front, *self.scripts, *self.others):
            if text.crowded:
                return text.script or "SKILL.md"
        return ""

    @cached_property
    def left(self) -> tuple[str, ...]:
        """The files of the skill that were not read, by their paths in it."""
        return tuple(path.removeprefix(self._folder) for path in self.found.left)

    @cached_property
    def texts(self) -> tuple[str, ...]:
        """The files of the skill that were read, scripts and texts alike, by their paths in it."""
        return tuple(file.path.removeprefix(self._folder) for file in self.found.files)

    @property
    def _folder(self) -> str:
        return self.found.path.rstrip("/") + "/"

    @property
    def _whole_text(self) -> str:
        body = self.document.body
        # The name of a program is no heading that its examples stand under.
        body = body.removeprefix("# ") if self.page else body
        return f"{self.document.description}\n\n{body}"

    @cached_property
    def blanks(self) -> frozenset[str]:
        """What a page leaves to its reader to fill in."""
        return blanks(self.text.original) if self.page else frozenset()

    @cached_property
    def front(self) -> Text:
        """What the front matter holds, as one line each, and its comments."""
        source = main_file(self.found)
        raw, _, _ = split_front(decode(source.content)[0]) if source else (None, "", ())
        return Text("\n".join((*_leaves(self.document.front), *_REMARK.findall(raw or ""))))

    @cached_property
    def scripts(self) -> tuple[Text, ...]:
        """The scripts beside the text, without tests and what belongs to a skill within."""
        return tuple(Text(code.text, code.heading, code.language) for code in self.script_codes)

    @cached_property
    def script_codes(self) -> tuple[Code, ...]:
        """The code of the scripts, within the limit on their size."""
        kept: list[Code] = []
        size = 0
        for code in self._own_scripts:
            size += len(code.text)
            if size > MAX_SCRIPTS:
                break
            kept.append(code)
        return tuple(kept)

    @cached_property
    def _own_scripts(self) -> tuple[Code, ...]:
        return tuple(
            code for code in self.document.code if code.script and not self._foreign(code.heading)
        )

    @cached_property
    def programs(self) -> tuple[Code, ...]:
        """The skill's pieces of code, with those in the texts beside it and within its shell
        code."""
        blocks = (code for code in self.document.code if not code.script)
        shown = () if self.page else self._beside_blocks
        return (*blocks, *self.script_codes, *shown, *inner_programs(self.shell))

    @cached_property
    def python(self) -> tuple[Code, ...]:
        """Those of them that are in Python."""
        return tuple(code for code in self.programs if code.language == "python")

    @cached_property
    def _beside_blocks(self) -> tuple[Code, ...]:
        return tuple(code for text in self.beside for code in blocks_beside(text))

    @cached_property
    def shell(self) -> tuple[Shell, ...]:
        """The skill's pieces of shell code, also those within its prose, and what its Python has a
        shell do."""
        blocks = [code for code in self.document.code if not code.script]
        if self.page:
            return shell_pieces((*blocks, *self.script_codes))
        inline = [code for text in (self.text, *self.beside) for code in inline_code(text)]
        return shell_pieces((*blocks, *self.script_codes, *inline, *self._beside_blocks))

    @cached_property
    def values(self) -> Mapping[str, tuple[str, ...]]:
        """What all of its shell code gives its variables."""
        found: dict[str, tuple[str, ...]] = {}
        for piece in self.shell:
            for name, words in piece.values.items():
                found[name] = tuple(dict.fromkeys((*found.get(name, ()), *words)))
        return found

    @cached_property
    def named(self) -> frozenset[str]:
        """The words of the skill's text and scripts, but for those that only stand as `$NAME`:
        whatever is given a value is among them."""
        texts = (self.text, self.front, *self.scripts)
        return frozenset(name for text in texts for name in _NAME.findall(text.original))

    @cached_property
    def others(self) -> tuple[Text, ...]:
        """Further texts beside the skill's own."""
        kept: list[Text] = []
        size = 0
        for path, content in self._own_texts:
            size += len(content)
            if size > _MAX_OTHERS:
                break
            kept.append(Text(content.decode("utf-8", "replace"), path))
        return tuple(kept)

    @cached_property
    def beside(self) -> tuple[Text, ...]:
        """These texts, read as prose: quotation marks and headings tell what is only spoken of."""
        return tuple(Text(text.original, crowded=text.crowded) for text in self.others)

    @cached_property
    def _own_texts(self) -> tuple[tuple[str, bytes], ...]:
        kept: list[tuple[str, bytes]] = []
        for file in self.found.files:
            path = file.path.removeprefix(self.found.path.rstrip("/") + "/")
            last = path.rpartition("/")[2].lower()
            if last.endswith((".md", ".txt")) and last != "skill.md" and not self._foreign(path):
                kept.append((path, file.content))
        return tuple(kept)

    @cached_property
    def guards(self) -> bool:
        """Whether the skill's purpose is to find or ward off what is unsafe."""
        if self.page:
            return False
        return bool(_GUARD.search(self.head) and _PROTECT.search(self.head))

    def mentioned(self, text: Text, start: int, end: int) -> bool:
        """Whether a match is only spoken of: in a warning, in quotes, in a guard's patterns."""
        if self.guards:
            return True
        first, last = text.line(start)
        before, after = text.lower[max(first, start - 120) : start], text.lower[end:last][:80]
        clause = _CLAUSE.split(before)[-1]
        # A quotation mark that is open where the match starts.
        quoted = before.count('"') % 2 == 1 or before.count("“") > before.count("”")
        return bool(
            (quoted and not text.script)
            or _WARNING.search(clause)
            or after.startswith((" attempt", " attack", " pattern"))
            or _DENIED.search(after)
            or _ABOUT.search(text.heading(start))
        )

    @cached_property
    def _inner(self) -> tuple[str, ...]:
        """The folders of other skills that lie within this one."""
        own = self.found.path.rstrip("/") + "/"
        folders = (
            file.path.removeprefix(own).rpartition("/")[0] + "/"
            for file in self.found.files
            if file.path.rpartition("/")[2].lower() == "skill.md"
        )
        return tuple(folder for folder in folders if folder != "/")

    def _foreign(self, path: str) -> bool:
        """Whether a file is none of the skill's own: a test, a sample or of a skill within, unless
        the skill itself names it."""
        return self._apart(path) and path not in self._named

    def _apart(self, path: str) -> bool:
        return path.startswith(self._inner) or _EXAMPLE_FOLDER.search(path.lower()) is not None

    @cached_property
    def _named(self) -> frozenset[str]:
        """The tests, samples and files of skills within that the skill's text and scripts name."""
        folder = self.found.path.rstrip("/") + "/"
        contents = {file.path.removeprefix(folder): file.content for file in self.found.files}
        apart = {
            path: content.decode("utf-8", "replace")
            for path, content in contents.items()
            if self._apart(path)
        }
        if not apart:
            return frozenset()
        codes = [
            code for code in self.document.code if not (code.script and self._apart(code.heading))
        ]
        run = (
            word.removeprefix("./")
            for code in codes
            if code.language in SHELL_CODE
            for call in calls(code.text)
            for word in code_files(call)
        )
        texts = (self.text.original, *(code.text for code in codes if code.script))
        own = frozenset(path for path in contents if path not in apart)
        return named_files(apart, own, texts, frozenset(run))


def _leaves(value: object, depth: int = 0) -> Iterator[str]:
    if depth > 12:
        return
    if isinstance(value, str):
        yield " ".join(value.split())
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _leaves(inner, depth + 1)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from _leaves(inner, depth + 1)
