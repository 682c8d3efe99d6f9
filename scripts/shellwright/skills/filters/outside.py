"""What a call needs that a closed box lacks, or that makes its outcome another each time."""

from __future__ import annotations

import re

from shellwright.skills.document import Call
from shellwright.skills.filters.chance import NOTHING_DRAWN, Drawn, by_chance
from shellwright.skills.filters.programs import LIVE, MODELS, NETWORK, SERVERS
from shellwright.skills.filters.threats.trust import addresses

CALLS_OUT = "calls a service on the network"
CHANCE = "leaves its outcome to chance"
MOMENT = "tells of this machine or this moment"
TABLES = (
    (NETWORK, CALLS_OUT),
    (MODELS, "asks a model"),
    (SERVERS, "needs a running server"),
)
#: Programs that tell the time.
TIME = frozenset({"date", "cal", "uptime", "sleep"})
#: What some programs do on the network, by their first word.
_REMOTE = {
    "git": frozenset({"push", "pull", "fetch", "ls-remote", "send-email", "svn", "request-pull"}),
    "cargo": frozenset({"add", "install", "login", "logout", "owner", "publish", "search", "yank"}),
    "go": frozenset({"get", "install"}),
    "gpg": frozenset({"--recv-keys", "--send-keys", "--search-keys", "--refresh-keys"}),
}
#: What `git` does in a repository that is at hand.
LOCAL_GIT = frozenset(
    """add am apply archive bisect blame branch bundle cat-file checkout cherry-pick clean column
    commit commit-tree config count-objects describe diff difftool for-each-ref format-patch fsck
    gc grep hash-object init log ls-files ls-tree merge merge-base merge-file mktree mv notes
    rebase reflog replace reset restore rev-list rev-parse revert rm shortlog show show-ref
    sparse-checkout stash status stripspace switch symbolic-ref tag update-index update-ref
    verify-commit worktree write-tree""".split()  # noqa: SIM905
)


def outside(call: Call, variables: Drawn = NOTHING_DRAWN) -> str:
    """What a call needs from outside, or what else keeps its outcome from being the same twice;
    empty where nothing does. `variables` are those of its script that are left to chance."""
    name = call.program.rpartition("/")[2]
    words = " ".join(call.arguments)
    if name in ("curl", "wget"):
        named = addresses(words)
        local = named and all(
            place.host in ("localhost", "127.0.0.1", "0.0.0.0") for place in named
        )
        installing = call.arguments and any(
            place.path.endswith((".sh", "/install", ".deb", ".tar.gz", ".zip")) for place in named
        )
        return "needs a running server" if local else "" if installing else CALLS_OUT
    if name in ("npx", "bunx"):
        return CALLS_OUT if re.search(r"mcp|agent|wrangler|vercel|skill", words.lower()) else ""
    if name == "rsync":
        return CALLS_OUT if re.search(r"\S@\S+:|\w:[/~]", words) else ""
    if name in _REMOTE:
        cloning = name == "git" and call.arguments[:1] == ("clone",) and bool(addresses(words))
        if cloning or _REMOTE[name].intersection(call.arguments[:2]):
            return CALLS_OUT
    if by_chance(call, variables):
        return CHANCE
    for names, reason in TABLES:
        if name in names:
            return reason
    return MOMENT if name in LIVE or name in TIME else ""
