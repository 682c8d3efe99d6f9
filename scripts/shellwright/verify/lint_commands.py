"""What a shell command reads that is not the same tomorrow or elsewhere: clock and network."""

import re
from collections.abc import Iterator

# Where one simple command ends and another may begin; quotes are no bounds, since a shell's
# or awk's program stands in them.
BOUND = re.compile(r"\|\|?|&&?|[;\n(){}`]")
END = re.compile(r"\|\|?|&&|;|(?<!\\)\n")
#: Where the programs of a system lie, when they are started by an absolute path.
SYSTEM = r"(?:(?:/(?:usr|opt)(?:/[\w.+-]+){0,3})?/s?bin/)?"
MOST_COMMAND = 2000  # characters of it that are looked at
MOST_PREFIXES = 20
PREFIX = re.compile(
    r"(\w+=\S*|\\?(command|exec|builtin|if|then|else|elif|while|until|do|!)|-\S+|\\?((/usr)?/bin/)?"
    r"(env|sudo|nice|time|busybox|xargs|timeout(\s+-[ks]\s+\S+|\s+-\S+)*\s+\S+|"
    r"(ba|da|z)?sh\s+(-\w+\s+)*-\w*c))\s+"
)
FIXED = re.compile(r"(-[a-zA-Z]*[drf]|--(date|reference|file)\b)")
RELATIVE = re.compile(
    r"""(-[a-zA-Z]*d|--date)[=\s]*["']?\s*(now|today|yesterday|tomorrow|next|last|"""
    r"""[-+]?\s*\d+\s*(sec|min|hour|day|week|fortnight|month|year))""",
    re.IGNORECASE,
)
OPTION = re.compile(r"[\"']?(\+[\"'%$]|-[a-zA-Z]|--\w|\d?>)")
BARE = re.compile(r"(\$\(|`|\A)\s?(/usr)?(/bin/)?date\s?([)`]|\Z)")
AGE = re.compile(r"\s-([acm](time|min)\s|newer[aBcm]t\s+[\"']?(now|today|yesterday|-|\d+ \w+ ago))")
PRINTF_TIME = re.compile(r"%[-0-9]{0,9}\([^()\n]{0,80}\)T[^'\"\n]{0,80}['\"]?[ \t]*([-\w$\"']*)")
NOW = re.compile(
    r"\$\{?EPOCH(SECONDS|REALTIME)\b|\b(systime|srand)\s?\(\s?\)|"
    r"\b(time\.time|datetime\.now|date\.today|datetime\.utcnow)\(\)|"
    r"\b(date|time|datetime|julianday|unixepoch|strftime)\((\s?'[^'\n]{0,40}',)?\s?['\"](?i:now)['\"]|"
    r"\bperl\s[^\n]{0,80}-\w{0,5}e\s[^\n]{0,200}(?<![\w$@%{.'-])(time|localtime|gmtime)\b(?!\s?[=}])"
)
#: A column may have this moment as its default, which tells no time by itself.
DEFAULT = re.compile(r"\b(?:default|on\s+update)[\s(*+\\]{0,30}$", re.IGNORECASE)
MOST_DEFAULT = 50  # characters before a moment
#: What SQL calls this moment.
SQL_NOW = re.compile(
    r"(?<![\w'\"`.%$-])(?:(?:current_(?:date|time|timestamp)|localtimestamp)\b|"
    r"(?:now|today|curdate|curtime|getdate|sysdate|utc_timestamp|clock_timestamp|"
    r"unix_timestamp|date|time|datetime|julianday|unixepoch)\(\s?\))",
    re.IGNORECASE,
)
#: Programs that read it when they are told so, and grep, which only looks for the words.
GREPS = r"(?P<greps>\b[ef]?grep\s)"
SQL = re.compile(
    rf"{GREPS}|(?P<runs>\b(?:sqlite3|psql|mysql|mariadb|duckdb|select)\s)|{SQL_NOW.pattern}",
    re.IGNORECASE,
)
#: awk's time of day in a form, when it is given no other time.
AWK = re.compile(
    rf"{GREPS}|(?P<runs>\b[gm]?awk\s)|"
    r"(?<![\w.])strftime\(\s?(?:\\?[\"'][^\"'\n]{0,80}[\"'])?\s?\)"
)
#: Where the oracle lies, and nothing of an agent's; not the last part of some other path.
ORACLE = re.compile(r"(?<![\w./:}-])/solution(?![\w.-])")
CLOCK_FILES = re.compile(r"/proc/(self|\d+|uptime|driver/rtc)\b")

HERE = re.compile(
    r"(?<![\w.-])(?<![^/:]/)(localhost|127\.\d+\.\d+\.\d+|\[?::1\]?|0\.0\.0\.0)(?![\w-]|\.\w)"
)
INSTALLS = re.compile(
    r"\b(pip3?|uv|npm|gem|cargo|apt|apt-get)\s+((-\S+|\w+)\s+){0,4}install\b|"
    r"\b(apt|apt-get)\s+(-\S+\s+){0,4}update\b|\b(npx|uvx|pipx\s+run|npm\s+ci)\s|"
    r"\bgit\s+([^\s;|&]+\s+){0,4}(clone|fetch|pull|push|ls-remote)\s+(-\S+\s+){0,4}(https?|ssh|git)[:@]"
)
# With these nothing is installed but what lies in a folder, unless an address is named.
OFFLINE = re.compile(r"\s--(no-index|offline|no-download|local)(?![\w-])")
DOWNLOADS = re.compile(r"\b(curl|wget)\b")
DEVICE = re.compile(r"/dev/(tcp|udp)/([^/\s]{1,300})/")
# Programs that ask another machine when they are given its name or address.
ASKS = re.compile(
    rf"\\?{SYSTEM}(getent\s+a?hosts(v[46])?|nslookup|dig|ping6?|traceroute|telnet|nc|"
    r"ncat|ssh|scp|sftp|ftp|lftp|aria2c|openssl\s+s_client)\s"
)
# Programs that ask the servers of their packages, unless they are told to stay offline.
FETCHES = re.compile(rf"\\?{SYSTEM}(go\s+(mod\s+download|get)|cargo\s+(-\S+\s+){{0,4}}fetch)(?!\S)")
STAYS = re.compile(r"GOPROXY=[\"']?(off|file:)|GOFLAGS=\S*-mod=vendor|CARGO_NET_OFFLINE=[\"']?true")
ELSEWHERE = re.compile(
    r"(?<![\w.-])((\d{1,3}\.){3}\d{1,3}|([a-z0-9-]{1,63}\.){1,8}(com|org|net|io|dev|edu|gov|co|ai|"
    r"info|app|de|uk|fr|eu|us))(?![\w-])",
    re.IGNORECASE,
)
RSYNC = re.compile(rf"\\?{SYSTEM}rsync\s")
# Its servers, and machines that it logs in to; a folder may have the name of a machine.
REMOTE = re.compile(r"rsync://(?:[^\s@/]+@)?([^\s/:]+)|(?:[\w.-]+@)?([\w.-]+):")
# What programs in other languages connect by, with the machine behind it.
LANGUAGES = re.compile(r"\b(?:perl|ruby|node|php|python[\d.]*)\s")
CONNECTS = re.compile(
    r"(?<!/)\b(?:Peer(?:Addr|Host)\s?=>|IO::Socket(?:::\w+)?->new|TCPSocket\.(?:new|open)|fsockopen|"
    r"create_connection)[\s(]{0,9}\\?[\"']([^\s\"'\\:]{1,300})"
)


def simple_commands(text: str) -> Iterator[str]:
    """The simple commands of a script, without what only introduces them."""
    for part in BOUND.split(text):
        command = part.strip(" \t\"'[$")[:MOST_COMMAND]
        for _ in range(MOST_PREFIXES):
            match = PREFIX.match(command)
            command = command[match.end() :].lstrip(" \t\"'") if match else command
        if command:
            yield command


def clock(text: str) -> str:
    """What in a script reads the clock, or ""."""
    if found := BARE.search(text):
        return found[0]
    if read := moment(NOW, text) or told(AWK, text) or told(SQL, text) or printf_time(text):
        return read
    for command in simple_commands(text):
        word, _, rest = command.partition(" ")
        name = word.strip("\"'\\").rpartition("/")[2]
        rest = rest.strip()
        if name == "date" and reads_now(rest):
            return command[:60]
        if name in ("hwclock", "timedatectl"):
            return name
        if name == "find" and AGE.search(command):
            return command[:60]
        if name in ("stat", "date", "ls") and CLOCK_FILES.search(rest):
            return command[:60]
    return ""


def moment(kind: re.Pattern[str], text: str) -> str:
    """The first of a kind of moments in a text that is no column's default, or ""."""
    return next((found[0] for found in kind.finditer(text) if not is_default(found)), "")


def told(kind: re.Pattern[str], text: str) -> str:
    """The first moment that a program is told to read, and not grep to look for, or ""."""
    reads = False
    for found in kind.finditer(text):
        if found.lastgroup:
            reads = found.lastgroup == "runs"
        elif reads and not is_default(found):
            return found[0]
    return ""


def is_default(found: re.Match[str]) -> bool:
    """Whether a moment is what a column has when it is given nothing."""
    start = found.start()
    return DEFAULT.search(found.string, max(0, start - MOST_DEFAULT), start) is not None


def printf_time(text: str) -> str:
    """The form by which bash's `printf` prints this moment, or that of the shell's start, or ""."""
    every = PRINTF_TIME.finditer(text)
    return next((f[0] for f in every if f[1].strip("\"'") in ("", "-1", "-2")), "")


def reads_now(arguments: str) -> bool:
    """Whether `date` with these arguments tells the time of day: not a fixed one, not a file's."""
    if RELATIVE.search(" " + arguments):
        return True
    # Without an option or a format, `date` is a word of some text, such as a column of a table.
    is_command = OPTION.match(arguments) is not None
    return is_command and not any(FIXED.match(word) for word in arguments.split())


def network(text: str) -> str:
    """What in a script asks another machine for something, or ""."""
    for part in END.split(text):
        found = INSTALLS.search(part)
        if found and ("://" in part or not OFFLINE.search(part, found.end())):
            return found[0]
    for found in DEVICE.finditer(text):
        if not HERE.fullmatch(found[2]):
            return found[0]
    for part in END.split(text):
        found = DOWNLOADS.search(part)
        if found and not HERE.search(part):
            return found[0]
    for command in simple_commands(text):
        if ASKS.match(command) and ELSEWHERE.search(HERE.sub(" ", command)):
            return command[:60]
        if fetches(command, text) or syncs(command):
            return command[:60]
    runs = LANGUAGES.search(text)
    for found in CONNECTS.finditer(text, runs.end()) if runs else ():
        if elsewhere(found[1]):
            return found[0][:60]
    return ""


def fetches(command: str, text: str) -> bool:
    """Whether a command has packages sent, as far as neither it nor its script keeps it offline."""
    found = FETCHES.match(command)
    return found is not None and not OFFLINE.search(command) and not STAYS.search(text)


def syncs(command: str) -> bool:
    """Whether rsync is given another machine."""
    words = command.split()[1:] if RSYNC.match(command) else ()
    remote = (REMOTE.match(word.lstrip("\"'")) for word in words)
    return any(elsewhere(found[1] or found[2]) for found in remote if found)


def elsewhere(machine: str) -> bool:
    """Whether this is the whole name or address of another machine."""
    return ELSEWHERE.fullmatch(machine) is not None and HERE.fullmatch(machine) is None
