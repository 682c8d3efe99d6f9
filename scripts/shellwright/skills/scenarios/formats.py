"""What a file is, by its name: kinds and formats by extension, or by what a placeholder says."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from shellwright.skills.scenarios.vocabulary import VOCABULARY, State

#: Longer words are no file names that anything can be concluded from.
MAX_WORD = 400


@dataclass(frozen=True, order=True)
class Artifact:
    """Something that a call takes or makes: a kind in a state, and its path where one is named."""

    kind: str
    state: State = ()
    path: str = ""

    @property
    def scenario(self) -> tuple[str, State]:
        """What two artifacts have in common that are the same but for their path."""
        return self.kind, self.state

    def with_state(self, added: State) -> Artifact:
        """This artifact with the attributes that its kind knows; an added value wins."""
        known = VOCABULARY[self.kind].attributes
        fitting = {name: value for name, value in added if value in known.get(name, {})}
        state = tuple(sorted({**dict(self.state), **fitting}.items())[:3])
        return Artifact(self.kind, state, self.path)

    def at(self, path: str) -> Artifact:
        """This artifact at a path."""
        return Artifact(self.kind, self.state, path)


def parse(text: str) -> Artifact:
    """Read `kind:attribute=value,...`, which need not be in the vocabulary."""
    kind, _, rest = text.strip().partition(":")
    pairs = [part.partition("=") for part in rest.split(",")] if rest else []
    return Artifact(kind, tuple(sorted((name, value) for name, _, value in pairs)))


#: `kind:attribute` (or `kind:attribute=value`) to extensions; `ext>value` renames one.
_EXTENSIONS = {
    "archive:format": "tar tar.gz tgz>tar.gz tar.xz txz>tar.xz tar.bz2 tbz2>tar.bz2 tbz>tar.bz2 "
    "tar.zst zip 7z rar gz xz bz2 zst cpio",
    "audio:format": "mp3 wav flac ogg oga>ogg m4a opus aac",
    "binary:format": "elf exe>elf so>elf o>object a>object wasm jar class>jar hex>firmware apk>jar",
    "certificate:format": "crt>pem cer>der csr>pem pem der p12 pfx>p12",
    "database:engine": "sqlite sqlite3>sqlite db>sqlite duckdb rdb>redis",
    "difference:format": "patch diff>patch",
    "document:format": "pdf docx doc>docx odt epub mobi>epub rtf xml md>markdown markdown "
    "mdx>markdown txt>text text tex>latex rst adoc>text pptx>slides odp>slides ps>postscript "
    "eps>postscript ipynb>notebook json5>json srt>subtitles vtt>subtitles "
    "mmd>diagram dot>diagram puml>diagram drawio>diagram excalidraw>diagram dvi>postscript "
    "bib>latex typ>latex man>text",
    "document:format=json": "json",
    "font:format": "ttf otf woff2 woff>woff2",
    "image:format": "png jpg>jpeg jpeg gif svg webp tif>tiff tiff bmp avif heic ppm ico>icon "
    "pgm>ppm pnm>ppm pbm>ppm xbm>bmp xpm>bmp pam>ppm jxl>jpeg qoi>png jp2>jpeg tga>bmp",
    "key:tool": "gpg asc>gpg key>x509 pub>ssh",
    "message:format": "eml>mail mbox>mail",
    "package:format": "deb rpm whl>wheel appimage>app snap>app flatpak>app dmg>app gem>app",
    "page:format": "html htm>html css xhtml>html",
    "program:language": "py>python js>javascript mjs>javascript cjs>javascript jsx>javascript "
    "ts>typescript tsx>typescript go rs>rust c h>c cpp cc>cpp cxx>cpp hpp>cpp java rb>ruby php "
    "pl>perl lua hs>haskell kt>kotlin swift dart cs>csharp sql r s>assembly asm>assembly "
    "sol>solidity nix vue>javascript svelte>javascript",
    "settings:format": "yaml yml>yaml toml ini env conf cfg>conf config>conf properties>ini "
    "tf>hcl hcl tfvars>hcl plist>xml service>conf rc>conf",
    "table:format": "csv tsv jsonl ndjson>jsonl xlsx xls>xlsx ods>xlsx parquet",
    "video:format": "mp4 mkv webm avi mov m3u8 mpg>mp4 mpeg>mp4 flv>avi m4v>mp4 ogv>webm",
}


def _by_extension() -> dict[str, Artifact]:
    found: dict[str, Artifact] = {
        "log": Artifact("log"),
        "sh": Artifact("script"),
        "bash": Artifact("script"),
        "zsh": Artifact("script"),
        "fish": Artifact("script"),
        "sha256": Artifact("manifest"),
        "md5": Artifact("manifest"),
        "iso": Artifact("disk", (("condition", "imaged"),)),
        "img": Artifact("disk", (("condition", "imaged"),)),
        "qcow2": Artifact("disk", (("condition", "imaged"),)),
        "vmdk": Artifact("disk", (("condition", "imaged"),)),
        "pcap": Artifact("snapshot", (("of", "traffic"),)),
        "pcapng": Artifact("snapshot", (("of", "traffic"),)),
        "bin": Artifact("binary"),
        "age": Artifact("sealed"),
        "enc": Artifact("sealed"),
        "sig": Artifact("signature"),
        "gguf": Artifact("model"),
        "safetensors": Artifact("model"),
        "onnx": Artifact("model"),
        "pt": Artifact("model"),
    }
    for head, listing in _EXTENSIONS.items():
        kind, _, attribute = head.partition(":")
        name, _, fixed = attribute.partition("=")
        for word in listing.split():
            extension, _, value = word.partition(">")
            found[extension] = Artifact(kind, ((name, fixed or value or extension),))
    return found


EXTENSIONS = _by_extension()

#: Files that are known by their whole name, in lower case.
_NAMES = {
    "dockerfile": parse("settings:format=dockerfile"),
    "makefile": parse("project:build=make"),
    "cmakelists.txt": parse("project:build=cmake"),
    "cargo.toml": parse("project:build=cargo"),
    "go.mod": parse("project:build=go"),
    "package.json": parse("project:build=npm"),
    "pyproject.toml": parse("project:build=python"),
    "pom.xml": parse("project:build=java"),
    "requirements.txt": parse("dependency:condition=declared,language=python"),
    "package-lock.json": parse("dependency:condition=locked,language=javascript"),
    "hosts": parse("settings:format=hosts"),
    "crontab": parse("schedule"),
    ".env": parse("settings:format=env"),
    "sha256sums": parse("manifest"),
    "access.log": parse("log:format=access"),
    "syslog": parse("log:format=system"),
    "id_rsa": parse("key:tool=ssh"),
    "id_ed25519": parse("key:tool=ssh"),
    "authorized_keys": parse("key:condition=deployed,tool=ssh"),
    ".git": parse("repository"),
}

#: What a placeholder such as `path/to/image_file` says, by its words.
_HINTS = {
    "directory": Artifact("tree"),
    "dir": Artifact("tree"),
    "folder": Artifact("tree"),
    "image": Artifact("image"),
    "picture": Artifact("image"),
    "photo": Artifact("image"),
    "video": Artifact("video"),
    "movie": Artifact("video"),
    "audio": Artifact("audio"),
    "sound": Artifact("audio"),
    "song": Artifact("audio"),
    "archive": Artifact("archive"),
    "database": Artifact("database"),
    "binary": Artifact("binary"),
    "executable": Artifact("binary"),
    "certificate": Artifact("certificate"),
    "cert": Artifact("certificate"),
    "document": Artifact("document"),
    "config": Artifact("settings"),
    "configuration": Artifact("settings"),
    "log": Artifact("log"),
    "logfile": Artifact("log"),
    "script": Artifact("script"),
    "project": Artifact("project"),
    "repository": Artifact("repository"),
    "repo": Artifact("repository"),
    "package": Artifact("package"),
    "partition": Artifact("disk"),
    "sdx": Artifact("disk"),
    "sdxy": Artifact("disk"),
    "spreadsheet": Artifact("table"),
    "private": Artifact("key"),
    "device": Artifact("disk"),
}
#: What the name of a variable may say of the file that it holds.
_HELD = frozenset({"archive", "audio", "database", "image", "log", "repository", "tree", "video"})
_PATH = re.compile(r"[\w@~.+*/:{}$<>\[\]?%^#-]+")
#: JSON files of settings: by their name, or because they lie in a hidden folder.
_JSON_SETTINGS = re.compile(
    r"(?:config|settings|rc)\.json$|(?:^|/)\.[a-z][^/]{0,60}/.{0,200}\.json$"
)
#: A folder's name with its slash; `s/a/b/` is none.
_FOLDER = re.compile(r"(?!s/.*/)[\w.~/{}$@<>-]{2,400}(?<!/)/")
_MAIL = re.compile(r"[\w.+-]{1,64}@[\w.-]{1,64}")
_EXTENSION = re.compile(r"\.([a-z0-9]{1,9})$")
#: What is put behind the name of a file that is on its way, kept, or an example.
_BESIDE = re.compile(r"(?<=[a-z0-9])\.(?:tmp|new|bak|orig|old|example|sample)(?:\.[$\w]{1,12})?$")
_VARIABLE = re.compile(r"\$(?:\{([a-z_]{1,60})\}|([a-z_]{1,60}))/?")


@lru_cache(maxsize=65536)
def by_name(word: str) -> Artifact | None:
    """What the named file is, or None where its name does not tell.

    A URL is no file. A folder is told by its trailing `/`, a placeholder or a variable by the last
    of its words that tells.
    """
    if not word or len(word) > MAX_WORD or "://" in word or not _PATH.fullmatch(word):
        return None
    if _MAIL.fullmatch(word):
        return None
    path = word.rstrip("*").lower()
    path = _BESIDE.sub("", path)
    name = path.rstrip("/").rpartition("/")[2]
    if path.startswith("/dev/"):
        disk = re.match(r"/dev/(sd|nvme|vd|mmcblk|loop|disk|dm-|mapper/)", path)
        return Artifact("disk", (), word) if disk else None
    found = _NAMES.get(name)
    if found is None and _JSON_SETTINGS.search(path):
        found = Artifact("settings", (("format", "json"),))
    if found is None and not path.endswith("/"):
        match = _EXTENSION.search(name)
        double = re.search(r"\.(tar\.(?:gz|xz|bz2|zst))$", name)
        if double:
            found = EXTENSIONS[double[1]]
        elif match and name not in (f".{match[1]}", match[0][1:]):
            found = EXTENSIONS.get(match[1])
            if re.search(r"\.log\.(?:[0-9]+|gz)(?:\.gz)?$", name):
                found = Artifact("log", (("storage", "rotated"),))
        elif re.search(r"\.log\.[0-9*]+$", name):
            found = Artifact("log", (("storage", "rotated"),))
    if found is None and _FOLDER.fullmatch(path):
        found = Artifact("tree")
    variable = _VARIABLE.fullmatch(path)
    if found is None and (variable or path.startswith("path/to/") or "/path/to/" in path):
        words = re.findall(r"[a-z]+" if not variable else r"[a-z]{2,}", name.replace("_", " "))
        hints = (_HINTS[part] for part in reversed(words) if part in _HINTS)
        found = next((hint for hint in hints if not variable or hint.kind in _HELD), None)
    if found is not None and name.startswith(("*.", "**")) and found.kind in _MANY:
        found = Artifact("tree", (("content", _MANY[found.kind]),))
    return None if found is None else found.at(word)


#: The content of a folder that a pattern such as `*.png` speaks of.
_MANY = {
    "image": "images",
    "table": "tables",
    "document": "documents",
    "audio": "media",
    "video": "media",
    "program": "sources",
}
