"""Where programs may be fetched from: the places of makers that everybody knows."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address, ip_network

#: Makers' own sites with installers, and hosts below them.
KNOWN_HOSTS = frozenset(
    [
        "aka.ms",
        "anaconda.com",
        "anthropic.com",
        "apt.llvm.org",
        "astral.sh",
        "awscli.amazonaws.com",
        "bun.sh",
        "bun.com",
        "cht.sh",
        "clawd.bot",
        "claude.ai",
        "cli.github.com",
        "cloud.google.com",
        "cloudflare.com",
        "cursor.com",
        "deb.nodesource.com",
        "rpm.nodesource.com",
        "deno.land",
        "dl.google.com",
        "docker.com",
        "dot.net",
        "elastic.co",
        "fly.io",
        "foundry.paradigm.xyz",
        "getcomposer.org",
        "get.k3s.io",
        "get.pnpm.io",
        "get.rvm.io",
        "get.sdkman.io",
        "golang.org",
        "go.dev",
        "haskell.org",
        "hashicorp.com",
        "install.python-poetry.org",
        "kubernetes.io",
        "microsoft.com",
        "mise.run",
        "molt.bot",
        "mongodb.org",
        "netlify.com",
        "nixos.org",
        "nodejs.org",
        "ohmyposh.dev",
        "ollama.ai",
        "ollama.com",
        "openclaw.ai",
        "opencode.ai",
        "opencode.dev",
        "packagecloud.io",
        "pi-hole.net",
        "postgresql.org",
        "proton.me",
        "pulumi.com",
        "pyenv.run",
        "pypa.io",
        "python.org",
        "railway.app",
        "rclone.org",
        "release.anza.xyz",
        "release.solana.com",
        "rustup.rs",
        "rustwasm.github.io",
        "setup.atuin.sh",
        "starship.rs",
        "stripe.com",
        "supabase.com",
        "tailscale.com",
        "taskfile.dev",
        "turso.tech",
        "vercel.com",
        "volta.sh",
        "yarnpkg.com",
        "zoxide.dev",
    ]
)
#: Owners of well-known repositories.
KNOWN_OWNERS = frozenset(
    """ajeetdsouza anchore anthropics apache apple aquasecurity astral-sh aws azure babashka
    botpress bitwarden charmbracelet cli cloudflare cosmtrek coursier creationix denoland docker
    dotnet facebook github golang golangci google googleapis hashicorp helm homebrew huggingface
    jdx jesseduffield junegunn kubernetes kubernetes-sigs microsoft mikefarah moby mozilla
    neovim nix-community nodejs nvbn nvm-sh nvidia ohmybash ohmyzsh openai openclaw oven-sh
    pyenv python python-poetry pytorch rbenv robbyrussell rust-lang sdkman sharkdp slackhq
    solana-labs sst starship steipete stedolan stripe supabase tailscale tj tmux-plugins
    tree-sitter trufflesecurity vercel yarnpkg yt-dlp zsh-users ggerganov ggml-org
    """.split()  # noqa: SIM905
)
#: Sites where anybody can leave a text unnamed, and shorteners of addresses.
PASTES = (
    "glot.io",
    "rentry.co",
    "rentry.org",
    "pastebin.com",
    "hastebin",
    "ghostbin",
    "paste.ee",
    "paste.rs",
    "dpaste",
    "privatebin",
    "controlc.com",
    "ix.io",
    "termbin.com",
    "0x0.st",
    "transfer.sh",
    "file.io",
    "anonfiles",
    "gofile.io",
    "tinyurl.com",
    "bit.ly",
    "is.gd",
    "telegra.ph",
    "justpaste",
    "pastes.io",
    "setup-service.com",
    "codeshare.io",
)
#: Names that nobody can register (RFC 2606, RFC 6761), and this machine or its neighbours'.
_RESERVED = re.compile(
    r"(?:.+\.)?(?:example\.(?:com|org|net)|example|test|invalid|localhost)|.+\.local"
)
_NEAR = tuple(
    ip_network(net)
    for net in ("127.0.0.0/8", "0.0.0.0/32", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
)
_ADDRESS = re.compile(
    r"(?:(https?|ftp)://)?(?:[^\s/@\"']{1,60}@)?"
    r"((?:[a-z0-9_-]{1,63}\.){1,6}[a-z]{2,18}|\d{1,3}(?:\.\d{1,3}){3}|localhost)(?::\d{1,5})?"
    r"(/[^\s\"'`)<>|]{0,300})?",
    re.IGNORECASE,
)
_NUMERIC = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}")
#: A step up in a path, as it is or encoded: the place is not below what the path begins with.
_UPWARD = re.compile(r"(?:^|[/\\])(?:\.|%2e){2}(?:[/\\?#]|%2f|%5c|$)", re.IGNORECASE)
#: Below these names of a known maker stands what others have put there.
_RENTED = (".up.railway.app", ".pages.cloudflare.com", "storage.cloud.google.com")
_GITHUB = frozenset({"github.com", "raw.githubusercontent.com", "gist.githubusercontent.com"})
_FILE = re.compile(r"\.(?:sh|py|js|md|json|txt|zip|gz|tar|yaml|yml|html|bin|exe|ps1|mp3|mp4|png)$")


@dataclass(frozen=True)
class Address:
    """A place on the network. All but `path` is lower case."""

    scheme: str
    host: str
    path: str

    @property
    def numeric(self) -> bool:
        """Whether it has numbers instead of a name, and is not this machine or its network."""
        return _NUMERIC.fullmatch(self.host) is not None and not self.example

    @property
    def example(self) -> bool:
        """Whether nobody can own it, or it is this machine or on a private network."""
        if _NUMERIC.fullmatch(self.host) is None:
            return _RESERVED.fullmatch(self.host) is not None
        try:
            number = ip_address(self.host)
        except ValueError:
            return False
        return any(number in network for network in _NEAR)

    @property
    def paste(self) -> bool:
        """Whether anybody can leave a text there."""
        return self.host.removeprefix("www.").startswith(PASTES)

    @property
    def known(self) -> bool:
        """Whether the place is that of a maker whom everybody knows."""
        if self.host in _GITHUB:
            if _UPWARD.search(self.path):
                return False
            return self.path.strip("/").split("/")[0].lower() in KNOWN_OWNERS
        if self.host.endswith(_RENTED):
            return False
        labels = self.host.split(".")
        return any(".".join(labels[start:]) in KNOWN_HOSTS for start in range(len(labels) - 1))


def addresses(text: str) -> list[Address]:
    """The places that a command or a line names, at most 20."""
    found: list[Address] = []
    for match in _ADDRESS.finditer(text[:4000]):
        scheme, host, path = (match[1] or "").lower(), match[2].lower(), match[3] or ""
        if not scheme and (_FILE.search(host) or not (path or match.start() == 0)):
            continue
        found.append(Address(scheme, host, path))
        if len(found) >= 20:
            break
    return found
