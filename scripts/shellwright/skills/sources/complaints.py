"""What git complains of when it cannot fetch: something to put right, or a server that is away."""

from __future__ import annotations

import re

#: Words of git, its helpers and servers that speak for a mistake in the config or on this machine:
#: trying again later would not help. Of a server only what it says for itself counts, and no echo.
_MISTAKE = re.compile(
    r"couldn't find remote ref|not our ref|unadvertised object|invalid refspec"
    r"|does not appear to be a git repository|repository '[^']*' not found|repository not found"
    r"|repository not exported|no such repository"
    r"|could not read (?:username|password)|authentication failed|terminal prompts disabled"
    r"|permission denied \((?:publickey|password|keyboard|gssapi)|host key verification failed"
    r"|returned error: (?:400|401|403|404|410)\b"
    r"|dubious ownership|no space left on device|read-only file system"
    r"|bad/illegal format|malformed input to a url|port number|url rejected|invalid (?:url|port)"
    r"|cannot run \w+|unable to find remote helper|transport '\w*' not allowed",
    re.IGNORECASE,
)


def is_mistake(said: str) -> bool:
    """Whether git's words speak for sure of something that the user has to put right. A name that
    nobody knows may as well be a network that is down."""
    return _MISTAKE.search(said) is not None
