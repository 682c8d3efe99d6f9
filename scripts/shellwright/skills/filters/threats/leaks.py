"""Private data that programs in Python, JavaScript and their like send away."""

from __future__ import annotations

import re
from collections.abc import Iterator

from shellwright.skills.document import Call, Code
from shellwright.skills.filters.material import Material
from shellwright.skills.filters.pythoncode import joined
from shellwright.skills.filters.refusing import refused_call
from shellwright.skills.filters.scriptfetch import LANGUAGES
from shellwright.skills.filters.threats.rule import Threat

_LANGUAGES = LANGUAGES | {"python"}
_SENT = re.compile(
    r"\b(?:requests|httpx|session|client|axios|got|faraday|httparty)\.(?:post|put)\(|urlopen\("
    r"|\bfetch\(|\bhttps?\.request\(|\bnet::http\b[^\n]{0,40}\bpost|\binvoke-(?:restmethod"
    r"|webrequest)\b[^\n]{0,200}\s-(?:body|infile)\b|\buploadstring\b|\buploadfile\b"
)
_REQUESTED = re.compile(r"\brequire\([\"']{0,2}(?:node:)?https?[\"']{0,2}\)\.request\(")
_TAKEN = (
    re.compile(
        r"dict\(os\.environ\)|os\.environ\.(?:items|copy)\(\)|json\.dumps\(os\.environ"
        r"|\b(?:data|json|params)\s{0,2}=\s{0,2}os\.environ\s{0,2}[,)]"
        r"|json\.stringify\((?:\{\s{0,3}\.\.\.)?process\.env\b(?!\.)"
        r"|\benv\.to_(?:h|a|json)\b|\b(?:gci|dir|get-childitem) env:"
    ),
    re.compile(
        r"\.ssh[/\"']|\.aws/credentials|login data|logins\.json|\bkey[34]\.db|cookies\.sqlite"
        r"|id_rsa|/etc/(?:shadow|passwd)\b"
    ),
    # What is only named may be what a client logs in by.
    re.compile(
        r"(?:\bread_?file(?:sync)?|\bopen|\bfile\.read)\s{0,2}\([^\n;]{0,120}"
        r"\.(?:npmrc|netrc|pypirc|git-credentials|pgpass|kube/config)\b"
    ),
    # Most clients read their settings; what is sent in one go with them is not for that.
    re.compile(
        r"(?:\.(?:post|put)|\burlopen|\bfetch)\((?:(?!;)[^\0]){0,200}?"
        r"(?:\bopen|\bread_?file(?:sync)?)\([^\n;]{0,80}[/\"']\.env[\"']"
    ),
)
#: Where browsers keep passwords: the files are of use for nothing else.
PASSWORDS = re.compile(
    r"(?:^|[/\\\"'])login\\? data(?:$|[/\\\"' -])|(?:^|[/\\\"'])(?:logins\.json|key[34]\.db)\b"
)
_WEBHOOKS = re.compile(
    r"https?://(?:webhook\.site|[a-z0-9]{1,40}\.ngrok|requestbin|[a-z0-9]{1,60}\.(?:pipedream"
    r"|burpcollaborator|oast)"
    r"|discord(?:app)?\.com/api/webhooks/\d|api\.telegram\.org/bot\d)"
)
_AROUND = 60


def leaks(material: Material) -> Iterator[Threat]:
    """What such programs read and send: scripts, and those that the skill's texts and its shell
    code show."""
    if material.guards:
        return
    for code in material.programs:
        for reason, words in _leaks(code):
            if not refused_call(material, code, Call(words)):
                yield Threat(reason, words)


def _leaks(code: Code) -> Iterator[tuple[str, str]]:
    whole = code.text + (joined(code.text) if code.language == "python" else "")
    low = whole.lower()
    sent = _SENT.search(low) or _REQUESTED.search(low)
    for taken in _TAKEN if code.language in _LANGUAGES and sent else ():
        match = taken.search(low)
        # What a program is started with is not sent.
        if match and "subprocess" not in low[match.start() - 80 : match.end() + 120]:
            yield "reads private settings and sends data away", _around(whole, match)
    match = PASSWORDS.search(low) if code.script or code.language in _LANGUAGES else None
    if match:
        yield "reads the passwords of a browser", _around(whole, match)
    # A text that explains a service shows what its hooks look like.
    match = _WEBHOOKS.search(low) if code.script else None
    if match:
        yield "sends data to a hook that is written into it", match[0]


def _around(text: str, match: re.Match[str]) -> str:
    return text[max(0, match.start() - _AROUND) : match.end() + _AROUND]
