"""Git's words on a failed fetch: what is to be put right is told from a server that is away."""

import pytest

from shellwright.skills.sources.complaints import is_mistake


@pytest.mark.parametrize(
    "said",
    [
        "fatal: couldn't find remote ref nowhere",
        "fatal: remote error: upload-pack: not our ref 0000",
        "error: Server does not allow request for unadvertised object 0000",
        "fatal: '/x' does not appear to be a git repository",
        "fatal: remote error: access denied or repository not exported: /x",
        "remote: Not Found; fatal: repository 'https://host/x/' not found",
        "fatal: could not read Username for 'https://host': terminal prompts disabled",
        "fatal: Authentication failed for 'https://host/x'",
        "me@host: Permission denied (publickey).",
        "Host key verification failed.",
        "fatal: unable to access 'https://host/x/': The requested URL returned error: 403",
        "fatal: write error: No space left on device",
    ],
)
def test_what_the_user_has_to_put_right(said: str) -> None:
    assert is_mistake(said)


@pytest.mark.parametrize(
    "said",
    [
        "fatal: unable to connect to host: host[0: 10.0.0.1]: errno=Connection refused",
        "fatal: unable to connect to host: host[0: 10.0.0.1]: errno=Network is unreachable",
        "fatal: unable to look up host (port 9418) (Temporary failure in name resolution)",
        "fatal: unable to access 'https://host/x/': Could not resolve host: host",
        "fatal: unable to access 'https://host/x/': Failed to connect to host port 443",
        "fatal: unable to access 'https://host/x/': The requested URL returned error: 503",
        "ssh: connect to host host port 22: No route to host",
        "kex_exchange_identification: Connection closed by remote host",
        "fatal: early EOF; fatal: fetch-pack: invalid index-pack output",
        "",
    ],
)
def test_what_may_pass(said: str) -> None:
    assert not is_mistake(said)
