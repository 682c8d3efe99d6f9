"""Skills made by hand, read as those of a source are."""

from shellwright.skills.document import Verdict
from shellwright.skills.filters.judge import judge
from shellwright.skills.found import FoundSkill, SourceFile
from shellwright.skills.reading.document import read_document
from shellwright.skills.reading.tldr import read_page

FILTERS = ("linux", "workflow", "safe", "verifiable")


def verdicts(
    body: str,
    front: str = "",
    name: str = "tidy",
    description: str = "Tidy up files.",
    files: dict[str, str] | None = None,
) -> dict[str, Verdict]:
    """What the filters say of a skill with that text."""
    text = f"---\nname: {name}\ndescription: {description}\n{front}---\n# Title\n\n{body}\n"
    contents = {"SKILL.md": text, **(files or {})}
    found = FoundSkill(
        path="a/tidy",
        files=tuple(
            SourceFile(f"a/tidy/{path}", content.encode())
            for path, content in sorted(contents.items())
        ),
        license_files=(),
        digest="",
    )
    return {verdict.filter: verdict for verdict in judge(found, read_document(found))}


def page_verdicts(program: str, *examples: str, about: str = "A program.") -> dict[str, Verdict]:
    """What the filters say of a page about a program."""
    lines = "\n".join(f"- Do it:\n\n`{example}`\n" for example in examples)
    content = f"# {program}\n\n> {about}\n\n{lines}"
    path = f"pages/common/{program}.md"
    found = FoundSkill(path, (SourceFile(path, content.encode()),), (), "")
    return {verdict.filter: verdict for verdict in judge(found, read_page(found))}


def shell(*lines: str) -> str:
    """A block of shell code."""
    return "\n```bash\n" + "\n".join(lines) + "\n```\n"
