"""Whether a text gives away how the work is done: commands, their options, shell syntax."""

import re
from collections.abc import Iterable

# Names of programs that are nothing else in an English sentence.
_PROGRAM_NAMES = """
awk base64 bash bunzip2 bzcat bzip2 cd chattr chgrp chmod chown cksum cp crontab csvcut csvgrep
csvkit csvsql csvstat curl dd df dos2unix du duckdb egrep fgrep fzf gawk getfacl grep groff gunzip
gzip hexdump iconv jq journalctl ln logrotate ls lsof lz4 m4 mawk md5sum mkdir mktemp mlr mv nawk
nohup numfmt openssl pandas perl pgrep pip pkill polars printf pytest python python3 rg rm rmdir
rsync ruby sed setfacl sha1sum sha256sum sha512sum sqlite sqlite3 ssh sudo systemctl tac tar tmux
umask uniq unix2dos unxz unzip usermod vim wc wget xargs xmllint xxd xz xzcat yq zcat zgrep zsh zstd
"""
# Names of programs that are ordinary words, too: only the way they are used gives them away.
_WORD_NAMES = """
at bc break case cat cc cmp column comm command continue cut date diff dir dot echo env eval exec
exit expand export expr factor false file find fmt fold function git go hash head help history host
id info install jobs join kill last less let link local look mail make man more mount nice node
paste patch pr read return screen script select seq service set shift shuf sleep sort source split
sponge start stat strings su sum sync tail tee test then time timeout top touch tr trap tree true
tsort type unlink update users wait watch who write yes zip
"""
_PROGRAMS = frozenset(_PROGRAM_NAMES.split())
_WORDS = frozenset(_WORD_NAMES.split())
_OPTION = re.compile(r"(?:(?<=[\s`'\"(])|^)--?[A-Za-z][\w-]*", re.MULTILINE)
_SYNTAX = re.compile(r"\$\(|&&|\|\||<<-?\s*\w|\b\d?>&\d|[\s`]\|\s*[a-z]")
_MEANS = r"(?:command|utility|tool|program|binary|one-liner|pipeline|invocation)"
_RUNNING = (
    r"(?:run|running|invoke|invoking|execute|executing|pip(?:e|ed|ing)(?:\s+\w+)?\s+(?:in)?to)"
)
_THROUGH = r"(?:using|via|through|with)"


def mentions(text: str, tools: Iterable[str]) -> set[str]:
    """Return what in `text` tells how: names of programs (common ones, and `tools`), options,
    syntax.

    A program whose name is an ordinary word counts only when it is one of `tools` and stands where
    a command would.
    """
    names = {tool.lower() for tool in tools if len(tool) > 1 and any(c.isalpha() for c in tool)}
    found = {each.group().strip() for each in _OPTION.finditer(text)}
    found |= {each.group().strip(" `\n") for each in _SYNTAX.finditer(text)}
    lowered = text.lower()
    for name in _PROGRAMS | (names - _WORDS):
        if name in lowered and _as_name(name).search(lowered):
            found.add(name)
    for name in names & _WORDS:
        if name in lowered and _as_command(name).search(lowered):
            found.add(name)
    return found


def _as_name(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w./-]){re.escape(name)}(?![\w-]|\.\w|/)")


def _as_command(name: str) -> re.Pattern[str]:
    word = rf"[`'\"]?(?<![\w./-]){re.escape(name)}(?![\w-]|\.\w|/)[`'\"]?"
    end = r"(?=\s*(?:[.,;:!?)]|$)|\s+(?:and|or|to|for|on|then|again|over)\b)"
    return re.compile(
        rf"{word}\s+--?\w|{word}\s+{_MEANS}\b|\b{_RUNNING}\s+(?:the\s+|a\s+)?{word}"
        rf"|\b{_THROUGH}\s+(?:the\s+)?{word}{end}",
        re.MULTILINE,
    )
