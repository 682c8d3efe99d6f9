"""Installers and launchers that are given the address of a stranger's code."""

from __future__ import annotations

import re
from collections.abc import Iterator

from shellwright.skills.document import Call
from shellwright.skills.filters.comments import in_comment
from shellwright.skills.filters.material import Material
from shellwright.skills.filters.refusing import refused, refused_call
from shellwright.skills.filters.threats.pipes import Values, expanded, program_of, unquoted
from shellwright.skills.filters.threats.rule import Threat, hits, rule
from shellwright.skills.filters.threats.trust import Address, addresses

#: Programs whose word `install` or the like puts in what an address names.
_INSTALLERS = frozenset(
    """pip pipx uv npm pnpm yarn bun deno gem cargo brew conda mamba apt apt-get dnf yum zypper rpm
    flatpak snap easy_install""".split()  # noqa: SIM905
)
_INSTALLING = frozenset(
    """install add i in localinstall reinstall upgrade update link global tap wheel -i -U
    """.split()  # noqa: SIM905
)
#: Programs that fetch a package or a file and run it at once, with the words that may stand first.
_LAUNCHERS = {
    **dict.fromkeys(("npx", "bunx", "uvx"), frozenset[str]()),
    "npm": frozenset({"exec", "x"}),
    "pnpm": frozenset({"dlx"}),
    "yarn": frozenset({"dlx"}),
    "bun": frozenset({"x", "run"}),
    "pipx": frozenset({"run"}),
    "uv": frozenset({"run"}),
    "deno": frozenset({"run", "serve", "test"}),
}
#: Their options whose value says where from.
_SOURCES = frozenset(
    """--from --spec --with --package -p --index --index-url --extra-index-url --default-index -i
    --find-links -f --registry --git""".split()  # noqa: SIM905
)
#: Settings of installers that say where everything comes from, as in `npm config set registry`.
_SETTING = re.compile(
    r"(?i)(?:^|[.:])(?:\w{0,20}registry(?:server)?|(?:extra-)?index-url|find-links)\b"
)
#: Options of installers whose value is an address of something else.
_ASIDE = frozenset({"--proxy", "--https-proxy", "--noproxy", "--repository-url", "--homepage"})
_TOLD = rule(
    "installs a program",
    "http://;https://;ftp://",
    r"\b(?:(?:pip[\d.]{0,4}|pipx|uv(?: pip)?|npm|pnpm|yarn|bun|deno|gem|cargo|brew|conda)"
    r" (?:install|add|i|tool install|global add)|deno run|uv run|pipx run|npx|bunx|uvx"
    r"|(?:npm|pnpm|yarn) (?:exec|dlx))"
    # Options, and a name before the place that it is to come from.
    r"(?: {1,3}-[\w=-]{1,40}){0,6}"
    r"(?: {1,3}[\w.@\[\]-]{1,60}(?= {1,3}-{1,2}(?:i|f|index-url|find-links"
    r"|extra-index-url|from|registry)[ =]))?"
    r"(?: {1,3}-[\w-]{1,40}){0,3}[ =]{1,3}[\"']?(?:[\w.-]{1,40} ?@ ?)?(?:git\+)?"
    r"(?:https?|ftp)://[^\s\"'`]{1,300}",
)
#: A line of a file of requirements that says where packages come from.
_REQUIRED = re.compile(
    r"(?m:^)[ \t]*(?:(?:-i|-f|--(?:extra-)?index-url|--find-links)[ =]{1,3}"
    r"|[\w.-]{1,60}(?:\[[^\]\n]{0,60}\])?[ \t]*@[ \t]*)((?:git\+)?(?:https?|ftp)://[^\s#]{1,300})"
)
_REQUIREMENTS = re.compile(r"(?:.*/)?[\w.-]*requirements[\w.-]*\.txt")
#: Sites where repositories stand under their owners' names, for everybody to read.
_FORGES = frozenset({"github.com", "gitlab.com", "codeberg.org", "bitbucket.org", "git.sr.ht"})
#: What packages are installed from where nothing is told, their mirrors, and indexes of makers: the
#: names below each domain.
_REGISTRIES = {
    "org": "pypi pythonhosted npmjs rubygems pytorch anaconda debian fedoraproject rpmfusion"
    " flathub",
    "com": "npmjs npmmirror ubuntu",
    "io": "jsr crates conda",
    "sh": "esm",
    "dev": "pkg",
    "net": "remirepo",
    "nvidia.com": "pypi",
    "tuna.tsinghua.edu.cn": "pypi",
    "aliyun.com": "mirrors",
    "cloud.tencent.com": "mirrors",
    "huaweicloud.com": "repo",
    "mirrors.ustc.edu.cn": "pypi",
}
#: Container engines, and what gives a container the whole machine.
_ENGINES = frozenset({"docker", "podman", "nerdctl"})
_WHOLE_MACHINE = re.compile(
    r"(?:(?:-v|--volume)[= ]?)?/:[^\s,]{1,200}|(?:--mount[= ])?[^\s]{0,80}(?:source|src)=/(?:,\S*)?"
)


def installs(material: Material) -> Iterator[Threat]:
    """Code of strangers that is installed or run from an address, and containers that are given
    the machine. A repository under its owner's name on a public site is none."""
    for piece in material.shell:
        for call in piece.calls:
            if _takes_machine(call) and not refused_call(material, piece.code, call):
                yield Threat("gives a container the whole machine", _written(call))
            for place in _places(call, piece.values):
                if not refused_call(material, piece.code, call):
                    yield Threat(_from(place), _written(call))
    for text in (material.text, material.front, *material.scripts, *material.others):
        for start, end in hits(_TOLD, text):
            strange = [each for each in addresses(text.original[start:end]) if not _trusted(each)]
            excused = material.guards or refused(text, start, end)
            if strange and not excused and not in_comment(text.original, start, text.language):
                yield Threat(_from(strange[0]), text.quote(start, end))
                break
    for text in material.others:
        if _REQUIREMENTS.fullmatch(text.script) and not material.guards:
            for match in _REQUIRED.finditer(text.original):
                for place in addresses(match[1].removeprefix("git+")):
                    if place.scheme and not _trusted(place):
                        yield Threat(_from(place), match[0].strip())


def _places(call: Call, values: Values) -> Iterator[Address]:
    """The places that nobody knows from where a call installs or runs something."""
    words = [expanded(word, values) for word in call.arguments]
    program = program_of(call)
    installing = program in _INSTALLERS and any(word in _INSTALLING for word in words[:3])
    launching = program in _LAUNCHERS and (
        not _LAUNCHERS[program] or not _LAUNCHERS[program].isdisjoint(words[:1])
    )
    if program.startswith("python") and words[:2] == ["-m", "pip"]:
        installing = "install" in words
    setting = program in _INSTALLERS and words[:2] == ["config", "set"]
    if setting and any(_SETTING.search(word) for word in words[2:]):
        installing = True
    first = 1 if _LAUNCHERS.get(program) else 0
    named = _given(words) if installing else _launched(words[first:]) if launching else ()
    for word in named:
        yield from (place for place in addresses(word) if place.scheme and not _trusted(place))


def _given(words: list[str]) -> Iterator[str]:
    """The words of an installer that name a place."""
    for before, word in zip(("", *words), words, strict=False):
        if "://" in word and before not in _ASIDE and word.partition("=")[0] not in _ASIDE:
            yield word


def _launched(words: list[str]) -> Iterator[str]:
    """The words of a launcher that name a place; those behind the package are the package's."""
    for before, word in zip(("", *words), words, strict=False):
        option, equals, _ = word.partition("=")
        if before in _SOURCES or (equals and option in _SOURCES):
            yield word
        elif not word.startswith("-"):
            if "://" in word:
                yield word
            return


def _trusted(place: Address) -> bool:
    owned = place.host in _FORGES and len(place.path.strip("/").split("/")) >= 2
    return place.known or place.example or _is_registry(place.host) or owned


def _is_registry(host: str) -> bool:
    """Whether a host is a registry, or stands below one."""
    labels = host.split(".")
    return any(
        labels[start] in _REGISTRIES.get(".".join(labels[start + 1 :]), "").split()
        for start in range(len(labels) - 1)
    )


def _takes_machine(call: Call) -> bool:
    words = call.arguments
    if call.program not in _ENGINES or not {"run", "create"}.intersection(words[:2]):
        return False
    mounts = [word for word in words if _WHOLE_MACHINE.fullmatch(unquoted(word))]
    only_read = all(re.search(r":(?:\w+,)*ro(?:,|$)|\breadonly\b", word) for word in mounts)
    return bool(mounts) and ("--privileged" in words or not only_read)


def _from(place: Address) -> str:
    return f"installs or runs a program from {place.host}"


def _written(call: Call) -> str:
    return " ".join((call.program, *call.arguments))
