"""Detached signatures of delivered files."""

import shutil
import subprocess
from pathlib import Path

import pytest

from shellwright.recipe import Draw, Scenario
from shellwright.recipe.kinds.signed import FAULTS, Signed, public, signature, signed
from shellwright.recipe.start import start_world

SEED = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")


def delivery(seed: int = 1) -> Signed:
    found = start_world(Scenario.of("signed", holds="documents"), Draw("test", seed)).focus
    assert isinstance(found, Signed)
    return found


def test_a_signature_is_that_of_the_standard() -> None:
    # The first test of RFC 8032, section 7.1.
    assert public(SEED).hex() == "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
    assert signed(SEED, b"").hex() == (
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555f"
        "b8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
    )


def test_a_signature_file_has_short_lines_between_its_marks() -> None:
    first, *lines, last = signature(SEED, b"text", "file").splitlines()
    assert first == "-----BEGIN SSH SIGNATURE-----"
    assert last == "-----END SSH SIGNATURE-----"
    assert max(map(len, lines)) == 70


def test_every_fault_occurs_and_only_missing_signatures_are_missing() -> None:
    found = delivery()
    faults = dict(found.faults)
    assert set(faults.values()) == set(FAULTS)
    missing = {file.name for file in found.tree.files} - set(dict(found.signatures))
    assert missing == {name for name, fault in faults.items() if fault == "missing"}


def test_equal_draws_give_equal_deliveries() -> None:
    assert delivery(2) == delivery(2)


@pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="needs ssh-keygen")
def test_openssh_takes_the_good_ones_only(tmp_path: Path) -> None:
    found = delivery()
    (tmp_path / "allowed").write_text("".join(f"{s.line()}\n" for s in found.signers))
    for name, text in found.signatures:
        (tmp_path / "sig").write_text(text)
        content = next(file.content for file in found.tree.files if file.name == name)
        command = ["ssh-keygen", "-Y", "verify", "-f", str(tmp_path / "allowed"), "-n", "file",
                   "-s", str(tmp_path / "sig"), "-Overify-time=20260305", "-I"]  # fmt: skip
        passed = any(
            subprocess.run([*command, signer.name], input=content, capture_output=True).returncode
            == 0
            for signer in found.signers
        )
        assert passed == (name not in dict(found.faults)), name
