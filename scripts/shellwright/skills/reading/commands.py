"""Telling commands from output, prose and other code."""

from __future__ import annotations

import re
from collections.abc import Collection

from shellwright.skills.reading.shellcode import parses
from shellwright.skills.reading.words import is_program_name

_SHELL_NAMES = frozenset(
    """bash bashrc bat-sh console fish ksh sh sh-session shell shell-session shellscript
    shellsession terminal zsh""".split()  # noqa: SIM905
)
#: Programs that people name without any sign that it is a command.
_COMMON = frozenset(
    """apt apt-get awk aws base64 basename bash brew bun bunx bzip2 cargo cat cd chmod chown
    clang clawdbot clawdhub clawhub cmake comm composer cp crontab csvtool curl cut date dd
    deno df diff dig dirname dnf docker dos2unix du echo egrep env expand export fd ffmpeg
    ffprobe file find fold gcc gh git go gpg grep gunzip gzip head helm hexdump host hostname
    id iconv install ip join jq java kill kubectl ln ls lsof make md5sum mkdir mktemp mv mysql
    nc node nohup npm npx nvm openclaw openssl od pandoc paste patch perl pg_dump ping pip
    pip3 pipx pkill pnpm printf ps psql pwd pytest python python3 realpath rev rg rm rmdir
    rsync ruby sed seq sha256sum shasum shuf sleep sort source split sqlite3 ssh stat strings
    su sudo systemctl tac tail tar tee test terraform touch tr tree truncate uniq unzip uv uvx
    vim wc wget which whoami xargs xxd xz yarn yq yt-dlp zcat zip zsh""".split()  # noqa: SIM905
)
_PROMPT = re.compile(
    r"\s{0,8}(?:[\w.-]{1,40}@[\w.-]{1,60}[: ]?[^\s$#]{0,60}[$#]|\$|❯|➜|%)[ \t]+(\S.*)"
)
_MARK = re.compile(r"\s--?[A-Za-z]|\s\|\s|\s>>?\s|[\"'$]|\s\.{0,2}/|\s~/|\s<[a-z]|\{\{|&&")
_ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=\S*\s*")
_NO_PROGRAM = re.compile(r"(?i)\.(md|json|ya?ml|txt|ts|tsx|js|jsx|css|html|toml|csv|lock|png)$")


def is_shell(language: str) -> bool:
    """Whether a block's language is a kind of shell or a session in one."""
    return language in _SHELL_NAMES


def commands_only(text: str) -> str:
    """The commands of a session that shows prompts and output; any other text as it is."""
    kept: list[str] = []
    more = False
    for line in text.split("\n"):
        match = _PROMPT.match(line)
        if match:
            kept.append(match[1])
        elif more:
            # A continued command; the shell's second prompt may stand before it.
            kept.append(re.sub(r"^\s*>\s", "", line))
        else:
            continue
        more = line.rstrip().endswith("\\")
    return "\n".join(kept) + "\n" if kept else text


def looks_like_commands(text: str, programs: Collection[str] = ()) -> bool:
    """Whether text without a given language is shell code.

    It must parse, its first line must be a command, and so must most others. A line is one where
    its first word can be a program and either is a known one or is followed by something that
    prose seldom has, such as an option.
    """
    lines = _command_lines(text)
    if not lines or not _is_command(lines[0], programs):
        return False
    good = sum(_is_command(line, programs) for line in lines)
    return good * 10 >= len(lines) * 6 and parses(text)


def _command_lines(text: str) -> list[str]:
    """The lines that could be commands: no comments, no plain assignments, continued lines once."""
    lines: list[str] = []
    more = False
    for line in text.split("\n"):
        words = line.strip()
        if words and not more and not words.startswith("#") and not _ASSIGNMENT.fullmatch(words):
            lines.append(words)
        more = words.endswith("\\")
    return lines


def _is_command(line: str, programs: Collection[str]) -> bool:
    start = 0
    while match := _ASSIGNMENT.match(line, start):
        start = match.end()
    line = line[start:]
    first = line.split(maxsplit=1)[0] if line else ""
    if first in programs or first in _COMMON:
        return not line.endswith((".", ":", "?")) or line.endswith((" .", "/.", "..."))
    if not is_program_name(first.replace("{baseDir}", "")) or _NO_PROGRAM.search(first):
        return False
    if first.startswith(("./", "../", "{baseDir}/")):
        return True
    return first == first.lower() and _MARK.search(line) is not None
