"""What is copied from a machine for a review of access."""

import base64
import hashlib
import re

import pytest

from shellwright.recipe import Draw, Scenario
from shellwright.recipe.kinds.evidence import Evidence, apr1, drawn_key, log_lines, packed
from shellwright.recipe.start import start_world


def evidence(of: str, seed: int = 1) -> Evidence:
    found = start_world(Scenario.of("evidence", of=of), Draw("test", seed)).focus
    assert isinstance(found, Evidence)
    return found


@pytest.mark.parametrize("of", Evidence.domain["of"])
def test_a_generated_one_is_in_the_state_that_was_asked_for(of: str) -> None:
    found = evidence(of)
    assert found.state() == {"of": of}
    assert found == evidence(of)
    assert found.path in found.situation()


def test_apr1_is_what_apache_writes() -> None:
    # Made with `openssl passwd -apr1`.
    assert apr1("hello", "abcdefgh") == "$apr1$abcdefgh$cy3DSYyOwfhsyu7QOMQzd."


def test_a_key_has_the_size_that_was_asked_for() -> None:
    key = drawn_key(Draw("test"), "RSA", 2048)
    number = key.blob[-256:]
    assert key.blob == packed(b"ssh-rsa", b"\x01\x00\x01", b"\0" + number)
    assert int.from_bytes(number, "big").bit_length() == 2048
    digest = base64.b64decode(key.fingerprint.removeprefix("SHA256:") + "=")
    assert digest == hashlib.sha256(key.blob).digest()


def test_disabled_keys_stand_behind_a_mark() -> None:
    found = evidence("keys")
    texts = {e.path.split("/")[-2]: e.content.decode() for e in found.entries() if e.content}
    for grant in found.grants:
        line = grant.key.line(grant.comment, grant.options)
        lines = texts[grant.account].splitlines()
        assert ("#" + line if grant.disabled else line) in lines


def test_each_failure_and_its_repetitions_are_in_the_log() -> None:
    found = evidence("logins")
    lines = log_lines(found.logins, found.host)
    failed = [login for login in found.logins if not login.accepted]
    folded = [re.search(r"repeated (\d+) times", line) for line in lines]
    assert sum(" Failed " in line for line in lines) == len(failed) + sum(map(bool, folded))
    assert sum(int(m[1]) for m in folded if m) == sum(login.repeats for login in failed)


def test_a_known_password_fits_what_is_stored() -> None:
    found = evidence("passwords")
    assert {account.scheme for account in found.accounts} >= {"apr1", "sha1"}
    for account in found.accounts:
        if account.scheme == "apr1" and account.password:
            salt = account.stored.split("$")[2]
            assert apr1(account.password, salt) == account.stored
        assert f"{account.name}:{account.stored}\n" in found.text()
