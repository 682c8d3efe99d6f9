"""Which certificate authorities count as this machine's own."""

import base64
import io
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

from shellwright.images.authorities import INSIDE, VARIABLES, _rewrite, own_authorities


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


def saved(names: list[str], config: dict[str, Any]) -> io.BytesIO:
    """An image as engines save it: a manifest that says which file is what."""
    about = [{"Config": "blobs/config", "RepoTags": None, "Layers": names}]
    files = {name: name.encode() for name in names}
    files |= {"blobs/config": json.dumps(config).encode()}
    files |= {"manifest.json": json.dumps(about).encode(), "other": b""}
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    buffer.seek(0)
    return buffer


@pytest.mark.parametrize("names", [["a/layer.tar", "b/layer.tar", "c/layer.tar"], list("xyz")])
def test_a_layer_is_taken_out_of_a_saved_image(names: list[str]) -> None:
    variable = f"{VARIABLES[0]}={INSIDE}"
    config = {
        "architecture": "amd64",
        "config": {"Env": ["PATH=/bin", variable], "Image": "sha256:0", "Cmd": ["bash"]},
        "container_config": {"Env": [variable]},
        "history": [
            {"created_by": "below"},
            {"created_by": f"ENV {variable}", "empty_layer": True},
            {"created_by": "COPY files/ /"},
            {"created_by": "CMD bash", "empty_layer": True},
            {"created_by": "RUN true"},
        ],
        "rootfs": {"type": "layers", "diff_ids": ["sha256:1", "sha256:2", "sha256:3"]},
    }
    changed = io.BytesIO()
    _rewrite(saved(names, config), changed, frozenset({"sha256:2"}), frozenset({"sha256:1"}))
    changed.seek(0)
    with tarfile.open(fileobj=changed) as tar:
        files = {member.name: tar.extractfile(member) for member in tar}
        contents = {name: file.read() for name, file in files.items() if file}
    (about,) = json.loads(contents["manifest.json"])
    # The engine has the first layer; of it only the name is sent.
    assert contents[about["Layers"][1]] == names[2].encode()
    assert about["Layers"][0] not in contents
    made = json.loads(contents[about["Config"]])
    assert made == {
        "architecture": "amd64",
        "config": {"Env": ["PATH=/bin"], "Cmd": ["bash"]},
        "history": [config["history"][place] for place in (0, 3, 4)],
        "rootfs": {"type": "layers", "diff_ids": ["sha256:1", "sha256:3"]},
    }
