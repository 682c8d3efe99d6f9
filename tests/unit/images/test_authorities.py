"""Which certificate authorities count as this machine's own."""

import base64
from pathlib import Path

import pytest

from shellwright.images.authorities import own_authorities


def certificate(content: str, width: int = 64) -> str:
    text = base64.b64encode(content.encode()).decode()
    lines = [text[place : place + width] for place in range(0, len(text), width)]
    return "\n".join(["-----BEGIN CERTIFICATE-----", *lines, "-----END CERTIFICATE-----", ""])


PUBLIC, OWN = certificate("a public authority" * 9), certificate("an authority of this company" * 9)


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A machine whose distribution knows one authority."""
    (tmp_path / "public" / "mozilla").mkdir(parents=True)
    (tmp_path / "public" / "mozilla" / "one.crt").write_text(PUBLIC)
    return tmp_path


def found(machine: Path, **environment: Path) -> bytes | None:
    named = {name: str(path) for name, path in environment.items()}
    return own_authorities(named, machine / "system.pem", machine / "public")


def test_the_public_ones_are_nobodys_own(machine: Path) -> None:
    assert found(machine) is None
    (machine / "system.pem").write_text(PUBLIC)
    assert found(machine) is None
    # Another width of lines is no other certificate.
    (machine / "system.pem").write_text(certificate("a public authority" * 9, 32))
    assert found(machine, SSL_CERT_FILE=machine / "system.pem") is None


def test_one_that_the_distribution_has_not(machine: Path) -> None:
    (machine / "system.pem").write_text(PUBLIC + OWN)
    assert found(machine) == (PUBLIC + OWN).encode()


def test_a_variable_names_the_bundle(machine: Path) -> None:
    (machine / "system.pem").write_text(PUBLIC)
    (machine / "own.pem").write_text(OWN)
    assert found(machine, CURL_CA_BUNDLE=machine / "own.pem") == OWN.encode()
    assert found(machine, SSL_CERT_FILE=machine / "nothing.pem") is None


def test_where_the_distribution_is_not_known(machine: Path) -> None:
    (machine / "system.pem").write_text(PUBLIC)
    bare = machine / "nothing"
    assert own_authorities({}, machine / "system.pem", bare) is None
    named = {"SSL_CERT_FILE": str(machine / "own.pem")}
    (machine / "own.pem").write_text(OWN)
    assert own_authorities(named, machine / "system.pem", bare) == OWN.encode()
