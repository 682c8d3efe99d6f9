"""Whether answers lie where a search for their text finds them: in files, image, instruction."""

import fnmatch
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from pathlib import PurePosixPath

from shellwright.verify.case import Case
from shellwright.verify.compressed import Budget, unpacked
from shellwright.verify.fixture import FIXTURE, in_container, members
from shellwright.verify.lint_bundle import MOST_COPIES, copies
from shellwright.verify.lint_grading import WRITES
from shellwright.verify.named import DEFAULT_FOLDER

# Shorter contents coincide by chance, or are what the instruction must state.
LEAKED_BYTES = 24  # with the final newline
LEAKED_TEXT = 80
LEAKED_LINES = 3
MOST_LEAK = 1 << 20
MOST_ANSWERS = 100
MOST_WRITTEN = 1 << 16  # bytes of an answer in a recipe or a variable
#: Answers of a bundle by their content, without its last newlines; with a name for each.
Answers = Mapping[bytes, str]
EXPECTED = re.compile(r"tests/expected/|tests/.*(?:expected|answer|golden)[^/]*$", re.IGNORECASE)
CODE = (".py", ".sh")
ESCAPE = re.compile(r"\\[nrt]")
#: The name of files with a part that varies, such as a pattern or a variable, and its last suffix.
SEVERAL = re.compile(
    r"(?<![\w.*?$\[\]{},-])[\w.*?$\[\]{},-]{0,80}[*?}$][\w.\]-]{0,40}\.\w{1,9}(?![\w*?])"
)
VARIES = re.compile(r"\$\w+|\$?\{[^{}]*\}")
AFTER = re.compile(r"/[^\s;|&()<>\"'`]*")
APART = re.compile(r"[\s;|&()<>`=:,]")
MOST_FOLDER = 300  # characters of it before a name
MOST_PLACES = 1000  # of a name in a solution


def plain(content: bytes) -> bytes:
    """The content with a system's ends of lines, and without the last ones."""
    return content.replace(b"\r\n", b"\n").rstrip(b"\n")


def answers_in(contents: Mapping[str, bytes]) -> dict[bytes, str]:
    """Which of these contents, by name, are answers that no chance brings about."""
    large = [
        (text, name)
        for name, text in ((name, plain(content)) for name, content in contents.items())
        if len(text) + 1 >= LEAKED_BYTES
    ]
    return dict(large[:MOST_ANSWERS])


def expected(case: Case) -> dict[bytes, str]:
    """The answers that tests have in files."""
    files = {
        path.removeprefix("tests/expected/"): content
        for path, (_, content) in case.below("tests").items()
        if EXPECTED.match(path) and (path.startswith("tests/expected/") or path[-3:] not in CODE)
    }
    return answers_in(files)


def is_long(answer: bytes) -> bool:
    """Whether an answer is long enough to be known again inside of a longer text."""
    return len(answer) >= LEAKED_TEXT or answer.count(b"\n") + 1 >= LEAKED_LINES


def held(content: bytes, answers: Answers, budget: Budget) -> tuple[str, bool]:
    """The answer that a file is, or has as a block of lines, and whether it is that alone.

    It may be compressed.
    """
    if not answers:
        return "", False
    text = plain(unpacked(content, budget))
    if text in answers:
        return answers[text], True
    if len(text) > MOST_LEAK:
        return "", False
    framed = b"\n" + bare(text) + b"\n"
    for answer, name in answers.items():
        block = bare_answer(answer) if len(answer) <= MOST_LEAK else b""
        if len(block) + 1 >= LEAKED_BYTES and is_long(block) and b"\n" + block + b"\n" in framed:
            return name, False
    return "", False


def bare(content: bytes) -> bytes:
    """The lines of a content without what is blank around them; so are those of an archive's files.

    A tar fills up with zeros before and behind each file.
    """
    return b"\n".join(map(bytes.strip, content.replace(b"\0", b"\n").split(b"\n"))).strip(b"\n")


@lru_cache(maxsize=MOST_ANSWERS)
def bare_answer(content: bytes) -> bytes:
    """The same of an answer, which every file is held against."""
    return bare(content)


def given(case: Case, answers: Answers, made: Iterable[str] = ()) -> Iterator[tuple[str, str]]:
    """Where an environment gives answers away that the oracle does not look for: file, message.

    What a file of the fixture gives is told by `given_in_fixture`.
    """
    budget = Budget()
    for path, content in context(case):
        answer, whole = held(content, answers, budget)
        names = names_in_image(case, path) if answer else []
        if names and not any(looks_for(case, name, made) for name in names):
            yield path, f"{path} {'is' if whole else 'has'} {answer}"
    docker = "environment/Dockerfile"
    lines = (line for line in case.text(docker).split("\n") if not line.lstrip().startswith("#"))
    if answer := written("\n".join(lines), answers):
        yield docker, f"it states {answer}"


def given_in_fixture(case: Case, outputs: Mapping[str, bytes]) -> Iterator[str]:
    """What input files have of what a solution has delivered (by path).

    Of a file that the oracle reads, that is the task; and what was there already is no answer.
    """
    answers = answers_in(outputs)
    found: list[tuple[str, str, bool]] = []
    budget = Budget()
    for member, archive in members(case.fixture):
        file = archive.extractfile(member) if member.isreg() and member.size <= MOST_LEAK else None
        if file:
            name = in_container(member.name)
            path, whole = held(file.read(), answers, budget)
            found.append((name, path, whole))
    there = {path for name, path, whole in found if whole and name == path}
    for name, path, whole in found:
        if path and name != path and path not in there and not looks_for(case, name, outputs):
            yield f"{name} already {'is' if whole else 'has'} what the oracle makes of {path}"


def given_away(case: Case, outputs: Mapping[str, bytes]) -> str:
    """How a task gives away what its oracle has delivered (by path), with the rule, or "".

    Where a bundle's tests have the answers in their code, this is known when it has run.
    """
    leaks = [*given_in_fixture(case, outputs)]
    made = {
        content: f"what the oracle makes of {name}"
        for content, name in answers_in(outputs).items()
        if not any(
            plain(c) == content and name in names_in_image(case, p) for p, c in context(case)
        )
    }
    leaks += [message for _, message in given(case, made, outputs)]
    if leaks:
        return f"answer-in-image: {leaks[0]}"
    text, solution = squeezed(case.text("instruction.md")), case.text("solution/solve.sh")
    for content, name in made.items():
        answer = content.decode("utf-8", "replace")
        lines = [squeezed(line) for line in answer.split("\n") if line.strip()]
        # What the oracle has word for word was meant to be told; what it works out was not.
        if is_long(content) and squeezed(answer) in text and not all(x in solution for x in lines):
            return f"answer-in-instruction: it states {name}"
    return ""


def written(text: str, answers: Answers) -> str:
    """The answer whose words a text has in their order, whatever stands between them, or ""."""
    own = words(text)
    for content, name in answers.items():
        if not is_long(content) or len(content) > MOST_WRITTEN:
            continue
        wanted = words(content.decode("utf-8", "replace"))
        if len(wanted) >= LEAKED_BYTES and wanted in own:
            return name
    return ""


def words(text: str) -> str:
    """The words of a text, each between single spaces."""
    return " ".join(["", *re.findall(r"\w+", ESCAPE.sub(" ", text)), ""])


def context(case: Case) -> Iterator[tuple[str, bytes]]:
    """The files that an image may be built from, but the fixture, with their contents."""
    for path, (_, content) in case.below("environment").items():
        if path != FIXTURE:
            yield path, content


def names_in_image(case: Case, path: str) -> list[str]:
    """The paths that a file of the build context may have in the image; none if it is not there."""
    own = path.removeprefix("environment/")
    as_source = [own, *map(str, PurePosixPath(own).parents)]
    made = [words for _, words in copies(case.text("environment/Dockerfile"))]
    names = []
    for *sources, target in filter(None, made[:MOST_COPIES]):
        if any(
            fnmatch.filter(as_source, source.removeprefix("./").strip("/") or ".")
            for source in sources
        ):
            last = PurePosixPath(own).name
            names += ["/app/" + own, target + last if target.endswith("/") else target]
    return names


def looks_for(case: Case, path: str, made: Iterable[str] = ()) -> bool:
    """Whether the oracle names a file. made: what it delivers, besides what its author says."""
    outputs = (*case.deliverables, *made)
    return mentions(case.text("solution/solve.sh"), path, outputs, case.folder or DEFAULT_FOLDER)


def mentions(
    solution: str, path: str, made: Iterable[str] = (), work: str = DEFAULT_FOLDER
) -> bool:
    """Whether a solution names a file, or all of a folder above it that is no root of the world.

    It may name it by a pattern; if it tells no folder, the pattern is taken for one of any folder.

    The bare name will do, unless something that is made has it as well: one of made, or what the
    solution writes to. Then it takes its folder, or none where the folder is that of the work.
    """
    pure = PurePosixPath(path)
    reads, written_to = read_and_written(solution)
    outputs = [PurePosixPath(name) for name in (*written_to, *made)]
    names = {output.name for output in outputs}
    for name, others in ((pure.name, names), (pure.stem, names | {o.stem for o in outputs})):
        word = re.compile(rf"(?<![\w-]){re.escape(name)}(?![\w-])")
        if name not in others and word.search(solution):
            return True
        places = islice(word.finditer(reads), MOST_PLACES)
        if any(is_in(reads[: found.start()], pure.parent, work) for found in places):
            return True
    for before, pattern in patterns(reads):
        if fnmatch.fnmatchcase(pure.name, pattern) and is_in(before, pure.parent, str(pure.parent)):
            return True
    for folder in list(pure.parents)[:-2]:
        inner = pure.relative_to(folder).parts
        word = re.compile(rf"(?<![\w-]){re.escape(folder.name)}(?![\w-])")
        if any(takes_in(solution, found.end(), inner) for found in word.finditer(solution)):
            return True
    return False


@lru_cache(maxsize=1)
def read_and_written(solution: str) -> tuple[str, Sequence[str]]:
    """A solution without the files that its commands write to by a redirection, and those files."""
    return WRITES.sub(" ", solution), [name.strip("'\"") for name in WRITES.findall(solution)]


@lru_cache(maxsize=1)
def patterns(reads: str) -> Sequence[tuple[str, str]]:
    """The patterns by which a solution names files, with the text before each."""
    return [
        (reads[max(0, found.start() - MOST_FOLDER) : found.start()], VARIES.sub("*", found[0]))
        for found in islice(SEVERAL.finditer(reads), MOST_PLACES)
    ]


def is_in(before: str, folder: PurePosixPath, work: str) -> bool:
    """Whether the text before a file's name ends with this folder, or with what may be any."""
    written = APART.split(before[-MOST_FOLDER:])[-1].replace('"', "").replace("'", "")
    parts = [part for part in written.split("/") if part not in ("", ".", "..", "~")]
    if not parts:
        return str(folder) == work
    return "$" in written or "{" in written or folder.parts[-len(parts) :] == tuple(parts)


def takes_in(solution: str, end: int, inner: Sequence[str]) -> bool:
    """Whether what follows a folder's name leaves it at that, or names this path inside of it.

    It may name it by patterns, or by what is put together while the solution runs.
    """
    after = AFTER.match(solution, end)
    for name, part in zip(inner, filter(None, after[0].split("/") if after else ()), strict=False):
        if "$" in part or "{" in part:
            return True
        if (name.startswith(".") and part[0] != ".") or not fnmatch.fnmatch(name, part):
            return False
    return True


def squeezed(text: str) -> str:
    """The text with runs of white space as one space."""
    return " ".join(text.split())
